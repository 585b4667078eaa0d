// What configuration says about our own side: registrars, TLDs, recipients, privacy services.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/domain_name.hpp"

namespace regdata {

/// One of our own registrars (house.md: configuration holds 1..n). Everything here is public.
struct Registrar {
  std::string id;  ///< short name used by `[[tld]]`, imports and registrations
  std::uint32_t iana_id = 0;
  std::string name;
  std::vector<std::string> street;
  std::string city;
  std::string state;
  std::string postal_code;
  std::string country;
  std::string phone;
  std::string email;
  std::string url;
  std::string whois_server;  ///< may be empty: the line is left out
  std::string abuse_email;
  std::string abuse_phone;

  friend bool operator==(const Registrar&, const Registrar&) = default;
};

/// A top-level (or registry-level, "co.test") domain that we register names under. A name under no entry is rejected.
struct Tld {
  std::string name;      ///< A-label form without dots at the ends
  std::string registry;  ///< id of a recipient of kind registry
  std::string policy;    ///< name of a loaded policy
  bool whois = true;     ///< answered on port 43; off: a polite pointer to RDAP

  friend bool operator==(const Tld&, const Tld&) = default;
};

enum class RecipientKind : std::uint8_t { registry, escrow_agent, other };
/// Someone who receives personal data from us (rules.md §1.13). Used by escrow and EPP; held from the start.
struct Recipient {
  std::string id;
  RecipientKind kind = RecipientKind::other;
  std::string name;
  std::string agreement;       ///< id of the data-protection agreement; empty: none, and then no personal data goes there
  std::string region;          ///< "EU", "US", ...
  std::string transfer_basis;  ///< "EEA", "adequacy", "SCC"; empty: none

  friend bool operator==(const Recipient&, const Recipient&) = default;
};

enum class PrivacyServiceKind : std::uint8_t { privacy, proxy };
/// A privacy or proxy service. Only an affiliated or accredited one is published in full (rules.md §1.9); whether it is, and
/// what is published for it, is decided by configuration and never by imported data. Everything here is public.
struct PrivacyService {
  std::string id;
  PrivacyServiceKind kind = PrivacyServiceKind::privacy;
  bool affiliated = false;
  std::string name;
  std::string organization;
  std::vector<std::string> street;
  std::string city;
  std::string state;
  std::string postal_code;
  std::string country;
  std::string phone;
  std::string fax;
  std::string email;  ///< "{token}" is replaced by the domain's random relay token

  friend bool operator==(const PrivacyService&, const PrivacyService&) = default;
};

struct Catalog {
  std::vector<Registrar> registrars;
  std::vector<Tld> tlds;
  std::vector<Recipient> recipients;
  std::vector<PrivacyService> privacy_services;

  /// The entry with the longest name that `domain` lies directly or deeper below; null: not a TLD of ours.
  [[nodiscard]] const Tld* tld_of(const DomainName& domain) const noexcept;
  [[nodiscard]] const Registrar* registrar(std::string_view id) const noexcept;
  [[nodiscard]] const PrivacyService* privacy_service(std::string_view id) const noexcept;
};

}  // namespace regdata
