#include "escrow/ledger_clock.hpp"

#include <algorithm>
#include <vector>

#include "escrow/clock_guard.hpp"

namespace regdata::escrow {
namespace {

/// Clocks of two machines, and what NTP has not mended yet.
constexpr std::chrono::hours told_from{1};

std::vector<const DepositEntry*> in_order_of_planning(std::span<const DepositEntry> rows) {
  std::vector<const DepositEntry*> ordered;
  ordered.reserve(rows.size());
  for (const DepositEntry& row : rows) ordered.push_back(&row);
  std::ranges::sort(ordered, {}, [](const DepositEntry* row) { return row->id; });
  return ordered;
}

}  // namespace

std::set<std::uint64_t> made_ahead(std::span<const DepositEntry> rows, UtcTime now) {
  std::set<std::uint64_t> ahead;
  auto ordered = in_order_of_planning(rows);
  std::ranges::reverse(ordered);
  UtcTime earliest = now;  // that the clock said since
  for (const DepositEntry* const row : ordered) {
    // a row is planned anew on its own date only, so that its number tells when; one that keeps a former date tells it not
    const bool is_of_its_day = row->date == std::chrono::floor<std::chrono::days>(row->watermark);
    if (row->watermark > (is_of_its_day ? earliest : now) + clock_slack) ahead.insert(row->id);
    earliest = std::min(earliest, row->watermark);
  }
  return ahead;
}

const DepositEntry* from_the_future(std::span<const DepositEntry> rows, UtcTime now) {
  const auto last = std::ranges::max_element(rows, {}, [](const DepositEntry& row) { return row.id; });
  const DepositEntry* found = nullptr;
  for (const DepositEntry& row : rows) {
    if (row.watermark <= now + told_from || (found != nullptr && row.watermark <= found->watermark)) continue;
    const bool is_last = row.id == last->id && row.state != DepositState::failed && row.state != DepositState::rejected;
    if (is_last || is_taken(row.state)) found = &row;
  }
  return found;
}

std::optional<std::chrono::hours> long_silence(const Schedule& schedule, std::span<const DepositEntry> rows, UtcTime now) {
  const auto due = last_due(schedule, now);
  if (!due) return std::nullopt;
  const auto ahead = made_ahead(rows, now);
  std::optional<UtcTime> last;
  for (const DepositEntry& row : rows)
    if (!ahead.contains(row.id)) last = std::max(last.value_or(row.watermark), row.watermark);
  if (!last || now - *last <= (*next_due(schedule, now) - *due) + ClockGuard::most) return std::nullopt;
  return std::chrono::floor<std::chrono::hours>(now - *last);
}

UtcTime time_seen(std::span<const DepositEntry> rows, UtcTime now) {
  std::optional<UtcTime> seen;
  struct Stretch {
    UtcTime begin, last;
  };
  std::optional<Stretch> ahead;  // of what is believed
  for (const DepositEntry* const row : in_order_of_planning(rows)) {
    const UtcTime at = row->watermark;
    if (at > now + clock_slack) continue;
    if (!seen || at <= *seen + longest_gap) {
      seen = std::max(seen.value_or(at), at);
      continue;
    }
    const bool goes_on = ahead && at >= ahead->begin && at <= ahead->last + longest_gap;
    ahead = goes_on ? Stretch{ahead->begin, std::max(ahead->last, at)} : Stretch{at, at};
    if (ahead->last - ahead->begin < longest_gap) continue;
    seen = ahead->last;
    ahead.reset();
  }
  return std::min(now, seen.value_or(now));
}

}  // namespace regdata::escrow
