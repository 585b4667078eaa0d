// From rows to RegistrationData.
#pragma once

#include <functional>
#include <optional>

#include "registration/registration_data.hpp"
#include "store/store_tables.hpp"

namespace regdata::store {

/// Reads through the tables of one connection; the caller opens the transaction. A contact that cannot be opened is a state of
/// its own and no error. Throws SQLite::Exception.
class RegistrationReader {
 public:
  explicit RegistrationReader(StoreTables& tables) : tables_(tables) {}

  Expected<std::optional<RegistrationData>> find(std::string_view name);
  std::optional<RoleContact> find_contact(std::string_view handle);
  /// The rest of a registration whose row was read.
  Expected<RegistrationData> complete(StoredRegistration stored);

 private:
  RoleContact role_contact(Role role, StoredContact stored);

  StoreTables& tables_;
};

}  // namespace regdata::store
