#include "store/host_table.hpp"

#include <algorithm>

namespace regdata::store {

HostTable::HostTable(SQLite::Database& database, LabelTable& labels)
    : labels_(labels),
      load_(database, "SELECT reversed, roid, addresses, uses, source_class, source, as_of FROM host WHERE reversed = ?"),
      // '/' is the character behind '.': all names that begin with the reversed name and a dot.
      below_(database,
             "SELECT reversed, roid, addresses, uses, source_class, source, as_of FROM host WHERE reversed = ?1 UNION ALL "
             "SELECT reversed, roid, addresses, uses, source_class, source, as_of FROM host "
             "WHERE reversed > ?1 || '.' AND reversed < ?1 || '/'"),
      walk_(database, "SELECT reversed, roid, addresses, uses, source_class, source, as_of FROM host ORDER BY reversed"),
      write_(database,
             "INSERT OR REPLACE INTO host (reversed, roid, addresses, uses, source_class, source, as_of) VALUES (?, ?, ?, ?, "
             "?, ?, ?)"),
      remove_(database, "DELETE FROM host WHERE reversed = ?") {}

Expected<std::optional<StoredHost>> HostTable::load(std::string_view name) {
  const std::string reversed = reverse_labels(name);
  if (!load_.bind(reversed).step()) {
    load_.reset();
    return std::optional<StoredHost>();
  }
  auto stored = read(load_);
  load_.reset();
  if (!stored) return stored.error();
  return std::optional(std::move(*stored));
}

Expected<std::vector<StoredHost>> HostTable::at_or_below(std::string_view name) {
  std::vector<StoredHost> found;
  const std::string reversed = reverse_labels(name);
  below_.bind(reversed);
  while (below_.step()) {
    auto stored = read(below_);
    if (!stored) {
      below_.reset();
      return stored.error();
    }
    found.push_back(std::move(*stored));
  }
  std::ranges::sort(found, {}, [](const StoredHost& stored) -> const std::string& { return stored.host.name.ascii(); });
  return found;
}

Expected<std::optional<StoredHost>> HostTable::next() {
  if (!walk_.step()) return std::optional<StoredHost>();
  auto stored = read(walk_);
  if (!stored) return stored.error();
  return std::optional(std::move(*stored));
}

void HostTable::write(const StoredHost& stored) {
  const std::string reversed = reverse_labels(stored.host.name.ascii());
  const std::string addresses = join(stored.host.addresses);
  const Provenance& from = stored.host.provenance;
  write_.bind(reversed, stored.host.roid, addresses, stored.uses, from.source_class, labels_.id_of(from.source), from.as_of)
      .run();
}

void HostTable::remove(std::string_view name) {
  const std::string reversed = reverse_labels(name);
  remove_.bind(reversed).run();
}

Expected<StoredHost> HostTable::read(Statement& row) {
  auto name = DomainName::from_stored(reverse_labels(row.text(0)));
  if (!name) return make_error(Errc::damaged, "a host's row does not decode", "restore the store from a backup");
  StoredHost stored{Host{std::move(*name)}};
  stored.host.roid = row.text(1);
  stored.host.addresses = split(row.text(2));
  stored.uses = row.integer(3);
  stored.host.provenance.source_class = static_cast<SourceClass>(row.integer(4));
  stored.host.provenance.source = labels_.text_of(row.integer(5));
  stored.host.provenance.as_of = row.time(6);
  return stored;
}

HostBatch::HostBatch(HostTable& hosts, RegistrationTable& registrations, ChangeFeed& feed)
    : hosts_(hosts), registrations_(registrations), feed_(feed) {}

Expected<HostBatch::Entry*> HostBatch::get(const DomainName& name, const Provenance& provenance) {
  const auto known = entries_.find(name.ascii());
  if (known != entries_.end()) return &known->second;
  auto stored = hosts_.load(name.ascii());
  if (!stored) return stored.error();
  const bool held = stored->has_value();
  Entry entry{held ? std::move(**stored) : StoredHost{Host{name, {}, {}, provenance}}, held};
  return &entries_.emplace(name.ascii(), std::move(entry)).first->second;
}

Expected<std::vector<HostBatch::Entry*>> HostBatch::at_or_below(const DomainName& name) {
  auto stored = hosts_.at_or_below(name.ascii());
  if (!stored) return stored.error();
  std::vector<Entry*> found;
  for (StoredHost& host : *stored) {
    auto entry = get(host.host.name, host.host.provenance);
    if (!entry) return entry.error();
    found.push_back(*entry);
  }
  return found;
}

void HostBatch::write(std::string_view reason, UtcTime now) {
  // In order of name, so that rows are written and announced in the same order whatever the hash table does.
  std::vector<std::pair<const std::string*, Entry*>> order;
  order.reserve(entries_.size());
  for (auto& [name, entry] : entries_) order.emplace_back(&name, &entry);
  std::ranges::sort(order, {}, [](const auto& item) -> const std::string& { return *item.first; });
  for (const auto& [name, entry] : order) write_one(*name, *entry, reason, now);
  entries_.clear();
}

void HostBatch::write_one(const std::string& name, Entry& entry, std::string_view reason, UtcTime now) {
  const std::string& roid = entry.stored.host.roid;
  if (entry.stored.uses == 0 && (entry.counted || entry.announce || !entry.held) &&
      registrations_.sponsored_at_or_above(name).empty()) {
    if (!entry.held) return;
    hosts_.remove(name);
    feed_.append(ChangeKind::host_removed, name, roid, reason, true, now);
    return;
  }
  if (!entry.held || entry.changed || entry.counted) hosts_.write(entry.stored);
  if (!entry.held) {
    for (std::string_view above = registrations_.sponsored_at_or_above(name); !above.empty();) {
      registrations_.mark_hosts_below(above);
      const auto dot = above.find('.');
      above = registrations_.sponsored_at_or_above(above.substr(dot + 1));
    }
    feed_.append(ChangeKind::host_put, name, roid, reason, false, now);
  } else if (entry.changed || entry.announce) {
    feed_.append(ChangeKind::host_put, name, roid, reason, entry.changed || entry.hides, now);
  }
}

}  // namespace regdata::store
