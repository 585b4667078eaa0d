#include "epp/connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <deque>
#include <optional>

#include "epp/frame.hpp"

namespace regdata::epp {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::seconds name_patience{10};
constexpr std::chrono::seconds connect_patience{4};  ///< of each address
constexpr std::chrono::seconds handshake_patience{10};
constexpr std::size_t most_written = 64 * 1024;  ///< at once

}  // namespace

struct Connection::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, Session& of, Endpoint to, const TlsClient& by, std::function<void()> told)
      : session(of),
        endpoint(std::move(to)),
        tls(by),
        changed(std::move(told)),
        context(by.context()),
        stream(io, context),
        resolver(io),
        timer(io) {
    out.reserve(2 * most_written);  // frames hold passwords: no copy is left behind where it would have grown
    SSL_CTX_up_ref(by.context());   // the stream's context lets go of it too
  }

  void start();
  void patience_for(const char* what, std::chrono::seconds patience);
  void connect(const error_code& former);
  void shake_hands();
  void read();
  void taken(std::size_t size);
  void pump();
  void arm();
  void settle();
  void fail(const error_code& error, const char* what);
  void close();
  [[nodiscard]] std::string where() const { return "registry at " + endpoint.text(); }

  Session& session;
  Endpoint endpoint;
  const TlsClient& tls;
  std::function<void()> changed;
  asio::ssl::context context;
  asio::ssl::stream<Tcp::socket> stream;
  Tcp::resolver resolver;
  asio::steady_timer timer;
  FrameReader frames;
  std::array<char, 32 * 1024> in{};
  std::string out;
  PeerEnds peer;
  bool is_open = false;  ///< the handshake is done
  bool is_writing = false;
  bool is_closed = false;
  std::optional<Moment> armed;       ///< when the timer rings
  std::deque<Tcp::endpoint> places;  ///< addresses that were not tried yet
};

Connection::Connection(asio::io_context& io, Session& session, Endpoint endpoint, const TlsClient& tls,
                       std::function<void()> changed)
    : impl_(std::make_shared<Impl>(io, session, std::move(endpoint), tls, std::move(changed))) {}

Connection::~Connection() {
  impl_->changed = nullptr;
  impl_->close();
}

void Connection::start() { impl_->start(); }
void Connection::wake() { impl_->settle(); }
const PeerEnds& Connection::peer() const noexcept { return impl_->peer; }

void Connection::Impl::patience_for(const char* what, std::chrono::seconds patience) {
  timer.expires_after(patience);
  timer.async_wait([self = shared_from_this(), what](const error_code& error) {
    if (error || self->is_open || self->is_closed) return;
    self->session.on_broken(make_error(Errc::unavailable, self->where() + ": time-out while waiting for " + what));
    self->settle();
  });
}

void Connection::Impl::start() {
  patience_for("its name to be found", name_patience);
  resolver.async_resolve(endpoint.host, std::to_string(endpoint.port),
                         [self = shared_from_this()](const error_code& error, const Tcp::resolver::results_type& found) {
                           if (self->is_closed) return;
                           if (error) return self->fail(error, "its name is not found");
                           for (const auto& one : found) self->places.push_back(one.endpoint());
                           self->connect(asio::error::address_family_not_supported);
                         });
}

/// The next of its addresses; each has its own time, so that one that does not answer does not take that of the others.
void Connection::Impl::connect(const error_code& former) {
  auto& socket = stream.next_layer();
  error_code failure = former;
  while (!places.empty()) {
    const Tcp::endpoint place = places.front();
    places.pop_front();
    error_code ignored;
    socket.close(ignored);
    failure.clear();
    socket.open(place.protocol(), failure);
    if (!failure && !endpoint.source_address.empty()) {
      const auto ours = asio::ip::make_address(endpoint.source_address, failure);
      if (!failure && ours.is_v4() != place.address().is_v4()) failure = asio::error::address_family_not_supported;
      if (!failure) socket.bind({ours, 0}, failure);
    }
    if (failure) continue;
    timer.expires_after(connect_patience);
    timer.async_wait([self = shared_from_this(), &socket](const error_code& error) {
      error_code unheard;
      if (!error && !self->is_open && !self->is_closed) socket.close(unheard);  // the attempt ends, the next one begins
    });
    return socket.async_connect(place, [self = shared_from_this()](const error_code& error) {
      if (self->is_closed) return;
      if (error) return self->connect(error == asio::error::operation_aborted ? asio::error::timed_out : error);
      self->shake_hands();
    });
  }
  fail(failure, endpoint.source_address.empty() ? "cannot be reached" : "cannot be reached from source_address");
}

