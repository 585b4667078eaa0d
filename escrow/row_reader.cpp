#include "escrow/row_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "escrow/element_text.hpp"
#include "escrow/measure.hpp"
#include "registration/contact_checks.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t most_hosts = 13;

Expected<void> set_servers(const Column& column, std::string_view text, Registration& registration) {
  while (!text.empty()) {
    const auto blank = std::min(text.find(' '), text.size());
    auto host = DomainName::parse(text.substr(0, blank));
    if (!host) return bad_value(column, "is not a list of host names");
    if (registration.hosts.size() == most_hosts) return bad_value(column, "has more than 13 hosts");
    registration.hosts.push_back(std::move(*host));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return {};
}

Expected<void> set_service(const Column& column, std::string_view id, const Catalog& catalog, Registration& registration) {
  if (id != service_not_told && catalog.privacy_service(id) == nullptr)
    return bad_value(column, "is no service of the configuration", "[[privacy_service]] names it");
  registration.privacy_service = id;
  return {};
}

template <class Number>
bool take_number(std::string_view& text, Number& into) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (code != std::errc{} || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

Expected<void> set_ds(const Column& column, std::string_view text, Registration& registration) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    std::string_view one = text.substr(0, end);
    DsRecord ds;
    if (!take_number(one, ds.key_tag) || !take_number(one, ds.algorithm) || !take_number(one, ds.digest_type) || one.empty() ||
        one.size() > 128 || one.size() % 2 != 0 || !std::ranges::all_of(one, is_hex))
      return bad_value(column, "is not a list of \"tag algorithm type digest\"");
    ds.digest = one;
    registration.ds.push_back(std::move(ds));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!registration.ds.empty()) registration.dnssec = DnssecState::signed_delegation;
  return {};
}

/// From the name alone: handles are no personal data, and the same deposit gives the same ones.
std::string handle_for(const DomainName& name, Role role) {
  constexpr std::size_t digits = 32;
  return fmt::format("restored-{}-{}", hex(sha256(as_bytes(name.ascii()))).substr(0, digits), to_string(role));
}

/// The field table that a header is made of. Nothing but handles tells a deposit of 2007.
struct FieldTable {
  std::span<const Column> usual;
  std::span<const Column> further;
};
FieldTable table_of(std::span<const std::string> header) {
  if (std::ranges::find(header, "rt-handle") != header.end()) return {columns_of_2007(), {}};
  return {columns_of_2024(), further_columns_of_2024()};
}

Expected<Column> column_named(const FieldTable& table, const std::string& name) {
  for (const auto columns : {table.usual, table.further})
    for (const Column& column : columns)
      if (column.name == name) return column;
  return make_error(Errc::invalid, "the header has a column that is not in the field table",
                    "`regdata deposit header-map` prints the columns of 2024, docs/escrow.md has those of 2007");
}

}  // namespace

Expected<RowReader> RowReader::for_header(std::span<const std::string> header, Origin origin) {
  const FieldTable table = table_of(header);
  std::vector<Column> columns;
  for (const std::string& name : header) {
    auto column = column_named(table, name);
    if (!column) return column.error();
    if (std::ranges::any_of(columns, [&](const Column& other) { return other.name == column->name; }))
      return make_error(Errc::invalid, fmt::format("the header has the column {} twice", column->name));
    columns.push_back(*column);
  }
  for (const Column& wanted : table.usual)
    if (wanted.required && std::ranges::none_of(columns, [&](const Column& one) { return one.name == wanted.name; }))
      return make_error(Errc::invalid, fmt::format("the header lacks the column {}", wanted.name),
                        "the first line of a deposit's first file is its header: give that file too");
  return RowReader(std::move(columns), std::move(origin));
}

bool RowReader::has(ColumnSource source) const noexcept {
  return std::ranges::find(columns_, source, &Column::source) != columns_.end();
}

Contact& RowReader::contact_in(Role role, RegistrationPut& put) const {
  std::string& handle = handle_of(put.registration, role);
  if (handle.empty()) {
    handle = handle_for(put.registration.name, role);
    Contact& contact = put.contacts.emplace_back();
    contact.handle = handle;
    contact.provenance = origin_.provenance;
    return contact;
  }
  return *std::ranges::find(put.contacts, handle, &Contact::handle);
}

