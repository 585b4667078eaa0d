// TLS on OpenSSL, straight on the socket. Asio's stream keeps two 17 kB buffers a connection for as long as it lives
// (docs/decisions/0005); here an idle connection gives its buffers back.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

// OpenSSL's own declarations, so that its headers stay in one file.
struct ssl_st;
struct ssl_ctx_st;

namespace regdata::whois {

/// Certificate, key and rules of a listener. Immutable; connections keep the one that they began with.
class TlsContext {
 public:
  /// `chain` is PEM, the server's certificate first; `key` its private key, PEM without a passphrase. TLS 1.2 with the four
  /// ECDHE-AES-GCM suites and TLS 1.3 (Technical Implementation Guide 2024 §1.5, rules.md §4.1); no renegotiation, no
  /// compression, no tickets. Errc::configuration: a file cannot be read, the key is open to everybody, the two do not match,
  /// the key is too weak.
  static Expected<std::shared_ptr<const TlsContext>> load(const std::filesystem::path& chain, const std::filesystem::path& key);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_; }
  /// When the server's certificate runs out.
  [[nodiscard]] UtcTime not_after() const noexcept { return not_after_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
  UtcTime not_after_{};
};

/// Bytes in and out of a non-blocking socket, in clear or through TLS. Does not own the socket.
class Channel {
 public:
  enum class State : std::uint8_t {
    moved,
    wait_read,
    wait_write,
    ended,   ///< the peer has closed its side
    broken,  ///< nothing more can be said
  };
  struct Moved {
    State state = State::broken;
    std::size_t bytes = 0;
  };

  explicit Channel(int socket) noexcept : socket_(socket) {}
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// From now on through TLS, as the server. False: no memory.
  bool start_tls(const TlsContext& context);
  [[nodiscard]] bool is_tls() const noexcept { return tls_ != nullptr; }
  /// `moved`: done.
  State handshake();
  Moved receive(char* into, std::size_t most);
  Moved send(std::string_view bytes);
  /// False: the last receive() took all that was there. Saves the call that would say so.
  [[nodiscard]] bool may_have_more() const noexcept;
  /// Says goodbye (close_notify) if that can be done without waiting.
  void finish();

 private:
  State state_of(int result);
  int socket_;
  bool filled_ = true;
  ssl_st* tls_ = nullptr;
};

}  // namespace regdata::whois