void Connection::Impl::shake_hands() {
  patience_for("the end of the TLS handshake", handshake_patience);
  error_code ignored;
  stream.next_layer().set_option(Tcp::no_delay(true), ignored);
  if (auto prepared = tls.prepare(stream.native_handle()); !prepared) {
    session.on_broken(prepared.error());
    return settle();
  }
  stream.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const error_code& error) {
    if (self->is_closed) return;
    if (error) {
      const bool of_tls = error.category() == asio::error::get_ssl_category();
      self->session.on_broken(self->tls.trouble(self->stream.native_handle(),
                                                of_tls ? static_cast<unsigned long>(error.value()) : 0, self->where()));
      return self->settle();
    }
    self->is_open = true;
    self->peer = peer_ends(self->stream.native_handle());
    self->session.on_open(std::chrono::steady_clock::now());
    self->read();
    self->settle();
  });
}

void Connection::Impl::read() {
  stream.async_read_some(asio::buffer(in), [self = shared_from_this()](const error_code& error, std::size_t size) {
    if (self->is_closed) return;
    if (size > 0) self->taken(size);
    if (self->is_closed) return;
    if (!error) return self->read();
    // in TLS 1.3 the peer tells what it thinks of our certificate only now
    if (!self->session.greeting() && error.category() == asio::error::get_ssl_category()) {
      self->session.on_broken(
          self->tls.trouble(self->stream.native_handle(), static_cast<unsigned long>(error.value()), self->where()));
      return self->settle();
    }
    const bool greeted = self->session.greeting().has_value();
    const char* what = self->frames.is_inside() ? "the connection ended inside an answer"
                       : greeted                ? "the connection ended"
                                 : "the connection ended before a greeting: it may not know this address or certificate";
    self->fail(error, what);
  });
}

void Connection::Impl::taken(std::size_t size) {
  frames.feed({in.data(), size});
  for (auto frame = frames.next();; frame = frames.next()) {
    if (!frame) {
      session.on_broken({frame.error().code, where() + ": " + frame.error().context, frame.error().hint});
      break;
    }
    if (!*frame) break;
    session.on_frame(**frame, std::chrono::steady_clock::now());
    if (session.is_over()) break;
  }
  settle();
}

void Connection::Impl::pump() {
  if (!is_open || is_writing || is_closed) return;
  out.clear();
  while (out.size() < most_written) {
    auto frame = session.next_frame(std::chrono::steady_clock::now());
    if (!frame) break;
    std::string& xml = *frame;
    append_frame(out, xml);
    sodium_memzero(xml.data(), xml.size());
  }
  if (out.empty()) return;
  is_writing = true;
  asio::async_write(stream, asio::buffer(out), [self = shared_from_this()](const error_code& error, std::size_t) {
    self->is_writing = false;
    sodium_memzero(self->out.data(), self->out.size());
    if (self->is_closed) return;
    if (error) return self->fail(error, "the connection broke while a command was sent");
    self->settle();
  });
}

void Connection::Impl::arm() {
  if (!is_open || is_closed) return;
  const auto due = session.deadline();
  // one that rings too early looks and waits on: to put it off with each answer would cost a system call
  if (!due || (armed && *armed <= *due)) return;
  armed = due;
  timer.expires_at(*due);
  timer.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->is_closed) return;
    self->armed.reset();
    self->session.on_time(std::chrono::steady_clock::now());
    self->settle();
  });
}

/// After anything happened: tell it, send what may be sent, wait for what is next, or close.
void Connection::Impl::settle() {
  if (is_closed) return;
  if (changed) changed();
  pump();
  if (session.is_over()) {  // also while something is written: who does not read holds nobody up
    close();
    if (changed) changed();
    return;
  }
  arm();
}

void Connection::Impl::fail(const error_code& error, const char* what) {
  if (is_closed) return;
  const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  session.on_broken(make_error(Errc::unavailable, where() + ": " + what + (ended ? "" : " (" + error.message() + ")")));
  settle();
}

void Connection::Impl::close() {
  if (is_closed) return;
  is_closed = true;
  error_code ignored;
  resolver.cancel();
  timer.cancel();
  stream.next_layer().close(ignored);
}

}  // namespace regdata::epp
