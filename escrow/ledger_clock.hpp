// What the ledger tells of the clock: the times that it has seen, and those that no right clock gave (reliability.md §5.3).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include "escrow/ledger.hpp"
#include "escrow/schedule.hpp"

namespace regdata::escrow {

/// Numbers of the deposits that were made under a clock that ran ahead: their watermark lies more than `clock_slack` after
/// `now`, or after that of a deposit that was begun later. They serve no due time and tell nothing of time, also once their
/// day has come. `rows`: deposits of one agent, in any order.
std::set<std::uint64_t> made_ahead(std::span<const DepositEntry> rows, UtcTime now);

/// The deposit with the latest watermark of those more than an hour after `now` that a person has to look at: the agent may
/// have it and it was not refused, or it is the last that was made, so that the clock may be behind. Null: there is none.
const DepositEntry* from_the_future(std::span<const DepositEntry> rows, UtcTime now);

/// How long ago the last deposit was made, where that is longer than the schedule explains: the machine was off, or the clock
/// is ahead. Empty: it is not, no deposit was ever made, or they are made by hand.
std::optional<std::chrono::hours> long_silence(const Schedule& schedule, std::span<const DepositEntry> rows, UtcTime now);

/// How late it is, as far as the ledger has seen: never later than its last watermark or `now`. A deposit more than
/// `longest_gap` after all before it is not believed, because the clock may be ahead; those that follow it are once they
/// go on for as long as that. `now` where there are none.
UtcTime time_seen(std::span<const DepositEntry> rows, UtcTime now);
/// Between deposits that are made every week, one of them missed and another one late; or by hand every month.
constexpr std::chrono::days longest_gap{32};

}  // namespace regdata::escrow
