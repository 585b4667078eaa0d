// The only file that includes Beast's HTTP: it is dear to compile.
#include "app/admin_server.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <thread>

#include "app/endpoint.hpp"
#include "app/process.hpp"

namespace regdata::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr auto time_limit = std::chrono::seconds(5);
constexpr int most_connections = 32;

using Answer = http::response<http::string_body>;

Answer make_answer(http::status status, std::string_view type, std::string body) {
  Answer answer{status, 11};
  answer.set(http::field::content_type, beast::string_view(type.data(), type.size()));
  answer.set(http::field::cache_control, "no-store");
  answer.body() = std::move(body);
  answer.keep_alive(false);
  answer.prepare_payload();
  return answer;
}

Answer route(const AdminPages& pages, const http::request<http::empty_body>& request) {
  constexpr std::string_view text = "text/plain; charset=utf-8";
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Answer answer = make_answer(http::status::method_not_allowed, text, "only GET\n");
    answer.set(http::field::allow, "GET, HEAD");
    return answer;
  }
  const std::string_view target(request.target().data(), request.target().size());
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == "/metrics") return make_answer(http::status::ok, "text/plain; version=0.0.4; charset=utf-8", pages.metrics());
  if (path == "/livez") return make_answer(http::status::ok, text, "alive\n");
  if (path == "/version") return make_answer(http::status::ok, text, fmt::format("regdata {}\n", pages.version));
  if (path == "/readyz") {
    const std::string reason = pages.not_ready();
    if (reason.empty()) return make_answer(http::status::ok, text, "ready\n");
    return make_answer(http::status::service_unavailable, text, reason + "\n");
  }
  return make_answer(http::status::not_found, text, "pages: /metrics /livez /readyz /version\n");
}

/// One request, one answer, closed.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const AdminPages& pages, int& open) : stream_(std::move(socket)), pages_(pages), open_(open) {
    ++open_;
  }
  ~Session() { --open_; }

  void run() {
    stream_.expires_after(time_limit);
    parser_.header_limit(4096);
    parser_.body_limit(0);
    auto self = shared_from_this();
    http::async_read_header(stream_, buffer_, parser_, [self](beast::error_code error, std::size_t) {
      if (!error) self->answer();
    });
  }

 private:
  void answer() {
    answer_ = route(pages_, parser_.get());
    if (parser_.get().method() == http::verb::head) answer_.body().clear();
    auto self = shared_from_this();
    http::async_write(stream_, answer_, [self](beast::error_code, std::size_t) {
      beast::error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  beast::tcp_stream stream_;
  const AdminPages& pages_;
  int& open_;
  beast::flat_static_buffer<8192> buffer_;
  http::request_parser<http::empty_body> parser_;
  Answer answer_;
};

}  // namespace

struct AdminServer::Impl {
  void accept() {
    acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && open < most_connections) std::make_shared<Session>(std::move(socket), pages, open)->run();
      if (error) {
        // Out of descriptors: an accept loop without a pause would burn a core (reliability.md §0.7).
        timer.expires_after(std::chrono::milliseconds(100));
        timer.async_wait([this](beast::error_code stopped) {
          if (!stopped) accept();
        });
        return;
      }
      accept();
    });
  }

  AdminPages pages;
  int open = 0;
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  asio::steady_timer timer{context};
  std::thread thread;
};

AdminServer::AdminServer() = default;

Expected<std::unique_ptr<AdminServer>> AdminServer::listen(const std::string& text) {
  const auto endpoint = parse_endpoint(text);
  if (!endpoint) return endpoint.error();
  if (!endpoint->is_loopback())
    return make_error(Errc::configuration, fmt::format("admin address {} is not a loopback address", endpoint->text));
  const auto socket = listen_on(text);
  if (!socket) return socket.error();
  std::unique_ptr<AdminServer> server(new AdminServer);
  server->address_ = local_address(*socket);
  server->impl_ = std::make_unique<Impl>();
  server->impl_->acceptor.assign(endpoint->address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), *socket);
  return server;
}

void AdminServer::start(AdminPages pages) {
  Impl& impl = *impl_;
  impl.pages = std::move(pages);
  impl.accept();
  impl.thread = std::thread([&impl] { impl.context.run(); });
}

AdminServer::~AdminServer() {
  if (!impl_) return;
  impl_->context.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace regdata::app
