// Names of a deposit's content files, taken apart (escrow.md §1.3).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::escrow {

/// "9999_RDE_2026-11-26_full_1.csv", whatever stands around it (".gz", ".gz.gpg").
struct PartName {
  std::string deposit;  ///< "9999_RDE_2026-11-26"
  std::string iana;     ///< "9999"
  std::string date;
  std::string kind;  ///< "full", "hdl", "inc"
  unsigned part = 0;
};
/// Empty: a name of another form.
std::optional<PartName> part_name(const std::filesystem::path& file);

/// When the deposit's data were true, as far as its name says: its date is the watermark's. `now` where it does not.
UtcTime as_of(const std::filesystem::path& file, UtcTime now);

/// The files of one deposit, each list in the order of its parts.
struct DepositFiles {
  std::string deposit;  ///< as PartName has it; empty: the names of its files are of another form
  bool is_full = true;
  std::vector<std::filesystem::path> contacts;  ///< handle files
  std::vector<std::filesystem::path> names;
};

/// Sorts the files of a full deposit and of incremental ones after it: the newest first, and of incremental ones it alone,
/// which has all since the full one. Files whose names are of another form are one deposit, as they were given. Errc::usage: no
/// full deposit or several, parts that are there twice or missing in between, a kind that is not known.
Expected<std::vector<DepositFiles>> in_order(const std::vector<std::filesystem::path>& files);

}  // namespace regdata::escrow
