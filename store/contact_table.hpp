// Contacts as rows: handle and provenance in clear, the person sealed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/registration_data.hpp"
#include "store/key_store.hpp"
#include "store/label_table.hpp"
#include "store/sqlite.hpp"
#include "store/vault.hpp"

namespace regdata::store {

/// A contact's row, opened as far as it could be.
struct StoredContact {
  std::int64_t id = 0;
  std::int64_t data_key = 0;
  std::uint64_t version = 0;
  std::uint64_t choices = 0;  ///< entries in the ledger; another number there means that some were taken out
  ContactState state = ContactState::unreadable;
  Contact contact;                   ///< handle, region and provenance always; the person where `state` is opened
  Error problem;                     ///< why it is unreadable
  std::vector<std::uint8_t> sealed;  ///< until it is opened
  std::optional<UtcTime> erased_at;
};

/// Reads contacts on one connection, and writes them where the key store is in a write transaction. Throws SQLite::Exception.
class ContactTable {
 public:
  ContactTable(SQLite::Database& database, LabelTable& labels, KeyStore& keys, Vault& vault);

  std::optional<StoredContact> load(std::string_view handle);
  std::optional<StoredContact> load(std::int64_t id);
  /// The row alone, and what is in it opened afterwards: the first touches the database and not the key file, the second the
  /// other way about, so that two threads can do it (each with objects of its own beside).
  std::optional<StoredContact> load_sealed(std::int64_t id) { return read(by_id_.bind(id)); }
  void open(StoredContact& stored);
  std::optional<std::int64_t> id_of(std::string_view handle);
  /// Walks all contacts in order of handle, without opening them. One walk at a time.
  void begin_walk() { walk_.bind(); }
  struct Walked {
    std::int64_t id = 0;
    std::string handle;
  };
  std::optional<Walked> next();
  void end_walk() noexcept { walk_.reset(); }
  /// The data key of a contact, which is not opened; empty: no such contact.
  std::optional<std::int64_t> key_of(std::string_view handle);

  /// Seals under a new data key; returns the row's id.
  std::int64_t add(const Contact& contact);
  /// Seals the next version of `held`, under its data key or, where that is lost, a new one. `announced` gets what is to be
  /// settled after the commit.
  void replace(const StoredContact& held, const Contact& contact, std::vector<ListedKey>& announced);
  /// The source of the same facts.
  void set_provenance(std::int64_t id, const Provenance& provenance);
  /// More entries in the ledger, the last of them with the mark `last`, which is noted with the data key.
  void count_choices(std::int64_t id, std::size_t appended, std::int64_t last);
  /// Drops what was sealed and the blind index.
  void set_erased(std::int64_t id, UtcTime when);

  std::vector<std::string> handles_by_email(std::string_view email);
  /// Highest data key that a contact was given; 0: none since this object was made or told to forget.
  [[nodiscard]] std::int64_t last_key() const noexcept { return last_key_; }
  void forget() noexcept { last_key_ = 0; }

 private:
  std::optional<StoredContact> read(Statement& row);
  bool is_current(const StoredContact& stored, const KeyRow& key);
  [[nodiscard]] std::optional<EmailIndex> index_of(const Contact& contact) const;

  LabelTable& labels_;
  KeyStore& keys_;
  Vault& vault_;
  std::int64_t last_key_ = 0;
  std::optional<SQLite::Database> latest_;  ///< opened when a snapshot may be older than the key file
  SQLite::Database& database_;
  Statement by_handle_, by_id_, id_, key_, walk_, add_, replace_, provenance_, choices_, erase_, by_email_;
};

}  // namespace regdata::store
