#include "whois/prefix.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "registration/ascii.hpp"

namespace regdata::whois {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool same_bits(const std::uint8_t* a, const std::uint8_t* b, unsigned bits) noexcept {
  const unsigned whole = bits / 8;
  if (!std::equal(a, a + whole, b)) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

void clear_behind(std::array<std::uint8_t, 16>& bytes, unsigned bits) noexcept {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    if (i * 8 >= bits)
      bytes[i] = 0;
    else if (bits < (i + 1) * 8)
      bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xFFU << ((i + 1) * 8 - bits)));
  }
}

}  // namespace

ClientAddress ClientAddress::v4(const std::uint8_t* four) noexcept {
  ClientAddress address;
  std::copy_n(four, 4, address.bytes.begin());
  return address;
}

ClientAddress ClientAddress::v6_or_mapped(const std::uint8_t* sixteen) noexcept {
  if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), sixteen)) return v4(sixteen + mapped_prefix.size());
  ClientAddress address;
  address.v6 = true;
  std::copy_n(sixteen, 16, address.bytes.begin());
  return address;
}

std::optional<ClientAddress> ClientAddress::from(const sockaddr* address) noexcept {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    std::array<std::uint8_t, 4> four{};
    std::memcpy(four.data(), &in.sin_addr, four.size());
    return v4(four.data());
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    return v6_or_mapped(in.sin6_addr.s6_addr);
  }
  return std::nullopt;
}

std::optional<ClientAddress> ClientAddress::parse(std::string_view text) noexcept {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  text = text.substr(0, text.find('%'));  // zone id, RFC 4007 §11
  std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
  if (text.empty() || text.size() >= buffer.size()) return std::nullopt;
  // names are told from addresses at a glance
  if (text.find(':') == std::string_view::npos && !(is_digit(text.front()) && is_digit(text.back()))) return std::nullopt;
  std::copy(text.begin(), text.end(), buffer.begin());
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, buffer.data(), bytes.data()) == 1) return v4(bytes.data());
  if (inet_pton(AF_INET6, buffer.data(), bytes.data()) == 1) return v6_or_mapped(bytes.data());
  return std::nullopt;
}

ClientPrefix narrow_prefix(const ClientAddress& address) noexcept {
  ClientPrefix prefix;
  prefix.length = address.v6 ? 8 : 4;
  std::copy_n(address.bytes.begin(), prefix.length, prefix.bytes.begin());
  return prefix;
}

Expected<Prefix> Prefix::parse(std::string_view text) {
  const auto wrong = [] {
    return make_error(Errc::configuration, "not an address block",
                      "write 192.0.2.0/24, 2001:db8::/32 or one address, without bits behind the prefix");
  };
  const std::size_t slash = text.find('/');
  const std::string_view number = text.substr(0, slash);
  const auto address = ClientAddress::parse(number);
  if (!address) return wrong();
  const bool written_as_v6 = number.find(':') != std::string_view::npos;
  unsigned bits = written_as_v6 ? 128 : 32;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const char* end = digits.data() + digits.size();
    unsigned length = 0;
    const auto [stop, error] = std::from_chars(digits.data(), end, length);
    if (digits.empty() || error != std::errc() || stop != end || length > bits) return wrong();
    bits = length;
  }
  if (written_as_v6 && !address->v6) {  // v4-mapped: connections from it are counted as IPv4
    if (bits < 96) return wrong();
    bits -= 96;
  }
  Prefix prefix{*address, static_cast<std::uint8_t>(bits)};
  clear_behind(prefix.address.bytes, bits);
  if (prefix.address != *address) return wrong();
  return prefix;
}

bool Prefix::contains(const ClientAddress& client) const noexcept {
  return client.v6 == address.v6 && same_bits(client.bytes.data(), address.bytes.data(), bits);
}

bool contains(const std::vector<Prefix>& blocks, const ClientAddress& client) noexcept {
  return std::any_of(blocks.begin(), blocks.end(), [&](const Prefix& block) { return block.contains(client); });
}

}  // namespace regdata::whois
