#include "tests/whois/running_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "tests/redaction/made_view.hpp"
#include "tests/whois/sample_views.hpp"

namespace regdata::testing {
namespace {

template <class T>
T must(Expected<T> result) {
  if (!result) throw std::runtime_error(result.error().context);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

SampleStore::SampleStore(UtcTime heartbeat, std::uint32_t layout) {
  writer_ = must(redaction::ViewWriter::open(place_.path()));
  redaction::ViewWriter::Batch batch;
  for (const auto& view : {withheld_view(), sparse_view(), idn_view()}) batch.put.push_back(made_view(view));
  auto chosen = chosen_view();
  chosen.name = chosen.unicode_name = "chosen.example";
  batch.put.push_back(made_view(chosen));
  auto quiet = withheld_view();
  quiet.name = quiet.unicode_name = "held.quiet.test";
  batch.put.push_back(made_view(quiet));
  batch.put_hosts = {{"ns1.bluehen.example", {"192.0.2.53"}, "main"}};
  batch.texts = sample_texts(layout);
  batch.sequence = 1;
  batch.applied_until = sample_time();
  batch.heartbeat = heartbeat;
  must(writer_->apply(batch));
  reader_ = must(redaction::ViewReader::open(place_.path()));
}

whois::WhoisOptions unlimited() {
  whois::WhoisOptions options;
  options.rates = {{0, 1}, {0, 1}, {0, 1}, {0, 1}, 32};
  options.connections_per_prefix = 100'000;
  options.limiter_seed = 1;
  return options;
}

RunningServer::RunningServer(const SampleStore& store, whois::WhoisOptions options, unsigned threads, const char* address) {
  server_ = std::make_unique<whois::WhoisServer>(store.reader(), std::move(options), [] { return sample_time(); });
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
    port_ = must(server_->listen(reinterpret_cast<sockaddr*>(&v6), sizeof v6));
  } else {
    inet_pton(AF_INET, address, &v4.sin_addr);
    port_ = must(server_->listen(reinterpret_cast<sockaddr*>(&v4), sizeof v4));
  }
  start(threads);
}

RunningServer::RunningServer(const SampleStore& store, int listening_socket, unsigned threads) {
  sockaddr_in bound{};
  socklen_t length = sizeof bound;
  getsockname(listening_socket, reinterpret_cast<sockaddr*>(&bound), &length);
  port_ = ntohs(bound.sin_port);
  server_ = std::make_unique<whois::WhoisServer>(store.reader(), unlimited(), [] { return sample_time(); });
  must(server_->adopt(listening_socket));
  start(threads);
}

void RunningServer::start(unsigned threads) {
  server_->on_query([this](const whois::QueryEvent& event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
  });
  thread_ = std::thread([this, threads] {
    must(server_->run(threads));
    ended_ = true;
  });
  eventually([&] { return server_->not_ready() != "not serving yet"; });
}

RunningServer::~RunningServer() {
  server_->drain(std::chrono::milliseconds(0));
  thread_.join();
}

std::vector<whois::QueryEvent> RunningServer::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

bool RunningServer::ended_within(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!ended_ && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return ended_;
}

Client::Client(std::uint16_t port, const char* source, bool ipv6) {
  socket_ = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw std::runtime_error("no socket for the client");
  const timeval limit{10, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (source != nullptr) {
    sockaddr_in from{};
    from.sin_family = AF_INET;
    inet_pton(AF_INET, source, &from.sin_addr);
    if (bind(socket_, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0) throw std::runtime_error("cannot bind the client");
  }
  if (ipv6) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_addr = in6addr_loopback;
    to.sin6_port = htons(port);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    return;
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
}

Client::~Client() { ::close(socket_); }

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Client::end_sending() { shutdown(socket_, SHUT_WR); }

std::string Client::read_all(std::chrono::milliseconds patience) {
  std::string out;
  std::array<char, 8192> buffer{};
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd wait{socket_, POLLIN, 0};
    if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) <= 0) return out + "<no end>";
    const auto got = recv(socket_, buffer.data(), buffer.size(), 0);
    if (got < 0) reset_ = true;
    if (got <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

bool Client::closed_within(std::chrono::milliseconds patience) {
  return read_all(patience).find("<no end>") == std::string::npos;
}

std::string ask(std::uint16_t port, std::string_view bytes, const char* source) {
  Client client(port, source);
  if (!client.connected() || !client.send(bytes)) return "<not connected>";
  const std::string answer = client.read_all();
  return client.was_reset() ? answer + "<reset>" : answer;
}

}  // namespace regdata::testing
