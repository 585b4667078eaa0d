#include "registration/element.hpp"

#include <cstddef>

namespace regdata {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, all_elements.size()> element_names{"domain-name",
                                                                          "registry-domain-id",
                                                                          "registrar-whois-server",
                                                                          "registrar-url",
                                                                          "updated-date",
                                                                          "creation-date",
                                                                          "registry-expiry-date",
                                                                          "registrar-expiry-date",
                                                                          "registrar-name",
                                                                          "registrar-iana-id",
                                                                          "abuse-email",
                                                                          "abuse-phone",
                                                                          "reseller",
                                                                          "domain-status",
                                                                          "name-server",
                                                                          "name-server-address",
                                                                          "dnssec",
                                                                          "contact-id",
                                                                          "name",
                                                                          "organization",
                                                                          "street",
                                                                          "city",
                                                                          "state",
                                                                          "postal-code",
                                                                          "country",
                                                                          "phone",
                                                                          "phone-ext",
                                                                          "fax",
                                                                          "fax-ext",
                                                                          "email"};
constexpr std::array<std::string_view, all_roles.size()> role_names{"registrant", "technical", "administrative", "billing"};

// ICANN's labels, rules.md §1.3 and §3.3, in the order of the enumeration.
constexpr std::array<std::string_view, 17> registration_labels{"Domain Name",
                                                               "Registry Domain ID",
                                                               "Registrar WHOIS Server",
                                                               "Registrar URL",
                                                               "Updated Date",
                                                               "Creation Date",
                                                               "Registry Expiry Date",
                                                               "Registrar Registration Expiration Date",
                                                               "Registrar",
                                                               "Registrar IANA ID",
                                                               "Registrar Abuse Contact Email",
                                                               "Registrar Abuse Contact Phone",
                                                               "Reseller",
                                                               "Domain Status",
                                                               "Name Server",
                                                               "",
                                                               "DNSSEC"};

using ContactLabels = std::array<std::string_view, contact_elements.size()>;
constexpr std::array<ContactLabels, all_roles.size()> contact_labels{
    ContactLabels{"Registry Registrant ID", "Registrant Name", "Registrant Organization", "Registrant Street",
                  "Registrant City", "Registrant State/Province", "Registrant Postal Code", "Registrant Country",
                  "Registrant Phone", "Registrant Phone Ext", "Registrant Fax", "Registrant Fax Ext", "Registrant Email"},
    ContactLabels{"Registry Tech ID", "Tech Name", "Tech Organization", "Tech Street", "Tech City", "Tech State/Province",
                  "Tech Postal Code", "Tech Country", "Tech Phone", "Tech Phone Ext", "Tech Fax", "Tech Fax Ext", "Tech Email"},
    ContactLabels{"Registry Admin ID", "Admin Name", "Admin Organization", "Admin Street", "Admin City", "Admin State/Province",
                  "Admin Postal Code", "Admin Country", "Admin Phone", "Admin Phone Ext", "Admin Fax", "Admin Fax Ext",
                  "Admin Email"},
    ContactLabels{"Registry Billing ID", "Billing Name", "Billing Organization", "Billing Street", "Billing City",
                  "Billing State/Province", "Billing Postal Code", "Billing Country", "Billing Phone", "Billing Phone Ext",
                  "Billing Fax", "Billing Fax Ext", "Billing Email"}};

constexpr std::size_t index(Element element) noexcept { return static_cast<std::size_t>(element); }

}  // namespace

std::string_view to_string(Element element) noexcept { return element_names[index(element)]; }
std::string_view to_string(Role role) noexcept { return role_names[static_cast<std::size_t>(role)]; }

std::optional<Element> element_from(std::string_view text) noexcept {
  for (const Element element : all_elements) {
    if (to_string(element) == text) return element;
  }
  return std::nullopt;
}

std::optional<Role> role_from(std::string_view text) noexcept {
  for (const Role role : all_roles) {
    if (to_string(role) == text) return role;
  }
  return std::nullopt;
}

std::string_view official_label(Role role, Element element) noexcept {
  if (!is_contact_element(element)) return registration_labels[index(element)];
  return contact_labels[static_cast<std::size_t>(role)][index(element) - index(Element::contact_id)];
}

}  // namespace regdata
