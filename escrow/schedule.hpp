// When a deposit is due, and what is to be done about it now. Pure: time and ledger in, one step out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "escrow/ledger.hpp"

namespace regdata::escrow {

/// All of it in UTC, which knows no summer time.
struct Schedule {
  enum class Every : std::uint8_t { manual, week, day };
  Every every = Every::manual;
  std::chrono::weekday weekday = std::chrono::Sunday;  ///< of a weekly one; of the full ones among daily ones
  DepositKind between = DepositKind::full;             ///< what daily ones are on the other days
  std::chrono::minutes at{0};                          ///< after midnight
  std::chrono::seconds grace{std::chrono::hours(6)};   ///< how late a deposit may be before it counts as overdue
};

/// The latest due time that is not after `now`; empty: by hand only.
std::optional<UtcTime> last_due(const Schedule& schedule, UtcTime now);
/// The first due time after `now`.
std::optional<UtcTime> next_due(const Schedule& schedule, UtcTime now);

enum class Step : std::uint8_t {
  nothing,
  make,
  send,             ///< `deposit` waits to be sent, or was broken off
  wait_for_person,  ///< it is held, rejected or missing: a repetition would not mend it
};

struct NextStep {
  Step step = Step::nothing;
  std::optional<UtcTime> due;            ///< that the step serves
  DepositKind kind = DepositKind::full;  ///< that is due
  std::uint64_t deposit = 0;             ///< to send, or to look at
  bool overdue = false;                  ///< nothing that serves the due time was sent within the grace
};

/// `rows`: deposits of one agent and registrar, in any order. A due time is served by one deposit whose watermark is not before
/// it, a full one where a full one is due: after a pause one takes the place of all that were missed. Full is due until a good
/// full one serves the last day of full ones, whatever day it is then. A clock that is put back by a day makes none twice; what
/// was made under one that ran further ahead (escrow/ledger_clock.hpp) serves nothing.
NextStep next_step(const Schedule& schedule, std::span<const DepositEntry> rows, UtcTime now);

}  // namespace regdata::escrow
