// From the files of a deposit back into a store, proven (docs/decisions/0015).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "escrow/columns.hpp"
#include "escrow/content_file.hpp"
#include "escrow/row_digest.hpp"
#include "registration/catalog.hpp"
#include "registration/registration_store.hpp"

namespace regdata::escrow {

/// A row that was not taken. Repeats no value but the name or the handle, if that is valid.
struct RefusedRow {
  std::string file;          ///< its name
  std::uint64_t record = 0;  ///< from 1, the header line is one
  std::string reason;
  std::string hint;  ///< may be empty
};

struct RestoreHooks {
  std::function<bool(std::uint64_t rows)> progress;                     ///< now and then; false stops it. May be empty
  std::function<void(const RefusedRow&)> refused;                       ///< may be empty
  std::string street_separator = rules_of_comparison.street_separator;  ///< of the agent for whom the deposit was made
};

struct RestoreReport {
  std::uint64_t files = 0;
  std::uint64_t rows = 0;               ///< of names, read
  std::uint64_t taken = 0;              ///< of them
  std::uint64_t contacts = 0;           ///< taken from handle files
  std::uint64_t refused = 0;            ///< rows of either kind that were not taken
  std::vector<Column> columns;          ///< of the deposit, in its order
  std::vector<Column> contact_columns;  ///< of its handle files; empty: it has none
  std::vector<Digest> digests;          ///< SHA-256 of the plain content of the newest deposit's files
  bool by_objects = false;              ///< by RFC 9022: there are no columns
  bool by_date_alone = false;           ///< a difference names what it stands on as others of that date too
  bool hashes = false;                  ///< a hash file lay beside the files of each deposit, and holds
};

/// Reads a full deposit by ICANN's specification of 2024 or 2007 into an empty store, and incremental ones after it: the row of
/// the latest counts. What was gone by then no CSV tells: it stands in the store. `files`: as for in_order(). Where it returns
/// an error, what stands in the store is good for nothing. When it returns without, signatures and hashes hold, and the store,
/// projected on the deposit's columns, gives the rows that were taken, each as it was, none more (a service's row of a handle
/// file is not stored: configuration describes it). Memory does not grow with the rows.
///
/// Errors: as ContentFile::open(); invalid (no header that is known); damaged (a file is not CSV, a hash does not hold, a file
/// that the hash file names is missing, a name is there twice, the proof fails); unavailable (stopped, or the store).
Expected<RestoreReport> restore(RegistrationStore& into, const Catalog& catalog,
                                const std::vector<std::filesystem::path>& files, const OpeningKeys& keys,
                                const RestoreHooks& hooks, const Clock& clock);

}  // namespace regdata::escrow
