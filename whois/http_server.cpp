#include "whois/http_server.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "whois/http_loop.hpp"
#include "whois/listening.hpp"

namespace regdata::whois {

struct HttpServer::Impl {
  struct Bound {
    int socket = -1;
    bool adopted = false;
    HttpPort port = HttpPort::plain;
  };

  Impl(std::shared_ptr<redaction::ViewReader> views, HttpOptions given, Clock clock)
      : service(std::move(views), std::move(clock), given.limiter_seed != 0 ? given.limiter_seed : seed_from_kernel()),
        options(std::make_shared<const HttpOptions>(std::move(given))) {
    service.places = places_by_limit();
  }
  ~Impl() {
    for (const Bound& bound : sockets)
      if (bound.socket >= 0) ::close(bound.socket);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Expected<void> make_loops(unsigned threads);
  Expected<void> take(int socket, bool adopted, HttpPort port);

  Service service;
  MakeWebPages pages;
  std::vector<Bound> sockets;
  mutable std::mutex mutex;  ///< guards what follows; never held while serving
  std::shared_ptr<const HttpOptions> options;
  std::vector<std::unique_ptr<HttpLoop>> loops;
  bool drained = false;
};

Expected<void> HttpServer::Impl::make_loops(unsigned threads) {
  const std::lock_guard lock(mutex);
  for (unsigned i = threads; i-- > 0;) {  // the last one made takes the sockets that the others are copied from
    loops.push_back(std::make_unique<HttpLoop>(service, options, pages ? pages() : nullptr));
    for (Bound& bound : sockets) {
      const int socket =
          i == 0 ? std::exchange(bound.socket, -1) : sibling_of(bound.socket, bound.adopted, options->timeouts.write);
      if (socket < 0) return listening_failed("http", "listen");
      OwnedSocket owner(socket);
      loops.back()->add_listener(socket, bound.port);
      owner.release();
    }
  }
  if (drained)
    for (auto& loop : loops) loop->drain(std::chrono::milliseconds(0));  // drained before it began
  return {};
}

Expected<void> HttpServer::Impl::take(int socket, bool adopted, HttpPort port) {
  if (port == HttpPort::tls && options->tls == nullptr) {
    if (!adopted) ::close(socket);
    return make_error(Errc::configuration, "http: a TLS port without a certificate", "set [http] certificate and private_key");
  }
  sockets.push_back({socket, adopted, port});
  return {};
}

HttpServer::HttpServer(std::shared_ptr<redaction::ViewReader> views, HttpOptions options, Clock clock)
    : impl_(std::make_unique<Impl>(std::move(views), std::move(options), std::move(clock))) {}

HttpServer::~HttpServer() = default;

void HttpServer::offer(MakeWebPages pages) { impl_->pages = std::move(pages); }

void HttpServer::on_query(WhoisServer::QueryLog log) { impl_->service.log = std::move(log); }

Expected<std::uint16_t> HttpServer::listen(const sockaddr* address, socklen_t length, HttpPort port) {
  const int socket = open_listener(address, length, impl_->options->timeouts.write);
  if (socket < 0) return listening_failed("http", "listen");
  if (auto taken = impl_->take(socket, false, port); !taken) return taken.error();
  return port_of(socket);
}

Expected<void> HttpServer::adopt(int descriptor, HttpPort port) {
  if (!take_listener(descriptor, impl_->options->timeouts.write))
    return make_error(Errc::configuration, "http: the descriptor handed over is not a listening socket");
  return impl_->take(descriptor, true, port);
}

Expected<void> HttpServer::run(unsigned threads) try {
  if (impl_->sockets.empty()) return make_error(Errc::unavailable, "http: nothing to listen on");
  if (auto made = impl_->make_loops(std::max(threads, 1U)); !made) return made.error();
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < impl_->loops.size(); ++i) others.emplace_back([&loop = *impl_->loops[i]] { loop.run(); });
  impl_->loops.front()->run();
  return {};
} catch (const std::exception& problem) {
  return make_error(Errc::unavailable, std::string("http: ") + problem.what());
}

void HttpServer::drain(std::chrono::milliseconds patience) {
  const std::lock_guard lock(impl_->mutex);
  impl_->drained = true;
  for (auto& loop : impl_->loops) loop->drain(patience);
}

void HttpServer::reload(HttpOptions options) {
  const std::lock_guard lock(impl_->mutex);
  impl_->options = std::make_shared<const HttpOptions>(std::move(options));
  for (auto& loop : impl_->loops) loop->reload(impl_->options);
}

const WhoisCounters& HttpServer::counters() const noexcept { return impl_->service.counters; }

const AnswerCounters& HttpServer::page_counters() const noexcept { return impl_->service.pages; }

}  // namespace regdata::whois
