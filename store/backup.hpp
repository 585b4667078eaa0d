// Consistent copies of a store in use.
#pragma once

#include <cstdint>
#include <filesystem>

#include "registration/error.hpp"
#include "store/store_paths.hpp"

namespace regdata::store {

struct BackupReport {
  std::uint64_t database_bytes = 0;
  std::uint64_t keys_bytes = 0;
};

/// Copies both files of a store that may be in use, as they were at one instant, into two new files of mode 0600. Each copy is
/// one step under a read snapshot: writers go on, and the copy ends however much they write (a copy in several steps starts
/// again at every commit). Written as `<target>.part`, synced, then renamed: a target is whole or not there.
///
/// Keep the copy of the keys apart from the copy of the database, and for a shorter time (promise P12).
///
/// Each copy is looked through (check_pages()) before it gets its name: what is damaged is no backup.
///
/// Errors: conflict (a target exists), not_found (no store), unavailable (no space, no permission), version (a schema of a
/// newer program), damaged.
Expected<BackupReport> backup(const StorePaths& paths, const std::filesystem::path& target_database,
                              const std::filesystem::path& target_keys);

/// Looks through all pages of both files (SQLite's quick_check): a second for some 500 MB. Errc::damaged: which file.
Expected<void> check_pages(const StorePaths& paths);

}  // namespace regdata::store
