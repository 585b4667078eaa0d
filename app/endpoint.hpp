// Addresses to listen on, as configuration writes them.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "registration/error.hpp"

namespace regdata::app {

/// A numeric address with a port. Names are not resolved: what a server binds must not hang on DNS.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
  std::string text;  ///< canonical: "[::]:43", "127.0.0.1:9043"

  [[nodiscard]] bool is_loopback() const noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept;
};

/// "127.0.0.1:9043" or "[::1]:9043"; port 0 lets the kernel choose. Errc::configuration with what is allowed.
Expected<Endpoint> parse_endpoint(std::string_view text);

/// The local end of a socket, or an empty text.
std::string local_address(int socket);

}  // namespace regdata::app
