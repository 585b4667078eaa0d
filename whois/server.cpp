#include "whois/server.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "whois/event_loop.hpp"
#include "whois/listening.hpp"

namespace regdata::whois {
namespace {

/// Sockets of one thread whose clients have their answer: some 25 ms of them under full load.
constexpr std::uint32_t most_half_closed = 512;

Error failed(std::string_view what) { return listening_failed("port 43", what); }

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

Expected<int> WhoisServer::Impl::socket_for(Bound& bound, bool first) const {
  if (first) return std::exchange(bound.socket, -1);
  const int sibling = sibling_of(bound.socket, bound.adopted, options->timeouts.write);
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
  if (!take_listener(descriptor, impl_->options->timeouts.write))
    return make_error(Errc::configuration, "port 43: the descriptor handed over is not a listening socket");
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
