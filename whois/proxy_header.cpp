#include "whois/proxy_header.hpp"

#include <algorithm>

namespace regdata::whois {
namespace {

constexpr std::size_t fixed_bytes = 16;
constexpr std::size_t v4_bytes = 12;
constexpr std::size_t v6_bytes = 36;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) noexcept { return static_cast<std::uint8_t>(bytes[at]); }

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) noexcept {
  ProxyHeader header;
  const std::size_t seen = std::min(bytes.size(), proxy_v2_signature.size());
  if (bytes.substr(0, seen) != proxy_v2_signature.substr(0, seen)) return header;
  header.state = ProxyHeader::State::incomplete;
  if (bytes.size() < fixed_bytes) return header;

  header.state = ProxyHeader::State::invalid;
  const unsigned version = byte_at(bytes, 12) >> 4;
  const unsigned command = byte_at(bytes, 12) & 0x0FU;
  const unsigned family = byte_at(bytes, 13) >> 4;
  const unsigned transport = byte_at(bytes, 13) & 0x0FU;
  const std::size_t body = static_cast<std::size_t>(byte_at(bytes, 14)) << 8 | byte_at(bytes, 15);
  // §2.2: other versions and commands must be refused; families 0–3 and transports 0–2 are assigned
  if (version != 2 || command > 1 || family > 3 || transport > 2) return header;
  if (fixed_bytes + body > max_proxy_header_bytes) return header;
  const bool tcp = command == 1 && transport == 1;
  if (command == 1 && !tcp && family != 0) return header;  // a datagram cannot have come in over TCP
  if (tcp && family == 1 && body < v4_bytes) return header;
  if (tcp && family == 2 && body < v6_bytes) return header;
  if (tcp && family == 3) return header;  // a UNIX socket has no address to count
  if (bytes.size() < fixed_bytes + body) {
    header.state = ProxyHeader::State::incomplete;
    return header;
  }

  header.state = ProxyHeader::State::complete;
  header.length = fixed_bytes + body;
  const auto* source = reinterpret_cast<const std::uint8_t*>(bytes.data()) + fixed_bytes;
  if (tcp && family == 1) header.source = ClientAddress::v4(source);
  if (tcp && family == 2) header.source = ClientAddress::v6_or_mapped(source);
  return header;
}

}  // namespace regdata::whois
