// A view store of made-up names for benchmarks that are driven from outside. Usage: make_views DIRECTORY COUNT
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "bench/server_process.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    regdata::bench::make_view_store(argv[1], std::strtoull(argv[2], nullptr, 10));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_views: %s\n", error.what());
    return 1;
  }
}
