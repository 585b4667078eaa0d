// SqliteStore: making and opening a store, ending what was left half done, and everything about keys.
#include <sodium.h>

#include <algorithm>
#include <array>

#include "registration/retention.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_store.hpp"
#include "store/sqlite_store_impl.hpp"

namespace regdata::store {
namespace {

/// In `meta`: every name that has hosts at or below it is marked so.
constexpr std::string_view hosts_marked = "hosts_marked";

Expected<void> check_region(std::string_view region) {
  const bool well_formed = region.size() >= 2 && region.size() <= 16 && std::ranges::all_of(region, [](char c) {
                             return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
                           });
  if (!well_formed) return make_error(Errc::invalid, "region of the store", "2-16 of A-Z, 0-9 and hyphen, for example EU");
  return {};
}

/// Makes one of the files beside its name, schema and first rows in one transaction.
Expected<void> make_file(const std::filesystem::path& part, FileKind kind, const std::function<void(SQLite::Database&)>& fill) {
  for (const char* rest : {"", "-wal", "-shm", "-journal"}) {
    std::error_code ignored;  // of a call that was killed
    std::filesystem::remove(part.string() + rest, ignored);
  }
  auto file = create_file(part, kind);
  if (!file) return file.error();
  return guarded("making " + part.filename().string(), [&]() -> Expected<void> {
    Transaction transaction(*file, Transaction::Kind::write);
    for (const Migration& step : schema_migrations()) {
      file->exec(std::string(kind == FileKind::database ? step.database : step.keys));
    }
    file->exec("PRAGMA user_version=" + std::to_string(latest_schema()));
    fill(*file);
    transaction.commit();
    truncate_log(*file);
    return {};
  });
}

Expected<void> put_in_place(const std::filesystem::path& part, const std::filesystem::path& file) {
  std::error_code failure;
  std::filesystem::rename(part, file, failure);
  if (failure) return make_error(Errc::unavailable, "cannot rename " + part.filename().string() + ": " + failure.message());
  return sync_directory_of(file);
}

/// Do these two files and this configuration belong together?
Expected<void> check_identity(SQLite::Database& database, const StoreId& keys, std::string_view region) {
  Statement read(database, "SELECT value FROM meta WHERE key = ?");
  if (!read.bind("store").step() || !std::ranges::equal(read.blob(0), keys)) {
    return make_error(Errc::configuration, "key store and registration store do not belong together",
                      "point configuration at the key store that was made with this store");
  }
  if (!read.bind("region").step() || read.text(0) != region) {
    const std::string held(read.text(0));
    return make_error(Errc::configuration,
                      "the store holds data of region " + held + ", configuration says " + std::string(region),
                      "sealed data are bound to their region: configure region " + held);
  }
  return {};
}

}  // namespace

Expected<void> SqliteStore::create(const StorePaths& paths, std::shared_ptr<const MasterKey> master, std::string_view region,
                                   UtcTime now) {
  if (const auto checked = check_region(region); !checked) return checked.error();
  for (const auto& file : {paths.database, paths.keys}) {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
      return make_error(Errc::conflict, file.filename().string() + " exists already", "nothing was changed");
    }
  }
  StoreId id;
  randombytes_buf(id.data(), id.size());
  const std::filesystem::path keys_part = paths.keys.string() + ".part";
  const std::filesystem::path database_part = paths.database.string() + ".part";
  const auto keys_made =
      make_file(keys_part, FileKind::keys, [&](SQLite::Database& file) { KeyStore::initialize(file, *master, id); });
  if (!keys_made) return keys_made.error();
  const auto database_made = make_file(database_part, FileKind::database, [&](SQLite::Database& file) {
    Statement insert(file, "INSERT INTO meta (key, value) VALUES (?, ?)");
    insert.bind("store", Blob(id)).run();
    insert.bind("region", region).run();
    insert.bind("created", now).run();
    insert.bind("sponsored", 0).run();
    insert.bind("last_key", 0).run();
    insert.bind("erased", 0).run();
    insert.bind(hosts_marked, 1).run();
  });
  if (!database_made) return database_made.error();
  if (const auto placed = put_in_place(keys_part, paths.keys); !placed) return placed.error();
  return put_in_place(database_part, paths.database);
}

