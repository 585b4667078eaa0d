// The closed list of registration data elements and the roles that a contact can have.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace regdata {

/// A contact's part in a registration. Administrative and billing are held for the registrar's own records only.
enum class Role : std::uint8_t { registrant, technical, administrative, billing };

/// Data elements by ICANN's Registration Data Policy (rules.md §1.3). The numbers are stored: append only, never reorder.
enum class Element : std::uint8_t {
  // of the registration
  domain_name,
  registry_domain_id,
  registrar_whois_server,
  registrar_url,
  updated_date,
  creation_date,
  registry_expiry_date,
  registrar_expiry_date,
  registrar_name,
  registrar_iana_id,
  abuse_email,
  abuse_phone,
  reseller,
  domain_status,
  name_server,
  name_server_address,
  dnssec,
  // of a contact, once per role
  contact_id,
  name,
  organization,
  street,
  city,
  state,
  postal_code,
  country,
  phone,
  phone_ext,
  fax,
  fax_ext,
  email,
};

inline constexpr std::array all_elements{Element::domain_name,
                                         Element::registry_domain_id,
                                         Element::registrar_whois_server,
                                         Element::registrar_url,
                                         Element::updated_date,
                                         Element::creation_date,
                                         Element::registry_expiry_date,
                                         Element::registrar_expiry_date,
                                         Element::registrar_name,
                                         Element::registrar_iana_id,
                                         Element::abuse_email,
                                         Element::abuse_phone,
                                         Element::reseller,
                                         Element::domain_status,
                                         Element::name_server,
                                         Element::name_server_address,
                                         Element::dnssec,
                                         Element::contact_id,
                                         Element::name,
                                         Element::organization,
                                         Element::street,
                                         Element::city,
                                         Element::state,
                                         Element::postal_code,
                                         Element::country,
                                         Element::phone,
                                         Element::phone_ext,
                                         Element::fax,
                                         Element::fax_ext,
                                         Element::email};

/// The elements of a contact, in the order of rules.md §3.3.
inline constexpr std::array contact_elements{Element::contact_id, Element::name,      Element::organization, Element::street,
                                             Element::city,       Element::state,     Element::postal_code,  Element::country,
                                             Element::phone,      Element::phone_ext, Element::fax,          Element::fax_ext,
                                             Element::email};

inline constexpr std::array all_roles{Role::registrant, Role::technical, Role::administrative, Role::billing};

/// True for elements that belong to a contact.
constexpr bool is_contact_element(Element element) noexcept { return element >= Element::contact_id; }

/// True for elements that identify or reach a person: all of a contact but state and country (rules.md §1.3, column R).
constexpr bool is_personal(Element element) noexcept {
  return is_contact_element(element) && element != Element::state && element != Element::country;
}

/// True for elements whose publication a person may choose (rules.md §1.6, §1.8).
constexpr bool is_choosable(Element element) noexcept { return is_personal(element) && element != Element::contact_id; }

/// Names used in files and on the command line: "postal-code", "phone-ext", "registrant".
std::string_view to_string(Element element) noexcept;
std::string_view to_string(Role role) noexcept;
std::optional<Element> element_from(std::string_view text) noexcept;
std::optional<Role> role_from(std::string_view text) noexcept;

/// ICANN's label as RDDS answers print it ("Registrant Postal Code", "Registry Tech ID"; rules.md §1.3).
/// Empty for a pair that has no label.
std::string_view official_label(Role role, Element element) noexcept;

}  // namespace regdata