Expected<void> RowReader::take(const Column& column, const std::string& text, RegistrationPut& put) const {
  if (text.empty()) return {};
  switch (column.source) {
    case ColumnSource::domain_name:
      return {};  // was taken first
    case ColumnSource::expiration: {
      const auto time = parse_rfc3339(text);
      if (!time) return bad_value(column, "is not a date and time with its zone");
      put.registration.registrar_expires = *time;
      return {};
    }
    case ColumnSource::registrar_iana: {
      const auto& ours = origin_.catalog->registrars;
      const auto found = std::ranges::find(ours, text, [](const Registrar& one) { return std::to_string(one.iana_id); });
      if (found == ours.end()) return bad_value(column, "is no registrar of the configuration", "[[registrar]] names it");
      put.registration.registrar = found->id;
      return {};
    }
    case ColumnSource::contact:
      return set_element(column, text, contact_in(column.role, put), origin_.rules);
    case ColumnSource::name_servers:
      return set_servers(column, text, put.registration);
    case ColumnSource::ds_records:
      return set_ds(column, text, put.registration);
    case ColumnSource::privacy_service:
      return set_service(column, text, *origin_.catalog, put.registration);
    case ColumnSource::name_server:
      return set_servers(column, text, put.registration);
    case ColumnSource::handle:
    case ColumnSource::private_handle:
      return take_handle(column, text, put);
    case ColumnSource::own_handle:
      return make_error(Errc::internal, "a column of contacts among those of names");
  }
  return {};
}

Expected<void> RowReader::take_handle(const Column& column, const std::string& text, RegistrationPut& put) const {
  const bool may_be_service = column.source == ColumnSource::handle && column.role == Role::registrant;
  if (const std::string_view service = service_of_handle(text); may_be_service && !service.empty())
    return set_service(column, service, *origin_.catalog, put.registration);
  auto handle = check_handle(text);
  if (!handle) return bad_value(column, "is not a handle");
  handle_of(put.registration, column.role) = std::move(*handle);
  return {};
}

Expected<void> RowReader::complete(RegistrationPut& put) const {
  Registration& registration = put.registration;
  if (registration.registrar.empty())
    return make_error(Errc::invalid, "iana: is empty: whose registration it is cannot be told");
  if (registration.registrant.empty()) return make_error(Errc::invalid, "no column tells who the registrant is");
  // Who pays is the registrant: one contact in two roles, not two of one name.
  if (put.contacts.size() > 1) {
    const Contact& registrant = put.contacts.front();
    const auto billing = std::ranges::find(put.contacts, registration.billing, &Contact::handle);
    if (billing != put.contacts.end() && !registration.billing.empty() && billing->name == registrant.name) {
      registration.billing = registrant.handle;
      put.contacts.erase(billing);
    }
  }
  return {};
}

Expected<RegistrationPut> RowReader::read(std::span<const std::string> row) const {
  if (row.size() != columns_.size()) return make_error(Errc::invalid, "another number of columns than the header");
  const auto at = std::ranges::find(columns_, ColumnSource::domain_name, &Column::source) - columns_.begin();
  auto name = DomainName::parse(row[static_cast<std::size_t>(at)]);
  if (!name) return make_error(Errc::invalid, "domain: is not a domain name");
  if (origin_.catalog->tld_of(*name) == nullptr)
    return make_error(Errc::invalid, name->ascii() + ": is under no TLD of the configuration", "[[tld]] names it");
  RegistrationPut put{.registration = {.name = *name}, .contacts = {}, .hosts = {}, .choices = {}};
  put.registration.provenance = origin_.provenance;
  put.registration.registrar = has(ColumnSource::registrar_iana) ? std::string() : origin_.registrar;
  const bool in_line = !has(ColumnSource::handle);
  if (in_line) contact_in(Role::registrant, put);
  // Who stands behind a service must not be published as if nobody stood in front: a service that is not configured withholds
  // all, until a source that knows speaks.
  const bool told = !in_line || has(ColumnSource::privacy_service);
  if (!told && !origin_.catalog->privacy_services.empty()) put.registration.privacy_service = service_not_told;
  const auto of_name = [&](const Error& error) {
    return make_error(Errc::invalid, name->ascii() + ": " + error.context, error.hint);
  };
  for (std::size_t number = 0; number < columns_.size(); ++number)
    if (auto taken = take(columns_[number], row[number], put); !taken) return of_name(taken.error());
  if (auto whole = complete(put); !whole) return of_name(whole.error());
  if (auto same = check(put, row); !same) return same.error();
  return put;
}

RegistrationData as_held(const RegistrationPut& put) {
  RegistrationData data{put.registration, {}, {}, {}};
  for (const Role role : all_roles) {
    const auto contact = std::ranges::find(put.contacts, handle_of(put.registration, role), &Contact::handle);
    if (contact == put.contacts.end()) continue;
    RoleContact& one = data.contacts.emplace_back();
    one.role = role;
    one.state = ContactState::opened;
    one.contact = *contact;
  }
  return data;
}

/// What was read is what stands there: a check that normalizes, or a list with a blank too many, would change it unseen.
Expected<void> RowReader::check(const RegistrationPut& put, std::span<const std::string> row) const {
  const RegistrationData data = as_held(put);
  const Registrar& registrar = *origin_.catalog->registrar(put.registration.registrar);
  for (std::size_t number = 0; number < columns_.size(); ++number)
    if (column_text(columns_[number], data, registrar, origin_.rules) != row[number])
      return make_error(Errc::invalid, fmt::format("{}: {}: is not written as a deposit writes it: it would not come back",
                                                   put.registration.name.ascii(), columns_[number].name));
  return {};
}

}  // namespace regdata::escrow
