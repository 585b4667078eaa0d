#include "epp/sandbox.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <map>

#include "epp/frame.hpp"
#include "epp/pace.hpp"
#include "epp/sandbox_files.hpp"
#include "epp/sandbox_registry.hpp"

namespace regdata::epp {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

namespace {

/// What all connections of a sandbox share.
struct Shared {
  SandboxLimits limits;
  std::map<std::string, unsigned> sessions{};  ///< by account
  std::map<std::string, Pace> paces{};

  /// Whether the account has said as much as it may.
  bool is_too_much(const std::string& account) {
    if (limits.commands_per_minute == 0 || account.empty()) return false;
    Pace& pace = paces.try_emplace(account, PaceRules{.queries_per_minute = limits.commands_per_minute}).first->second;
    return pace.take(CommandClass::query, std::chrono::steady_clock::now()).has_value();
  }
};

constexpr std::size_t longest_command = 1U << 20U;

/// One connection: reads a frame, answers it, reads the next.
class Visitor : public std::enable_shared_from_this<Visitor> {
 public:
  Visitor(Tcp::socket socket, asio::ssl::context& tls, SandboxRegistry& registry, MischiefPlan& mischief, Shared& shared)
      : stream_(std::move(socket), tls),
        registry_(registry),
        mischief_(mischief),
        shared_(shared),
        timer_(stream_.get_executor()) {}

  void start() {
    wait();
    stream_.async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](const error_code& error) {
      if (error) return self->close();
      const auto wrong = self->mischief_.at_connect();
      self->send(wrong ? twisted(*wrong, {}, {}) : Delivery{frame_of(self->registry_.greeting()), false});
    });
  }

 private:
  void wait() {
    timer_.expires_after(shared_.limits.idle);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->close();
    });
  }

  void send(Delivery delivery) {
    out_ = std::move(delivery.octets);
    if (out_.empty()) return delivery.closes ? close() : serve();
    asio::async_write(stream_, asio::buffer(out_),
                      [self = shared_from_this(), closes = delivery.closes](const error_code& error, std::size_t) {
                        if (error || closes) return self->close();
                        self->serve();
                      });
  }

  void send_late(Delivery delivery) {
    timer_.expires_after(late_time);
    timer_.async_wait([self = shared_from_this(), delivery = std::move(delivery)](const error_code& error) mutable {
      if (error) return self->close();
      self->send(std::move(delivery));
    });
  }

  /// One octet at a time, each in a TLS record of its own.
  void dribble(std::size_t at) {
    if (at == out_.size()) return serve();
    asio::async_write(stream_, asio::buffer(&out_[at], 1),
                      [self = shared_from_this(), at](const error_code& error, std::size_t) {
                        if (error) return self->close();
                        self->dribble(at + 1);
                      });
  }

  void answer(const std::string& xml) {
    const bool is_login = SandboxRegistry::is_login(xml);
    auto wrong = mischief_.at_command(is_login);
    if (shared_.is_too_much(client_.account)) wrong = Mischief::limit;
    SandboxRegistry::Client before = client_;
    auto good = registry_.answer(client_, xml, !wrong || !prevents(*wrong));
    if (is_login && before.account.empty() && !client_.account.empty() && counted_.empty()) {
      unsigned& open = shared_.sessions[client_.account];
      if (shared_.limits.sessions > 0 && open >= shared_.limits.sessions) {
        wrong = Mischief::limit;
        client_ = before;
      } else {
        ++open;
        counted_ = client_.account;
      }
    }
    if (!wrong) return send({frame_of(good.xml), good.closes});
    Delivery delivery = twisted(*wrong, good.xml, good.client_id);
    delivery.closes = delivery.closes || good.closes;
    if (*wrong == Mischief::late) return send_late(std::move(delivery));
    if (*wrong != Mischief::dribble) return send(std::move(delivery));
    out_ = std::move(delivery.octets);
    dribble(0);
  }

  /// What is held already, or what comes.
  void serve() {
    const auto frame = frames_.next();
    if (!frame) return close();
    if (*frame) return answer(**frame);
    wait();
    stream_.async_read_some(asio::buffer(in_), [self = shared_from_this()](const error_code& error, std::size_t size) {
      if (error) return self->close();
      self->frames_.feed({self->in_.data(), size});
      self->serve();
    });
  }

  void close() {
    error_code ignored;
    if (!counted_.empty()) --shared_.sessions[std::exchange(counted_, {})];
    timer_.cancel();
    stream_.next_layer().close(ignored);
  }

  asio::ssl::stream<Tcp::socket> stream_;
  SandboxRegistry& registry_;
  MischiefPlan& mischief_;
  Shared& shared_;
  std::string counted_;  ///< whose session it is counted for; empty: nobody's
  asio::steady_timer timer_;
  SandboxRegistry::Client client_;
  FrameReader frames_{longest_command};
  std::array<char, 16384> in_{};
  std::string out_;
};

}  // namespace

struct Sandbox::Impl {
  Impl(std::unique_ptr<SandboxStore> objects, SandboxRegistry::Rules rules, MischiefPlan plan, SandboxLimits limits,
       Clock clock)
      : shared{limits},
        store(std::move(objects)),
        registry(*store, std::move(rules), std::move(clock)),
        mischief(std::move(plan)) {}

  void accept() {
    acceptor.async_accept([this](const error_code& error, Tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (error) return pause();
      {
        error_code ignored;
        socket.set_option(Tcp::no_delay(true), ignored);
        std::make_shared<Visitor>(std::move(socket), tls, registry, mischief, shared)->start();
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

  Shared shared;
  std::unique_ptr<SandboxStore> store;
  SandboxRegistry registry;
  MischiefPlan mischief;
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
                                     SandboxRegistry::Rules{settings.account, password->reveal(), settings.holds_contacts,
                                                            settings.disclosure, settings.rival},
                                     settings.mischief, settings.limits, std::move(clock));
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

Expected<void> advance_sandbox(const std::filesystem::path& directory, std::chrono::milliseconds by) {
  std::error_code ignored;
  if (!std::filesystem::exists(directory / "objects.db", ignored))
    return make_error(Errc::not_found, "no sandbox registry in " + directory.string());
  auto store = SandboxStore::open(directory / "objects.db");
  if (!store) return store.error();
  try {
    (*store)->advance(by);
  } catch (const SQLite::Exception& failure) {
    return make_error(Errc::unavailable, std::string("the sandbox's clock: ") + failure.what());
  }
  return {};
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
