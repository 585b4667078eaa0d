#include "store/sqlite_store.hpp"

#include <algorithm>

#include "store/registration_reader.hpp"
#include "store/sqlite_snapshot.hpp"
#include "store/sqlite_store_impl.hpp"

namespace regdata::store {
namespace {

constexpr std::string_view reading = "reading the registration store";
constexpr std::string_view writing = "writing the registration store";

}  // namespace

std::int64_t read_meta(SQLite::Database& database, std::string_view key) {
  Statement read(database, "SELECT value FROM meta WHERE key = ?");
  return read.bind(key).step() ? read.integer(0) : 0;
}

void write_meta(SQLite::Database& database, std::string_view key, std::int64_t value) {
  Statement(database, "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")
      .bind(key, value)
      .run();
}

SqliteStore::Impl::Impl(StorePaths where, std::shared_ptr<const MasterKey> key, std::string_view region, Clock clock_in,
                        std::unique_ptr<KeyStore> key_store, SQLite::Database database)
    : paths(std::move(where)),
      master(std::move(key)),
      clock(std::move(clock_in)),
      keys(std::move(key_store)),
      vault(master, std::string(region)),
      tables(std::move(database), *master, *keys, vault),
      walk_vault(master, std::string(region)),
      due_read(tables.database, "SELECT at FROM due WHERE name = ?"),
      due_set(tables.database, "INSERT INTO due (name, at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET at = ?2"),
      due_drop(tables.database, "DELETE FROM due WHERE name = ?"),
      due_names(tables.database, "SELECT name FROM due WHERE at <= ? ORDER BY at, name LIMIT ?"),
      due_next(tables.database, "SELECT min(at) FROM due") {}

SqliteStore::Impl::~Impl() { settle({}, unsettled_epoch); }

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteStore::~SqliteStore() = default;

Expected<std::optional<RegistrationData>> SqliteStore::find(const DomainName& name) {
  return guarded(reading, [&]() -> Expected<std::optional<RegistrationData>> {
    const Transaction transaction(impl_->tables.database, Transaction::Kind::read);
    return RegistrationReader(impl_->tables).find(name.ascii());
  });
}

Expected<std::optional<RoleContact>> SqliteStore::find_contact(std::string_view handle) {
  return guarded(reading, [&]() -> Expected<std::optional<RoleContact>> {
    const Transaction transaction(impl_->tables.database, Transaction::Kind::read);
    return RegistrationReader(impl_->tables).find_contact(handle);
  });
}

Expected<FeedMark> SqliteStore::for_each(std::string_view after, const std::function<bool(const RegistrationData&)>& visit) {
  return read_snapshot([&](StoreSnapshot& snapshot) { return snapshot.for_each(after, visit); });
}

Expected<FeedMark> SqliteStore::read_snapshot(const std::function<Expected<void>(StoreSnapshot&)>& look) {
  return guarded(reading, [&]() -> Expected<FeedMark> {
    if (impl_->walking) return make_error(Errc::internal, "a walk through the registration store began inside another");
    const auto tables = impl_->walk_tables();
    if (!tables) return tables.error();
    struct Walk {
      explicit Walk(bool& walking) : walking_(walking) { walking_ = true; }
      Walk(const Walk&) = delete;
      Walk& operator=(const Walk&) = delete;
      ~Walk() { walking_ = false; }
      bool& walking_;
    };
    const Walk walk(impl_->walking);
    const Transaction transaction((*tables)->database, Transaction::Kind::read);
    SqliteSnapshot snapshot(**tables, *impl_->walk_keys);
    if (auto looked = look(snapshot); !looked) return looked.error();
    return snapshot.mark();
  });
}

Expected<StoreTables*> SqliteStore::Impl::walk_tables() {
  if (!walker) {
    auto database = open_file(paths.database, FileKind::database, Access::read_only);
    if (!database) return database.error();
    auto its_keys = KeyStore::open(paths.keys, master);
    if (!its_keys) return its_keys.error();
    walk_keys = std::move(*its_keys);
    walker = std::make_unique<StoreTables>(std::move(*database), *master, *walk_keys, walk_vault);
  }
  return walker.get();
}

Expected<std::vector<DomainName>> SqliteStore::names_of_contact(std::string_view handle, std::string_view after,
                                                                std::size_t limit) {
  return guarded(reading, [&]() -> Expected<std::vector<DomainName>> {
    const auto id = impl_->tables.contacts.id_of(handle);
    if (!id) return std::vector<DomainName>();
    return impl_->tables.registrations.names_of_contact(*id, after, limit);
  });
}

Expected<std::vector<std::string>> SqliteStore::handles_by_email(std::string_view email) {
  const auto address = check_email(email);
  if (!address) return std::vector<std::string>();  // nobody can have it
  return guarded(reading,
                 [&]() -> Expected<std::vector<std::string>> { return impl_->tables.contacts.handles_by_email(*address); });
}

Expected<std::optional<Host>> SqliteStore::find_host(const DomainName& name) {
  return guarded(reading, [&]() -> Expected<std::optional<Host>> {
    auto stored = impl_->tables.hosts.load(name.ascii());
    if (!stored) return stored.error();
    if (!*stored) return std::optional<Host>();
    return std::optional(std::move((*stored)->host));
  });
}

Expected<std::optional<DomainName>> SqliteStore::sponsored_ancestor(const DomainName& name) {
  return guarded(reading, [&]() -> Expected<std::optional<DomainName>> {
    const std::string_view found = impl_->tables.registrations.sponsored_at_or_above(name.ascii());
    if (found.empty()) return std::optional<DomainName>();
    auto ancestor = DomainName::from_stored(found);
    if (!ancestor) return ancestor.error();
    return std::optional(std::move(*ancestor));
  });
}

Expected<std::uint64_t> SqliteStore::count() {
  return guarded(reading, [&]() -> Expected<std::uint64_t> {
    return static_cast<std::uint64_t>(read_meta(impl_->tables.database, "sponsored"));
  });
}

template <class Item>
Expected<std::vector<PutOutcome>> SqliteStore::Impl::put_all(const std::vector<Item>& items, std::string_view reason,
                                                             UtcTime now) {
  using Outcomes = std::vector<PutOutcome>;
  if (items.empty()) return Outcomes();
  return write<Outcomes>(writing, reason, now, [&](RegistrationWriter& writer) -> Expected<Outcomes> {
    Outcomes outcomes;
    outcomes.reserve(items.size());
    for (const Item& item : items) {
      const auto outcome = writer.put(item);
      if (!outcome) return outcome.error();
      outcomes.push_back(*outcome);
    }
    return outcomes;
  });
}

Expected<std::vector<PutOutcome>> SqliteStore::put(const std::vector<RegistrationPut>& batch, std::string_view reason,
                                                   UtcTime now) {
  return impl_->put_all(batch, reason, now);
}

Expected<std::vector<PutOutcome>> SqliteStore::put_contacts(const std::vector<Contact>& contacts, std::string_view reason,
                                                            UtcTime now) {
  return impl_->put_all(contacts, reason, now);
}

Expected<std::vector<Difference>> SqliteStore::difference(const RegistrationPut& put) {
  return guarded(writing, [&]() -> Expected<std::vector<Difference>> {
    // What put() would do, done and undone: the two cannot drift apart.
    std::vector<Difference> differences;
    const Transaction in_database(impl_->tables.database, Transaction::Kind::write);
    const Transaction in_keys = impl_->keys->begin_write(read_meta(impl_->tables.database, "last_key"));
    RegistrationWriter writer(impl_->tables, "difference", impl_->clock(), &differences);
    const auto outcome = writer.put(put);
    impl_->tables.forget();
    if (!outcome) return outcome.error();
    return differences;
  });
}

Expected<PutOutcome> SqliteStore::end(const DomainName& name, Ended ended, std::string_view reason, UtcTime now) {
  return impl_->write<PutOutcome>(writing, reason, now, [&](RegistrationWriter& writer) { return writer.end(name, ended); });
}

Expected<std::size_t> SqliteStore::renew_relay_tokens(UtcTime drawn_before, UtcTime former_until, std::size_t limit,
                                                      UtcTime now) {
  // Most of the time nothing is due, and nobody is kept from writing.
  const auto any = guarded(
      reading, [&]() -> Expected<bool> { return !impl_->tables.registrations.relay_drawn_before(drawn_before, 1).empty(); });
  if (!any) return any.error();
  if (!*any) return std::size_t{0};
  return impl_->write<std::size_t>(writing, "relay:renewed", now, [&](RegistrationWriter& writer) {
    return writer.renew_relay_tokens(drawn_before, former_until, limit);
  });
}

Expected<std::uint64_t> SqliteStore::add_choices(const std::vector<ChoiceEntry>& entries, std::string_view reason,
                                                 UtcTime now) {
  if (entries.empty()) return std::uint64_t{0};
  return impl_->write<std::uint64_t>(writing, reason, now, [&](RegistrationWriter& writer) -> Expected<std::uint64_t> {
    const auto appended = writer.add_choices(entries);
    if (!appended) return appended.error();
    return *appended ? impl_->tables.feed.last() : 0;
  });
}

Expected<std::vector<ChoiceEntry>> SqliteStore::choice_entries(std::string_view handle) {
  return guarded(reading, [&]() -> Expected<std::vector<ChoiceEntry>> { return impl_->tables.ledger.entries(handle); });
}

Expected<std::uint64_t> SqliteStore::verify_choices() {
  return guarded(reading, [&]() -> Expected<std::uint64_t> { return impl_->tables.ledger.verify(); });
}

Expected<std::vector<Change>> SqliteStore::changes_after(std::uint64_t sequence, std::size_t limit) {
  return guarded(reading, [&]() -> Expected<std::vector<Change>> { return impl_->tables.feed.after(sequence, limit); });
}

Expected<std::uint64_t> SqliteStore::last_sequence() {
  return guarded(reading, [&]() -> Expected<std::uint64_t> { return impl_->tables.feed.last(); });
}

Expected<FeedMark> SqliteStore::feed_mark() {
  return guarded(reading, [&]() -> Expected<FeedMark> { return impl_->tables.feed.mark(); });
}

Expected<bool> SqliteStore::was_at(const FeedMark& mark) {
  return guarded(reading, [&]() -> Expected<bool> { return impl_->tables.feed.holds(mark); });
}

Expected<std::vector<DomainName>> SqliteStore::due_names(UtcTime now, std::size_t limit) {
  return guarded(reading, [&]() -> Expected<std::vector<DomainName>> {
    std::vector<DomainName> names;
    impl_->due_names.bind(now, limit);
    while (impl_->due_names.step()) {
      if (auto name = DomainName::from_stored(impl_->due_names.text(0))) names.push_back(std::move(*name));
    }
    return names;
  });
}

Expected<std::optional<UtcTime>> SqliteStore::next_due() {
  return guarded(reading, [&]() -> Expected<std::optional<UtcTime>> {
    const auto next = impl_->due_next.bind().step() ? impl_->due_next.optional_time(0) : std::nullopt;
    impl_->due_next.reset();
    return next;
  });
}

Expected<void> SqliteStore::set_due(std::span<const DueTime> times) {
  return guarded(writing, [&]() -> Expected<void> {
    Impl& impl = *impl_;
    const auto is_set = [&](const DueTime& time) {
      const auto held = impl.due_read.bind(time.name.ascii()).step() ? impl.due_read.optional_time(0) : std::nullopt;
      impl.due_read.reset();
      return held == time.when;
    };
    // Most names, most of the time: nothing to write, and nobody is kept from writing.
    if (std::ranges::all_of(times, is_set)) return {};
    Transaction transaction(impl.tables.database, Transaction::Kind::write);
    for (const DueTime& time : times) {
      if (is_set(time)) continue;
      if (time.when) {
        impl.due_set.bind(time.name.ascii(), *time.when).run();
      } else {
        impl.due_drop.bind(time.name.ascii()).run();
      }
    }
    transaction.commit();
    return {};
  });
}

}  // namespace regdata::store