Expected<std::unique_ptr<SqliteStore>> SqliteStore::open(const StorePaths& paths, std::shared_ptr<const MasterKey> master,
                                                         std::string_view region, Clock clock, Mismatch mismatch) {
  auto database = open_file(paths.database, FileKind::database, Access::read_write);
  if (!database) return database.error();
  const auto checked = guarded("opening the registration store", [&] { return check_schema(*database, "registration store"); });
  if (!checked) return checked.error();
  auto keys = KeyStore::open(paths.keys, master);
  if (!keys) return keys.error();
  return guarded("opening the registration store", [&]() -> Expected<std::unique_ptr<SqliteStore>> {
    if (const auto same = check_identity(*database, (*keys)->store_id(), region); !same) return same.error();
    auto impl =
        std::make_unique<Impl>(paths, std::move(master), region, std::move(clock), std::move(*keys), std::move(*database));
    const auto tidied = impl->tidy();
    if (!tidied && (tidied.error().code != Errc::conflict || mismatch == Mismatch::refuse)) return tidied.error();
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(impl)));
  });
}

Expected<void> SqliteStore::Impl::tidy() {
  SQLite::Database& database = tables.database;
  Transaction in_database(database, Transaction::Kind::write);
  const KeyEpochs epochs = keys->epochs();
  const FileAge age = age_of(read_meta(database, "key_epoch"), epochs);
  if (const auto checked = check_age(age); !checked) return checked.error();
  sweep_keys();
  for (const ListedKey& key : keys->unsettled()) {
    const auto held = tables.contacts.load(key.handle);
    if (!held || held->data_key != key.id) continue;
    Transaction in_keys = keys->begin_write();
    if (held->version == key.contact_version) keys->settle(key.id, key.contact_version);
    if (held->version + 1 == key.contact_version) keys->force_version(key.id, held->version);
    in_keys.commit();
  }
  complete_erasures();
  mark_hosts();
  const bool first = epochs.epoch == 0;
  if (!tables.feed.mark_end().any && age == FileAge::same && !first) {
    in_database.commit();
    if (epochs.base != epochs.epoch) settle({}, epochs.epoch);
    return {};
  }
  Transaction in_keys = keys->begin_write();
  if (first) note_choices();
  // Of a commit that was cut off nothing comes any more: its epoch is given to nobody else.
  commit(in_keys, in_database, raise_epoch(), {}, true);
  return {};
}

Expected<void> SqliteStore::Impl::prepare_write() {
  const FileAge age = age_of(read_meta(tables.database, "key_epoch"), keys->epochs());
  if (const auto checked = check_age(age); !checked) return checked.error();
  if (untidy || age == FileAge::keys_ahead) {
    tables.forget();
    sweep_keys();
  }
  tables.ledger.forget();  // another process may have written
  return {};
}

/// An erasure that was killed between the two files.
void SqliteStore::Impl::complete_erasures() {
  SQLite::Database& database = tables.database;
  if (static_cast<std::int64_t>(keys->destroyed_count()) == read_meta(database, "erased")) return;
  std::int64_t destroyed = 0;
  for (const ListedKey& key : keys->destroyed()) {
    ++destroyed;
    const auto held = tables.contacts.load(key.handle);
    if (!held || held->data_key != key.id) continue;
    Statement open(database, "SELECT 1 FROM contact WHERE id = ? AND erased_at IS NULL");
    if (!open.bind(held->id).step()) continue;
    const UtcTime when = held->erased_at.value_or(clock());
    tables.contacts.set_erased(held->id, when);
    tables.feed.append(ChangeKind::contact_erased, key.handle, {}, "erase:completed", true, clock());
  }
  write_meta(database, "erased", destroyed);
}

