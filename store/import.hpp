// Loading registrations from a file: JSON Lines, or CSV through a column mapping (docs/import.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "registration/catalog.hpp"
#include "registration/registration_store.hpp"
#include "store/import_line.hpp"

namespace regdata::store {

enum class ImportFormat : std::uint8_t {
  by_extension,  ///< .jsonl and .ndjson, or .csv
  json_lines,
  csv,
};

struct ImportOptions {
  ImportFormat format = ImportFormat::by_extension;
  std::filesystem::path mapping;  ///< of columns; required for CSV
  std::filesystem::path rejects;  ///< created, mode 0600, when there is something to write; empty: none
  bool dry_run = false;           ///< reports differences and writes nothing but the rejects
  SourceClass source_class = SourceClass::panel;
  std::string source_label = "import:panel";  ///< into the provenance and the change feed; a label without personal data
  std::size_t batch = 2000;                   ///< lines to a transaction
};

/// How far an import has come.
struct ImportProgress {
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;  ///< 0: not known
  std::uint64_t lines = 0;
  std::uint64_t rejected = 0;
  bool looking_ahead = false;  ///< the first of two passes: nothing is written yet
};

/// A line that was not taken, with all that is wrong with it. Holds no value of the line but its domain name, if that is valid.
struct RejectedLine {
  std::uint64_t line = 0;  ///< of the file, from 1; for CSV the line on which the record begins
  std::string name;
  std::vector<Rejection> rejections;
};

/// What an import did, or in a dry run would do.
struct ImportReport {
  std::uint64_t lines = 0;  ///< with a registration on them; empty lines and the CSV header do not count
  std::uint64_t added = 0;
  std::uint64_t changed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t ended = 0;
  std::uint64_t rejected = 0;
  ImportWarnings warnings{};       ///< of lines that were taken
  std::vector<std::string> notes;  ///< about the file as a whole: columns that were ignored, the time zone assumed
  bool interrupted = false;        ///< stopped by `progress`; all batches before are in the store
};

/// What the caller wants to hear while it runs; each may be empty. Called from the thread that called the import.
struct ImportHooks {
  std::function<bool(const ImportProgress&)> progress;  ///< after each batch; false stops the import
  std::function<void(const RejectedLine&)> rejected;
  /// Dry run only: a name and what would change, without values.
  std::function<void(const DomainName&, const std::vector<Difference>&)> difference;
};

/// Loads a file into a store. Streams: memory does not depend on the file's size (a dry run remembers some 40 bytes for each
/// name and contact that the store does not hold). Reading and checking run in a thread of their own beside the writing. One
/// bad line is rejected and stops nothing; what was written stays written, so an import that was killed is simply run again.
/// Repeating one writes nothing: a store that holds something already is written in a second pass over the file, after a first
/// has found out which line speaks last of what (decision 0004). What cannot be read twice, a pipe, is taken line by line.
///
/// Errors: usage (format or mapping missing), configuration (the mapping is wrong or does not fit the file), not_found and
/// conflict (the file is not there; the rejects file is), unavailable and version from the store or the files. Lines
/// rejected are no error.
Expected<ImportReport> import_file(RegistrationStore& store, const Catalog& catalog, const std::filesystem::path& file,
                                   const ImportOptions& options, const ImportHooks& hooks, const Clock& clock);

/// The same from a stream; `options.format` must say what it holds. `bytes_total` is for the progress only.
Expected<ImportReport> import_stream(RegistrationStore& store, const Catalog& catalog, std::istream& input,
                                     std::uint64_t bytes_total, const ImportOptions& options, const ImportHooks& hooks,
                                     const Clock& clock);

}  // namespace regdata::store
