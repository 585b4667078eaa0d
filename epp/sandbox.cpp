#include "epp/sandbox.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>

#include "epp/frame.hpp"
#include "epp/sandbox_files.hpp"
#include "epp/sandbox_registry.hpp"

namespace regdata::epp {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::seconds idle_patience{600};
constexpr std::size_t longest_command = 1U << 20U;

/// One connection: reads a frame, answers it, reads the next.
class Visitor : public std::enable_shared_from_this<Visitor> {
 public:
  Visitor(Tcp::socket socket, asio::ssl::context& tls, SandboxRegistry& registry)
      : stream_(std::move(socket), tls), registry_(registry), timer_(stream_.get_executor()) {}

  void start() {
    wait();
    stream_.async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](const error_code& error) {
      if (error) return self->close();
      self->say(self->registry_.greeting(), false);
    });
  }

 private:
  void wait() {
    timer_.expires_after(idle_patience);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->close();
    });
  }

  void say(const std::string& xml, bool closes) {
    out_ = frame_of(xml);
    asio::async_write(stream_, asio::buffer(out_), [self = shared_from_this(), closes](const error_code& error, std::size_t) {
      if (error || closes) return self->close();
      self->serve();
    });
  }

  /// What is held already, or what comes.
  void serve() {
    const auto frame = frames_.next();
    if (!frame) return close();
    if (*frame) {
      const auto answer = registry_.answer(client_, **frame);
      return say(answer.xml, answer.closes);
    }
    wait();
    stream_.async_read_some(asio::buffer(in_), [self = shared_from_this()](const error_code& error, std::size_t size) {
      if (error) return self->close();
      self->frames_.feed({self->in_.data(), size});
      self->serve();
    });
  }

  void close() {
    error_code ignored;
    timer_.cancel();
    stream_.next_layer().close(ignored);
  }

  asio::ssl::stream<Tcp::socket> stream_;
  SandboxRegistry& registry_;
  asio::steady_timer timer_;
  SandboxRegistry::Client client_;
  FrameReader frames_{longest_command};
  std::array<char, 16384> in_{};
  std::string out_;
};

}  // namespace

struct Sandbox::Impl {
  Impl(std::unique_ptr<SandboxStore> objects, SandboxRegistry::Rules rules, Clock clock)
      : store(std::move(objects)), registry(*store, std::move(rules), std::move(clock)) {}

  void accept() {
    acceptor.async_accept([this](const error_code& error, Tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (error) return pause();
      {
        error_code ignored;
        socket.set_option(Tcp::no_delay(true), ignored);
        std::make_shared<Visitor>(std::move(socket), tls, registry)->start();
      }
      accept();
    });
  }

  /// Too many are open: those first.
  void pause() {
    rest.expires_after(std::chrono::milliseconds(100));
    rest.async_wait([this](const error_code& error) {
      if (!error) accept();
    });
  }

  std::unique_ptr<SandboxStore> store;
  SandboxRegistry registry;
  asio::io_context io{1};
  asio::steady_timer rest{io};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  Tcp::acceptor acceptor{io};
};

Sandbox::Sandbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sandbox::~Sandbox() = default;

Expected<std::unique_ptr<Sandbox>> Sandbox::open(const SandboxSettings& settings, std::function<UtcTime()> clock) {
  const auto files = make_sandbox_files(settings.directory, clock());
  if (!files) return files.error();
  auto password = read_password(files->password);
  if (!password) return password.error();
  auto store = SandboxStore::open(settings.directory / "objects.db");
  if (!store) return store.error();
  auto impl = std::make_unique<Impl>(std::move(*store),
                                     SandboxRegistry::Rules{settings.account, password->reveal(), settings.holds_contacts},
                                     std::move(clock));
  error_code failure;
  impl->tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  impl->tls.use_certificate_chain_file(files->certificate.string(), failure);
  if (!failure) impl->tls.use_private_key_file(files->key.string(), asio::ssl::context::pem, failure);
  if (failure)
    return make_error(Errc::configuration, "the sandbox's certificate cannot be used: " + failure.message(),
                      "remove server.pem: it is made anew");
  const auto address = asio::ip::make_address(settings.address, failure);
  if (failure) return make_error(Errc::configuration, settings.address + " is no address");
  if (!address.is_loopback())
    return make_error(Errc::configuration, settings.address + " is not on loopback",
                      "the sandbox is for rehearsals on this machine");
  const Tcp::endpoint place(address, settings.port);
  Tcp::acceptor& acceptor = impl->acceptor;
  acceptor.open(place.protocol(), failure);
  if (!failure) acceptor.set_option(Tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(place, failure);
  if (!failure) acceptor.listen(Tcp::acceptor::max_listen_connections, failure);
  if (failure)
    return make_error(Errc::unavailable,
                      "cannot listen on " + settings.address + ":" + std::to_string(settings.port) + ": " + failure.message());
  impl->accept();
  return std::unique_ptr<Sandbox>(new Sandbox(std::move(impl)));
}

std::uint16_t Sandbox::port() const noexcept {
  error_code ignored;
  return impl_->acceptor.local_endpoint(ignored).port();
}

void Sandbox::run() {
  asio::signal_set signals(impl_->io, SIGINT, SIGTERM);
  signals.async_wait([this](const error_code& error, int) {
    if (!error) stop();
  });
  impl_->io.run();
}

void Sandbox::stop() { impl_->io.stop(); }

}  // namespace regdata::epp
