// A closed loop of clients: each connects, sends one line, reads to the end, and begins again under another name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace regdata::bench {

struct LoadOptions {
  std::uint16_t port = 0;
  unsigned connections = 32;  ///< at the same time
  unsigned queries = 20'000;
  unsigned sources = 200;                                 ///< addresses of 127.1.0.0/16 and up that the connections come from
  std::function<std::string(std::uint64_t number)> line;  ///< the query, with its line end
};

struct LoadResult {
  double seconds = 0;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;  ///< no connection, a reset, or an empty answer
  std::uint64_t bytes = 0;
  std::vector<double> microseconds;  ///< of each query, connect to end, sorted

  [[nodiscard]] double per_second() const { return static_cast<double>(answered) / seconds; }
  [[nodiscard]] double percentile(double part) const;
};

LoadResult run_load(const LoadOptions& options);

}  // namespace regdata::bench
