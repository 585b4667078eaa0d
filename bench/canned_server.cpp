// Usage: canned_server DIRECTORY
// Serves a canned registry until its standard input ends; makes certificate, authority and password in the directory and prints
// the port.
#include <fmt/format.h>

#include <unistd.h>
#include <array>
#include <cstdio>

#include "bench/canned_registry.hpp"
#include "epp/sandbox_files.hpp"

int main(int argc, char** argv) {
  using namespace regdata;
  if (argc != 2) return 2;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto files = epp::make_sandbox_files(argv[1], now);
  if (!files) {
    fmt::print(stderr, "canned_server: {}\n", files.error().context);
    return 1;
  }
  const bench::CannedRegistry registry(files->certificate, files->key, std::chrono::milliseconds(0));
  fmt::print("{}\n", registry.port());
  std::fflush(stdout);
  std::array<char, 64> ignored{};
  while (::read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) continue;
  return 0;
}
