// A real store for the tests of the importers.
#pragma once

#include <memory>

#include "store/import.hpp"
#include "store/sqlite_store.hpp"
#include "tests/store/import_samples.hpp"

namespace regdata::store::samples {

/// Opens the store in a directory; makes it, with its key, where there is none.
std::unique_ptr<SqliteStore> open_store(const Directory& directory);

/// Everything a store holds of registrations that can be compared with another store: not the random relay tokens, not the
/// times of recording. One text for each name, ended ones not included.
std::vector<std::string> content(RegistrationStore& store);

/// Imports `text` as a file of JSON Lines; must not fail.
ImportReport import_text(RegistrationStore& store, const std::string& text, const ImportOptions& options = {},
                         const ImportHooks& hooks = {});

/// `count` lines from `seed`; names and handles depend on the number only, so that two seeds state two versions of them.
std::string random_lines(std::size_t count, std::uint64_t seed);

}  // namespace regdata::store::samples
