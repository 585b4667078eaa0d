// Port 43 and nothing else, for the benchmarks: a view store, a number of threads, limits that are kept but never reached.
// Usage: whois_server STORE THREADS [FIRST_BYTE_MS QUERY_MS]; prints the port, ends with its standard input.
#include "whois/server.hpp"

#include <netinet/in.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

int main(int argc, char** argv) {
  using namespace regdata;
  if (argc < 3) return 2;
  auto views = redaction::ViewReader::open(argv[1]);
  if (!views) {
    std::fprintf(stderr, "%s\n", views.error().context.c_str());
    return 1;
  }
  whois::WhoisOptions options;
  const whois::Budget ample{600'000'000, 10'000'000};
  options.rates = {ample, ample, ample, {4'000'000'000, 4'000'000'000}, 32};
  options.connections = 19'000;
  if (argc > 4)
    options.timeouts = {std::chrono::milliseconds(std::atoi(argv[3])), std::chrono::milliseconds(std::atoi(argv[4])),
                        std::chrono::milliseconds(15'000), std::chrono::milliseconds(2'000)};
  whois::WhoisServer server(std::move(*views), options,
                            [] { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); });
  server.on_query([](const whois::QueryEvent&) {});
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto port = server.listen(reinterpret_cast<sockaddr*>(&address), sizeof address);
  if (!port) return 1;
  std::printf("%d\n", *port);
  std::fflush(stdout);
  std::thread watch([&] {
    while (std::getchar() != EOF) continue;
    server.drain(std::chrono::milliseconds(0));
  });
  const auto served = server.run(static_cast<unsigned>(std::atoi(argv[2])));
  watch.join();
  return served ? 0 : 1;
}
