// The tables of one open connection, in the order in which they depend on each other.
#pragma once

#include "store/change_feed.hpp"
#include "store/choice_ledger.hpp"
#include "store/contact_table.hpp"
#include "store/host_table.hpp"
#include "store/label_table.hpp"
#include "store/registration_table.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {

/// Does not move: the tables point at each other.
struct StoreTables {
  StoreTables(SQLite::Database file, const MasterKey& master, KeyStore& keys, Vault& vault)
      : database(std::move(file)),
        labels(database),
        feed(database, labels),
        ledger(database, master),
        contacts(database, labels, keys, vault),
        hosts(database, labels),
        registrations(database, labels) {}
  StoreTables(const StoreTables&) = delete;
  StoreTables& operator=(const StoreTables&) = delete;

  /// What was remembered of a transaction that was rolled back, or of a time before another connection wrote.
  void forget() {
    labels.forget();
    feed.forget();
    ledger.forget();
    contacts.forget();
  }

  SQLite::Database database;
  LabelTable labels;
  ChangeFeed feed;
  ChoiceLedger ledger;
  ContactTable contacts;
  HostTable hosts;
  RegistrationTable registrations;
};

/// Numbers in the meta table of a file of registrations.
std::int64_t read_meta(SQLite::Database& database, std::string_view key);
void write_meta(SQLite::Database& database, std::string_view key, std::int64_t value);

}  // namespace regdata::store
