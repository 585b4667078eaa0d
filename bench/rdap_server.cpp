// RDAP and nothing else, for the benchmarks: a view store, limits that are kept but never reached.
// Usage: rdap_server STORE THREADS [CERTIFICATE KEY]; prints the port (HTTPS where a certificate is given), ends with its
// standard input.
#include <netinet/in.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "whois/http_server.hpp"

int main(int argc, char** argv) {
  using namespace regdata;
  if (argc < 3) return 2;
  auto views = redaction::ViewReader::open(argv[1]);
  if (!views) {
    std::fprintf(stderr, "%s\n", views.error().context.c_str());
    return 1;
  }
  whois::HttpOptions options;
  const whois::Budget ample{600'000'000, 10'000'000};
  options.rates = {ample, ample, ample, {4'000'000'000, 4'000'000'000}, 32};
  options.connections = options.connections_per_prefix = 19'000;
  if (argc > 4) {
    auto tls = whois::TlsContext::load(argv[3], argv[4]);
    if (!tls) {
      std::fprintf(stderr, "%s\n", tls.error().context.c_str());
      return 1;
    }
    options.tls = std::move(*tls);
  }
  whois::HttpServer server(std::move(*views), options,
                           [] { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); });
  server.on_query([](const whois::QueryEvent&) {});
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto kind = argc > 4 ? whois::HttpPort::tls : whois::HttpPort::plain;
  const auto port = server.listen(reinterpret_cast<sockaddr*>(&address), sizeof address, kind);
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
