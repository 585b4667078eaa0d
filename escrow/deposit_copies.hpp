// What lies here under the name of one deposit: itself, one that waits beside while it is made anew, those that were put aside.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "escrow/ledger.hpp"
#include "escrow/manifest.hpp"

namespace regdata::escrow {

struct DepositCopy {
  enum class Place : std::uint8_t {
    own,       ///< the directory that the ledger's row is called after
    standing,  ///< beside it: a good one that the next is to take the place of
    aside,     ///< one that may have left, and was in the way
  };
  std::filesystem::path directory;
  Place place = Place::own;
  std::string manifest_text;         ///< as it lies there, unproven; empty: none does
  std::optional<Manifest> manifest;  ///< of that text; empty: it is none
  bool has_files = false;            ///< more than what stays when a deposit is retired
  bool may_have_left = false;        ///< it says so itself, or was put aside
  bool is_marked = false;            ///< it says itself that it left

  /// The ledger's row is about this one.
  [[nodiscard]] bool is_of(const DepositEntry& entry) const {
    return !entry.manifest.empty() && entry.manifest == manifest_text;
  }
};

/// Whether a file of this name answers for a deposit (who is in it, what it was, that we made it) and stays when its sealed
/// files go.
bool is_lasting(std::string_view name);

/// Those that have a directory of their own below the one of all deposits. Errc::unavailable.
Expected<std::vector<std::string>> agents_with_deposits(const std::filesystem::path& directory);
/// Deposits that lie here and have no row among `rows`, the agent's: the database is older than they are. Of each what its
/// directory's name tells; its number is 0. Errc::unavailable.
Expected<std::vector<DepositEntry>> without_row(const std::filesystem::path& agents_directory, const std::string& agent,
                                                const std::vector<DepositEntry>& rows);

/// Deposits that say of themselves that they left, and of which the ledger does not know so: an older database was put back,
/// and the agent may have them, whatever it said of them. Those with a row as it is, the others as without_row() tells. `rows`:
/// the agent's. `is_meant` chooses those that are looked at. Errc::unavailable.
Expected<std::vector<DepositEntry>> left_unknown(const std::filesystem::path& agents_directory, const std::string& agent,
                                                 const std::vector<DepositEntry>& rows,
                                                 const std::function<bool(const DepositEntry&)>& is_meant);

/// That the directory of deposits is the one in which they lie: where some have left, it is not without any. `rows`: the
/// agent's. Errc::unavailable: it is, as on a disk that is not mounted; what lies there says whether it left, and silence would
/// be taken for "it did not".
Expected<void> check_mounted(const std::filesystem::path& agents_directory, const std::vector<DepositEntry>& rows);

/// A number that no former_directory() of `own` has, above all that there are. Errc::unavailable.
Expected<unsigned> next_former(const std::filesystem::path& own);
/// Directories that are not there are left out. Errc::unavailable: one cannot be read.
Expected<std::vector<DepositCopy>> copies_of(const std::filesystem::path& agents_directory, const DepositEntry& entry);

}  // namespace regdata::escrow
