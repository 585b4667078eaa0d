// Ten thousand connections from ten thousand addresses that send one byte every few seconds, while others ask as usual.
// Usage: slow_clients [CONNECTIONS] [SECONDS]; defaults 10,000 and 20. Exit 1 when a figure of docs/benchmarks.md is missed.
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "bench/load.hpp"
#include "bench/server_process.hpp"
#include "tests/redaction/view_store_place.hpp"

namespace regdata::bench {
namespace {

constexpr std::uint64_t views = 10'000;

/// One slow connection from 127.(64+i/65025).x.y; -1: not connected.
int slow_connection(std::uint16_t port, unsigned index) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(0x7F400000U + (index / 250 << 8) + index % 250 + 1);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  if (bind(socket, reinterpret_cast<sockaddr*>(&from), sizeof from) == 0 &&
      connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0)
    return socket;
  close(socket);
  return -1;
}

bool is_closed(int socket) {
  pollfd wait{socket, POLLIN, 0};
  return poll(&wait, 1, 0) > 0;
}

LoadResult others(const ServerProcess& server, unsigned queries, std::uint64_t seed) {
  LoadOptions load;
  load.port = server.port();
  load.connections = 8;
  load.queries = queries;
  load.line = [&](std::uint64_t number) { return name_at(scrambled(seed + number) % views) + "\r\n"; };
  return run_load(load);
}

int run(const char* program, unsigned connections, unsigned seconds) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < connections + 200U) {
    std::printf("the open-file limit of %llu is too low for %u connections\n", static_cast<unsigned long long>(files.rlim_cur),
                connections);
    return 1;
  }
  const testing::TemporaryDirectory place;
  make_view_store(place.path(), views);
  // the default deadlines are shorter than the run: whoever is cut by them comes back, as an attacker would
  ServerProcess server({beside(program, "whois_server"), place.path().string(), "1"});
  others(server, 2'000, 1);
  std::vector<double> idle;
  for (std::uint64_t i = 0; i < 5; ++i) idle.push_back(others(server, 4'000, 100 + i).percentile(0.99));

  std::vector<int> slow(connections, -1);
  for (unsigned i = 0; i < connections; ++i) slow[i] = slow_connection(server.port(), i);
  std::uint64_t cut = 0;
  std::uint64_t refused = static_cast<std::uint64_t>(std::count(slow.begin(), slow.end(), -1));
  std::size_t most = 0;
  double memory = 0;
  std::vector<double> busy;
  std::uint64_t failed = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (unsigned turn = 0; std::chrono::steady_clock::now() - begun < std::chrono::seconds(seconds); ++turn) {
    for (unsigned i = turn % 8; i < connections; i += 8) {  // a byte each, about every two seconds
      if (slow[i] >= 0 && is_closed(slow[i])) {
        close(slow[i]);
        slow[i] = -1;
        ++cut;
      }
      if (slow[i] < 0) slow[i] = slow_connection(server.port(), i);
      if (slow[i] >= 0 && send(slow[i], "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) continue;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const LoadResult load = others(server, 500, 1'000 + turn);
    busy.push_back(load.percentile(0.99));
    failed += load.failed;
    most = std::max(most, static_cast<std::size_t>(std::count_if(slow.begin(), slow.end(), [](int s) { return s >= 0; })));
    memory = std::max(memory, server.private_mebibytes());
  }
  std::printf(
      "%zu slow connections held at the same time, %llu cut by their deadline and back again, %llu not connected at first\n",
      most, static_cast<unsigned long long>(cut), static_cast<unsigned long long>(refused));
  const double slowdown = median(busy) / median(idle);
  std::printf("others: p99 %.0f us idle, %.0f us beside them: %.2fx (bar < 5x), %llu failed\n", median(idle), median(busy),
              slowdown, static_cast<unsigned long long>(failed));
  std::printf("server memory beside the mapped store: %.1f MiB (bar < 128)\n", memory);
  for (const int socket : slow)
    if (socket >= 0) close(socket);
  return most >= connections * 95 / 100 && slowdown < 5 && memory < 128 && failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace regdata::bench

int main(int argc, char** argv) {
  const unsigned connections = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 10'000;
  const unsigned seconds = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 20;
  return regdata::bench::run(argv[0], connections, seconds);
}
