#include "app/store_access.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "app/process.hpp"
#include "app/publication.hpp"
#include "store/backup.hpp"
#include "store/deposit_ledger.hpp"
#include "store/epp_contact_record.hpp"
#include "store/epp_journal.hpp"
#include "store/epp_sync_state.hpp"
#include "store/master_key.hpp"
#include "store/migrations.hpp"
#include "store/outbox.hpp"
#include "store/policy_history.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;

store::StorePaths paths_of(const Config& config) { return {config.store.database, config.store.keys}; }

/// systemd puts a unit's credentials into a directory that only the unit sees (systemd.exec(5), LoadCredential=).
Expected<fs::path> master_key_file(const Config& config) {
  if (config.keys.master_key_credential.empty()) return config.keys.master_key_file;
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) {
    return make_error(
        Errc::configuration,
        fmt::format("the credential \"{}\" is not passed to this process", config.keys.master_key_credential),
        "only a unit with LoadCredential= has it; for a command use systemd-run -p LoadCredential=… or master_key_file");
  }
  return fs::path(directory) / config.keys.master_key_credential;
}

Expected<std::shared_ptr<const store::MasterKey>> load_master_key(const Config& config) {
  const auto file = master_key_file(config);
  if (!file) return file.error();
  auto key = store::MasterKey::load(*file);
  if (!key) return key.error();
  return std::make_shared<const store::MasterKey>(std::move(*key));
}

/// "20261123T210652Z": sorts, and stands in file names.
std::string stamp(UtcTime now) {
  std::string text = format_rfc3339(std::chrono::floor<std::chrono::seconds>(now));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

/// What root makes beside a store of the worker's (logs of SQLite, views, backups) the worker could not open afterwards.
Expected<void> refuse_root(const Config& config) {
  struct stat status {};
  if (::geteuid() != 0 || ::stat(config.store.database.c_str(), &status) != 0 || status.st_uid == 0) return {};
  const passwd* user = ::getpwuid(status.st_uid);
  const std::string name = user != nullptr ? user->pw_name : std::to_string(status.st_uid);
  return make_error(Errc::configuration, fmt::format("the store belongs to the user {}, and this is root", name),
                    fmt::format("runuser -u {} -- regdata …", name));
}

Expected<Publishing> publish_here(const Config& config, RegistrationStore& store, redaction::ViewWriter& views,
                                  const Clock& clock) {
  auto publication = load_publication(config);
  if (!publication) return publication.error();
  redaction::Publisher publisher(store, views, std::move(*publication), clock);
  const auto done = publisher.settle();
  if (!done) return done.error();
  return Publishing::applied;
}

Expected<bool> is_applied(const Config& config, std::uint64_t sequence) {
  const auto reader = redaction::ViewReader::open(config.views.directory);
  if (!reader) return reader.error();
  const auto state = (*reader)->state();
  if (!state) return state.error();
  return state->sequence >= sequence;
}

}  // namespace

Expected<std::unique_ptr<store::SqliteStore>> open_files(const Config& config, store::SqliteStore::Mismatch mismatch) {
  if (auto user = refuse_root(config); !user) return user.error();
  auto key = load_master_key(config);
  if (!key) return key.error();
  return store::SqliteStore::open(paths_of(config), *key, config.store.region, system_clock(), mismatch);
}

Expected<void> escrow_key(const Config& config, std::span<std::uint8_t, 32> key) {
  if (auto user = refuse_root(config); !user) return user;
  const auto master = load_master_key(config);
  if (!master) return master.error();
  (*master)->derive("escrowSK", 0, key);
  return {};
}

Expected<void> hand_over(const std::filesystem::path& file) {
  struct stat directory {};
  if (::geteuid() != 0 || ::stat(file.parent_path().c_str(), &directory) != 0 || directory.st_uid == 0) return {};
  if (::lchown(file.c_str(), directory.st_uid, directory.st_gid) == 0) return {};
  return make_error(Errc::unavailable,
                    fmt::format("cannot hand over {}: {}", file.string(), std::generic_category().message(errno)));
}

Expected<std::unique_ptr<RegistrationStore>> open_store(const Config& config) {
  auto store = open_files(config);
  if (!store) return store.error();
  return std::unique_ptr<RegistrationStore>(std::move(*store));
}

Expected<OutboxAccess> open_outbox(const Config& config) {
  auto store = open_files(config);
  if (!store) return store.error();
  auto outbox = store::SqliteOutbox::open(**store, paths_of(config));
  if (!outbox) return outbox.error();
  return OutboxAccess{std::move(*store), std::move(*outbox)};
}

Expected<JournalAccess> open_journal(const Config& config) {
  auto store = open_files(config);
  if (!store) return store.error();
  auto journal = store::SqliteJournal::open(**store, paths_of(config));
  if (!journal) return journal.error();
  return JournalAccess{std::move(*store), std::move(*journal)};
}

