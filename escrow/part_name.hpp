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

/// The files of one deposit in the order of its parts, as their names have it, handle files first; names of another form keep
/// their order. Errc::usage: files of different deposits, parts that are there twice or missing in between, or a kind that
/// cannot be restored by itself.
Expected<std::vector<std::filesystem::path>> in_order(std::vector<std::filesystem::path> files);

}  // namespace regdata::escrow
