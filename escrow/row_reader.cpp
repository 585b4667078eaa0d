#include "escrow/row_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "escrow/measure.hpp"
#include "registration/contact_checks.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t street_lines = 3;  // RFC 5733 §2.4
constexpr std::size_t most_hosts = 13;

Error bad(const Column& column, std::string_view why, std::string hint = {}) {
  return make_error(Errc::invalid, fmt::format("{}: {}", column.name, why), std::move(hint));
}

/// An error of a check of ours, which repeats no value.
Error bad(const Column& column, const Error& error) { return bad(column, error.context, error.hint); }

/// One column holds what were up to three lines. It stays one where it may: where it was parted cannot be known.
Expected<void> set_street(const Column& column, const std::string& text, Contact& contact) {
  const std::string& between = rules_of_comparison.street_separator;
  std::vector<PersonalText> lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = rest;
    auto good = check_postal_line(line);
    while (!good && line.size() > between.size()) {
      const auto cut = line.rfind(between);
      if (cut == std::string_view::npos || cut == 0) break;
      line = line.substr(0, cut);
      good = check_postal_line(line);
    }
    if (!good) return bad(column, good.error());
    if (lines.size() == street_lines) return bad(column, "is longer than three lines");
    lines.emplace_back(std::string(line));
    rest = line.size() == rest.size() ? std::string_view() : rest.substr(line.size() + between.size());
  }
  contact.street = std::move(lines);
  return {};
}

struct TextElement {
  Element element;
  Expected<std::string> (*check)(std::string_view);
  PersonalText Contact::*place;
};
constexpr std::array text_elements{TextElement{Element::name, check_postal_line, &Contact::name},
                                   TextElement{Element::organization, check_postal_line, &Contact::organization},
                                   TextElement{Element::city, check_postal_line, &Contact::city},
                                   TextElement{Element::state, check_postal_line, &Contact::state},
                                   TextElement{Element::postal_code, check_postal_code, &Contact::postal_code},
                                   TextElement{Element::phone, check_phone, &Contact::phone},
                                   TextElement{Element::phone_ext, check_phone_ext, &Contact::phone_ext},
                                   TextElement{Element::fax, check_phone, &Contact::fax},
                                   TextElement{Element::fax_ext, check_phone_ext, &Contact::fax_ext},
                                   TextElement{Element::email, check_email, &Contact::email}};

Expected<void> set_element(const Column& column, const std::string& text, Contact& contact) {
  if (column.element == Element::street) return set_street(column, text, contact);
  if (column.element == Element::country) {
    // published in the clear: whatever else slipped into this column would be too
    auto good = check_country(text);
    if (!good) return bad(column, good.error());
    contact.country = std::move(*good);
    return {};
  }
  const auto found = std::ranges::find(text_elements, column.element, &TextElement::element);
  if (found == text_elements.end()) return make_error(Errc::internal, fmt::format("{}: a column without a place", column.name));
  auto good = found->check(text);
  if (!good) return bad(column, good.error());
  contact.*found->place = PersonalText(std::move(*good));
  return {};
}

Expected<void> set_servers(const Column& column, std::string_view text, Registration& registration) {
  while (!text.empty()) {
    const auto blank = std::min(text.find(' '), text.size());
    auto host = DomainName::parse(text.substr(0, blank));
    if (!host) return bad(column, "is not a list of host names");
    if (registration.hosts.size() == most_hosts) return bad(column, "has more than 13 hosts");
    registration.hosts.push_back(std::move(*host));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
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
      return bad(column, "is not a list of \"tag algorithm type digest\"");
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

Expected<Column> column_named(const std::string& name) {
  for (const auto table : {columns_of_2024(), further_columns_of_2024()})
    for (const Column& column : table)
      if (column.name == name) return column;
  return make_error(Errc::invalid, "the header has a column that is not in the field table",
                    "`regdata deposit header-map` prints the columns that are written and read");
}

}  // namespace

Expected<RowReader> RowReader::for_header(std::span<const std::string> header, Origin origin) {
  std::vector<Column> columns;
  for (const std::string& name : header) {
    auto column = column_named(name);
    if (!column) return column.error();
    if (std::ranges::any_of(columns, [&](const Column& other) { return other.name == column->name; }))
      return make_error(Errc::invalid, fmt::format("the header has the column {} twice", column->name));
    columns.push_back(*column);
  }
  for (const Column& wanted : columns_of_2024())
    if (wanted.required && std::ranges::none_of(columns, [&](const Column& one) { return one.name == wanted.name; }))
      return make_error(Errc::invalid, fmt::format("the header lacks the column {}", wanted.name),
                        "the first line of a deposit's first file is its header: give that file too");
  return RowReader(std::move(columns), std::move(origin));
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
      if (!time) return bad(column, "is not a date and time with its zone");
      put.registration.registrar_expires = *time;
      return {};
    }
    case ColumnSource::registrar_iana: {
      const auto& ours = origin_.catalog->registrars;
      const auto found = std::ranges::find(ours, text, [](const Registrar& one) { return std::to_string(one.iana_id); });
      if (found == ours.end()) return bad(column, "is no registrar of the configuration", "[[registrar]] names it");
      put.registration.registrar = found->id;
      return {};
    }
    case ColumnSource::contact:
      return set_element(column, text, contact_in(column.role, put));
    case ColumnSource::name_servers:
      return set_servers(column, text, put.registration);
    case ColumnSource::ds_records:
      return set_ds(column, text, put.registration);
    case ColumnSource::privacy_service:
      if (origin_.catalog->privacy_service(text) == nullptr)
        return bad(column, "is no service of the configuration", "[[privacy_service]] names it");
      put.registration.privacy_service = text;
      return {};
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
  contact_in(Role::registrant, put);
  // Who stands behind a service must not be published as if nobody stood in front: a service that is not configured withholds
  // all, until a source that knows speaks.
  const bool told =
      std::ranges::any_of(columns_, [](const Column& one) { return one.source == ColumnSource::privacy_service; });
  if (!told && !origin_.catalog->privacy_services.empty()) put.registration.privacy_service = service_not_told;
  for (std::size_t number = 0; number < columns_.size(); ++number)
    if (auto taken = take(columns_[number], row[number], put); !taken)
      return make_error(Errc::invalid, name->ascii() + ": " + taken.error().context, taken.error().hint);
  if (put.registration.registrar.empty())
    return make_error(Errc::invalid, name->ascii() + ": iana: is empty: whose registration it is cannot be told");
  if (auto same = check(put, row); !same) return same.error();
  // Who pays is the registrant: one contact in two roles, not two of one name.
  if (put.contacts.size() > 1) {
    const Contact& registrant = put.contacts.front();
    const auto billing = std::ranges::find(put.contacts, put.registration.billing, &Contact::handle);
    if (billing != put.contacts.end() && !put.registration.billing.empty() && billing->name == registrant.name) {
      put.registration.billing = registrant.handle;
      put.contacts.erase(billing);
    }
  }
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
    if (column_text(columns_[number], data, registrar, rules_of_comparison) != row[number])
      return make_error(Errc::invalid, fmt::format("{}: {}: is not written as a deposit writes it: it would not come back",
                                                   put.registration.name.ascii(), columns_[number].name));
  return {};
}

}  // namespace regdata::escrow
