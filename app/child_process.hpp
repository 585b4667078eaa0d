// The public server as a process of its own, started and watched by the worker (house.md §3, Processes).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/process.hpp"
#include "registration/error.hpp"

namespace regdata::app {

/// What the child is.
struct ChildPlan {
  std::vector<std::string> arguments;    ///< argv; the program is this one (/proc/self/exe)
  std::vector<std::string> environment;  ///< the whole environment; LISTEN_* are added
  std::vector<PassedSocket> sockets;     ///< passed by the LISTEN_FDS protocol; stay open here
};

/// Starts, watches and restarts one child. Not thread-safe; the thread that starts the child must live as long as the child,
/// which ends with it (PR_SET_PDEATHSIG). Exec passes standard input, output, error and the sockets, no other descriptor.
class ChildProcess {
 public:
  using Time = std::chrono::steady_clock::time_point;

  ~ChildProcess();
  ChildProcess() = default;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  Expected<void> start(const ChildPlan& plan, Time now);
  /// After SIGCHLD: what became of the child, in words, if it has ended; nothing while it runs.
  std::optional<std::string> collect(Time now);
  /// When a child that died may be started again: 100 ms after its first death, twice as long for each death within a minute of
  /// its start, at most 30 s.
  [[nodiscard]] Time next_start() const noexcept { return next_start_; }
  [[nodiscard]] bool running() const noexcept { return pid_ > 0; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  /// SIGTERM, wait, SIGKILL after `limit`. True: it ended by itself.
  bool stop(std::chrono::milliseconds limit);

 private:
  pid_t pid_ = -1;
  Time started_{};
  Time next_start_{};
  std::chrono::milliseconds backoff_{100};
};

}  // namespace regdata::app