/// Names that came after hosts below them were not marked once; their glue was left out of everything.
void SqliteStore::Impl::mark_hosts() {
  SQLite::Database& database = tables.database;
  if (read_meta(database, hosts_marked) != 0) return;
  for (Statement hosts(database, "SELECT reversed FROM host"); hosts.step();) {
    const std::string host = reverse_labels(hosts.text(0));
    for (std::string_view name = host; !name.empty();) {
      if (tables.registrations.mark_hosts_below(name))
        tables.feed.append(ChangeKind::look_again, name, {}, "mend:hosts", false, clock());
      const auto dot = name.find('.');
      name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
    }
  }
  write_meta(database, hosts_marked, 1);
}

void SqliteStore::Impl::sweep_keys() { keys->sweep(read_meta(tables.database, "last_key")); }

std::int64_t SqliteStore::Impl::raise_epoch() {
  const std::int64_t epoch = keys->raise_epoch(read_meta(tables.database, "key_epoch"));
  write_meta(tables.database, "key_epoch", epoch);
  return epoch;
}

void SqliteStore::Impl::note_choices() {
  Statement last(tables.database,
                 "SELECT contact.data_key, contact.handle, choice.hash FROM (SELECT handle, max(sequence) AS sequence FROM "
                 "choice GROUP BY handle) AS newest JOIN choice USING (sequence) JOIN contact ON contact.handle = "
                 "newest.handle");
  while (last.step()) {
    std::array<std::uint8_t, 32> hash{};
    if (last.blob(2).size() != hash.size()) continue;  // verify_choices() names the entry
    std::ranges::copy(last.blob(2), hash.begin());
    keys->note_choice(last.integer(0), last.text(1), mark_of(hash));
  }
}

void SqliteStore::Impl::commit(Transaction& in_keys, Transaction& in_database, std::int64_t epoch,
                               const std::vector<ListedKey>& announced, bool hides) {
  in_keys.commit();
  in_database.commit();
  untidy = false;
  if (epoch != 0) unsettled_epoch = epoch;
  if (hides || !announced.empty()) settle(announced, unsettled_epoch);
}

void SqliteStore::Impl::settle(const std::vector<ListedKey>& announced, std::int64_t epoch) noexcept {
  if (announced.empty() && epoch == 0) return;
  // The change is committed and stays so: what cannot be settled now is settled when the store is opened again.
  try {
    Transaction in_keys = keys->begin_write();
    for (const ListedKey& key : announced) keys->settle(key.id, key.contact_version);
    keys->settle_epoch(epoch);
    in_keys.commit();
    unsettled_epoch = 0;
  } catch (const SQLite::Exception&) {
  }
}

Expected<void> SqliteStore::erase_contact(std::string_view handle, std::string_view reason, UtcTime now) {
  return erase(handle, reason, now, Erase::whatever_needs_it);
}

Expected<void> SqliteStore::erase_contact_unless_needed(std::string_view handle, std::string_view reason, UtcTime now) {
  return erase(handle, reason, now, Erase::unless_needed);
}

bool SqliteStore::Impl::is_needed(std::int64_t contact, UtcTime now) {
  Statement ends(tables.database, "SELECT ended_at FROM contact_use JOIN registration USING (name) WHERE contact = ?");
  for (ends.bind(contact); ends.step();) {
    const auto ended = ends.optional_time(0);
    if (!ended || now < kept_until(*ended)) return true;
  }
  return false;
}

