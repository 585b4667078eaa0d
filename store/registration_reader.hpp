// From rows to RegistrationData.
#pragma once

#include <functional>
#include <optional>

#include "registration/registration_data.hpp"
#include "store/store_tables.hpp"

namespace regdata::store {

/// A registration whose rows were read, and whose contacts are sealed still.
struct SealedRegistration {
  struct Sealed {
    Role role = Role::registrant;
    std::optional<StoredContact> stored;  ///< empty: it has no row, or is `same`
    std::optional<std::size_t> same;      ///< as this one of the list
    ContactChoices choices;
  };
  RegistrationData data;
  std::vector<Sealed> contacts;
};

/// Reads through the tables of one connection; the caller opens the transaction. A contact that cannot be opened is a state of
/// its own and no error. Throws SQLite::Exception.
class RegistrationReader {
 public:
  explicit RegistrationReader(StoreTables& tables) : tables_(tables) {}

  Expected<std::optional<RegistrationData>> find(std::string_view name);
  std::optional<RoleContact> find_contact(std::string_view handle);
  /// The rest of a registration whose row was read.
  Expected<RegistrationData> complete(StoredRegistration stored);
  /// Both halves of complete(): the first reads the database alone, the second the key file alone.
  Expected<SealedRegistration> read(StoredRegistration stored);
  RegistrationData open(SealedRegistration sealed);

 private:
  ContactChoices choices_of(const StoredContact& stored);

  StoreTables& tables_;
};

}  // namespace regdata::store
