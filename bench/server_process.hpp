// The two sides of the port 43 benchmarks as processes of their own, and what the kernel says they used.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace regdata::bench {

/// A program that prints its port first and ends when its standard input does.
class ServerProcess {
 public:
  explicit ServerProcess(const std::vector<std::string>& command);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// CPU time of all its threads so far, in seconds.
  [[nodiscard]] double cpu_seconds() const;
  /// Memory that is the process's own: not the mapped store, not its program text.
  [[nodiscard]] double private_mebibytes() const;
  [[nodiscard]] int open_files() const;

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  std::uint16_t port_ = 0;
};

/// A view store of `count` names in `directory`; `name_at` gives them in order.
void make_view_store(const std::filesystem::path& directory, std::uint64_t count);
std::string name_at(std::uint64_t index);

/// The program that was started, with another name in the same directory.
std::string beside(const char* program, const std::string& name);

/// Repeatable random numbers.
inline std::uint64_t scrambled(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27) * 0x94D049BB133111EBU;
  return x ^ x >> 31;
}

double median(std::vector<double> values);

}  // namespace regdata::bench
