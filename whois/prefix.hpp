// Client addresses as the limits see them: IPv4 /32 and /24, IPv6 /64 and /48, v4-mapped counted as IPv4.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "registration/error.hpp"

namespace regdata::whois {

/// A client's address. IPv4 is held in the first four bytes; `::ffff:a.b.c.d` becomes IPv4 (lookup.md §7).
struct ClientAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;

  static ClientAddress v4(const std::uint8_t* four) noexcept;
  static ClientAddress v6_or_mapped(const std::uint8_t* sixteen) noexcept;
  /// Nothing for an address family other than AF_INET and AF_INET6.
  static std::optional<ClientAddress> from(const sockaddr* address) noexcept;
  /// Numeric text: "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "fe80::1%eth0".
  static std::optional<ClientAddress> parse(std::string_view text) noexcept;

  friend bool operator==(const ClientAddress&, const ClientAddress&) = default;
};

/// The narrow prefix of a client: 4 bytes of IPv4 or the 8 bytes of an IPv6 /64. Raw bytes, never text.
struct ClientPrefix {
  std::array<std::uint8_t, 8> bytes{};
  std::uint8_t length = 0;  ///< in bytes: 4 or 8; 0: unknown
  friend bool operator==(const ClientPrefix&, const ClientPrefix&) = default;
};

ClientPrefix narrow_prefix(const ClientAddress& address) noexcept;

/// An address block from configuration.
struct Prefix {
  ClientAddress address;  ///< bits behind `bits` are zero
  std::uint8_t bits = 0;  ///< 0–32 or 0–128

  /// "192.0.2.0/24", "2001:db8::/32", or one address. Errc::configuration. A v4-mapped block of /96 or longer is read as IPv4.
  static Expected<Prefix> parse(std::string_view text);
  [[nodiscard]] bool contains(const ClientAddress& client) const noexcept;
  friend bool operator==(const Prefix&, const Prefix&) = default;
};

/// True when one of the blocks holds the address.
bool contains(const std::vector<Prefix>& blocks, const ClientAddress& client) noexcept;

}  // namespace regdata::whois
