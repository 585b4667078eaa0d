// One thread of the server: accepts, reads, answers, closes. Nothing here blocks.
#pragma once

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "whois/half_closed.hpp"
#include "whois/proxy_header.hpp"
#include "whois/query.hpp"
#include "whois/service.hpp"
#include "whois/timer_wheel.hpp"

namespace regdata::whois {

using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

/// What a client has sent. Holds a PROXY header and a query of the longest kind, each read before the next is looked at.
struct Inbox {
  std::array<char, max_query_bytes + 4> bytes;
  std::uint16_t size = 0;
  bool ended = false;  ///< the client has closed its side
};
static_assert(sizeof(Inbox::bytes) > max_proxy_header_bytes);

/// Who is asking, as far as known.
struct Peer {
  ClientAddress client;
  bool header_due = false;  ///< connected from a listed proxy: a PROXY header comes first
  bool proxied = false;
};

struct IdleLink : ListLink {};
struct MemberLink : ListLink {};

/// A connection that could not be answered in one go. About 1.3 kB. In EventLoop::idle_ while it is read, oldest first; in
/// EventLoop::connections_ until it is freed.
struct Connection : TimerLink, IdleLink, MemberLink {
  enum class State : std::uint8_t { reading, writing };

  Connection(boost::asio::io_context& io, int socket) : descriptor(io, socket) {}

  Descriptor descriptor;
  State state = State::reading;
  bool waiting = false;  ///< an operation is outstanding: its handler frees a connection that was closed meanwhile
  bool closed = false;
  bool counted = false;  ///< in Service::connections
  AnswerKind kind = AnswerKind::error;
  Peer peer;
  Instant accepted;
  Instant asked;
  std::uint32_t sent = 0;
  std::string answer;  ///< only what the kernel did not take at once
  Inbox inbox;
};
static_assert(sizeof(Connection) < 1536);

/// Closes what nobody has taken over.
class OwnedSocket {
 public:
  explicit OwnedSocket(int descriptor) noexcept : descriptor_(descriptor) {}
  ~OwnedSocket();
  OwnedSocket(const OwnedSocket&) = delete;
  OwnedSocket& operator=(const OwnedSocket&) = delete;
  [[nodiscard]] int get() const noexcept { return descriptor_; }
  int release() noexcept { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

class EventLoop {
 public:
  EventLoop(Service& service, std::shared_ptr<const WhoisOptions> options);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Takes over a listening, non-blocking socket. Before run().
  void add_listener(int socket);
  /// Returns after drain().
  void run();

  // From any thread:
  void drain(std::chrono::milliseconds patience);
  void reload(std::shared_ptr<const WhoisOptions> options);

 private:
  struct Listener {
    Descriptor descriptor;
    bool waiting = false;
  };
  enum class Step : std::uint8_t { wait, done };

  void wait_for_connections(Listener& listener);
  bool accept_some(Listener& listener);
  void pause_accepting();
  void welcome(int accepted_socket, const ClientAddress& address);

  static Step examine(Inbox& inbox, Peer& peer, Query& query);
  AnswerKind make_answer(const Peer& peer, const Query& query, Instant asked);
  Connection* keep(OwnedSocket& socket, const Peer& peer, Instant accepted, Connection::State state);
  bool make_place();
  bool count(Connection& connection);

  void wait(Connection& connection);
  void ready(Connection& connection);
  void read_more(Connection& connection);
  void write_more(Connection& connection);
  void part(Connection& connection);
  void half_close(int socket, Instant moment);
  void expired(Connection& connection);
  void close(Connection& connection);

  void keep_ticking();
  void keep_sweeping();
  void begin_drain(std::chrono::milliseconds patience);
  void finish_if_drained();
  [[nodiscard]] std::uint32_t capacity() const noexcept;
  static void add(WhoisCounters::Count& count, std::uint64_t amount = 1) noexcept {
    count.fetch_add(amount, std::memory_order_relaxed);
  }

  Service& service_;
  std::shared_ptr<const WhoisOptions> options_;
  boost::asio::io_context io_{1};  // one thread runs it
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::steady_timer tick_{io_};
  boost::asio::steady_timer sweep_{io_};
  boost::asio::steady_timer accept_pause_{io_};
  boost::asio::steady_timer drain_end_{io_};
  std::vector<std::unique_ptr<Listener>> listeners_;
  ListLink connections_;
  ListLink idle_;
  TimerWheel wheel_;
  HalfClosed half_closed_;
  Answerer answerer_;
  std::string out_;  ///< the answer being made; keeps its memory
  bool ticking_ = false;
  bool sweeping_ = false;
  bool paused_ = false;
  bool draining_ = false;
};

}  // namespace regdata::whois
