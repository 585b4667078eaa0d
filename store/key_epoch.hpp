// Tells an older key file or an older database from a current one (docs/decisions/0007).
#pragma once

#include <cstdint>
#include <string_view>

#include "registration/error.hpp"

namespace regdata::store {

/// What the key file says of itself. An epoch is a number that rises with each commit (its upper bits) beside a random one, so
/// that two histories of one store have no epoch in common but those from before they parted. 0: no commit since the schema.
struct KeyEpochs {
  std::int64_t epoch = 0;  ///< of the last commit
  std::int64_t base = 0;   ///< the database's before that commit; equal to `epoch` once the database is known to have it
};

enum class FileAge : std::uint8_t {
  same,
  keys_ahead,  ///< by the one commit that a kill left half done
  older_keys,
  older_database,
  other_history,  ///< both went on, each without the other
};

/// Compares the database's epoch with the key file's; with the database's write lock held.
FileAge age_of(std::int64_t in_database, const KeyEpochs& in_keys) noexcept;

/// Errc::conflict where the two files do not belong together, with what the operator can do.
Expected<void> check_age(FileAge age);

/// A new epoch behind both.
std::int64_t epoch_after(std::int64_t one, std::int64_t other);

}  // namespace regdata::store
