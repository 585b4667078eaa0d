// Deposits that lie here longer than they must: their sealed files go, what is needed to answer for them stays.
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <vector>

#include "escrow/agent.hpp"

namespace regdata::escrow {

struct Retention {
  std::chrono::days here{};      ///< after its date, of a deposit's files here; 0: they stay
  std::chrono::days at_agent{};  ///< after its date, until the agent has destroyed it; 0: not known
};

/// Which of an agent's deposits may go: dated and last touched longer ago than `here`, left for the agent, or never made, and
/// before the last full one of the registrar that the agent took; where it never says so, the last that was sent. So a full one
/// that is good, and what stands on it, always stays, and what the agent misses. `rows`: all of the agent.
std::vector<const DepositEntry*> deposits_to_retire(std::span<const DepositEntry> rows, const Retention& retention,
                                                    std::chrono::sys_days today);

/// Removes their files, and what was put aside of them. Manifest, its signature and the list of contacts stay until the agent
/// has destroyed it too. Takes the agent's lock; returns the numbers of those that had files. Errors: conflict (another
/// process is at it), unavailable.
Expected<std::vector<std::uint64_t>> retire_deposits(Ledger& ledger, const Agent& agent, const Retention& retention,
                                                     std::chrono::sys_days today);

/// Whether sealed files of the deposit are still here, those put aside included.
bool is_here(const std::filesystem::path& agents_directory, const DepositEntry& entry);

}  // namespace regdata::escrow
