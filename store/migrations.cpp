#include "store/migrations.hpp"

#include <algorithm>
#include <string>

#include "store/backup.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {
namespace {

/// One file's way up. Each step commits with its number, so that a kill costs at most one step.
Expected<void> climb(SQLite::Database& file, FileKind kind, std::span<const Migration> steps) {
  return guarded("migrating the store", [&]() -> Expected<void> {
    for (const Migration& step : steps) {
      Transaction transaction(file, Transaction::Kind::write);
      if (schema_of(file) >= step.version) continue;  // done before, or by another process meanwhile
      file.exec(std::string(kind == FileKind::database ? step.database : step.keys));
      file.exec("PRAGMA user_version=" + std::to_string(step.version));
      transaction.commit();
    }
    return {};
  });
}

StorePaths backup_paths(const std::filesystem::path& directory, std::uint32_t from, UtcTime now) {
  std::string stamp = format_rfc3339(now);
  std::erase_if(stamp, [](char c) { return c == ':' || c == '-'; });
  const std::string name = "schema-" + std::to_string(from) + "-" + stamp;
  return {directory / (name + ".registrations.db"), directory / (name + ".keys.db")};
}

}  // namespace

std::uint32_t latest_schema() noexcept { return schema_migrations().back().version; }

Expected<MigrationReport> migrate(const StorePaths& paths, const std::filesystem::path& backup_directory, UtcTime now) {
  return migrate_by(schema_migrations(), paths, backup_directory, now);
}

Expected<MigrationReport> migrate_by(std::span<const Migration> steps, const StorePaths& paths,
                                     const std::filesystem::path& backup_directory, UtcTime now) {
  auto database = open_file(paths.database, FileKind::database, Access::schema_change);
  if (!database) return database.error();
  auto keys = open_file(paths.keys, FileKind::keys, Access::schema_change);
  if (!keys) return keys.error();
  const auto held = guarded("migrating the store", [&]() -> Expected<std::pair<std::uint32_t, std::uint32_t>> {
    return std::pair(schema_of(*database), schema_of(*keys));
  });
  if (!held) return held.error();

  const std::uint32_t latest = steps.back().version;
  const std::uint32_t newest = std::max(held->first, held->second);
  MigrationReport report;
  report.from = std::min(held->first, held->second);
  report.to = latest;
  if (newest > latest) {
    return make_error(Errc::version,
                      "the store has schema " + std::to_string(newest) + ", this program knows up to " + std::to_string(latest),
                      "install the newer program that wrote it");
  }
  if (report.from == latest) return report;

  report.backup = backup_paths(backup_directory, report.from, now);
  if (const auto copied = backup(paths, report.backup->database, report.backup->keys); !copied) return copied.error();
  if (const auto climbed = climb(*keys, FileKind::keys, steps); !climbed) return climbed.error();
  if (const auto climbed = climb(*database, FileKind::database, steps); !climbed) return climbed.error();
  return report;
}

}  // namespace regdata::store
