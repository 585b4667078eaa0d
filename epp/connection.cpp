#include "epp/connection.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>

#include "epp/frame.hpp"

namespace regdata::epp {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::seconds connect_patience{10};
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
    SSL_CTX_up_ref(by.context());  // the stream's context lets go of it too
  }

  void start();
  void connect(const Tcp::resolver::results_type& found);
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
  bool is_open = false;  ///< the handshake is done
  bool is_writing = false;
  bool is_closed = false;
  std::string waited_for = "a connection";  ///< while it is opened
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

void Connection::Impl::start() {
  timer.expires_after(connect_patience);
  timer.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->is_open || self->is_closed) return;
    self->session.on_broken(make_error(Errc::unavailable, self->where() + ": time-out while waiting for " + self->waited_for));
    self->settle();
  });
  resolver.async_resolve(endpoint.host, std::to_string(endpoint.port),
                         [self = shared_from_this()](const error_code& error, const Tcp::resolver::results_type& found) {
                           if (error) return self->fail(error, "its name is not found");
                           self->connect(found);
                         });
}

void Connection::Impl::connect(const Tcp::resolver::results_type& found) {
  std::vector<Tcp::endpoint> places;
  error_code failure;
  const auto ours =
      endpoint.source_address.empty() ? asio::ip::address() : asio::ip::make_address(endpoint.source_address, failure);
  if (failure) return fail(failure, "source_address is none");
  for (const auto& one : found)
    if (endpoint.source_address.empty() || one.endpoint().address().is_v4() == ours.is_v4()) places.push_back(one.endpoint());
  if (places.empty()) return fail(asio::error::address_family_not_supported, "no address of the kind of source_address");
  auto& socket = stream.next_layer();
  if (!endpoint.source_address.empty()) {
    socket.open(ours.is_v4() ? Tcp::v4() : Tcp::v6(), failure);
    if (!failure) socket.bind({ours, 0}, failure);
    if (failure) return fail(failure, "source_address is not of this machine");
    return socket.async_connect(places.front(), [self = shared_from_this()](const error_code& error) {
      if (error) return self->fail(error, "cannot be reached");
      self->shake_hands();
    });
  }
  asio::async_connect(socket, places, [self = shared_from_this()](const error_code& error, const Tcp::endpoint&) {
    if (error) return self->fail(error, "cannot be reached");
    self->shake_hands();
  });
}

void Connection::Impl::shake_hands() {
  waited_for = "the end of the TLS handshake";
  stream.next_layer().set_option(Tcp::no_delay(true));
  tls.prepare(stream.native_handle());
  stream.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const error_code& error) {
    if (self->is_closed) return;
    if (error) {
      const bool of_tls = error.category() == asio::error::get_ssl_category();
      self->session.on_broken(self->tls.trouble(self->stream.native_handle(),
                                                of_tls ? static_cast<unsigned long>(error.value()) : 0, self->where()));
      return self->settle();
    }
    self->is_open = true;
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
    auto xml = session.next_frame(std::chrono::steady_clock::now());
    if (!xml) break;
    out += frame_of(*xml);
    sodium_memzero(xml->data(), xml->size());
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
  if (!due) {
    timer.cancel();
    return;
  }
  timer.expires_at(*due);
  timer.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->is_closed) return;
    self->session.on_time(std::chrono::steady_clock::now());
    self->settle();
  });
}

/// After anything happened: tell it, send what may be sent, wait for what is next, or close.
void Connection::Impl::settle() {
  if (is_closed) return;
  if (changed) changed();
  pump();
  if (session.is_over() && !is_writing) {
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
