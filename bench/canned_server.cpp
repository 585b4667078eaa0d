// Usage: canned_server DIRECTORY [MILLISECONDS]
// Serves a canned registry, whose answers come that late, until its standard input ends; makes certificate, authority and
// password in the directory and prints the port.
#include <fmt/format.h>

#include <unistd.h>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "bench/canned_registry.hpp"
#include "epp/sandbox_files.hpp"

int main(int argc, char** argv) {
  using namespace regdata;
  if (argc < 2 || argc > 3) return 2;
  const std::chrono::milliseconds delay(argc == 3 ? std::strtol(argv[2], nullptr, 10) : 0);
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto files = epp::make_sandbox_files(argv[1], now);
  if (!files) {
    fmt::print(stderr, "canned_server: {}\n", files.error().context);
    return 1;
  }
  const bench::CannedRegistry registry(files->certificate, files->key, delay);
  fmt::print("{}\n", registry.port());
  std::fflush(stdout);
  std::array<char, 64> ignored{};
  while (::read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) continue;
  return 0;
}
