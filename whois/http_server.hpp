// The server of RDAP: HTTP/1.1 over TLS, or in clear behind a proxy on this machine. Knows sockets; what a response says is
// rdap_answer.hpp's business.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "redaction/view_store.hpp"
#include "registration/error.hpp"
#include "registration/utc_time.hpp"
#include "whois/limits.hpp"
#include "whois/prefix.hpp"
#include "whois/server.hpp"
#include "whois/tls.hpp"
#include "whois/web_pages.hpp"

namespace regdata::whois {

/// What a listening socket is for.
enum class HttpPort : std::uint8_t {
  tls,       ///< HTTPS
  plain,     ///< in clear: for a proxy on this machine
  redirect,  ///< in clear: leads to the HTTPS address and answers nothing (Technical Implementation Guide 2024 §1.4)
};

/// How long a connection may take.
struct HttpTimeouts {
  std::chrono::milliseconds handshake{10'000};  ///< PROXY header and TLS
  std::chrono::milliseconds request{10'000};    ///< from its first byte to its last
  std::chrono::milliseconds idle{75'000};       ///< between requests
  std::chrono::milliseconds write{15'000};      ///< without progress
  std::chrono::milliseconds linger{2'000};
};

/// Everything that may change by a reload. Immutable once handed over.
struct HttpOptions {
  RateLimits rates{{600, 60}, {300, 60}, {60, 30}, {3'000'000, 500'000}, 32};
  HttpTimeouts timeouts;
  std::uint32_t connections = 20'000;
  std::uint32_t connections_per_prefix = 64;
  /// Peers whose PROXY protocol v2 header is believed and required.
  std::vector<Prefix> proxies;
  /// Peers whose X-Forwarded-For is believed: walked from the right over these (lookup.md §7).
  std::vector<Prefix> forwarders;
  /// Prefixes without limits: monitoring probes.
  std::vector<Prefix> allow;
  std::shared_ptr<const TlsContext> tls;  ///< needed where a port is HttpPort::tls
  std::uint64_t limiter_seed = 0;         ///< 0: drawn from the kernel. Read once
};

/// Answers the public over HTTP. Made on one thread, then `run` blocks; `drain`, `reload`, `counters` may be called from any
/// thread. Opens no file after it was made, except through the ViewReader. Never logs.
class HttpServer {
 public:
  HttpServer(std::shared_ptr<redaction::ViewReader> views, HttpOptions options, Clock clock);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Pages beside RDAP; each thread makes its own. Before run(). Without them everything is RDAP's.
  void offer(MakeWebPages pages);
  /// As WhoisServer::on_query.
  void on_query(WhoisServer::QueryLog log);
  /// As WhoisServer::listen. Errc::configuration: HttpPort::tls without a certificate.
  Expected<std::uint16_t> listen(const sockaddr* address, socklen_t length, HttpPort port);
  /// As WhoisServer::adopt.
  Expected<void> adopt(int descriptor, HttpPort port);
  /// As WhoisServer::run.
  Expected<void> run(unsigned threads = 1);
  void drain(std::chrono::milliseconds patience = std::chrono::milliseconds(5'000));
  /// New options, a new certificate among them, for every connection from now on; open connections keep theirs.
  void reload(HttpOptions options);
  [[nodiscard]] const WhoisCounters& counters() const noexcept;
  /// What pages for people answered; counters() tells of the rest, and of all connections.
  [[nodiscard]] const AnswerCounters& page_counters() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::whois
