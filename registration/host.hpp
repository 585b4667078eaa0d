// Host objects and addresses (RFC 5732).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registration/contact.hpp"
#include "registration/domain_name.hpp"
#include "registration/error.hpp"

namespace regdata {

/// Of a host object.
inline constexpr std::size_t most_addresses = 13;

/// A host object. Addresses (glue) are held for hosts below names that we sponsor.
struct Host {
  DomainName name;
  std::string roid{};                    ///< may be empty
  std::vector<std::string> addresses{};  ///< canonical text (RFC 5952 for IPv6), IPv4 first, no duplicates, at most 13
  Provenance provenance{};

  friend bool operator==(const Host&, const Host&) = default;
};

/// Canonical text of an IPv4 or IPv6 address; Errc::invalid for anything else (zone ids included).
Expected<std::string> canonical_address(std::string_view text);

/// IPv4 first, else in their order.
void sort_by_family(std::vector<std::string>& addresses);

}  // namespace regdata
