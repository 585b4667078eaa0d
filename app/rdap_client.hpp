// Asks an RDAP server over HTTPS with libcurl, as a stranger would.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "registration/error.hpp"

namespace regdata::app {

enum class IpFamily : std::uint8_t { v4, v6 };
/// What a handshake is tried with; the older and the weaker ones are tried to see them refused.
enum class TlsOffer : std::uint8_t { usual, tls12_only, before_tls12, weak_ciphers };

struct RdapRequest {
  std::string url;
  std::string accept;  ///< empty: no Accept header at all
  bool head = false;
  IpFamily family = IpFamily::v4;
  TlsOffer offer = TlsOffer::usual;
};

struct RdapResponse {
  std::uint16_t status = 0;
  std::optional<std::string> content_type;
  std::optional<std::string> allow_origin;
  std::optional<std::string> content_length;
  std::optional<std::string> location;
  std::uint32_t retry_after = 0;  ///< seconds; 0: not told
  std::string body;
};

/// One client; keeps connections open between requests. Not thread-safe. Redirects are told and not followed.
class RdapClient {
 public:
  struct Options {
    bool self_signed = false;  ///< take a certificate that nobody vouches for; its names are checked all the same
    std::string connect_v4;    ///< "127.0.0.1:8443": ask there, whatever the URL's host resolves to
    std::string connect_v6;    ///< "[::1]:8443"
  };
  explicit RdapClient(Options options);
  ~RdapClient();
  RdapClient(const RdapClient&) = delete;
  RdapClient& operator=(const RdapClient&) = delete;

  /// Errc::unavailable: no answer, with libcurl's words. Waits 20 seconds at most and takes 4 MiB at most.
  Expected<RdapResponse> ask(const RdapRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::app
