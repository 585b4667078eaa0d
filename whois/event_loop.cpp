#include "whois/event_loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <exception>

#include "whois/line.hpp"
#include "whois/text.hpp"
#include "whois/transfer.hpp"

namespace regdata::whois {
namespace {

constexpr unsigned accepts_at_once = 64;
constexpr std::chrono::milliseconds accept_back_off{20};
/// A draining server waits no longer for clients that have sent nothing.
constexpr std::chrono::milliseconds drain_idle{1'000};

/// A drain takes in a full queue (4096) and no more: under a flood it would never be empty.
constexpr unsigned accepts_before_drain = 4096 / accepts_at_once;

/// Accepting again at once would fail again: we are out of something, or somebody shut the listening socket down.
bool will_fail_again(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM || error == EINVAL || error == EBADF;
}

}  // namespace

OwnedSocket::~OwnedSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

EventLoop::EventLoop(Service& service, std::shared_ptr<const WhoisOptions> options)
    : service_(service),
      options_(std::move(options)),
      wheel_(now()),
      half_closed_(service.half_closed_places),
      answerer_(*service.views) {}

EventLoop::~EventLoop() {
  while (!connections_.alone()) {
    auto& connection = static_cast<Connection&>(static_cast<MemberLink&>(*connections_.after));
    if (!connection.TimerLink::alone()) connection.TimerLink::unlink();
    connection.IdleLink::unlink();
    connection.MemberLink::unlink();
    delete &connection;
  }
}

void EventLoop::add_listener(int socket) {
  listeners_.push_back(std::make_unique<Listener>(Listener{Descriptor(io_, socket)}));
}

void EventLoop::run() {
  for (auto& listener : listeners_) wait_for_connections(*listener);
  io_.run();
}

void EventLoop::drain(std::chrono::milliseconds patience) {
  boost::asio::post(io_, [this, patience] { begin_drain(patience); });
}

void EventLoop::reload(std::shared_ptr<const WhoisOptions> options) {
  boost::asio::post(io_, [this, options = std::move(options)] { options_ = options; });
}

std::uint32_t EventLoop::capacity() const noexcept { return std::min(options_->connections, service_.places); }

// --- accepting ---

void EventLoop::wait_for_connections(Listener& listener) {
  if (listener.waiting || paused_ || draining_) return;
  listener.waiting = true;
  listener.descriptor.async_wait(Descriptor::wait_read, [this, &listener](const boost::system::error_code& error) {
    listener.waiting = false;
    if (error || draining_) return;
    accept_some(listener);
    wait_for_connections(listener);
  });
}

/// Accepts some and not all: connections that are open already get their turn. False: nobody else is waiting, or the pause is
/// on.
bool EventLoop::accept_some(Listener& listener) {
  for (unsigned i = 0; i < accepts_at_once && !paused_; ++i) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    const int socket = accept4(listener.descriptor.native_handle(), address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
      if (!will_fail_again(errno)) continue;  // the connection failed, not we
      // trying again at once would burn a core for as long as it lasts
      add(service_.counters.accept_errors);
      pause_accepting();
      return false;
    }
    welcome(socket, ClientAddress::from(address).value_or(ClientAddress{}));
  }
  return !paused_;
}

void EventLoop::pause_accepting() {
  if (paused_) return;
  paused_ = true;
  accept_pause_.expires_after(accept_back_off);
  accept_pause_.async_wait([this](const boost::system::error_code&) {
    paused_ = false;
    for (auto& listener : listeners_) wait_for_connections(*listener);
  });
}

/// Most clients have sent their query by now and read their answer at once: they are served here, without ever being
/// registered anywhere.
void EventLoop::welcome(int accepted_socket, const ClientAddress& address) try {
  OwnedSocket socket(accepted_socket);
  const Instant accepted = now();
  add(service_.counters.accepted);
  Peer peer{address, contains(options_->proxies, address), false};
  Inbox inbox;
  Query query = Refusal::empty;
  const int got = receive(socket.get(), inbox);
  if (got > 0) add(service_.counters.bytes_in, static_cast<std::uint64_t>(got));
  if (got == 0 || got == -2) {
    add(service_.counters.aborted);
    return;
  }
  if (got < 0 || examine(inbox, peer, query) == Step::wait) {
    Connection* kept = keep(socket, peer, accepted, Connection::State::reading);
    if (kept == nullptr) return;
    kept->inbox.size = inbox.size;
    std::copy_n(inbox.bytes.begin(), inbox.size, kept->inbox.bytes.begin());
    if (inbox.size > 0) wheel_.set(*kept, accepted + options_->timeouts.query);
    wait(*kept);
    return;
  }
  const AnswerKind kind = make_answer(peer, query, accepted);
  const std::int64_t sent = deliver(socket.get(), out_);
  if (sent < 0) {
    add(service_.counters.aborted);
    return;
  }
  if (static_cast<std::size_t>(sent) == out_.size()) {
    book_answer(service_, kind, peer.client, peer.proxied, accepted, out_.size());
    if (!inbox.ended) half_close(socket.release(), accepted);
    return;
  }
  Connection* kept = keep(socket, peer, accepted, Connection::State::writing);
  if (kept == nullptr) return;
  kept->kind = kind;
  kept->asked = accepted;
  kept->answer = out_;
  kept->sent = static_cast<std::uint32_t>(sent);
  kept->inbox.ended = inbox.ended;
  wheel_.set(*kept, accepted + options_->timeouts.write);
  wait(*kept);
} catch (const std::exception&) {
  // no memory for this client: its socket is closed, the others are served
  add(service_.counters.accept_errors);
  pause_accepting();
}

// --- what was sent ---

EventLoop::Step EventLoop::examine(Inbox& inbox, Peer& peer, Query& query) {
  if (peer.header_due) {
    const ProxyHeader header = parse_proxy_header({inbox.bytes.data(), inbox.size});
    if (header.state == ProxyHeader::State::incomplete && !inbox.ended) return Step::wait;
    if (header.state != ProxyHeader::State::complete) {
      query = Refusal::proxy_header_due;
      return Step::done;
    }
    peer.header_due = false;
    peer.proxied = header.source.has_value();
    if (header.source) peer.client = *header.source;
    std::copy(inbox.bytes.begin() + static_cast<std::ptrdiff_t>(header.length), inbox.bytes.begin() + inbox.size,
              inbox.bytes.begin());
    inbox.size = static_cast<std::uint16_t>(inbox.size - header.length);
  }
  if (inbox.size == 0 && !inbox.ended) return Step::wait;
  const LineRead read = read_line({inbox.bytes.data(), inbox.size}, inbox.ended);
  if (read.state == LineRead::State::more) return Step::wait;
  query = read.state == LineRead::State::refused ? Query(read.refusal) : parse_query(read.line);
  return Step::done;
}

AnswerKind EventLoop::make_answer(const Peer& peer, const Query& query, Instant asked) {
  return answer_within_limits(service_, answerer_, *options_, peer.client, query, asked, out_);
}

// --- connections that take longer ---

/// Turns the socket into a connection with a place of its own. Null: there is none; the client has been told and the socket
/// will be closed.
Connection* EventLoop::keep(OwnedSocket& socket, const Peer& peer, Instant accepted, Connection::State state) {
  if (!make_place()) {
    pause_accepting();
    add(service_.counters.refused_full);
    if (state != Connection::State::reading) return nullptr;  // a part of its answer is all that it gets
    out_.clear();
    append_busy(out_);
    deliver(socket.get(), out_);
    book_answer(service_, AnswerKind::busy, peer.client, peer.proxied, accepted, out_.size());
    half_close(socket.release(), accepted);
    return nullptr;
  }
  auto connection = std::make_unique<Connection>(io_, socket.get());
  socket.release();
  connection->peer = peer;
  connection->accepted = accepted;
  connection->state = state;
  connections_.append(static_cast<MemberLink&>(*connection));
  add(service_.counters.open);
  Connection* kept = connection.release();
  // in the wheel before anything can fail: whatever happens, it ends
  wheel_.set(*kept, accepted + options_->timeouts.first_byte);
  if (state == Connection::State::reading) idle_.append(static_cast<IdleLink&>(*kept));
  keep_ticking();
  return count(*kept) ? kept : nullptr;
}

/// Room for one more: by the rule that the longest wait without a query goes first.
bool EventLoop::make_place() {
  if (service_.counters.open.load(std::memory_order_relaxed) < capacity()) return true;
  if (idle_.alone()) return false;
  add(service_.counters.shed);
  close(static_cast<Connection&>(static_cast<IdleLink&>(*idle_.after)));
  return true;
}

/// Counts the connection for its client's prefixes, once its client is known. False: too many; it is closed.
bool EventLoop::count(Connection& connection) {
  if (connection.counted || connection.peer.header_due) return true;
  const ClientAddress& client = connection.peer.client;
  if (contains(options_->allow, client)) return true;
  const std::uint32_t factor = std::max(options_->rates.wide_factor, 1U);
  if (service_.connections.enter(client, options_->connections_per_prefix, factor)) {
    connection.counted = true;
    return true;
  }
  if (connection.state == Connection::State::reading) {
    out_.clear();
    const auto longest = std::chrono::ceil<std::chrono::seconds>(options_->timeouts.query);
    append_crowded(out_, options_->connections_per_prefix, static_cast<std::uint32_t>(longest.count()));
    deliver(connection.descriptor.native_handle(), out_);
    book_answer(service_, AnswerKind::busy, client, connection.peer.proxied, connection.accepted, out_.size());
    add(service_.counters.refused_prefix);
    part(connection);
    return false;
  }
  add(service_.counters.refused_prefix);
  close(connection);
  return false;
}

void EventLoop::keep_ticking() {
  if (ticking_) return;
  ticking_ = true;
  tick_.expires_after(TimerWheel::slot_length);
  tick_.async_wait([this](const boost::system::error_code& error) {
    ticking_ = false;
    if (error) return;
    wheel_.advance(now(), [this](TimerLink& link) { expired(static_cast<Connection&>(link)); });
    if (!connections_.alone()) keep_ticking();
  });
}

// --- the end ---

/// The client has its answer, and may be sending still.
void EventLoop::half_close(int socket, Instant moment) {
  half_closed_.add(socket, moment, options_->timeouts.linger);
  keep_sweeping();
}

void EventLoop::keep_sweeping() {
  if (sweeping_) return;
  sweeping_ = true;
  sweep_.expires_after(HalfClosed::sweep_interval);
  sweep_.async_wait([this](const boost::system::error_code& error) {
    sweeping_ = false;
    if (error) return;
    add(service_.counters.bytes_in, half_closed_.sweep(now()));
    if (!half_closed_.empty()) return keep_sweeping();
    finish_if_drained();
  });
}

void EventLoop::begin_drain(std::chrono::milliseconds patience) {
  if (draining_) return;
  // whoever the kernel has let in already gets an answer
  for (auto& listener : listeners_)
    for (unsigned i = 0; i < accepts_before_drain && accept_some(*listener); ++i) continue;
  draining_ = true;
  for (auto& listener : listeners_) {
    boost::system::error_code ignored;
    listener->descriptor.close(ignored);
  }
  const Instant begun = now();
  for (ListLink* link = idle_.after; link != &idle_;) {
    auto& connection = static_cast<Connection&>(static_cast<IdleLink&>(*link));
    link = link->after;
    const Instant enough = begun + drain_idle;
    if (connection.inbox.size == 0 && enough < connection.deadline) wheel_.set(connection, enough);
  }
  drain_end_.expires_after(patience);
  drain_end_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    for (ListLink* link = connections_.after; link != &connections_;) {
      auto& connection = static_cast<Connection&>(static_cast<MemberLink&>(*link));
      link = link->after;
      close(connection);
    }
    half_closed_.close_all();
    finish_if_drained();
  });
  finish_if_drained();
}

void EventLoop::finish_if_drained() {
  if (!draining_ || !connections_.alone() || !half_closed_.empty()) return;
  tick_.cancel();
  sweep_.cancel();
  drain_end_.cancel();
  accept_pause_.cancel();
  work_.reset();
}

}  // namespace regdata::whois
