// Bytes in and out of a non-blocking socket, without signals and without exceptions.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "whois/event_loop.hpp"

namespace regdata::whois {

inline Instant now() noexcept { return std::chrono::steady_clock::now(); }

/// Bytes received; 0: the client has ended; -1: nothing at the moment; -2: broken.
inline int receive(int socket, Inbox& inbox) noexcept {
  for (;;) {
    const auto got = recv(socket, inbox.bytes.data() + inbox.size, inbox.bytes.size() - inbox.size, MSG_DONTWAIT);
    if (got > 0) inbox.size = static_cast<std::uint16_t>(inbox.size + got);
    if (got == 0) inbox.ended = true;
    if (got >= 0) return static_cast<int>(got);
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : -2;
  }
}

/// Bytes the kernel took; -1: the client is gone. The last, unfilled segment waits for the end of the connection, so that both
/// go out in one packet and the client wakes up once.
inline std::int64_t deliver(int socket, std::string_view bytes) noexcept {
  for (;;) {
    const auto sent = send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE);
    if (sent >= 0) return sent;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
  }
}

}  // namespace regdata::whois
