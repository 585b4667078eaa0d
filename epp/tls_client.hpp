// TLS towards a registry: verified always (RFC 5734 §8, §9).
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "epp/password.hpp"
#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

struct TlsSettings {
  std::string server_name;              ///< told (SNI) and compared with the certificate
  std::filesystem::path authorities{};  ///< PEM; these and no others. Empty: the system's
  std::filesystem::path certificate{};  ///< ours, PEM, with its chain; empty: none
  std::filesystem::path key{};          ///< its key, PEM, without passphrase
};

/// When a certificate ends; empty: it does not say so in a way that can be read.
std::optional<UtcTime> end_of(const X509* certificate);

/// When what a peer proved itself with ends, of the chain that was verified.
struct PeerEnds {
  std::optional<UtcTime> server;     ///< its own certificate
  std::optional<UtcTime> authority;  ///< the earliest of those above it
};
/// Behind a handshake that was good.
PeerEnds peer_ends(const SSL* connection);

/// What a handshake needs. TLS 1.2 at least; there is no way to switch verification off.
class TlsClient {
 public:
  /// Errc::configuration: a file cannot be read, or key and certificate do not belong together.
  static Expected<TlsClient> make(TlsSettings settings);

  /// Tells a connection of this context the name that is asked for and verified. Errc::configuration: it cannot be a name.
  [[nodiscard]] Expected<void> prepare(SSL* connection) const;
  [[nodiscard]] SSL_CTX* context() const noexcept { return context_.get(); }
  /// In words what kept a handshake from ending. `code`: of OpenSSL; 0: none, the connection was closed.
  [[nodiscard]] Error trouble(const SSL* connection, unsigned long code, const std::string& where) const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };
  explicit TlsClient(TlsSettings settings) : settings_(std::move(settings)) {}

  TlsSettings settings_;
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace regdata::epp
