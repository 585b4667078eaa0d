#include "store/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>

#include "store/migrations.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {
namespace {

std::filesystem::path part_of(const std::filesystem::path& target) { return target.string() + ".part"; }

/// Begins to read: the transaction begins with the first row that is read, not before.
void take_snapshot(SQLite::Database& file) { Statement(file, "SELECT count(*) FROM sqlite_schema").run(); }

Expected<void> sync_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  // A file that could not be synced is thrown away and never synced again: its pages may be lost (reliability.md §1).
  if (!synced) return make_error(Errc::unavailable, "cannot write " + file.filename().string(), "is there space?");
  return {};
}

/// Copies what `source` sees into `part`, all pages in one step (reliability.md §0.10: in several it never ends under writes).
Expected<SQLite::Database> copy_pages(SQLite::Database& source, const std::filesystem::path& part, FileKind kind) {
  auto target = create_file(part, kind);
  if (!target) return target.error();
  target->exec("PRAGMA journal_mode=DELETE");
  sqlite3_backup* copy = sqlite3_backup_init(target->getHandle(), "main", source.getHandle(), "main");
  if (copy == nullptr) throw SQLite::Exception(target->getHandle());
  const int stepped = sqlite3_backup_step(copy, -1);
  const int finished = sqlite3_backup_finish(copy);
  if (stepped != SQLITE_DONE) throw SQLite::Exception(target->getHandle(), stepped);
  if (finished != SQLITE_OK) throw SQLite::Exception(target->getHandle(), finished);
  return target;
}

/// The database's copy has the last commit of the keys' copy: no older database passes for killed beside it (decision 0007).
void settle_epoch(SQLite::Database& database, SQLite::Database& keys_copy) {
  if (!database.tableExists("meta") || !keys_copy.tableExists("meta")) return;  // a schema from before there were epochs
  Statement epoch(database, "SELECT value FROM meta WHERE key = 'key_epoch'");
  if (!epoch.step()) return;
  Statement(keys_copy, "UPDATE meta SET value = ?1 WHERE key = 'base' AND ?1 = (SELECT value FROM meta WHERE key = 'epoch')")
      .bind(epoch.integer(0))
      .run();
}

Expected<void> check_file(SQLite::Database& file, const std::string& name) {
  Statement check(file, "PRAGMA quick_check(1)");
  if (check.step() && check.text(0) == "ok") return {};
  return make_error(Errc::damaged, name + ": pages are damaged",
                    "stop, look at the disk, and restore both files from a backup");
}

/// Parts are removed unless they were put in place.
class Parts {
 public:
  explicit Parts(std::array<std::filesystem::path, 2> targets) : targets_(std::move(targets)) {}
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() { remove(); }

  void remove() noexcept {
    for (const auto& target : targets_) {
      for (const char* rest : {"", "-wal", "-shm", "-journal"}) {
        std::error_code ignored;
        std::filesystem::remove(part_of(target).string() + rest, ignored);
      }
    }
  }
  Expected<void> put_in_place() {
    for (const auto& target : targets_) {
      if (const auto synced = sync_file(part_of(target)); !synced) return synced.error();
    }
    for (const auto& target : targets_) {
      std::error_code failure;
      std::filesystem::rename(part_of(target), target, failure);
      if (failure)
        return make_error(Errc::unavailable, "cannot write " + target.filename().string() + ": " + failure.message());
      if (const auto synced = sync_directory_of(target); !synced) return synced.error();
    }
    return {};
  }

 private:
  std::array<std::filesystem::path, 2> targets_;
};

}  // namespace

Expected<BackupReport> backup(const StorePaths& paths, const std::filesystem::path& target_database,
                              const std::filesystem::path& target_keys) {
  for (const auto& target : {target_database, target_keys}) {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(target, ignored))) {
      return make_error(Errc::conflict, target.filename().string() + " exists already", "nothing was written");
    }
  }
  auto lock = open_file(paths.database, FileKind::database, Access::read_write);
  if (!lock) return lock.error();
  auto database = open_file(paths.database, FileKind::database, Access::read_write);
  if (!database) return database.error();
  auto keys = open_file(paths.keys, FileKind::keys, Access::read_write);
  if (!keys) return keys.error();
  for (SQLite::Database* file : {&*database, &*keys})
    if (schema_of(*file) > latest_schema()) return check_schema(*file, "the store").error();
  return guarded("backing up the store", [&]() -> Expected<BackupReport> {
    Parts parts({target_database, target_keys});
    parts.remove();  // of a call that was killed
    {
      const Transaction of_database(*database, Transaction::Kind::read);
      const Transaction of_keys(*keys, Transaction::Kind::read);
      {
        // Nobody can change either file while the two snapshots are taken: they are of one instant.
        const Transaction nobody_writes(*lock, Transaction::Kind::write);
        take_snapshot(*database);
        take_snapshot(*keys);
      }
      auto of_registrations = copy_pages(*database, part_of(target_database), FileKind::database);
      if (!of_registrations) return of_registrations.error();
      if (auto good = check_file(*of_registrations, paths.database.filename().string()); !good) return good.error();
      auto copied = copy_pages(*keys, part_of(target_keys), FileKind::keys);
      if (!copied) return copied.error();
      if (auto good = check_file(*copied, paths.keys.filename().string()); !good) return good.error();
      settle_epoch(*database, *copied);
    }
    if (const auto placed = parts.put_in_place(); !placed) return placed.error();
    return BackupReport{std::filesystem::file_size(target_database), std::filesystem::file_size(target_keys)};
  });
}

Expected<void> check_pages(const StorePaths& paths) {
  return guarded("looking through the store", [&]() -> Expected<void> {
    for (const auto& [path, kind] : {std::pair(paths.database, FileKind::database), std::pair(paths.keys, FileKind::keys)}) {
      auto file = open_file(path, kind, Access::read_write);
      if (!file) return file.error();
      if (auto good = check_file(*file, path.filename().string()); !good) return good;
    }
    return {};
  });
}

}  // namespace regdata::store
