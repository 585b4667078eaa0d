// Where a store rests.
#pragma once

#include <filesystem>

namespace regdata::store {

/// The two files of a store. They are kept apart so that they can be backed up apart: the age of the oldest backup of `keys`
/// is the time after which an erased person is gone for good (promise P12).
struct StorePaths {
  std::filesystem::path database;  ///< registrations, sealed contacts, ledgers
  std::filesystem::path keys;      ///< wrapped data keys, one a contact
};

}  // namespace regdata::store