Expected<SyncAccess> open_sync(const Config& config) {
  auto store = open_files(config);
  if (!store) return store.error();
  auto journal = store::SqliteJournal::open(**store, paths_of(config));
  if (!journal) return journal.error();
  auto state = store::SqliteSyncState::open(**store, paths_of(config));
  if (!state) return state.error();
  auto contacts = store::SqliteContactRecord::open(paths_of(config));
  if (!contacts) return contacts.error();
  return SyncAccess{std::move(*store), std::move(*journal), std::move(*state), std::move(*contacts)};
}

Expected<std::unique_ptr<escrow::Ledger>> open_ledger(const Config& config) {
  if (auto user = refuse_root(config); !user) return user.error();
  auto ledger = store::SqliteDepositLedger::open(paths_of(config));
  if (!ledger) return ledger.error();
  return std::unique_ptr<escrow::Ledger>(std::move(*ledger));
}

Expected<void> check_store_pages(const Config& config) { return store::check_pages(paths_of(config)); }

Expected<std::unique_ptr<PolicyHistory>> open_policy_history(const Config& config) {
  if (auto user = refuse_root(config); !user) return user.error();
  auto history = store::SqlitePolicyHistory::open(paths_of(config));
  if (!history) return history.error();
  return std::unique_ptr<PolicyHistory>(std::move(*history));
}

Expected<void> create_store(const Config& config, const Clock& clock) {
  const auto file = master_key_file(config);
  if (!file) return file.error();
  std::error_code ignored;
  for (const auto& path : {config.store.database, config.store.keys}) {
    // Before a key is made: a key without its store, or the other way round, is a riddle for the next person.
    if (fs::exists(fs::symlink_status(path, ignored))) {
      return make_error(Errc::conflict, fmt::format("{} is there already", path.string()), "`regdata init` overwrites nothing");
    }
  }
  if (config.keys.master_key_credential.empty()) {
    if (auto made = store::MasterKey::create(*file); !made) return made.error();
  }
  const auto key = load_master_key(config);
  if (!key) return key.error();
  return store::SqliteStore::create(paths_of(config), *key, config.store.region, clock());
}

Expected<std::unique_ptr<RegistrationStore>> create_store_in(const Config& config, const fs::path& directory,
                                                             const Clock& clock) {
  if (auto user = refuse_root(config); !user) return user.error();
  const auto key = load_master_key(config);
  if (!key) return key.error();
  const store::StorePaths paths{directory / "registrations.db", directory / "keys.db"};
  if (auto made = store::SqliteStore::create(paths, *key, config.store.region, clock()); !made) return made.error();
  auto store = store::SqliteStore::open(paths, *key, config.store.region, clock, store::SqliteStore::Mismatch::refuse);
  if (!store) return store.error();
  return std::unique_ptr<RegistrationStore>(std::move(*store));
}

Expected<Migration> migrate_store(const Config& config, const Clock& clock) {
  if (auto user = refuse_root(config); !user) return user.error();
  const auto report = store::migrate(paths_of(config), config.store.backups, clock());
  if (!report) return report.error();
  return Migration{report->from, report->to, report->backup ? report->backup->database : fs::path{}};
}

Expected<Backup> backup_store(const Config& config, const fs::path& directory, const Clock& clock) {
  if (auto user = refuse_root(config); !user) return user.error();
  // One directory for each, so that they can be carried away apart.
  const Backup target{directory / "registrations" / fmt::format("registrations-{}.db", stamp(clock())),
                      directory / "keys" / fmt::format("keys-{}.db", stamp(clock()))};
  for (const auto& path : {target.database.parent_path(), target.keys.parent_path()}) {
    std::error_code error;
    fs::create_directories(path, error);  // umask 077: 0700
    if (error)
      return make_error(Errc::unavailable, fmt::format("cannot make the directory {}: {}", path.string(), error.message()));
  }
  const auto report = store::backup(paths_of(config), target.database, target.keys);
  if (!report) return report.error();
  return target;
}

Expected<Publishing> publish_up_to(const Config& config, RegistrationStore& store, const Clock& clock, std::uint64_t sequence,
                                   std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    {
      const auto writer = redaction::ViewWriter::open(config.views.directory);
      if (writer) return publish_here(config, store, **writer, clock);
      if (writer.error().code != Errc::conflict) return writer.error();
    }
    const auto applied = is_applied(config, sequence);
    // A worker that is just making the first generation has nothing to read yet: that is late, not wrong.
    if (!applied && applied.error().code != Errc::unavailable) return applied.error();
    if (applied && *applied) return Publishing::applied;
    if (std::chrono::steady_clock::now() >= end) return Publishing::late;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace regdata::app
