// Where a rotation of the key-encryption key stands.
#pragma once

#include <cstdint>

namespace regdata::store {

/// What one call of SqliteStore::rotate_keys() did, and what is left.
struct KeyRotation {
  std::uint64_t version = 0;    ///< of the key-encryption key that data keys are wrapped under from now on
  std::uint64_t rewrapped = 0;  ///< data keys, by this call
  std::uint64_t left = 0;       ///< data keys that this rotation has not come to; 0: it is finished
  /// False: wrappings under the old key still stand in the key file's log, because somebody reads it. They go when the log is
  /// next emptied.
  bool log_wiped = true;
};

}  // namespace regdata::store
