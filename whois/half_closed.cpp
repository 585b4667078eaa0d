#include "whois/half_closed.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace regdata::whois {
namespace {

constexpr std::size_t bin_size = 64 * 1024;
/// Of one socket in one sweep: the others have their turn, and a megabyte is taken in a tenth of a second.
constexpr int reads_at_once = 4;

}  // namespace

HalfClosed::HalfClosed(std::size_t most)
    : most_(std::max<std::size_t>(most, 1)), bin_(std::make_unique_for_overwrite<char[]>(bin_size)) {
  sockets_.reserve(most_);
}

HalfClosed::~HalfClosed() { close_all(); }

void HalfClosed::add(int socket, Time now, std::chrono::milliseconds patience) noexcept {
  ::shutdown(socket, SHUT_WR);
  if (sockets_.size() == most_) {
    close_ended(now);
    // room for many at a time: looking at all of them must not be the price of every one
    const std::size_t enough = most_ - most_ / 4 - 1;
    if (sockets_.size() > enough) close_oldest(sockets_.size() - enough);
  }
  sockets_.push_back({socket, 0, now + patience});
}

std::uint64_t HalfClosed::sweep(Time now) noexcept {
  close_ended(now);
  return std::exchange(input_, 0);
}

void HalfClosed::close_ended(Time now) noexcept {
  const auto ends = [&](Socket& socket) {
    const bool ended = has_ended(socket, now);
    if (ended) ::close(socket.descriptor);
    return ended;
  };
  sockets_.erase(std::remove_if(sockets_.begin(), sockets_.end(), ends), sockets_.end());
}

bool HalfClosed::has_ended(Socket& socket, Time now) noexcept {
  for (int i = 0; i < reads_at_once; ++i) {
    // MSG_TRUNC: the kernel throws TCP input away without copying it (tcp(7))
    const auto got = ::recv(socket.descriptor, bin_.get(), bin_size, MSG_DONTWAIT | MSG_TRUNC);
    if (got == 0) return true;
    if (got < 0 && errno != EAGAIN && errno != EINTR) return true;
    if (got < 0) break;
    input_ += static_cast<std::uint64_t>(got);
    socket.input += static_cast<std::uint32_t>(got);
    if (socket.input > most_input) return true;
  }
  return now >= socket.until;
}

void HalfClosed::close_oldest(std::size_t count) noexcept {
  const auto end = sockets_.begin() + static_cast<std::ptrdiff_t>(count);
  std::for_each(sockets_.begin(), end, [](const Socket& socket) { ::close(socket.descriptor); });
  sockets_.erase(sockets_.begin(), end);
}

void HalfClosed::close_all() noexcept { close_oldest(sockets_.size()); }

}  // namespace regdata::whois
