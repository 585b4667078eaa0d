// What may be asked on port 43: one line in, a query or the reason for refusing it out (lookup.md §7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "registration/domain_name.hpp"

namespace regdata::whois {

/// Longest query, without its line end. Legal names fit several times over; so do U-labels before conversion.
inline constexpr std::size_t max_query_bytes = 1024;

/// `example.com`, `domain example.com`, `=example.com`, `domain =example.com`.
struct DomainQuery {
  DomainName name;
  friend bool operator==(const DomainQuery&, const DomainQuery&) = default;
};
/// `nameserver ns1.example.com`.
struct HostQuery {
  DomainName host;
  friend bool operator==(const HostQuery&, const HostQuery&) = default;
};
/// `registrar Example Registrar` or `registrar 9999`.
struct RegistrarQuery {
  std::string name;                      ///< blanks collapsed, ASCII lower case
  std::optional<std::uint32_t> iana_id;  ///< when the name is a number
  friend bool operator==(const RegistrarQuery&, const RegistrarQuery&) = default;
};
/// `help`, `?`.
struct HelpQuery {
  friend bool operator==(const HelpQuery&, const HelpQuery&) = default;
};

/// Why a line is not answered. Each has a text of its own (refusal_text); none repeats what was sent.
enum class Refusal : std::uint8_t {
  empty,     ///< nothing but blanks
  too_long,  ///< more than max_query_bytes
  invalid_utf8,
  control_character,
  telnet,            ///< telnet negotiation (0xFF …)
  tls,               ///< TLS ClientHello (0x16 0x03)
  http,              ///< HTTP request line
  proxy_header,      ///< PROXY protocol from a peer that is not listed
  proxy_header_due,  ///< no PROXY protocol v2 header from a listed proxy
  flag,              ///< `-r`, `-T dn,ace`, `--charset=utf8`, `n + `, `/e`: flags of other servers
  not_a_name,        ///< no domain name: bad characters, one label only, over-long labels, invalid IDN
  mixed_labels,      ///< A-labels and U-labels in one name
  host_address,      ///< name server by IP address: not supported
  not_a_registrar,   ///< `registrar` without a name
};
inline constexpr std::size_t refusal_count = 14;

/// One plain sentence, ASCII, no line end.
std::string_view refusal_text(Refusal refusal) noexcept;

using Query = std::variant<DomainQuery, HostQuery, RegistrarQuery, HelpQuery, Refusal>;

/// Reads one query. `line` has no line end (CR, LF) any more. Total: any bytes in, a query or a refusal out.
Query parse_query(std::string_view line);

/// Looks at the first bytes of a connection for protocols that are not WHOIS and whose first bytes may hold line ends or none
/// at all; nothing: may be a query. Cheap enough for every read.
std::optional<Refusal> foreign_protocol(std::string_view first_bytes) noexcept;

}  // namespace regdata::whois
