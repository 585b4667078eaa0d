// A restore drill: what a deposit gives back, held against the live store and the live answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "escrow/comparison.hpp"
#include "redaction/view_store.hpp"
#include "registration/registration_store.hpp"

namespace regdata::app {

/// Answers of port 43 that were asked of both.
struct LookupComparison {
  std::uint64_t asked = 0;
  std::uint64_t changed = 0;                   ///< since the deposit, not compared
  std::uint64_t differences = 0;               ///< the restored one says what the live one does not
  std::vector<escrow::StoreDifference> first;  ///< name and labels, at most 20
};

/// Publishes `restored` into a view store in `directory`, and asks it and the live one for about `sample` names, evenly spread.
/// A restored answer may lack what deposits have no column for, and withhold what a choice shows; whatever else stands in it
/// stands in the live one too; relay addresses, which a store draws for itself, count as the same. Errors: of the view stores
/// (unavailable: nothing was published yet), and of the configuration.
Expected<LookupComparison> compare_lookups(const Config& config, RegistrationStore& live, RegistrationStore& restored,
                                           const std::filesystem::path& directory, const escrow::ChangedSince& changed,
                                           std::size_t sample, const Clock& clock);

/// The sequence of the change feed that the deposit with this content shows; empty: the ledger does not know it.
Expected<std::optional<std::uint64_t>> sequence_of(escrow::Ledger& ledger, std::string_view agent,
                                                   const std::vector<escrow::Digest>& digests);

/// Labels of the lines that the restored answer has and the live one has not, with a comma between; empty: none.
/// `contact_form`: the beginning of what stands for an address that is withheld.
std::string lines_that_differ(std::string_view restored, std::string_view live, std::string_view contact_form);

}  // namespace regdata::app
