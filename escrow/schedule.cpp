#include "escrow/schedule.hpp"

#include <algorithm>
#include <set>

#include "escrow/ledger_clock.hpp"

namespace regdata::escrow {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

UtcTime due_on(const Schedule& schedule, sys_days day) { return UtcTime(day) + schedule.at; }

/// Days back from `day` to the last one that the schedule names, `day` itself first.
days back_to_weekday(const Schedule& schedule, sys_days day) {
  return schedule.every == Schedule::Every::week ? std::chrono::weekday(day) - schedule.weekday : days(0);
}

days period(const Schedule& schedule) { return schedule.every == Schedule::Every::week ? days(7) : days(1); }

}  // namespace

std::optional<UtcTime> last_due(const Schedule& schedule, UtcTime now) {
  if (schedule.every == Schedule::Every::manual) return std::nullopt;
  const sys_days today = std::chrono::floor<days>(now);
  const sys_days day = today - back_to_weekday(schedule, today);
  const UtcTime due = due_on(schedule, day);
  return due <= now ? due : due_on(schedule, day - period(schedule));
}

std::optional<UtcTime> next_due(const Schedule& schedule, UtcTime now) {
  const auto last = last_due(schedule, now);
  return last ? std::optional<UtcTime>(*last + period(schedule)) : std::nullopt;
}

namespace {

/// Deposits that may serve a due time.
struct Servers {
  std::span<const DepositEntry> rows;
  std::set<std::uint64_t> ahead;  ///< these may not

  /// Made since then, and of that day or later: what is made once more keeps the date of a former day.
  [[nodiscard]] bool serves(const DepositEntry& row, UtcTime due) const {
    return row.watermark >= due && row.date >= std::chrono::floor<days>(due) && !ahead.contains(row.id);
  }
};

/// What is due at `due`.
DepositKind kind_due(const Schedule& schedule, const Servers& made, UtcTime due) {
  if (schedule.every != Schedule::Every::day || schedule.between == DepositKind::full) return DepositKind::full;
  const sys_days day = std::chrono::floor<days>(due);
  const UtcTime full_due = due_on(schedule, day - (std::chrono::weekday(day) - schedule.weekday));
  if (full_due == due) return DepositKind::full;
  using S = DepositState;
  const bool served = std::ranges::any_of(made.rows, [&](const DepositEntry& row) {
    return row.kind == DepositKind::full && made.serves(row, full_due) &&
           (row.state == S::sent || row.state == S::accepted);  // the agent has it
  });
  return served ? schedule.between : DepositKind::full;
}

}  // namespace

NextStep next_step(const Schedule& schedule, std::span<const DepositEntry> rows, UtcTime now) {
  NextStep next;
  next.due = last_due(schedule, now);
  if (!next.due) return next;
  const Servers made{.rows = rows, .ahead = made_ahead(rows, now)};
  next.kind = kind_due(schedule, made, *next.due);
  const DepositEntry* latest = nullptr;  // of those that serve the due time
  for (const DepositEntry& row : rows) {
    if ((next.kind == DepositKind::full && row.kind != DepositKind::full) || !made.serves(row, *next.due)) continue;
    if (latest == nullptr || row.watermark > latest->watermark ||
        (row.watermark == latest->watermark && row.revision > latest->revision))
      latest = &row;
  }
  // a good one stands while its next revision is not made (docs/decisions/0013)
  if (latest != nullptr && latest->state == DepositState::failed) {
    const auto stands = std::ranges::find_if(rows, [&](const DepositEntry& row) {
      return row.state == DepositState::verified && row.kind == latest->kind && row.date == latest->date &&
             row.registrar == latest->registrar && made.serves(row, *next.due);
    });
    if (stands != rows.end()) latest = &*stands;
  }
  const bool late = now > *next.due + schedule.grace;
  using S = DepositState;
  if (latest == nullptr || latest->state == S::failed || latest->state == S::planned || latest->state == S::written) {
    next.step = Step::make;
    next.overdue = late;
    return next;
  }
  next.deposit = latest->id;
  switch (latest->state) {
    case S::verified:
    case S::sending:
      next.step = Step::send;
      next.overdue = late;
      break;
    case S::held:
      next.overdue = late;
      [[fallthrough]];
    case S::rejected:
    case S::missing:
      next.step = Step::wait_for_person;
      break;
    default:
      break;
  }
  return next;
}

}  // namespace regdata::escrow
