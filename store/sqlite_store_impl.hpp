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

  /// Runs `change` in a transaction of both files: keys are committed first, the database second, versions settled third.
  template <class T>
  Expected<T> write(std::string_view doing, std::string_view reason, UtcTime now,
                    const std::function<Expected<T>(RegistrationWriter&)>& change);
  /// The tables of a second connection, for walks: a walk's snapshot is not disturbed by what is written meanwhile.
  Expected<StoreTables*> walk_tables();
  /// Ends what a kill or a failed commit left half done. With or without the write lock held; takes it where there is work.
  void tidy();
  void sweep_keys();
  void settle(const std::vector<ListedKey>& announced) noexcept;

  StorePaths paths;
  std::shared_ptr<const MasterKey> master;
  Clock clock;
  std::unique_ptr<KeyStore> keys;
  Vault vault;
  StoreTables tables;
  std::unique_ptr<StoreTables> walker;
  bool walking = false;
  bool untidy = false;  ///< a write failed: data keys without rows may stand in the key file

  Statement due_read, due_set, due_drop, due_names, due_next;
};

template <class T>
Expected<T> SqliteStore::Impl::write(std::string_view doing, std::string_view reason, UtcTime now,
                                     const std::function<Expected<T>(RegistrationWriter&)>& change) {
  return guarded(doing, [&]() -> Expected<T> {
    Transaction in_database(tables.database, Transaction::Kind::write);
    if (untidy) {
      tables.forget();
      sweep_keys();
    }
    tables.ledger.forget();  // another process may have written
    untidy = true;           // until everything is committed
    Transaction in_keys = keys->begin_write();
    RegistrationWriter writer(tables, reason, now);
    auto result = change(writer);
    if (!result) {
      tables.forget();
      untidy = false;
      return result;
    }
    writer.finish();
    in_keys.commit();      // house.md §3: the data key first,
    in_database.commit();  // then the row
    untidy = false;
    settle(writer.announced());
    return result;
  });
}

}  // namespace regdata::store
