// What may be asked of RDAP: path segments in, a query or the reason for refusing it out (RFC 9082 §3, rules.md §4.2).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "whois/query.hpp"

namespace regdata::whois {

/// Why a request is not answered; none of the texts repeats what was sent.
struct RdapRefusal {
  std::uint16_t status = 400;
  std::string_view title;
  std::string_view description;
  friend bool operator==(const RdapRefusal&, const RdapRefusal&) = default;
};

using RdapQuery = std::variant<DomainQuery, HostQuery, RegistrarQuery, HelpQuery, RdapRefusal>;

/// `segments` are those behind the base URL's path. Total. Names that we do not sponsor are queries like all others.
RdapQuery parse_rdap_query(std::span<const std::string> segments);

inline constexpr RdapRefusal bad_request{400, "Bad Request", "The path is not a valid RDAP query."};

}  // namespace regdata::whois
