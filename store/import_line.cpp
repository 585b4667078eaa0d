#include "store/import_line.hpp"

#include <algorithm>

#include "registration/host.hpp"
#include "store/import_reader.hpp"

namespace regdata::store {
namespace {

Registration blank(DomainName name) {
  return {std::move(name), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
}

class LineReader {
 public:
  LineReader(const ImportContext& context, ImportLine& line) : context_(context), line_(line), reader_(context, line) {}
  void read(ImportValue root);

 private:
  using Members = std::array<ImportValue, put_fields.size()>;
  void read_put(ImportValue root);
  void read_end(ImportValue root);
  std::optional<DomainName> read_name(ImportValue value);
  void read_registrar(ImportValue value, Registration& registration);
  void read_dates(const Members& members, Registration& registration);
  void read_statuses(ImportValue value, Registration& registration);
  void read_hosts(ImportValue value, RegistrationPut& put);
  void read_host(ImportValue value, RegistrationPut& put);
  void read_addresses(ImportValue value, const Registration& registration, Host& host);
  void read_ds(ImportValue value, Registration& registration);
  std::optional<DsRecord> read_ds_record(ImportValue value);
  void read_reseller(ImportValue value, Registration& registration);
  void read_privacy_service(ImportValue value, Registration& registration);

  const ImportContext& context_;
  ImportLine& line_;
  ImportReader reader_;
};

void LineReader::read(ImportValue root) {
  if (!root || root.kind() != ImportKind::object) return reader_.reject("must be a JSON object");
  std::string_view op = "put";
  for (ImportValue value = root.first(); value; value = value.next()) {
    if (value.key() != "op" || value.kind() == ImportKind::null) continue;
    op = value.kind() == ImportKind::text ? value.text() : std::string_view();
    break;
  }
  if (op == "put") return read_put(root);
  if (op == "end") return read_end(root);
  reader_.reject(put_fields[field_at(put_fields, "op")], "is not an operation");
}

std::optional<DomainName> LineReader::read_name(ImportValue value) {
  constexpr const auto& field = put_fields[field_at(put_fields, "name")];
  auto name = reader_.name(value, field);
  if (!name) return name;
  line_.name = name;
  // Which policy governs a name is decided by its TLD: a name under none of ours has no rules to be shown by. The operator's
  // list decides, never a guess by counting labels (operations.md §1.3 trap 5).
  const Tld* tld = context_.catalog.tld_of(*name);
  const auto is_tld = [&](const Tld& entry) { return entry.name == name->ascii(); };
  if (std::any_of(context_.catalog.tlds.begin(), context_.catalog.tlds.end(), is_tld)) {
    reader_.reject(field, "is a configured TLD itself");
  } else if (!tld) {
    reader_.reject(field, "lies under no configured TLD");
  } else if (name->parent() != tld->name) {
    reader_.reject(field, "lies more than one label below its TLD");
  }
  return name;
}

void LineReader::read_put(ImportValue root) {
  constexpr const auto& f = put_fields;
  const Members m = reader_.members(root, f);
  auto name = read_name(m[field_at(f, "name")]);
  // The rest is read even without a name, so that a person sees all that is wrong at once.
  static const DomainName stand_in = DomainName::from_stored("unnamed.invalid").value();
  RegistrationPut put{blank(name ? *name : stand_in), {}, {}, {}};
  Registration& registration = put.registration;
  constexpr auto roid = field_at(f, "roid"), region = field_at(f, "region"), as_of = field_at(f, "as_of");
  registration.provenance = context_.provenance;
  if (const auto stated = reader_.past_time(m[as_of], f[as_of])) registration.provenance.as_of = *stated;
  read_registrar(m[field_at(f, "registrar")], registration);
  reader_.checked(m[roid], f[roid], check_roid, registration.roid);
  read_dates(m, registration);
  read_statuses(m[field_at(f, "statuses")], registration);
  read_hosts(m[field_at(f, "hosts")], put);
  read_ds(m[field_at(f, "ds")], registration);
  constexpr auto contacts = field_at(f, "contacts");
  if (reader_.is(m[contacts], f[contacts], ImportKind::object)) {
    read_contacts(reader_, m[contacts], registration.provenance, put);
  }
  read_reseller(m[field_at(f, "reseller")], registration);
  read_privacy_service(m[field_at(f, "privacy_service")], registration);
  reader_.label(m[region], f[region], region_characters, 2, 16, registration.region);
  if (!reader_.failed()) line_.request = std::move(put);
}

void LineReader::read_end(ImportValue root) {
  constexpr const auto& f = end_fields;
  const auto m = reader_.members(root, f);
  auto name = read_name(m[field_at(f, "name")]);
  constexpr auto reason = field_at(f, "reason"), at = field_at(f, "at");
  Ended ended;
  const std::string_view why = reader_.text(m[reason], f[reason]);
  if (why == "transferred") {
    ended.reason = EndReason::transferred;
  } else if (why != "deleted" && !why.empty()) {
    reader_.reject(f[reason], "is not a reason");
  }
  ended.at = reader_.past_time(m[at], f[at]).value_or(UtcTime{});
  if (!reader_.failed()) line_.request = RegistrationEnd{std::move(*name), ended};
}

void LineReader::read_registrar(ImportValue value, Registration& registration) {
  constexpr const auto& field = put_fields[field_at(put_fields, "registrar")];
  const std::string_view id = reader_.text(value, field);
  if (value && value.kind() == ImportKind::rejected) return;
  if (id.empty() && context_.catalog.registrars.size() == 1) {
    registration.registrar = context_.catalog.registrars.front().id;
  } else if (id.empty()) {
    if (!value || value.kind() == ImportKind::text) reader_.reject(field, "is missing");
  } else if (!context_.catalog.registrar(id)) {
    reader_.reject(field, "is not configured");
  } else {
    registration.registrar = id;
  }
}

void LineReader::read_dates(const Members& m, Registration& registration) {
  constexpr const auto& f = put_fields;
  constexpr auto created = field_at(f, "created"), updated = field_at(f, "updated");
  constexpr auto registry = field_at(f, "registry_expires"), registrar = field_at(f, "registrar_expires");
  constexpr auto transferred = field_at(f, "transferred");
  const auto birth = reader_.time(m[created], f[created]);
  registration.created = birth.value_or(UtcTime{});
  registration.updated = reader_.time(m[updated], f[updated]);
  registration.registry_expires = reader_.time(m[registry], f[registry]);
  registration.registrar_expires = reader_.time(m[registrar], f[registrar]);
  registration.transferred = reader_.time(m[transferred], f[transferred]);
  if (!birth) return;
  if (*birth > context_.now) reader_.warn(ImportWarning::created_in_future);
  const auto early = [&](const std::optional<UtcTime>& end) { return end && *end < *birth; };
  if (early(registration.registry_expires) || early(registration.registrar_expires)) {
    reader_.warn(ImportWarning::expires_before_created);
  }
}

/// What RFC 5731 §2.3 forbids to stand together; empty: nothing. The grace periods of RFC 3915 may stand beside "ok".
std::string_view contradiction(StatusSet set) {
  using enum Status;
  const auto any = [set](std::initializer_list<Status> list) {
    return std::count_if(list.begin(), list.end(), [set](Status one) { return set.contains(one); });
  };
  StatusSet grace;
  for (const Status one : {ok, add_period, auto_renew_period, renew_period, transfer_period}) grace.insert(one);
  if (set.contains(ok) && (set.bits() & ~grace.bits()) != 0) return "ok stands beside other statuses";
  if (any({pending_create, pending_delete, pending_renew, pending_transfer, pending_update}) > 1) {
    return "two pending operations stand together";
  }
  const auto pair = [&](Status pending, Status client, Status server) {
    return set.contains(pending) && (set.contains(client) || set.contains(server));
  };
  if (pair(pending_delete, client_delete_prohibited, server_delete_prohibited) ||
      pair(pending_renew, client_renew_prohibited, server_renew_prohibited) ||
      pair(pending_transfer, client_transfer_prohibited, server_transfer_prohibited) ||
      pair(pending_update, client_update_prohibited, server_update_prohibited)) {
    return "an operation is pending and prohibited at once";
  }
  return {};
}

void LineReader::read_statuses(ImportValue value, Registration& registration) {
  constexpr const auto& field = put_fields[field_at(put_fields, "statuses")];
  if (!reader_.is(value, field, ImportKind::list)) return;
  std::size_t index = 0;
  {
    ImportReader::Step list(reader_, field.key);
    for (ImportValue one = value.first(); one && !reader_.full(); one = one.next()) {
      ImportReader::Step step(reader_, index++);
      const auto status = one.kind() == ImportKind::text ? status_from(one.text()) : std::nullopt;
      if (status) {
        registration.statuses.insert(*status);
      } else {
        reader_.reject("is not a status", field.allowed);
      }
    }
  }
  const std::string_view wrong = contradiction(registration.statuses);
  if (!wrong.empty()) reader_.reject(field, std::string(wrong));
}

void LineReader::read_hosts(ImportValue value, RegistrationPut& put) {
  constexpr const auto& field = put_fields[field_at(put_fields, "hosts")];
  if (!reader_.is(value, field, ImportKind::list)) return;
  ImportReader::Step list(reader_, field.key);
  std::size_t index = 0;
  for (ImportValue host = value.first(); host && !reader_.full(); host = host.next()) {
    if (index == most_hosts) return reader_.reject("has more than 13 entries", field.allowed);
    ImportReader::Step step(reader_, index++);
    read_host(host, put);
  }
}

void LineReader::read_host(ImportValue value, RegistrationPut& put) {
  constexpr const auto& f = host_fields;
  constexpr auto name_at = field_at(f, "name"), roid = field_at(f, "roid"), addresses = field_at(f, "addresses");
  auto& hosts = put.registration.hosts;
  const bool object = value.kind() == ImportKind::object;
  std::array<ImportValue, f.size()> m;
  if (object) {
    m = reader_.members(value, f);
  } else if (value.kind() == ImportKind::text) {
    m[name_at] = value;
  } else {
    return reader_.reject("must be a host name or an object", f[name_at].allowed);
  }
  constexpr ImportField bare{"", f[name_at].allowed, true};
  auto name = reader_.name(m[name_at], object ? f[name_at] : bare);
  Host host{name ? *name : put.registration.name, {}, {}, put.registration.provenance};
  reader_.checked(m[roid], f[roid], check_roid, host.roid);
  read_addresses(m[addresses], put.registration, host);
  if (!name) return;
  const auto same = [&](const Host& other) { return other.name == host.name; };
  if (std::find(hosts.begin(), hosts.end(), *name) == hosts.end()) {
    hosts.push_back(std::move(*name));
    if (object) put.hosts.push_back(std::move(host));
  } else if (!object || std::find(put.hosts.begin(), put.hosts.end(), host) != put.hosts.end()) {
    reader_.warn(ImportWarning::host_repeated);
  } else if (std::none_of(put.hosts.begin(), put.hosts.end(), same)) {
    reader_.warn(ImportWarning::host_repeated);
    put.hosts.push_back(std::move(host));
  } else {
    reader_.reject("names a host of this line again, with other data", f[name_at].allowed);
  }
}

void LineReader::read_addresses(ImportValue value, const Registration& registration, Host& host) {
  constexpr const auto& field = host_fields[field_at(host_fields, "addresses")];
  if (!reader_.is(value, field, ImportKind::list)) return;
  ImportReader::Step list(reader_, field.key);
  std::size_t index = 0;
  for (ImportValue one = value.first(); one && !reader_.full(); one = one.next()) {
    if (index == most_addresses) return reader_.reject("has more than 13 entries", field.allowed);
    ImportReader::Step step(reader_, index++);
    auto address = one.kind() == ImportKind::text ? canonical_address(one.text()) : make_error(Errc::invalid, {});
    if (!address) {
      reader_.reject("is not an address", field.allowed);
    } else if (std::find(host.addresses.begin(), host.addresses.end(), *address) == host.addresses.end()) {
      host.addresses.push_back(std::move(*address));
    }
  }
  sort_by_family(host.addresses);
  if (!host.addresses.empty() && !host.name.is_at_or_below(registration.name)) {
    reader_.warn(ImportWarning::address_not_subordinate);
  }
}

void LineReader::read_ds(ImportValue value, Registration& registration) {
  constexpr const auto& field = put_fields[field_at(put_fields, "ds")];
  if (!reader_.is(value, field, ImportKind::list)) return;
  registration.dnssec = value.first() ? DnssecState::signed_delegation : DnssecState::unsigned_delegation;
  ImportReader::Step list(reader_, field.key);
  std::size_t index = 0;
  for (ImportValue one = value.first(); one && !reader_.full(); one = one.next()) {
    if (index == most_ds) return reader_.reject("has more than 32 entries", field.allowed);
    ImportReader::Step step(reader_, index++);
    if (one.kind() != ImportKind::object) {
      reader_.reject("must be an object", field.allowed);
      continue;
    }
    auto record = read_ds_record(one);
    if (record && std::find(registration.ds.begin(), registration.ds.end(), *record) == registration.ds.end()) {
      registration.ds.push_back(std::move(*record));
    }
  }
}

std::optional<DsRecord> LineReader::read_ds_record(ImportValue value) {
  constexpr const auto& f = ds_fields;
  const auto m = reader_.members(value, f);
  constexpr auto tag = field_at(f, "key_tag"), algorithm = field_at(f, "algorithm"), type = field_at(f, "digest_type");
  constexpr auto digest = field_at(f, "digest");
  DsRecord record;
  record.key_tag = static_cast<std::uint16_t>(reader_.number(m[tag], f[tag], 0, 65535));
  record.algorithm = static_cast<std::uint8_t>(reader_.number(m[algorithm], f[algorithm], 1, 254));
  record.digest_type = static_cast<std::uint8_t>(reader_.number(m[type], f[type], 1, 6));
  record.digest = reader_.text(m[digest], f[digest]);
  if (record.digest.empty()) return std::nullopt;
  auto held = ds_digest(record.digest_type, record.digest);
  if (!held) {
    const bool hex = record.digest.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    reader_.reject(f[digest], hex ? "has another length than its digest type" : "is not hexadecimal");
    return std::nullopt;
  }
  record.digest = std::move(*held);
  return record;
}

void LineReader::read_reseller(ImportValue value, Registration& registration) {
  constexpr const auto& field = put_fields[field_at(put_fields, "reseller")];
  if (!reader_.is(value, field, ImportKind::object)) return;
  constexpr const auto& f = reseller_fields;
  ImportReader::Step step(reader_, field.key);
  const auto m = reader_.members(value, f);
  constexpr auto name = field_at(f, "name"), url = field_at(f, "url");
  Reseller reseller;
  reader_.checked(m[name], f[name], check_postal_line, reseller.name);
  const std::string_view address = reader_.text(m[url], f[url]);
  const auto printable = [](char c) { return c > ' ' && c < 0x7F; };
  const bool web = address.starts_with("https://") || address.starts_with("http://");
  if (!address.empty() && (!web || address.size() > 255 || !std::all_of(address.begin(), address.end(), printable))) {
    reader_.reject(f[url], "is not a web address");
  } else {
    reseller.url = address;
  }
  registration.reseller = std::move(reseller);
}

void LineReader::read_privacy_service(ImportValue value, Registration& registration) {
  constexpr const auto& field = put_fields[field_at(put_fields, "privacy_service")];
  const std::string_view id = reader_.text(value, field);
  if (id.empty()) return;
  // What stands in front of a holder, and whether it is shown in full, is configuration's word (rules.md §1.9).
  if (!context_.catalog.privacy_service(id)) return reader_.reject(field, "is not configured");
  registration.privacy_service = id;
}

}  // namespace

ImportLine read_import_line(const ImportDocument& document, const ImportContext& context, std::vector<Rejection> already) {
  ImportLine line;
  line.rejections = std::move(already);
  LineReader(context, line).read(document.root());
  if (!line.rejections.empty()) line.warnings = {};  // they are about what was taken
  return line;
}

std::string_view to_string(ImportWarning warning) noexcept {
  switch (warning) {
    case ImportWarning::auth_code_dropped:
      return "transfer codes dropped, never stored";
    case ImportWarning::disclose_flag_ignored:
      return "disclose flags ignored: not consent";
    case ImportWarning::filler_dropped:
      return "fillers read as not held";
    case ImportWarning::host_repeated:
      return "name servers named twice";
    case ImportWarning::address_not_subordinate:
      return "addresses of hosts that are not below the name";
    case ImportWarning::created_in_future:
      return "creation dates in the future";
    case ImportWarning::expires_before_created:
      return "expiry dates before the creation date";
    case ImportWarning::registrant_incomplete:
      return "registrants without street, city, country, phone or e-mail";
  }
  return {};
}

}  // namespace regdata::store
