// The server of port 43 (RFC 3912). Knows sockets; what an answer says is answer.hpp's business.
#pragma once

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "redaction/view_store.hpp"
#include "registration/error.hpp"
#include "registration/utc_time.hpp"
#include "whois/answer.hpp"
#include "whois/limits.hpp"
#include "whois/prefix.hpp"

namespace regdata::whois {

/// Everything that may change by a reload. Immutable once handed over.
struct WhoisOptions {
  RateLimits rates;
  Timeouts timeouts;
  std::uint32_t connections = 10'000;         ///< at the same time; the open-file limit caps it further
  std::uint32_t connections_per_prefix = 32;  ///< per narrow prefix; a wide one may hold rates.wide_factor times as many
  /// The only peers whose PROXY protocol v2 header is believed; from them it is required. Empty: none.
  std::vector<Prefix> proxies;
  /// Prefixes without rate limits and connection limits per prefix: monitoring probes.
  std::vector<Prefix> allow;
  /// Keys the limiter's table; 0: drawn from the kernel. Read once, when the server is made.
  std::uint64_t limiter_seed = 0;
};

/// One connection that ended, for the query log. Holds neither the query nor a name nor the client's address: `client` is
/// cut to the narrow prefix and meant as the input of a keyed, rotating pseudonym (promise P11).
struct QueryEvent {
  AnswerKind kind = AnswerKind::refused;
  ClientPrefix client;
  std::chrono::microseconds duration{0};  ///< from the end of the query line to the last byte handed to the kernel
  std::uint32_t bytes = 0;                ///< length of the answer
  bool proxied = false;
  bool page = false;  ///< a page for people and not an answer of the protocol
};

/// What was answered since the server was made; read at any time from any thread.
struct AnswerCounters {
  using Count = std::atomic<std::uint64_t>;
  std::array<Count, answer_kind_count> answers{};  ///< by AnswerKind
  Count bytes_out{0};
  /// Answers by duration; upper bounds in duration_bounds_us, the last counts the rest.
  std::array<Count, 13> durations{};
  Count duration_sum_us{0};
  /// Elements held back in the answers made, by withholdable_elements and RedactionReason.
  std::array<std::array<Count, all_redaction_reasons.size()>, withholdable_elements.size()> redacted{};
};

/// The same with what became of connections.
struct WhoisCounters : AnswerCounters {
  Count accepted{0};        ///< connections taken from the kernel
  Count open{0};            ///< connections that wait for a query or a reader now
  Count refused_full{0};    ///< turned away: no place
  Count refused_prefix{0};  ///< turned away: too many from one prefix
  Count shed{0};            ///< closed to make room: the longest wait without a query
  Count timed_out{0};       ///< closed because the query or the reading of the answer took too long
  Count aborted{0};         ///< the client went away before it had its answer
  Count accept_errors{0};   ///< accept failed and would fail again; each is followed by a pause of 20 ms
  Count bytes_in{0};
};
inline constexpr std::array<std::uint32_t, 12> duration_bounds_us{10,    25,    50,     100,     250,       500,
                                                                  1'000, 5'000, 25'000, 100'000, 1'000'000, 10'000'000};

/// Answers the public on port 43. Made on one thread, then `run` blocks; `drain`, `reload`, `ready` and `counters` may be
/// called from any thread. Opens no file after it was made, except through the ViewReader (house.md §3, Processes). Never
/// logs.
class WhoisServer {
 public:
  using QueryLog = std::function<void(const QueryEvent&)>;

  /// `clock` says what is stale (the publisher's heartbeat); the deadlines of connections use the monotonic clock.
  WhoisServer(std::shared_ptr<redaction::ViewReader> views, WhoisOptions options, Clock clock);
  ~WhoisServer();
  WhoisServer(const WhoisServer&) = delete;
  WhoisServer& operator=(const WhoisServer&) = delete;

  /// Called on a server thread for every answer; must be quick and must not throw. Set before run().
  void on_query(QueryLog log);

  /// Listens on a numeric address; with several threads each gets a socket of its own (SO_REUSEPORT). IPv6 sockets take IPv6
  /// only. Port 0 lets the kernel choose. Before run(). Returns the port. Errc::unavailable: cannot bind.
  Expected<std::uint16_t> listen(const sockaddr* address, socklen_t length);
  /// Listens on a socket that someone else bound (systemd socket activation). Takes the descriptor over; all threads share it.
  /// Errc::configuration: not a listening stream socket.
  Expected<void> adopt(int descriptor);

  /// Serves on `threads` threads, the caller's among them, until drained. Errc::unavailable: nothing to listen on, no memory.
  Expected<void> run(unsigned threads = 1);

  /// Stops accepting, lets queries in flight finish for at most `patience`, then run() returns. May be called twice.
  void drain(std::chrono::milliseconds patience = std::chrono::milliseconds(5'000));

  /// New options for every connection from now on. Budgets that are in use keep their level.
  void reload(WhoisOptions options);

  /// Why the server should get no traffic, one line; empty: ready. Not ready: before run(), while draining, when the
  /// publisher's heartbeat is older than stale_after, when the view store cannot be read.
  [[nodiscard]] std::string not_ready() const;
  [[nodiscard]] bool ready() const { return not_ready().empty(); }

  [[nodiscard]] const WhoisCounters& counters() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::whois
