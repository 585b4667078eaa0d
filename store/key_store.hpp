// The file of data keys: one a contact, each wrapped under a key-encryption key of the master key.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/key_epoch.hpp"
#include "store/key_rotation.hpp"
#include "store/master_key.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {

/// Tells which files belong together.
using StoreId = std::array<std::uint8_t, 16>;

enum class KeyState : std::uint8_t {
  live,
  destroyed,  ///< on purpose: what it sealed is erased
  absent,     ///< neither live nor recorded as destroyed: an error
};

/// What the key file says of one contact.
struct KeyRow {
  KeyState state = KeyState::absent;
  std::uint64_t contact_version = 0;        ///< current version of the contact
  bool settled = true;                      ///< false: the database may still hold the version before
  std::optional<std::int64_t> last_choice;  ///< mark_of() the contact's last entry in the ledger; empty: there was none
  std::optional<UtcTime> destroyed_at;

  /// Whether a contact of `version` in the database is one that this row expects. Newer ones are fine: an older key file was
  /// restored, and nobody without the data key can have made them.
  [[nodiscard]] bool expects(std::uint64_t version) const noexcept {
    return version >= contact_version || (!settled && version + 1 == contact_version);
  }
};

/// A row of the key file, for upkeep.
struct ListedKey {
  std::int64_t id = 0;
  std::string handle;
  std::uint64_t contact_version = 0;
};

/// A key of a handle that has several: an adoption left those of contacts that the database of then did not have.
struct SharingKey {
  std::int64_t id = 0;
  std::string handle;
  std::optional<std::int64_t> last_choice;  ///< as KeyRow::last_choice
};

/// Data keys of 32 random bytes, wrapped with XChaCha20-Poly1305 under KEK v = crypto_kdf(master, v, "regKEK__"), bound to
/// handle and v. Not thread-safe. Methods throw SQLite::Exception (see guarded()) and return
/// errors of their own as values.
///
/// Order of commits (house.md §3, Keys): whoever changes both files holds the database's write lock, commits here first and
/// there second. A contact's new version is announced here unsettled, and settled after the database has it: so a contact that
/// was rolled back in the database alone is found out, and a kill in between is not mistaken for that.
class KeyStore {
 public:
  /// Fills the meta rows of a new file with the schema in place.
  static void initialize(SQLite::Database& file, const MasterKey& master, const StoreId& id);

  /// Errors: not_found, version, configuration (another master key), damaged, unavailable.
  static Expected<std::unique_ptr<KeyStore>> open(const std::filesystem::path& file, std::shared_ptr<const MasterKey> master);

  [[nodiscard]] const StoreId& store_id() const noexcept { return id_; }
  SQLite::Database& file() noexcept { return file_; }

  /// Begins a transaction that may change keys; ends with its commit() or destruction. Ids up to `last_used`, the last that
  /// the database knows, are given to nobody: an older key file may have been adopted, which does not know them.
  Transaction begin_write(std::int64_t last_used = 0);

  /// How far this file is; see key_epoch.hpp.
  KeyEpochs epochs();
  /// Begins the next epoch: `in_database` is the database's until now. In a write transaction; returns what the database is to
  /// be given behind it.
  std::int64_t raise_epoch(std::int64_t in_database);
  /// The database has `epoch`. Nothing happens where a later one has begun. In a write transaction.
  void settle_epoch(std::int64_t epoch);
  /// Takes `epoch`, which the database has, as the current one of files that did not belong together. In a write transaction.
  void adopt_epoch(std::int64_t epoch);

  /// Looks a key up and unwraps it into `key` when it is live. `handle` must be the one that it was made for, else the key is
  /// absent. Errc::damaged: it does not authenticate.
  Expected<KeyRow> find(std::int64_t id, std::string_view handle, DataKey& key);

  /// Makes a key for contact version 1; returns its id. In a write transaction.
  std::int64_t add(std::string_view handle, DataKey& key);
  /// Which entry of the ledger of choices is this contact's last. In a write transaction.
  void note_choice(std::int64_t id, std::string_view handle, std::int64_t mark);
  /// Announces a contact's next version. In a write transaction.
  void expect_version(std::int64_t id, std::uint64_t version);
  /// The database holds `version` now; nothing happens where a later one was announced meanwhile.
  void settle(std::int64_t id, std::uint64_t version);
  /// Overwrites a key and records when and why. In a write transaction; call wipe_log() after its commit. A key that was made
  /// for another handle is left alone; further keys of this handle, which an adoption may have left without a row, go with it.
  void destroy(std::int64_t id, std::string_view handle, std::string_view why, UtcTime now);
  /// Empties the write-ahead log, where destroyed keys may still stand. Errc::unavailable: someone reads; to be repeated.
  Expected<void> wipe_log();

  /// Keys of a batch that the database never got are removed; `last_used` is the last key id that the database knows.
  /// With the database's write lock held. A database older than the batch before was restored, and nothing is removed.
  std::uint64_t sweep(std::int64_t last_used);
  /// Keys whose announced version is not settled; keys that were destroyed.
  std::vector<ListedKey> unsettled();
  std::vector<ListedKey> destroyed();
  /// All keys of handles that have more than one.
  std::vector<SharingKey> sharing();
  std::uint64_t destroyed_count();
  /// Highest id of a key; 0: none.
  std::int64_t last_id();
  /// Takes `version` as current whatever was announced. In a write transaction.
  void force_version(std::int64_t id, std::uint64_t version);

  /// See SqliteStore::rotate_keys.
  Expected<KeyRotation> rotate(std::size_t limit);

 private:
  KeyStore(SQLite::Database file, std::shared_ptr<const MasterKey> master, StoreId id);

  const SecretBytes<32>& wrapping_key(std::int64_t version);
  Expected<void> unwrap(std::string_view handle, std::int64_t version, Blob wrapped, DataKey& key);
  Blob wrap(std::string_view handle, std::int64_t version, const DataKey& key);
  std::int64_t meta(std::string_view key);
  void set_meta(std::string_view key, std::int64_t value);

  std::vector<ListedKey> list(std::string_view where);

  SQLite::Database file_;
  std::shared_ptr<const MasterKey> master_;
  StoreId id_;
  std::map<std::int64_t, SecretBytes<32>> wrapping_keys_;
  std::int64_t current_ = 0;  ///< wrapping version of the transaction; 0: not read yet
  std::int64_t next_ = 0;     ///< next row id of the transaction; 0: not read yet
  std::int64_t last_used_ = 0;
  std::array<std::uint8_t, 72> wrapped_{};
  std::vector<std::uint8_t> bound_;

  Statement find_, add_, note_choice_, expect_, settle_, destroy_, read_meta_, write_meta_;
};

}  // namespace regdata::store
