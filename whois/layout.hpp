// The shapes that a port 43 answer can have: today's, and the options of the older one (rules.md §3.3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace regdata::whois {

/// Bits of PublicTexts::whois_layout. None set: what the Registration Data Policy asks for today. The numbers are stored:
/// append only.
enum class WhoisLayout : std::uint32_t {
  /// The 13 `Admin` lines between registrant and tech, every value the redaction text. Policy never gives admin data out, so
  /// there is nothing else to print (rules.md §3.3 row 25).
  legacy_admin = 1U << 0,
  /// `Registry Expiry Date`, where known, before the registrar's expiration date (row 8).
  registry_expiry = 1U << 1,
  /// `URL of the ICANN RDDS Inaccuracy Complaint Form: https://icann.org/wicf`, the words of 2024 (row 30).
  rdds_wicf = 1U << 2,
  /// Optional fields without data are all printed empty; without this bit all of them are left out (§3.2: never mixed).
  print_empty = 1U << 3,
  /// `Domain Name` in upper case (row 1).
  upper_case_name = 1U << 4,
  /// All 13 `Tech` lines instead of id, name, phone and e-mail (row 26). What policy leaves out is printed redacted.
  full_tech = 1U << 5,
  /// `DNSSEC DS Data` lines after `DNSSEC` (row 28).
  ds_data = 1U << 6,
};

inline constexpr std::array all_layouts{WhoisLayout::legacy_admin, WhoisLayout::registry_expiry, WhoisLayout::rdds_wicf,
                                        WhoisLayout::print_empty,  WhoisLayout::upper_case_name, WhoisLayout::full_tech,
                                        WhoisLayout::ds_data};

constexpr bool has(std::uint32_t bits, WhoisLayout option) noexcept { return (bits & static_cast<std::uint32_t>(option)) != 0; }

/// Word of the configuration file: "legacy-admin".
constexpr std::string_view to_string(WhoisLayout option) noexcept {
  switch (option) {
    case WhoisLayout::legacy_admin:
      return "legacy-admin";
    case WhoisLayout::registry_expiry:
      return "registry-expiry";
    case WhoisLayout::rdds_wicf:
      return "rdds-wicf";
    case WhoisLayout::print_empty:
      return "print-empty";
    case WhoisLayout::upper_case_name:
      return "upper-case-name";
    case WhoisLayout::full_tech:
      return "full-tech";
    case WhoisLayout::ds_data:
      return "ds-data";
  }
  return {};
}

/// Nothing for an unknown word.
constexpr std::optional<WhoisLayout> layout_from(std::string_view word) noexcept {
  for (const WhoisLayout option : all_layouts)
    if (to_string(option) == word) return option;
  return std::nullopt;
}

}  // namespace regdata::whois
