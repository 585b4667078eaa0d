// The schema by number, inside the binary.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"
#include "store/store_paths.hpp"

namespace regdata::store {

/// One step: what brings both files from schema `version - 1` to `version`. SQL without BEGIN and COMMIT; either may be empty.
struct Migration {
  std::uint32_t version = 0;
  std::string_view database;
  std::string_view keys;
};

/// All steps of this program, from version 1 on, without a gap (store/migrations/*.sql).
std::span<const Migration> schema_migrations() noexcept;

/// The schema that this program reads and writes.
std::uint32_t latest_schema() noexcept;

struct MigrationReport {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::optional<StorePaths> backup;  ///< made before the first step; empty: there was nothing to do
};

/// Any schema to the latest in one go: first a backup of both files into `backup_directory`, then each step in a transaction
/// of its own. Killed in the middle it goes on at the next call. Errors: version (newer than this program), not_found,
/// unavailable, damaged; after an error the files are at a step between, whole, and the backup holds the state before.
Expected<MigrationReport> migrate(const StorePaths& paths, const std::filesystem::path& backup_directory, UtcTime now);

/// The same with steps of the caller's; `migrate` passes schema_migrations().
Expected<MigrationReport> migrate_by(std::span<const Migration> steps, const StorePaths& paths,
                                     const std::filesystem::path& backup_directory, UtcTime now);

}  // namespace regdata::store