Expected<void> SqliteStore::erase(std::string_view handle, std::string_view reason, UtcTime now, Erase which) {
  return guarded("erasing a contact", [&]() -> Expected<void> {
    Impl& impl = *impl_;
    StoreTables& tables = impl.tables;
    KeyStore& keys = *impl.keys;
    Transaction in_database(tables.database, Transaction::Kind::write);
    if (const auto ready = impl.prepare_write(); !ready) return ready.error();
    const auto held = tables.contacts.load(handle);
    if (!held) return make_error(Errc::not_found, "contact " + std::string(handle) + " is not held");
    if (held->state != ContactState::erased) {
      if (which == Erase::unless_needed && impl.is_needed(held->id, now))
        return make_error(Errc::refused, "contact " + std::string(handle) + " is needed by a registration");
      impl.untidy = true;
      Transaction in_keys = keys.begin_write();
      keys.destroy(held->data_key, handle, reason, now);
      tables.contacts.set_erased(held->id, now);
      const std::string roid = held->state == ContactState::opened ? held->contact.roid : std::string();
      tables.feed.append(ChangeKind::contact_erased, handle, roid, reason, true, now);
      tables.feed.mark_end();
      write_meta(tables.database, "erased", static_cast<std::int64_t>(keys.destroyed_count()));
      impl.commit(in_keys, in_database, impl.raise_epoch(), {}, true);
    } else {
      in_database.rollback();
    }
    return keys.wipe_log();
  });
}

namespace {

/// For what is about nobody.
void derive_own_key(const MasterKey& master, DataKey& key) { master.derive("regOWN__", 1, key.bytes()); }

}  // namespace

Expected<std::vector<std::uint8_t>> SqliteStore::seal_for(std::string_view handle, std::string_view purpose,
                                                          std::span<const std::uint8_t> bytes) {
  return guarded("sealing for a contact", [&]() -> Expected<std::vector<std::uint8_t>> {
    DataKey key;
    if (handle.empty()) {
      derive_own_key(*impl_->master, key);
      return impl_->vault.seal_bytes(handle, purpose, bytes, key);
    }
    const auto id = impl_->tables.contacts.key_of(handle);
    if (!id) return make_error(Errc::not_found, "contact " + std::string(handle) + " is not held");
    const auto row = impl_->keys->find(*id, handle, key);
    if (!row) return row.error();
    if (row->state == KeyState::destroyed) return make_error(Errc::refused, "contact " + std::string(handle) + " was erased");
    if (row->state == KeyState::absent)
      return make_error(Errc::key_missing, "contact " + std::string(handle) + ": data key is missing");
    return impl_->vault.seal_bytes(handle, purpose, bytes, key);
  });
}

Expected<std::optional<std::vector<std::uint8_t>>> SqliteStore::open_for(std::string_view handle, std::string_view purpose,
                                                                         std::span<const std::uint8_t> sealed) {
  using Opened = std::optional<std::vector<std::uint8_t>>;
  return guarded("opening for a contact", [&]() -> Expected<Opened> {
    DataKey key;
    if (handle.empty()) {
      derive_own_key(*impl_->master, key);
      auto opened = impl_->vault.open_bytes(handle, purpose, sealed, key);
      if (!opened) return make_error(Errc::damaged, "what the store sealed for itself does not authenticate");
      return Opened(std::move(*opened));
    }
    const auto id = impl_->tables.contacts.key_of(handle);
    if (!id) return make_error(Errc::not_found, "contact " + std::string(handle) + " is not held");
    const auto row = impl_->keys->find(*id, handle, key);
    if (!row) return row.error();
    if (row->state == KeyState::destroyed) return Opened();
    if (row->state == KeyState::absent)
      return make_error(Errc::key_missing, "contact " + std::string(handle) + ": data key is missing");
    auto opened = impl_->vault.open_bytes(handle, purpose, sealed, key);
    if (!opened) return opened.error();
    return Opened(std::move(*opened));
  });
}

Expected<KeyRotation> SqliteStore::rotate_keys(std::size_t limit) {
  return guarded("rotating keys", [&]() -> Expected<KeyRotation> { return impl_->keys->rotate(limit); });
}

}  // namespace regdata::store
