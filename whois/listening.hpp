// Listening sockets, and what the kernel grants a server.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <string_view>

#include "registration/error.hpp"

namespace regdata::whois {

/// Errc::unavailable with what errno says: "port 43: listen: address in use".
Error listening_failed(std::string_view server, std::string_view what);

/// Random; keys a limiter's table.
std::uint64_t seed_from_kernel();

/// How many connections the open-file limit leaves room for.
std::uint32_t places_by_limit() noexcept;

std::uint16_t port_of(int socket) noexcept;

/// A listening, non-blocking socket, or -1 with errno. IPv6 sockets take IPv6 only; several may be bound to one address.
int open_listener(const sockaddr* address, socklen_t length, std::chrono::milliseconds write_timeout) noexcept;

/// Makes a socket that someone else bound fit for use. False: it does not listen.
bool take_listener(int descriptor, std::chrono::milliseconds write_timeout) noexcept;

/// What a further thread accepts from: a second descriptor of a socket that was handed over, a socket of its own beside one
/// that we bound. -1 with errno.
int sibling_of(int socket, bool handed_over, std::chrono::milliseconds write_timeout) noexcept;

}  // namespace regdata::whois
