// What makers leave behind that were cut off, and deposits that an older database has forgotten.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "escrow/agent.hpp"
#include "escrow/deposit_place.hpp"
#include "escrow/ledger.hpp"
#include "escrow/manifest.hpp"

namespace regdata::escrow {

/// Brings the ledger and the agent's directory together again. For one call, under the agent's lock; what is referred to must
/// outlive it. Errors of all: the ledger's; unavailable.
class DepositSweep {
 public:
  /// `tell` may be empty.
  DepositSweep(Ledger& ledger, const Agent& agent, const Clock& clock, Tell tell)
      : ledger_(ledger), agent_(agent), clock_(clock), tell_(std::move(tell)) {}

  /// Rows of makers that were cut off are failed, their directories go; what stood before stands again. A whole deposit that is
  /// no such attempt is put aside: the row is older than it, as after a copy of the database was put back.
  Expected<void> run();
  /// Puts back what stood in the place of a deposit that was not made. False: nothing did.
  Expected<bool> stand_again(const DepositEntry& row, const std::vector<DepositEntry>& known);

 private:
  Expected<void> settle_standing(const DepositEntry& row, const std::vector<DepositEntry>& known);
  Expected<std::optional<DepositState>> former_state(std::uint64_t id);

  Ledger& ledger_;
  const Agent& agent_;
  const Clock& clock_;
  Tell tell_;
};

}  // namespace regdata::escrow
