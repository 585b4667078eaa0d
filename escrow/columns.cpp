#include "escrow/columns.hpp"

#include <fmt/format.h>

#include <array>

#include "escrow/csv.hpp"

namespace regdata::escrow {
namespace {

using Source = ColumnSource;

constexpr std::array table_of_2024{
    Column{"domain", "8.1.1", "domainname", Source::domain_name, Role::registrant, Element::name, true},
    Column{"expiration-date", "8.1.2", "expire", Source::expiration, Role::registrant, Element::name, true},
    Column{"iana", "8.1.3", "ianaid", Source::registrar_iana, Role::registrant, Element::name, true},
    Column{"rt-name", "8.1.4", "rt-name", Source::contact, Role::registrant, Element::name, true},
    Column{"rt-street", "8.1.5", "rt-street", Source::contact, Role::registrant, Element::street, true},
    Column{"rt-city", "8.1.6", "rt-city", Source::contact, Role::registrant, Element::city, true},
    Column{"rt-state", "8.1.7", "rt-state", Source::contact, Role::registrant, Element::state, false},
    Column{"rt-zip", "8.1.8", "rt-zip", Source::contact, Role::registrant, Element::postal_code, false},
    Column{"rt-country", "8.1.9", "rt-country", Source::contact, Role::registrant, Element::country, true},
    Column{"rt-phone", "8.1.10", "rt-phone", Source::contact, Role::registrant, Element::phone, false},
    Column{"rt-email", "8.1.11", "rt-mail", Source::contact, Role::registrant, Element::email, true},
    Column{"bc-name", "3.4.1.3", "bc-name", Source::contact, Role::billing, Element::name, true},
};

constexpr std::array further_of_2024{
    Column{"rt-organization", "8.2", "rt-org", Source::contact, Role::registrant, Element::organization, false},
    Column{"rt-phone-ext", "8.2", "rt-phone-ext", Source::contact, Role::registrant, Element::phone_ext, false},
    Column{"rt-fax", "8.2", "rt-fax", Source::contact, Role::registrant, Element::fax, false},
    Column{"rt-fax-ext", "8.2", "rt-fax-ext", Source::contact, Role::registrant, Element::fax_ext, false},
    Column{"tc-name", "8.2", "tc-name", Source::contact, Role::technical, Element::name, false},
    Column{"tc-phone", "8.2", "tc-phone", Source::contact, Role::technical, Element::phone, false},
    Column{"tc-email", "8.2", "tc-mail", Source::contact, Role::technical, Element::email, false},
    Column{"name-servers", "8.2", "ns", Source::name_servers, Role::registrant, Element::name, false},
    Column{"ds", "8.2", "ds", Source::ds_records, Role::registrant, Element::name, false},
    Column{"privacy-service", "2.5", "pp-service", Source::privacy_service, Role::registrant, Element::name, false},
};

constexpr Column server(std::string_view name, std::uint8_t number) {
  return {.name = name, .section = {}, .abbreviation = {}, .source = Source::name_server, .number = number};
}
constexpr Column of_role(std::string_view name, Source source, Role role, bool required) {
  return {.name = name, .section = {}, .abbreviation = {}, .source = source, .role = role, .required = required};
}
constexpr Column of_contact(std::string_view name, Element element, bool required = false) {
  return {.name = name, .section = {}, .abbreviation = {}, .element = element, .required = required};
}

constexpr std::array table_of_2007{
    of_role("domain", Source::domain_name, Role::registrant, true),
    server("ns1", 1),
    server("ns2", 2),
    server("ns3", 3),
    server("ns4", 4),
    server("ns5", 5),
    server("ns6", 6),
    server("ns7", 7),
    server("ns8", 8),
    server("ns9", 9),
    server("ns10", 10),
    server("ns11", 11),
    server("ns12", 12),
    server("ns13", 13),
    of_role("expiration_date", Source::expiration, Role::registrant, true),
    of_role("rt-handle", Source::handle, Role::registrant, true),
    of_role("tc-handle", Source::handle, Role::technical, false),
    of_role("ac-handle", Source::handle, Role::administrative, false),
    of_role("bc-handle", Source::handle, Role::billing, false),
    of_role("prt-handle", Source::private_handle, Role::registrant, false),
};

constexpr std::array contact_table_of_2007{
    of_role("handle", Source::own_handle, Role::registrant, true),
    of_contact("name", Element::name, true),
    of_contact("address", Element::street, true),
    of_contact("state", Element::state),
    of_contact("zip", Element::postal_code),
    of_contact("city", Element::city, true),
    of_contact("country", Element::country, true),
    of_contact("email", Element::email, true),
    of_contact("phone", Element::phone),
    of_contact("fax", Element::fax),
    of_contact("organization", Element::organization),
    of_contact("phone-ext", Element::phone_ext),
    of_contact("fax-ext", Element::fax_ext),
};

constexpr std::string_view service_prefix = "pp:";

const Contact* contact_in(const RegistrationData& data, Role role) {
  for (const RoleContact& one : data.contacts)
    if (one.role == role) return &one.contact;
  return nullptr;
}

std::string joined(const std::vector<PersonalText>& lines, std::string_view separator) {
  std::string text;
  for (const PersonalText& line : lines) {
    if (!text.empty()) text += separator;
    text += line.reveal();
  }
  return text;
}

std::string contact_text(const Column& column, const RegistrationData& data, const RowRules& rules) {
  const Contact* contact = contact_in(data, column.role);
  if (contact == nullptr && column.role == Role::billing && rules.billing_is_registrant)
    contact = contact_in(data, Role::registrant);
  return contact == nullptr ? std::string() : contact_column_text(column, *contact, rules);
}

std::string handle_text(const Column& column, const Registration& registration, const RowRules& rules) {
  if (column.role == Role::registrant && !registration.privacy_service.empty())
    return handle_of_service(registration.privacy_service);
  const std::string& handle = handle_of(registration, column.role);
  const bool pays = handle.empty() && column.role == Role::billing && rules.billing_is_registrant;
  return pays ? registration.registrant : handle;
}

std::string server_text(const Registration& registration, std::size_t number) {
  return number > registration.hosts.size() ? std::string() : registration.hosts[number - 1].ascii();
}

std::string expiration_text(const Registration& registration) {
  const auto& date = registration.registrar_expires ? registration.registrar_expires : registration.registry_expires;
  // to the second: agents read no fractions
  return date ? format_rfc3339(std::chrono::floor<std::chrono::seconds>(*date)) : std::string();
}

std::string servers_text(const Registration& registration) {
  std::string text;
  for (const DomainName& host : registration.hosts) text += (text.empty() ? "" : " ") + host.ascii();
  return text;
}

std::string ds_text(const Registration& registration) {
  std::string text;
  for (const DsRecord& ds : registration.ds)
    text += fmt::format("{}{} {} {} {}", text.empty() ? "" : ";", ds.key_tag, ds.algorithm, ds.digest_type, ds.digest);
  return text;
}

}  // namespace

std::span<const Column> columns_of_2024() { return table_of_2024; }

std::span<const Column> columns_of_2007() { return table_of_2007; }

std::span<const Column> contact_columns_of_2007() { return contact_table_of_2007; }

std::span<const Column> further_columns_of_2024() { return further_of_2024; }

Expected<Column> further_column(std::string_view name) {
  std::string known;
  for (const Column& one : further_columns_of_2024()) {
    if (one.name == name) return one;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  return make_error(Errc::usage, "there is no further column \"" + std::string(name.substr(0, 64)) + "\"", "one of " + known);
}

std::string column_text(const Column& column, const RegistrationData& data, const Registrar& registrar, const RowRules& rules) {
  switch (column.source) {
    case Source::domain_name:
      return data.registration.name.ascii();
    case Source::expiration:
      return expiration_text(data.registration);
    case Source::registrar_iana:
      return std::to_string(registrar.iana_id);
    case Source::contact:
      return contact_text(column, data, rules);
    case Source::name_servers:
      return servers_text(data.registration);
    case Source::ds_records:
      return ds_text(data.registration);
    case Source::privacy_service:
      return data.registration.privacy_service;
    case Source::name_server:
      return server_text(data.registration, column.number);
    case Source::handle:
      return handle_text(column, data.registration, rules);
    case Source::private_handle:
      return data.registration.privacy_service.empty() ? std::string() : data.registration.registrant;
    case Source::own_handle:
      return {};
  }
  return {};
}

std::string contact_column_text(const Column& column, const Contact& contact, const RowRules& rules) {
  if (column.source == Source::own_handle) return contact.handle;
  if (column.element == Element::street) return joined(contact.street, rules.street_separator);
  return reveal(contact, column.element);
}

std::string handle_of_service(std::string_view id) { return std::string(service_prefix) + std::string(id); }

std::string_view service_of_handle(std::string_view handle) {
  return handle.starts_with(service_prefix) ? handle.substr(service_prefix.size()) : std::string_view();
}

Contact service_contact(const PrivacyService& service) {
  Contact contact;
  contact.handle = handle_of_service(service.id);
  contact.name = PersonalText(service.name);
  contact.organization = PersonalText(service.organization);
  for (const std::string& line : service.street) contact.street.emplace_back(line);
  contact.city = PersonalText(service.city);
  contact.state = PersonalText(service.state);
  contact.postal_code = PersonalText(service.postal_code);
  contact.country = service.country;
  contact.phone = PersonalText(service.phone);
  contact.fax = PersonalText(service.fax);
  if (service.email.find('{') == std::string::npos) contact.email = PersonalText(service.email);
  return contact;
}

std::string mapping_file(std::span<const Column> columns) {
  std::string text;
  CsvRecord record(CsvDialect{});
  const auto add = [&](std::string_view section, std::string_view name, std::string_view abbreviation) {
    record.clear();
    for (const std::string_view field : {section, name, abbreviation}) record.add(field);
    record.end();
    text += record.text();
  };
  add("ICANN RDE Spec", "Field Name", "Abbreviation");
  for (const Column& column : columns) add(column.section, column.name, column.abbreviation);
  return text;
}

}  // namespace regdata::escrow
