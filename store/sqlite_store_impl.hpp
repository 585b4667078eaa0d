// The inside of SqliteStore, shared by its source files.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "store/key_store.hpp"
#include "store/registration_writer.hpp"
#include "store/sqlite_store.hpp"
#include "store/store_tables.hpp"
#include "store/vault.hpp"

namespace regdata::store {

struct SqliteStore::Impl {
  Impl(StorePaths where, std::shared_ptr<const MasterKey> key, std::string_view region, Clock clock_in,
       std::unique_ptr<KeyStore> key_store, SQLite::Database database);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  /// Runs `change` in a transaction of both files: keys are committed first, the database second, versions settled third.
  template <class T>
  Expected<T> write(std::string_view doing, std::string_view reason, UtcTime now,
                    const std::function<Expected<T>(RegistrationWriter&)>& change);
  /// Puts registrations, or contacts alone, in one transaction.
  template <class Item>
  Expected<std::vector<PutOutcome>> put_all(const std::vector<Item>& items, std::string_view reason, UtcTime now);
  /// The tables of a second connection, for walks: a walk's snapshot is not disturbed by what is written meanwhile.
  Expected<StoreTables*> walk_tables();
  /// Ends what a kill left half done. Errc::conflict: the files do not belong together (key_epoch.hpp).
  Expected<void> tidy();
  /// Before a change, with the write lock held: do the files belong together, and has a failed write been swept up?
  Expected<void> prepare_write();
  /// A registration that is live, or ended and still kept, uses the contact.
  bool is_needed(std::int64_t contact, UtcTime now);
  /// Completes erasures that the key file has and the database has not.
  void complete_erasures();
  /// Once, in a store from before that was done when a name was added.
  void mark_hosts();
  void sweep_keys();
  /// Begins the next epoch in both files, inside transactions of both; for commit().
  std::int64_t raise_epoch();
  /// Notes with each data key which entry of the ledger is the contact's last: once, in a store from before keys knew.
  void note_choices();
  /// Commits both files, the key file first (house.md §3: the data key, then the row). Until the key file knows that the
  /// database has `epoch` (0: none was begun), a database from before this commit cannot be told from a kill between the two.
  /// Where something was hidden that is settled at once, else by the next commit or at the end of this object.
  void commit(Transaction& in_keys, Transaction& in_database, std::int64_t epoch, const std::vector<ListedKey>& announced,
              bool hides);
  void settle(const std::vector<ListedKey>& announced, std::int64_t epoch) noexcept;

  StorePaths paths;
  std::shared_ptr<const MasterKey> master;
  Clock clock;
  std::unique_ptr<KeyStore> keys;
  Vault vault;
  StoreTables tables;
  std::unique_ptr<KeyStore> walk_keys;  ///< a connection of its own: a walk reads ahead in a thread of its own
  Vault walk_vault;
  std::unique_ptr<StoreTables> walker;
  bool walking = false;
  bool untidy = false;               ///< a write failed: data keys without rows may stand in the key file
  std::int64_t unsettled_epoch = 0;  ///< in the database, which the key file does not know; 0: none of ours

  Statement due_read, due_set, due_drop, due_names, due_next;
};

template <class T>
Expected<T> SqliteStore::Impl::write(std::string_view doing, std::string_view reason, UtcTime now,
                                     const std::function<Expected<T>(RegistrationWriter&)>& change) {
  return guarded(doing, [&]() -> Expected<T> {
    Transaction in_database(tables.database, Transaction::Kind::write);
    if (const auto ready = prepare_write(); !ready) return ready.error();
    untidy = true;  // until everything is committed
    Transaction in_keys = keys->begin_write(read_meta(tables.database, "last_key"));
    RegistrationWriter writer(tables, reason, now);
    auto result = change(writer);
    if (!result) {
      tables.forget();
      untidy = false;
      return result;
    }
    const ChangeFeed::Appended appended = writer.finish();
    commit(in_keys, in_database, appended.any ? raise_epoch() : 0, writer.announced(), appended.hides);
    return result;
  });
}

}  // namespace regdata::store
