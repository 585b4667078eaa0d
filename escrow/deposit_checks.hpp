// What is looked at while a deposit is made, whatever its format.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "escrow/drift.hpp"
#include "registration/registration_data.hpp"

namespace regdata::escrow {

/// Counts a registration into the quality of the deposit.
void judge(DepositQuality& quality, const RegistrationData& data);

/// Errc::key_missing: a contact in a role that is deposited cannot be opened, or is erased while the registration still names
/// it: a deposit without it would pass for complete. The context names the handle.
Expected<void> contacts_are_open(const RegistrationData& data, const std::function<bool(Role)>& is_deposited);

/// Required values that are not held.
class Lacking {
 public:
  /// `of`: a name or handle.
  void note(std::string_view of, const std::vector<std::string_view>& values);
  [[nodiscard]] const std::map<std::string, std::uint64_t>& counts() const noexcept { return counts_; }
  /// Errc::invalid: counts, and the first names. `may_be_empty`: the format allows it, and a setting too.
  [[nodiscard]] Error error(bool may_be_empty) const;

 private:
  std::map<std::string, std::uint64_t> counts_;  ///< by value
  std::vector<std::string> first_;
};

/// What is wrong with an object, with its name; what is wrong with a disk has none.
Error about_object(std::string_view of, const Error& error);

}  // namespace regdata::escrow
