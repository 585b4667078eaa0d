// Opening what rests on disk, as configuration says.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "app/config.hpp"
#include "epp/contact_record.hpp"
#include "epp/journal.hpp"
#include "epp/sync_state.hpp"
#include "escrow/ledger.hpp"
#include "redaction/publisher.hpp"
#include "registration/policy_history.hpp"
#include "registration/registration_store.hpp"
#include "relay/outbox.hpp"
#include "store/sqlite_store.hpp"

namespace regdata::app {

/// Master key, key store and registration store together. Errors: configuration (key file readable by others), key_missing,
/// damaged (wrong key), version (schema older or newer: only `db migrate` and `run` migrate).
Expected<std::unique_ptr<RegistrationStore>> open_store(const Config& config);

/// The same, for what only a store of files has: its upkeep. Files that do not belong together are Errc::conflict, but to
/// adopt.
Expected<std::unique_ptr<store::SqliteStore>> open_files(
    const Config& config, store::SqliteStore::Mismatch mismatch = store::SqliteStore::Mismatch::refuse);
/// The store with the outbox of mail beside it, for one thread.
struct OutboxAccess {
  std::unique_ptr<RegistrationStore> store;  ///< outlives the outbox
  std::unique_ptr<relay::Outbox> outbox;
};
/// As open_store().
Expected<OutboxAccess> open_outbox(const Config& config);

/// The store with the journal of registries beside it, for one thread.
struct JournalAccess {
  std::unique_ptr<RegistrationStore> store;  ///< outlives the journal
  std::unique_ptr<epp::Journal> journal;
};
/// As open_store().
Expected<JournalAccess> open_journal(const Config& config);

/// The store with the journal, the state of sync and the record of contacts beside it, for one thread.
struct SyncAccess {
  std::unique_ptr<RegistrationStore> store;  ///< outlives the others
  std::unique_ptr<epp::Journal> journal;
  std::unique_ptr<epp::SyncState> state;
  std::unique_ptr<epp::ContactRecord> contacts;
};
/// As open_store().
Expected<SyncAccess> open_sync(const Config& config);

/// The ledger of deposits, for one thread. As open_store().
Expected<std::unique_ptr<escrow::Ledger>> open_ledger(const Config& config);

/// store::check_pages() of the configured store.
Expected<void> check_store_pages(const Config& config);

/// The history of policies, for one thread. As open_store().
Expected<std::unique_ptr<PolicyHistory>> open_policy_history(const Config& config);

/// The key under which the files of signing keys are sealed: derived from the master key. Errors as open_store().
Expected<void> escrow_key(const Config& config, std::span<std::uint8_t, 32> key);

/// What root makes in a user's directory is that user's: under systemd the worker has a user of its own (packaging/systemd).
Expected<void> hand_over(const std::filesystem::path& file);

/// Makes a master key (file, 0600), an empty key store and an empty registration store. Errc::conflict: one is there already.
Expected<void> create_store(const Config& config, const Clock& clock);

/// An empty store beside the configured one, under its master key: `directory`/registrations.db and keys.db. The directory is
/// there. Errors as create_store().
Expected<std::unique_ptr<RegistrationStore>> create_store_in(const Config& config, const std::filesystem::path& directory,
                                                             const Clock& clock);

struct Migration {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::filesystem::path backup;  ///< made before; empty: nothing to migrate
};
/// Any schema to the latest in one step, a backup first. Errc::version: the schema is newer than this program.
Expected<Migration> migrate_store(const Config& config, const Clock& clock);

/// Consistent copies of registrations and keys, apart; they are told so that the two can be kept apart.
struct Backup {
  std::filesystem::path database;
  std::filesystem::path keys;
};
Expected<Backup> backup_store(const Config& config, const std::filesystem::path& directory, const Clock& clock);

/// Who brings views up to date after a change.
enum class Publishing : std::uint8_t {
  applied,  ///< the view store has applied the sequence: what was hidden is hidden
  late,     ///< a worker holds the publisher's lock and has not got there in time
};

/// Returns once the view store has applied `sequence`: waits for the worker, at most `limit`, or publishes itself where no
/// worker holds the publisher's lock.
Expected<Publishing> publish_up_to(const Config& config, RegistrationStore& store, const Clock& clock, std::uint64_t sequence,
                                   std::chrono::milliseconds limit);

}  // namespace regdata::app
