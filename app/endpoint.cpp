#include "app/endpoint.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>
#include <optional>

namespace regdata::app {
namespace {

std::optional<unsigned> parse_number(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || code != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

Error bad_endpoint(std::string_view text) {
  return make_error(Errc::configuration, fmt::format("\"{}\" is not an address with a port", text.substr(0, 64)),
                    "write 127.0.0.1:9043 or [::1]:9043; names are not resolved");
}

std::string describe(const sockaddr_storage& address) {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, buffer, sizeof buffer);
    return fmt::format("{}:{}", buffer, ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, buffer, sizeof buffer);
    return fmt::format("[{}]:{}", buffer, ntohs(v6.sin6_port));
  }
  return {};
}

}  // namespace

bool Endpoint::is_loopback() const noexcept {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 24U) == 127;
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return std::memcmp(&v6.sin6_addr, &in6addr_loopback, sizeof(in6_addr)) == 0;
}

std::uint16_t Endpoint::port() const noexcept {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ntohs(v4.sin_port);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return ntohs(v6.sin6_port);
}

Expected<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_endpoint(text);
  const auto port = parse_number(text.substr(colon + 1), 65535);
  std::string host(text.substr(0, colon));
  if (!port || host.empty()) return bad_endpoint(text);
  Endpoint endpoint;
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(*port));
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) return bad_endpoint(text);
    std::memcpy(&endpoint.address, &v6, sizeof v6);
    endpoint.length = sizeof v6;
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(*port));
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return bad_endpoint(text);
    std::memcpy(&endpoint.address, &v4, sizeof v4);
    endpoint.length = sizeof v4;
  }
  endpoint.text = describe(endpoint.address);
  return endpoint;
}

std::string local_address(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return describe(address);
}

}  // namespace regdata::app
