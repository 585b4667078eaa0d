#include "app/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "app/process.hpp"

namespace regdata::app {
namespace {

constexpr int first_socket = SD_LISTEN_FDS_START;

/// Everything that the child needs, laid out before fork: between fork and exec of a process with threads only
/// async-signal-safe calls are allowed (fork(2)), so nothing may be allocated there.
class Image {
 public:
  explicit Image(const ChildPlan& plan) : plan_(plan), environment_(plan.environment) {
    environment_.push_back(fmt::format("LISTEN_FDS={}", plan.sockets.size()));
    std::string names = "LISTEN_FDNAMES=";
    for (const PassedSocket& socket : plan.sockets) names += (names.ends_with('=') ? "" : ":") + socket.name;
    environment_.push_back(std::move(names));
    environment_.push_back("LISTEN_PID=0000000000");  // last: write_pid fills it in
    for (const auto& text : plan_.arguments) argv_.push_back(const_cast<char*>(text.c_str()));
    for (auto& text : environment_) envp_.push_back(text.data());
    argv_.push_back(nullptr);
    envp_.push_back(nullptr);
    for (const PassedSocket& socket : plan_.sockets) moved_.push_back(socket.descriptor);
  }

  [[noreturn]] void become(pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (::getppid() != parent) ::_exit(125);  // the worker died in between
    if (!place_sockets()) ::_exit(126);
    write_pid(::getpid());
    // Signals stay blocked over exec: one that comes before the server waits for it is kept, not deadly.
    ::execve("/proc/self/exe", argv_.data(), envp_.data());
    ::_exit(127);
  }

 private:
  /// Sockets to 3, 4, …; everything above closed, whatever another library left open.
  bool place_sockets() {
    const int count = static_cast<int>(moved_.size());
    // First out of the way of the places that they are to take.
    for (int& socket : moved_) {
      socket = ::fcntl(socket, F_DUPFD, first_socket + count);
      if (socket < 0) return false;
    }
    for (int i = 0; i < count; ++i) {
      if (::dup2(moved_[static_cast<std::size_t>(i)], first_socket + i) < 0) return false;  // dup2 clears close-on-exec
    }
    return ::syscall(SYS_close_range, first_socket + count, ~0U, 0) == 0;
  }

  /// Without leading zeros: sd_listen_fds(3) would read them as octal.
  void write_pid(pid_t pid) {
    char digits[12] = {};
    std::size_t count = 0;
    for (; pid > 0; pid /= 10) digits[count++] = static_cast<char>('0' + pid % 10);
    char* place = environment_.back().data() + std::strlen("LISTEN_PID=");
    while (count > 0) *place++ = digits[--count];
    *place = '\0';
  }

  const ChildPlan& plan_;
  std::vector<std::string> environment_;
  std::vector<char*> argv_;
  std::vector<char*> envp_;
  std::vector<int> moved_;
};

std::string words_for(int status) {
  if (WIFSIGNALED(status)) return fmt::format("killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  return fmt::format("exit {}", WEXITSTATUS(status));
}

}  // namespace

ChildProcess::~ChildProcess() {
  if (running()) stop(std::chrono::milliseconds(1000));
}

Expected<void> ChildProcess::start(const ChildPlan& plan, Time now) {
  Image image(plan);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) image.become(parent);
  if (pid < 0) return make_error(Errc::unavailable, fmt::format("cannot start the public server: {}", std::strerror(errno)));
  pid_ = pid;
  started_ = now;
  return {};
}

std::optional<std::string> ChildProcess::collect(Time now) {
  int status = 0;
  if (!running() || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  pid_ = -1;
  if (now - started_ > std::chrono::minutes(1)) backoff_ = std::chrono::milliseconds(100);
  next_start_ = now + backoff_;
  backoff_ = std::min<std::chrono::milliseconds>(backoff_ * 2, std::chrono::seconds(30));
  return words_for(status);
}

void ChildProcess::signal(int number) const {
  if (running()) ::kill(pid_, number);
}

bool ChildProcess::stop(std::chrono::milliseconds limit) {
  if (!running()) return true;
  ::kill(pid_, SIGTERM);
  const auto end = std::chrono::steady_clock::now() + limit;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= end) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, &status, 0);
      pid_ = -1;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  pid_ = -1;
  return true;
}

}  // namespace regdata::app
