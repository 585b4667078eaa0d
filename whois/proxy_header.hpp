// The binary header with which a proxy in front tells whose connection it passes on (PROXY protocol, version 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "whois/prefix.hpp"

namespace regdata::whois {

/// PROXY protocol §2.2: the twelve bytes that begin every header of version 2.
inline constexpr std::string_view proxy_v2_signature{"\r\n\r\n\0\r\nQUIT\n", 12};
/// Longest header that is read: fixed part and 520 bytes of addresses and TLVs.
inline constexpr std::size_t max_proxy_header_bytes = 536;

struct ProxyHeader {
  enum class State : std::uint8_t {
    incomplete,  ///< a beginning of a header: read on
    complete,
    invalid,  ///< version 1, another protocol, or lengths that do not fit
  };
  State state = State::invalid;
  std::size_t length = 0;  ///< of a complete header; the query begins behind it
  /// Whose connection it is; empty for the command LOCAL (the proxy's own health check) and for unknown addresses: then the
  /// connection counts as the proxy's.
  std::optional<ClientAddress> source;
};

/// Reads a header at the beginning of `bytes`. Total; TLVs are skipped unread. Only for bytes from a listed proxy: anybody can
/// write such a header.
ProxyHeader parse_proxy_header(std::string_view bytes) noexcept;

}  // namespace regdata::whois
