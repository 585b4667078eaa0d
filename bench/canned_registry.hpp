// A registry that answers everything with the same text, as fast as it can or after a while: for measuring clients.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <thread>

namespace regdata::bench {

/// Serves on loopback, a thread for each connection, until it is destroyed.
class CannedRegistry {
 public:
  /// Certificate and key in PEM; `delay` between a command and its answer.
  CannedRegistry(const std::filesystem::path& certificate, const std::filesystem::path& key, std::chrono::milliseconds delay);
  CannedRegistry(const CannedRegistry&) = delete;
  CannedRegistry& operator=(const CannedRegistry&) = delete;
  ~CannedRegistry();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  void serve(int socket) const;

  SSL_CTX* context_;
  int listener_;
  std::uint16_t port_ = 0;
  std::chrono::milliseconds delay_;
  std::atomic<bool> is_over_{false};
  std::thread acceptor_;
};

}  // namespace regdata::bench
