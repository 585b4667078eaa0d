// A restored store against the live one, row by row: what a drill is for.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "escrow/agent.hpp"
#include "registration/registration_store.hpp"

namespace regdata::escrow {

/// What changed in a store after a deposit was made of it: names and handles, by the change feed.
class ChangedSince {
 public:
  /// Nothing: whatever differs is a difference.
  ChangedSince() = default;
  /// Errors of the store.
  static Expected<ChangedSince> read(RegistrationStore& store, std::uint64_t sequence);
  /// The name, a host below it, or a contact that it has now.
  [[nodiscard]] bool has(const Registration& registration) const;
  [[nodiscard]] bool has(std::string_view name) const { return names_.contains(name); }

 private:
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> handles_;
};

/// A name that should be the same in both, and is not.
struct StoreDifference {
  std::string name;
  std::string what;  ///< columns ("rt-email, rt-phone"), "not in the deposit" or "in the deposit only"; never a value
};

/// The columns of a deposit, as RestoreReport has them.
struct ComparedColumns {
  const std::vector<Column>& registration;
  const std::vector<Column>& contact;
  bool by_objects = false;  ///< instead: what stands in objects by RFC 9022, of the name and of its contacts
};

struct StoreComparison {
  std::uint64_t equal = 0;
  std::uint64_t changed = 0;           ///< since the deposit, and therefore different
  std::uint64_t differences = 0;       ///< that no change explains
  std::vector<StoreDifference> first;  ///< of them, at most 20
};

/// Projects both stores on the columns, and the contacts in each role on theirs, if there are any, and compares every name that
/// the agent is to have. `progress` as in RestoreHooks. A contact that cannot be opened is a difference. Errors of the stores;
/// unavailable (stopped).
Expected<StoreComparison> compare_stores(RegistrationStore& live, RegistrationStore& restored, const Agent& agent,
                                         const Catalog& catalog, const ComparedColumns& columns, const ChangedSince& changed,
                                         const std::function<bool(std::uint64_t rows)>& progress);

}  // namespace regdata::escrow
