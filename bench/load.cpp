#include "bench/load.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace regdata::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Slot {
  int socket = -1;
  Clock::time_point begun;
  std::uint64_t got = 0;
};

class Loop {
 public:
  explicit Loop(const LoadOptions& options) : options_(options), epoll_(epoll_create1(0)), slots_(options.connections) {}
  ~Loop() { close(epoll_); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  LoadResult run() {
    const auto begun = Clock::now();
    for (std::size_t i = 0; i < slots_.size(); ++i) begin(i);
    std::array<epoll_event, 256> events{};
    while (open_ > 0) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 10'000);
      if (count == 0) break;  // ten seconds of silence: what is open has failed
      for (int i = 0; i < count; ++i) read(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64));
    }
    for (Slot& slot : slots_)
      if (slot.socket >= 0) {
        close(slot.socket);
        ++result_.failed;
      }
    result_.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    std::sort(result_.microseconds.begin(), result_.microseconds.end());
    return std::move(result_);
  }

 private:
  void begin(std::size_t at) {
    while (started_ < options_.queries) {
      const std::uint64_t number = started_++;
      Slot& slot = slots_[at];
      slot = Slot{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), Clock::now(), 0};
      const int on = 1;
      setsockopt(slot.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
      sockaddr_in from{};
      from.sin_family = AF_INET;
      const auto source = static_cast<std::uint32_t>(number % options_.sources);
      from.sin_addr.s_addr = htonl(0x7F010001U + (source / 200 << 8) + source % 200);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      to.sin_port = htons(options_.port);
      const std::string line = options_.line(number);
      // on loopback connect() returns at once: the kernel answers the handshake itself
      if (bind(slot.socket, reinterpret_cast<sockaddr*>(&from), sizeof from) == 0 &&
          connect(slot.socket, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 &&
          send(slot.socket, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size())) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = at;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.socket, &event);
        ++open_;
        return;
      }
      close(slot.socket);
      slot.socket = -1;
      ++result_.failed;
    }
  }

  void read(std::size_t at) {
    Slot& slot = slots_[at];
    std::array<char, 16'384> buffer{};
    const auto got = recv(slot.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) {
      slot.got += static_cast<std::uint64_t>(got);
      return;
    }
    if (got == 0 && slot.got > 0) {
      ++result_.answered;
      result_.bytes += slot.got;
      result_.microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - slot.begun).count());
    } else {
      ++result_.failed;
    }
    close(slot.socket);
    slot.socket = -1;
    --open_;
    begin(at);
  }

  const LoadOptions& options_;
  int epoll_;
  std::vector<Slot> slots_;
  unsigned started_ = 0;
  unsigned open_ = 0;
  LoadResult result_;
};

}  // namespace

double LoadResult::percentile(double part) const {
  if (microseconds.empty()) return 0;
  const auto at = static_cast<std::size_t>(part * static_cast<double>(microseconds.size() - 1));
  return microseconds[at];
}

LoadResult run_load(const LoadOptions& options) { return Loop(options).run(); }

}  // namespace regdata::bench
