#include "whois/server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "whois/event_loop.hpp"

namespace regdata::whois {
namespace {

/// The kernel cuts it down to net.core.somaxconn.
constexpr int backlog = 4096;
/// Sockets of one thread whose clients have their answer: some 25 ms of them under full load.
constexpr std::uint32_t most_half_closed = 512;

Error failed(std::string_view what) {
  return make_error(Errc::unavailable, "port 43: " + std::string(what) + ": " + std::generic_category().message(errno));
}

std::uint64_t seed_from_kernel() {
  std::uint64_t seed = 0;
  while (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) continue;
  return seed;
}

/// How many connections the open-file limit leaves room for.
std::uint32_t places_by_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT32_MAX;
  const std::uint64_t most = limit.rlim_cur;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(most > 2 * reserved_descriptors ? most - reserved_descriptors : most / 2, UINT32_MAX));
}

bool set_option(int socket, int level, int name, int value) noexcept {
  return setsockopt(socket, level, name, &value, sizeof value) == 0;
}

std::uint16_t port_of(int socket) noexcept {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return 0;
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof in);
    return ntohs(in.sin6_port);
  }
  sockaddr_in in{};
  std::memcpy(&in, &storage, sizeof in);
  return ntohs(in.sin_port);
}

/// Accepted sockets inherit it: the kernel gives up on a client that takes nothing after we have closed our end; before that
/// our own deadline comes first.
void give_up_after(int listening, std::chrono::milliseconds write_timeout) noexcept {
  set_option(listening, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(2 * write_timeout.count()));
}

/// A listening socket, or -1 with errno.
int open_listener(const sockaddr* address, socklen_t length, std::chrono::milliseconds write_timeout) noexcept {
  const int socket = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (socket < 0) return -1;
  OwnedSocket owner(socket);
  if (!set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) || !set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1)) return -1;
  if (address->sa_family == AF_INET6 && !set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return -1;
  give_up_after(socket, write_timeout);
  if (bind(socket, address, length) != 0 || ::listen(socket, backlog) != 0) return -1;
  owner.release();
  return socket;
}

}  // namespace

struct WhoisServer::Impl {
  struct Bound {
    int socket = -1;
    bool adopted = false;
  };
  enum class Phase : std::uint8_t { made, running, draining, done };

  Impl(std::shared_ptr<redaction::ViewReader> views, WhoisOptions given, Clock clock)
      : service(std::move(views), std::move(clock), given.limiter_seed != 0 ? given.limiter_seed : seed_from_kernel()),
        options(std::make_shared<const WhoisOptions>(std::move(given))) {
    service.places = places_by_limit();
  }
  ~Impl() {
    for (const Bound& bound : sockets)
      if (bound.socket >= 0) ::close(bound.socket);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Expected<void> make_loops(unsigned threads);
  Expected<int> socket_for(Bound& bound, bool first) const;

  Service service;
  std::atomic<Phase> phase{Phase::made};
  std::vector<Bound> sockets;
  mutable std::mutex mutex;  ///< guards what follows; never held while serving
  std::shared_ptr<const WhoisOptions> options;
  std::vector<std::unique_ptr<EventLoop>> loops;
};

/// The socket itself for the first loop; a sibling of its own (bound by us) or a second descriptor (adopted) for the others.
Expected<int> WhoisServer::Impl::socket_for(Bound& bound, bool first) const {
  if (first) return std::exchange(bound.socket, -1);
  if (bound.adopted) {
    const int copy = fcntl(bound.socket, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return failed("second descriptor");
    return copy;
  }
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(bound.socket, address, &length) != 0) return failed("address");
  const int sibling = open_listener(address, length, options->timeouts.write);
  if (sibling < 0) return failed("listen");
  return sibling;
}

Expected<void> WhoisServer::Impl::make_loops(unsigned threads) {
  const std::lock_guard lock(mutex);
  service.half_closed_places = std::clamp(service.places / 8 / threads, 1U, most_half_closed);
  service.places -= std::min(service.places, threads * service.half_closed_places);
  for (unsigned i = threads; i-- > 0;) {  // the last one made takes the sockets that the others are copied from
    loops.push_back(std::make_unique<EventLoop>(service, options));
    for (Bound& bound : sockets) {
      const auto socket = socket_for(bound, i == 0);
      if (!socket) return socket.error();
      OwnedSocket owner(*socket);
      loops.back()->add_listener(*socket);
      owner.release();
    }
  }
  return {};
}

WhoisServer::WhoisServer(std::shared_ptr<redaction::ViewReader> views, WhoisOptions options, Clock clock)
    : impl_(std::make_unique<Impl>(std::move(views), std::move(options), std::move(clock))) {}

WhoisServer::~WhoisServer() = default;

void WhoisServer::on_query(QueryLog log) { impl_->service.log = std::move(log); }

Expected<std::uint16_t> WhoisServer::listen(const sockaddr* address, socklen_t length) {
  const int socket = open_listener(address, length, impl_->options->timeouts.write);
  if (socket < 0) return failed("listen");
  impl_->sockets.push_back({socket, false});
  return port_of(socket);
}

Expected<void> WhoisServer::adopt(int descriptor) {
  int listening = 0;
  socklen_t length = sizeof listening;
  const bool known = getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0;
  const int flags = fcntl(descriptor, F_GETFL);
  if (!known || listening == 0 || flags < 0)
    return make_error(Errc::configuration, "port 43: the descriptor handed over is not a listening socket");
  fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  give_up_after(descriptor, impl_->options->timeouts.write);
  impl_->sockets.push_back({descriptor, true});
  return {};
}

Expected<void> WhoisServer::run(unsigned threads) try {
  if (impl_->sockets.empty()) return make_error(Errc::unavailable, "port 43: nothing to listen on");
  if (auto made = impl_->make_loops(std::max(threads, 1U)); !made) return made.error();
  auto expected = Impl::Phase::made;
  if (!impl_->phase.compare_exchange_strong(expected, Impl::Phase::running))
    for (auto& loop : impl_->loops) loop->drain(std::chrono::milliseconds(0));  // drained before it began
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < impl_->loops.size(); ++i) others.emplace_back([&loop = *impl_->loops[i]] { loop.run(); });
  impl_->loops.front()->run();
  others.clear();
  impl_->phase = Impl::Phase::done;
  return {};
} catch (const std::exception& problem) {
  return make_error(Errc::unavailable, std::string("port 43: ") + problem.what());
}

void WhoisServer::drain(std::chrono::milliseconds patience) {
  impl_->phase = Impl::Phase::draining;
  const std::lock_guard lock(impl_->mutex);
  for (auto& loop : impl_->loops) loop->drain(patience);
}

void WhoisServer::reload(WhoisOptions options) {
  const std::lock_guard lock(impl_->mutex);
  impl_->options = std::make_shared<const WhoisOptions>(std::move(options));
  for (auto& loop : impl_->loops) loop->reload(impl_->options);
}

std::string WhoisServer::not_ready() const {
  switch (impl_->phase.load()) {
    case Impl::Phase::made:
      return "not serving yet";
    case Impl::Phase::draining:
    case Impl::Phase::done:
      return "draining";
    case Impl::Phase::running:
      break;
  }
  const auto state = impl_->service.views->state();
  if (!state) return "the view store cannot be read";
  if (is_stale(*state, impl_->service.clock()))
    return "the publisher has been silent since " + format_rfc3339(state->heartbeat) + ": data shown by choice is withheld";
  return {};
}

const WhoisCounters& WhoisServer::counters() const noexcept { return impl_->service.counters; }

}  // namespace regdata::whois
