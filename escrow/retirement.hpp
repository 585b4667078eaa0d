// Deposits that lie here longer than they must: their sealed files go, what is needed to answer for them stays.
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <vector>

#include "escrow/agent.hpp"

namespace regdata::escrow {

struct Retention {
  std::chrono::days here{};                   ///< after its date, of a deposit's files here; 0: they stay
  std::chrono::days at_agent{};               ///< after its date, until the agent has destroyed it; 0: not known
  std::chrono::milliseconds answer_within{};  ///< after it was sent: until then the agent may ask for it once more
};

/// Which of an agent's deposits may go, the oldest first: dated and last touched longer ago than `here`, left for the agent, or
/// never made, and before the last full one of the registrar that the agent took; where it never says so, the last that was
/// sent. So a full one that is good, and what stands on it, always stays, and what the agent misses, has not answered for, or
/// what one that stays is the difference to. Time is what the ledger has seen of it (ledger_clock.hpp), whatever `now` says,
/// and deposits of a clock that ran ahead prove nothing. `rows`: all of the agent.
std::vector<const DepositEntry*> deposits_to_retire(std::span<const DepositEntry> rows, const Retention& retention,
                                                    UtcTime now);

/// Removes their files, and what was put aside of them, of `most_retired_at_once` deposits. Manifest, its signature and the
/// list of contacts stay until the agent has destroyed it too. Takes the agent's lock; returns the numbers of those that had
/// files. Errors: conflict (another process is at it), unavailable.
Expected<std::vector<std::uint64_t>> retire_deposits(Ledger& ledger, const Agent& agent, const Retention& retention,
                                                     UtcTime now);
/// More than come in daily; what a wrong clock or setting takes is noticed before all is gone (reliability.md §2, item 33).
constexpr std::size_t most_retired_at_once = 5;

}  // namespace regdata::escrow
