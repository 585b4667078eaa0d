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

/// Bytes the kernel took; -1: the client is gone.
inline std::int64_t deliver(int socket, std::string_view bytes) noexcept {
  for (;;) {
    const auto sent = send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
  }
}

/// True when input is waiting: closing now would answer it with a reset, and the reset can overtake the answer.
inline bool input_pending(int socket) noexcept {
  char byte = 0;
  return recv(socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
}

}  // namespace regdata::whois
