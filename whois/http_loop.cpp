#include "whois/http_loop.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <exception>

#include "whois/transfer.hpp"

namespace regdata::whois {
namespace {

constexpr std::size_t scratch_bytes = 16384;
/// A draining server waits no longer for clients between two requests.
constexpr std::chrono::milliseconds http_drain_idle{500};

/// OpenSSL writes without MSG_NOSIGNAL: the signal of a broken pipe is kept away from the thread that serves.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  }
  ~NoPipeSignal() {
    // what is pending would be delivered by the next line
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    const timespec at_once{};
    while (sigtimedwait(&pipe, nullptr, &at_once) == SIGPIPE) continue;
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

HttpLoop::HttpLoop(Service& service, std::shared_ptr<const HttpOptions> options, std::unique_ptr<WebPages> pages)
    : service_(service),
      options_(std::move(options)),
      acceptor_(io_, service.counters.accept_errors,
                [this](int socket, const ClientAddress& client, unsigned port) {
                  welcome(socket, client, static_cast<HttpPort>(port));
                }),
      wheel_(now()),
      rdap_(*service.views),
      pages_(std::move(pages)),
      scratch_(scratch_bytes) {}

HttpLoop::~HttpLoop() {
  while (!connections_.alone()) {
    auto& connection = static_cast<HttpConnection&>(static_cast<MemberLink&>(*connections_.after));
    connection.TimerLink::unlink();
    connection.IdleLink::unlink();
    connection.MemberLink::unlink();
    delete &connection;
  }
}

void HttpLoop::run() {
  const NoPipeSignal quiet;
  acceptor_.start();
  io_.run();
}

void HttpLoop::drain(std::chrono::milliseconds patience) {
  boost::asio::post(io_, [this, patience] { begin_drain(patience); });
}

void HttpLoop::reload(std::shared_ptr<const HttpOptions> options) {
  boost::asio::post(io_, [this, options = std::move(options)] { options_ = options; });
}

// --- a connection's way in ---

void HttpLoop::welcome(int accepted, const ClientAddress& client, HttpPort port) try {
  OwnedSocket socket(accepted);
  add(service_.counters.accepted);
  if (!make_place()) {
    add(service_.counters.refused_full);
    acceptor_.pause();
    return;
  }
  auto made = std::make_unique<HttpConnection>(io_, socket.get());
  socket.release();
  made->port = port;
  made->client = client;
  made->forwarder = contains(options_->forwarders, client);
  HttpConnection& connection = *made.release();
  connections_.append(static_cast<MemberLink&>(connection));
  add(service_.counters.open);
  // in the wheel before anything can fail: whatever happens, it ends
  wheel_.set(connection, now() + options_->timeouts.handshake);
  keep_ticking();
  if (contains(options_->proxies, client)) {
    connection.state = HttpConnection::State::proxy_header;
    return read_proxy_header(connection);
  }
  begin(connection);
} catch (const std::exception&) {
  // no memory for this client: its socket is closed, the others are served
  add(service_.counters.accept_errors);
  acceptor_.pause();
}

/// Room for one more: by the rule that the longest wait without a request goes first.
bool HttpLoop::make_place() {
  const std::uint32_t capacity = std::min(options_->connections, service_.places);
  if (service_.counters.open.load(std::memory_order_relaxed) < capacity) return true;
  if (idle_.alone()) return false;
  add(service_.counters.shed);
  close(static_cast<HttpConnection&>(static_cast<IdleLink&>(*idle_.after)));
  return true;
}

/// Counts the connection for its client's prefixes. False: too many; it is closed. A forwarder's connections are its clients'.
bool HttpLoop::count(HttpConnection& connection) {
  if (connection.forwarder || contains(options_->allow, connection.client)) return true;
  const std::uint32_t factor = std::max(options_->rates.wide_factor, 1U);
  if (service_.connections.enter(connection.client, options_->connections_per_prefix, factor)) {
    connection.counted = true;
    return true;
  }
  add(service_.counters.refused_prefix);
  close(connection);
  return false;
}

void HttpLoop::wait(HttpConnection& connection, Wait what) {
  connection.waiting = true;
  const auto event = what == Wait::write ? Descriptor::wait_write : Descriptor::wait_read;
  connection.descriptor.async_wait(event, [this, &connection](const boost::system::error_code&) { resume(connection); });
}

/// What was outstanding has come.
void HttpLoop::resume(HttpConnection& connection) {
  connection.waiting = false;
  if (!connection.closed) return go_on(connection);
  connection.MemberLink::unlink();
  delete &connection;
  finish_if_drained();
}

void HttpLoop::go_on(HttpConnection& connection) try {
  switch (connection.state) {
    case HttpConnection::State::proxy_header:
      return read_proxy_header(connection);
    case HttpConnection::State::handshake:
      return shake_hands(connection);
    case HttpConnection::State::open:
      return serve(connection);
    case HttpConnection::State::answered:
      return send_answers(connection);
    case HttpConnection::State::lingering:
      return drain_input(connection);
  }
} catch (const std::exception&) {
  add(service_.counters.aborted);
  close(connection);
}

/// Reads the header to the byte: what follows belongs to TLS or HTTP.
void HttpLoop::read_proxy_header(HttpConnection& connection) {
  constexpr std::size_t fixed = 16;
  std::string& in = connection.in;
  for (;;) {
    const ProxyHeader header = parse_proxy_header(in);
    if (header.state == ProxyHeader::State::invalid) break;
    if (header.state == ProxyHeader::State::complete) {
      if (header.source) connection.client = *header.source;
      connection.forwarder = contains(options_->forwarders, connection.client);
      in.clear();
      return begin(connection);
    }
    std::size_t missing = fixed - std::min(in.size(), fixed);
    if (missing == 0) {
      const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(in[at]); };
      missing = fixed + byte(14) * 256U + byte(15) - in.size();
    }
    const Channel::Moved got = connection.channel.receive(scratch_.data(), std::min(missing, scratch_.size()));
    if (got.state == Channel::State::wait_read) return wait(connection, Wait::read);
    if (got.state != Channel::State::moved) break;
    in.append(scratch_.data(), got.bytes);
  }
  add(service_.counters.aborted);
  close(connection);
}

/// The client is known.
void HttpLoop::begin(HttpConnection& connection) {
  if (!count(connection)) return;
  if (connection.port == HttpPort::tls) {
    if (options_->tls == nullptr || !connection.channel.start_tls(*options_->tls)) return close(connection);
    connection.state = HttpConnection::State::handshake;
    return wait(connection, Wait::read);
  }
  connection.state = HttpConnection::State::open;
  serve(connection);
}

void HttpLoop::shake_hands(HttpConnection& connection) {
  const Instant began = now();
  const Channel::State state = connection.channel.handshake();
  if (!contains(options_->allow, connection.client)) {
    // the dearest thing that a client can ask for: booked as server time
    const auto moment = std::chrono::duration_cast<RateLimiter::Time>(began.time_since_epoch());
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(now() - began).count();
    if (!connection.forwarder)
      service_.limiter.settle(connection.client, options_->rates, moment, false, static_cast<std::uint32_t>(spent));
  }
  switch (state) {
    case Channel::State::moved:
      connection.state = HttpConnection::State::open;
      return serve(connection);
    case Channel::State::wait_read:
      return wait(connection, Wait::read);
    case Channel::State::wait_write:
      return wait(connection, Wait::write);
    case Channel::State::ended:
    case Channel::State::broken:
      break;
  }
  add(service_.counters.aborted);
  close(connection);
}

// --- the end ---

/// Everything is answered and sent. What the client still sends is read and thrown away for a moment, so that no reset
/// overtakes the last response.
void HttpLoop::finish(HttpConnection& connection) {
  connection.channel.finish();
  const int socket = connection.descriptor.native_handle();
  ::shutdown(socket, SHUT_WR);
  connection.state = HttpConnection::State::lingering;
  wheel_.set(connection, now() + options_->timeouts.linger);
  drain_input(connection);
}

void HttpLoop::drain_input(HttpConnection& connection) {
  constexpr std::uint32_t drain_limit = 256 * 1024;
  const int socket = connection.descriptor.native_handle();
  for (;;) {
    const auto got = ::recv(socket, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait(connection, Wait::read);
    if (got <= 0) return close(connection);
    connection.drained += static_cast<std::uint32_t>(got);
    if (connection.drained > drain_limit) return close(connection);
  }
}

void HttpLoop::expired(HttpConnection& connection) {
  if (connection.state != HttpConnection::State::lingering && connection.IdleLink::alone()) add(service_.counters.timed_out);
  close(connection);
}

/// Afterwards the connection is gone, or goes when its outstanding operation has been cancelled.
void HttpLoop::close(HttpConnection& connection) {
  if (connection.closed) return;
  connection.closed = true;
  connection.IdleLink::unlink();
  connection.TimerLink::unlink();
  if (connection.counted) service_.connections.leave(connection.client);
  service_.counters.open.fetch_sub(1, std::memory_order_relaxed);
  boost::system::error_code ignored;
  connection.descriptor.close(ignored);
  if (connection.waiting) return;
  connection.MemberLink::unlink();
  delete &connection;
  finish_if_drained();
}

void HttpLoop::keep_ticking() {
  if (ticking_) return;
  ticking_ = true;
  tick_.expires_after(TimerWheel::slot_length);
  tick_.async_wait([this](const boost::system::error_code& error) {
    ticking_ = false;
    if (error) return;
    wheel_.advance(now(), [this](TimerLink& link) { expired(static_cast<HttpConnection&>(link)); });
    if (!connections_.alone()) keep_ticking();
  });
}

void HttpLoop::begin_drain(std::chrono::milliseconds patience) {
  if (draining_) return;
  acceptor_.stop();
  draining_ = true;
  const Instant enough = now() + http_drain_idle;
  for (ListLink* link = idle_.after; link != &idle_;) {
    auto& connection = static_cast<HttpConnection&>(static_cast<IdleLink&>(*link));
    link = link->after;
    if (enough < connection.deadline) wheel_.set(connection, enough);
  }
  drain_end_.expires_after(patience);
  drain_end_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    for (ListLink* link = connections_.after; link != &connections_;) {
      auto& connection = static_cast<HttpConnection&>(static_cast<MemberLink&>(*link));
      link = link->after;
      close(connection);
    }
    finish_if_drained();
  });
  finish_if_drained();
}

void HttpLoop::finish_if_drained() {
  if (!draining_ || !connections_.alone()) return;
  tick_.cancel();
  drain_end_.cancel();
  work_.reset();
}

}  // namespace regdata::whois
