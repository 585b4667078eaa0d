#include "store/registration_table.hpp"

#include <algorithm>
#include <charconv>

namespace regdata::store {
namespace {

#define REGISTRATION_COLUMNS                                                                                             \
  "name, roid, registrar, created, updated, registry_expires, registrar_expires, transferred, statuses, hosts, dnssec, " \
  "ds, registrant, technical, administrative, billing, reseller_name, reseller_url, privacy_service, region, "           \
  "relay_token, has_hosts_below, holder_class, source_class, source, as_of, end_reason, ended_at, relay_drawn"

constexpr const char* load_sql = "SELECT " REGISTRATION_COLUMNS " FROM registration WHERE name = ?";
constexpr const char* walk_sql =
    "SELECT " REGISTRATION_COLUMNS " FROM registration WHERE name > ? AND ended_at IS NULL ORDER BY name";
constexpr const char* write_sql =
    "INSERT OR REPLACE INTO registration (" REGISTRATION_COLUMNS
    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
#undef REGISTRATION_COLUMNS

Error damaged(std::string_view name) {
  return make_error(Errc::damaged, "registration " + std::string(name) + ": row does not decode",
                    "restore the store from a backup");
}

/// Calls `each` for every part of `text` between separators; an empty text has none.
template <class Each>
bool for_parts(std::string_view text, char separator, Each each) {
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (!each(text.substr(0, end))) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

bool read_ds(std::string_view text, std::vector<DsRecord>& records) {
  return for_parts(text, ';', [&](std::string_view part) {
    DsRecord record;
    if (!take_number(part, record.key_tag) || !take_number(part, record.algorithm) || !take_number(part, record.digest_type)) {
      return false;
    }
    record.digest = part;
    records.push_back(std::move(record));
    return true;
  });
}

void write_ds(const std::vector<DsRecord>& records, std::string& text) {
  text.clear();
  for (const DsRecord& record : records) {
    if (!text.empty()) text += ';';
    text += std::to_string(record.key_tag) + ' ' + std::to_string(record.algorithm) + ' ' + std::to_string(record.digest_type) +
            ' ';
    text += record.digest;
  }
}

bool read_hosts(std::string_view text, std::vector<DomainName>& hosts) {
  hosts.reserve(static_cast<std::size_t>(std::ranges::count(text, ' ')) + 1);
  return for_parts(text, ' ', [&](std::string_view part) {
    auto host = DomainName::from_stored(part);
    if (host) hosts.push_back(std::move(*host));
    return host.has_value();
  });
}

void write_hosts(const std::vector<DomainName>& hosts, std::string& text) {
  text.clear();
  for (const DomainName& host : hosts) {
    if (!text.empty()) text += ' ';
    text += host.ascii();
  }
}

std::optional<std::int64_t> optional_id(std::int64_t id) { return id == 0 ? std::nullopt : std::optional(id); }

bool uses(const ContactIds& contacts, std::int64_t id) { return std::ranges::find(contacts, id) != contacts.end(); }

}  // namespace

RegistrationTable::RegistrationTable(SQLite::Database& database, LabelTable& labels)
    : labels_(labels),
      load_(database, load_sql),
      walk_(database, walk_sql),
      write_(database, write_sql),
      mark_(database, "UPDATE registration SET has_hosts_below = 1 WHERE name = ? AND has_hosts_below = 0 RETURNING 1"),
      sponsored_(database, "SELECT 1 FROM registration WHERE name = ? AND ended_at IS NULL"),
      link_(database, "INSERT OR IGNORE INTO contact_use (contact, name) VALUES (?, ?)"),
      unlink_(database, "DELETE FROM contact_use WHERE contact = ? AND name = ?"),
      ask_again_(database, "UPDATE epp_look SET at = -?2 WHERE registry IN (SELECT registry FROM epp_registry) AND name = ?1"),
      names_(database, "SELECT name FROM contact_use WHERE contact = ? AND name > ? ORDER BY name LIMIT ?"),
      uses_(database,
            "SELECT registration.name, registrar FROM contact_use JOIN registration ON registration.name = contact_use.name "
            "WHERE contact = ? AND ended_at IS NULL ORDER BY contact_use.name"),
      drawn_before_(database,
                    "SELECT name FROM registration WHERE relay_drawn < ? AND ended_at IS NULL ORDER BY relay_drawn LIMIT ?"),
      keep_former_(database, "INSERT OR REPLACE INTO relay_token_before (token, name, until) VALUES (?, ?, ?)"),
      drop_former_of_(database, "DELETE FROM relay_token_before WHERE name = ?"),
      drop_former_(database, "DELETE FROM relay_token_before WHERE until <= ?") {}

Expected<std::optional<StoredRegistration>> RegistrationTable::load(std::string_view name) {
  if (!load_.bind(name).step()) return std::optional<StoredRegistration>();
  auto stored = read(load_);
  load_.reset();
  if (!stored) return stored.error();
  return std::optional(std::move(*stored));
}

void RegistrationTable::begin_walk(std::string_view after) { walk_.bind(after); }

Expected<std::optional<StoredRegistration>> RegistrationTable::next() {
  if (!walk_.step()) return std::optional<StoredRegistration>();
  auto stored = read(walk_);
  if (!stored) return stored.error();
  return std::optional(std::move(*stored));
}

void RegistrationTable::write(const StoredRegistration& stored) {
  const Registration& r = stored.registration;
  write_hosts(r.hosts, hosts_text_);
  write_ds(r.ds, ds_text_);
  const auto reseller_name = r.reseller ? std::optional<std::string_view>(r.reseller->name) : std::nullopt;
  const auto reseller_url = r.reseller ? std::optional<std::string_view>(r.reseller->url) : std::nullopt;
  write_
      .bind(r.name.ascii(), r.roid, r.registrar, r.created, r.updated, r.registry_expires, r.registrar_expires, r.transferred,
            r.statuses.bits(), hosts_text_, r.dnssec, ds_text_, stored.contacts[0], optional_id(stored.contacts[1]),
            optional_id(stored.contacts[2]), optional_id(stored.contacts[3]), reseller_name, reseller_url, r.privacy_service,
            r.region, stored.relay_token, stored.has_hosts_below, stored.holder_class, r.provenance.source_class,
            labels_.id_of(r.provenance.source), r.provenance.as_of,
            r.ended ? std::optional(static_cast<int>(r.ended->reason)) : std::nullopt,
            r.ended ? std::optional(r.ended->at) : std::nullopt, stored.relay_drawn)
      .run();
}

bool RegistrationTable::mark_hosts_below(std::string_view name) {
  const bool marked = mark_.bind(name).step();
  mark_.reset();
  return marked;
}

bool RegistrationTable::is_sponsored(std::string_view name) {
  const bool sponsored = sponsored_.bind(name).step();
  sponsored_.reset();
  return sponsored;
}

std::string_view RegistrationTable::sponsored_at_or_above(std::string_view name) {
  while (name.find('.') != std::string_view::npos) {
    if (is_sponsored(name)) return name;
    name.remove_prefix(name.find('.') + 1);
  }
  return {};
}

std::vector<std::string> RegistrationTable::relay_drawn_before(UtcTime time, std::size_t limit) {
  std::vector<std::string> names;
  drawn_before_.bind(time, limit);
  while (drawn_before_.step()) names.emplace_back(drawn_before_.text(0));
  return names;
}

void RegistrationTable::keep_former_token(std::string_view token, std::string_view name, UtcTime until) {
  keep_former_.bind(token, name, until).run();
}

void RegistrationTable::drop_former_tokens(std::string_view name) { drop_former_of_.bind(name).run(); }

void RegistrationTable::drop_former_tokens(UtcTime now) { drop_former_.bind(now).run(); }

void RegistrationTable::relink(std::string_view name, const ContactIds& from, const ContactIds& to) {
  for (const std::int64_t id : from) {
    if (id != 0 && !uses(to, id)) unlink_.bind(id, name).run();
  }
  for (const std::int64_t id : to) {
    if (id != 0 && !uses(from, id)) link_.bind(id, name).run();
  }
}

void RegistrationTable::ask_registries_again(std::string_view name, UtcTime now) { ask_again_.bind(name, now).run(); }

Expected<std::vector<DomainName>> RegistrationTable::names_of_contact(std::int64_t contact, std::string_view after,
                                                                      std::size_t limit) {
  std::vector<DomainName> names;
  names_.bind(contact, after, limit);
  while (names_.step()) {
    auto name = DomainName::from_stored(names_.text(0));
    if (!name) {
      names_.reset();
      return damaged("of a contact");
    }
    names.push_back(std::move(*name));
  }
  return names;
}

Expected<bool> RegistrationTable::is_used(std::int64_t contact,
                                          const std::function<bool(const DomainName&, std::string_view)>& counts) {
  bool used = false;
  uses_.bind(contact);
  while (!used && uses_.step()) {
    const auto name = DomainName::from_stored(uses_.text(0));
    if (!name) {
      uses_.reset();
      return damaged("of a contact");
    }
    used = counts(*name, uses_.text(1));
  }
  uses_.reset();
  return used;
}

Expected<StoredRegistration> RegistrationTable::read(Statement& row) {
  auto name = DomainName::from_stored(row.text(0));
  if (!name) return damaged("with an unreadable name");
  StoredRegistration stored{Registration{std::move(*name)}};
  Registration& r = stored.registration;
  r.roid = row.text(1);
  r.registrar = row.text(2);
  r.created = row.time(3);
  r.updated = row.optional_time(4);
  r.registry_expires = row.optional_time(5);
  r.registrar_expires = row.optional_time(6);
  r.transferred = row.optional_time(7);
  r.statuses = StatusSet::from_bits(static_cast<std::uint32_t>(row.integer(8)));
  r.dnssec = static_cast<DnssecState>(row.integer(10));
  if (!read_hosts(row.text(9), r.hosts) || !read_ds(row.text(11), r.ds)) return damaged(r.name.ascii());
  for (std::size_t role = 0; role < stored.contacts.size(); ++role)
    stored.contacts[role] = row.integer(12 + static_cast<int>(role));
  if (!row.is_null(16)) r.reseller = Reseller{std::string(row.text(16)), std::string(row.text(17))};
  r.privacy_service = row.text(18);
  r.region = row.text(19);
  stored.relay_token = row.text(20);
  stored.has_hosts_below = row.integer(21) != 0;
  stored.holder_class = static_cast<SourceClass>(row.integer(22));
  r.provenance.source_class = static_cast<SourceClass>(row.integer(23));
  r.provenance.source = labels_.text_of(row.integer(24));
  r.provenance.as_of = row.time(25);
  stored.relay_drawn = row.time(28);
  if (!row.is_null(27)) r.ended = Ended{static_cast<EndReason>(row.integer(26)), row.time(27)};
  return stored;
}

std::string join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    if (!joined.empty()) joined += ' ';
    joined += text;
  }
  return joined;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for_parts(text, ' ', [&](std::string_view part) {
    parts.emplace_back(part);
    return true;
  });
  return parts;
}

}  // namespace regdata::store
