// Due times over four hundred years, and what is to be done about them after pauses, kills and clocks that jump.
#include "escrow/schedule.hpp"

#include "escrow/clock_guard.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <ctime>
#include <vector>

namespace regdata::escrow {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;

UtcTime at(std::string_view text) { return parse_rfc3339(text).value(); }

constexpr Schedule weekly{.every = Schedule::Every::week, .weekday = std::chrono::Friday, .at = 17h};
constexpr Schedule daily{.every = Schedule::Every::day, .at = 23h + 59min};

TEST(Schedule, NamesTheLastAndTheNext) {
  EXPECT_EQ(last_due(weekly, at("2026-11-27T17:00:00Z")), at("2026-11-27T17:00:00Z"));
  EXPECT_EQ(last_due(weekly, at("2026-11-27T16:59:59.999Z")), at("2026-11-20T17:00:00Z"));
  EXPECT_EQ(next_due(weekly, at("2026-11-27T16:59:59.999Z")), at("2026-11-27T17:00:00Z"));
  EXPECT_EQ(next_due(weekly, at("2026-11-27T17:00:00Z")), at("2026-12-04T17:00:00Z"));
  EXPECT_EQ(last_due(daily, at("2027-01-01T12:00:00Z")), at("2026-12-31T23:59:00Z"));
  EXPECT_EQ(last_due(daily, at("2028-03-01T00:00:00Z")), at("2028-02-29T23:59:00Z"));
  EXPECT_FALSE(last_due({}, at("2027-01-01T12:00:00Z")));
  EXPECT_FALSE(next_due({}, at("2027-01-01T12:00:00Z")));
}

/// A ledger of one agent, and a worker that does what it is told.
class Worker {
 public:
  explicit Worker(Schedule kept) : schedule(kept) {}
  Step work(UtcTime now) {
    const NextStep next = next_step(schedule, rows, now);
    if (next.step == Step::make) {
      DepositEntry row;
      row.id = rows.size() + 1;
      row.watermark = now;
      row.date = std::chrono::floor<std::chrono::days>(now);
      row.due = next.due;
      row.state = DepositState::verified;
      rows.push_back(row);
    } else if (next.step == Step::send) {
      for (DepositEntry& row : rows)
        if (row.id == next.deposit) row.state = DepositState::sent;
    }
    return next.step;
  }
  Schedule schedule;
  std::vector<DepositEntry> rows;
};

TEST(Schedule, EachDueTimeIsServedOnceInFourHundredYears) {
  for (const char* zone : {"UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"}) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    for (const Schedule& schedule : {weekly, daily}) {
      Worker worker(schedule);
      const UtcTime begin = at("2000-01-01T00:00:00Z");
      const UtcTime end = at("2400-01-01T00:00:00Z");
      std::optional<UtcTime> before;
      std::size_t made = 0;
      for (UtcTime now = begin; now < end; now += 5h + 59min) {
        if (worker.work(now) != Step::make) continue;
        ++made;
        const UtcTime due = *worker.rows.back().due;
        EXPECT_EQ(std::chrono::floor<days>(due) + schedule.at, due);
        const bool by_week = schedule.every == Schedule::Every::week;
        EXPECT_TRUE(!by_week || std::chrono::weekday(std::chrono::floor<days>(due)) == std::chrono::Friday);
        ASSERT_TRUE(!before || due - *before == (by_week ? days(7) : days(1))) << format_rfc3339(due);
        before = due;
        worker.rows.erase(worker.rows.begin(), worker.rows.end() - 1);  // all that the next step looks at
      }
      EXPECT_NEAR(static_cast<double>(made), schedule.every == Schedule::Every::week ? 20871 : 146097, 2);
    }
  }
  ::unsetenv("TZ");
}

TEST(Schedule, AfterAPauseOneTakesThePlaceOfAll) {
  Worker worker(daily);
  EXPECT_EQ(worker.work(at("2026-11-01T00:00:00Z")), Step::make);
  EXPECT_EQ(worker.work(at("2026-11-01T00:00:01Z")), Step::send);
  EXPECT_EQ(worker.work(at("2026-11-09T12:00:00Z")), Step::make);
  EXPECT_EQ(worker.work(at("2026-11-09T12:00:01Z")), Step::send);
  EXPECT_EQ(worker.work(at("2026-11-09T12:00:02Z")), Step::nothing);
  EXPECT_EQ(worker.rows.size(), 2U);
}

TEST(Schedule, AClockThatIsPutBackMakesNoneTwice) {
  Worker worker(daily);
  worker.work(at("2026-11-02T00:10:00Z"));
  worker.work(at("2026-11-02T00:11:00Z"));
  for (int hour = 23; hour >= 0; --hour)
    EXPECT_EQ(worker.work(at("2026-11-01T00:10:00Z") + std::chrono::hours(hour)), Step::nothing);
  EXPECT_EQ(worker.work(at("2026-11-02T23:59:00Z")), Step::make);
}

TEST(Schedule, WhatAClockThatRanAheadLeftStopsNothing) {
  for (const Schedule& schedule : {weekly, daily}) {
    Worker worker(schedule);
    EXPECT_EQ(worker.work(at("2027-12-31T10:00:00Z")), Step::make);
    EXPECT_EQ(worker.work(at("2027-12-31T10:00:01Z")), Step::send);
    std::size_t days_without = 0;
    for (UtcTime now = at("2026-11-20T10:00:00Z"); now < at("2028-02-01T00:00:00Z"); now += days(1)) {
      worker.work(now);
      worker.work(now + 1s);
      const bool is_served = next_step(schedule, worker.rows, now + 2s).step == Step::nothing;
      const bool is_real = worker.rows.size() > 1 && worker.rows.back().watermark > now - days(8);
      days_without += is_served && is_real ? 0 : 1;
    }
    EXPECT_EQ(days_without, 0U);
    EXPECT_GE(worker.rows.size(), schedule.every == Schedule::Every::week ? 62U : 437U);
  }
}

/// One that waits to be sent is left lying too: nobody asked for a deposit of that day.
TEST(Schedule, AFullOneOfTheFutureIsNoneForTheDifferencesOfToday) {
  DepositEntry row;
  row.id = 1;
  row.watermark = at("2027-12-31T10:00:00Z");
  row.date = std::chrono::floor<days>(row.watermark);
  row.state = DepositState::accepted;
  Schedule schedule = daily;
  schedule.between = DepositKind::incremental;
  const NextStep next = next_step(schedule, std::vector{row}, at("2026-11-25T10:00:00Z"));
  EXPECT_EQ(next.kind, DepositKind::full);
  EXPECT_EQ(next.step, Step::make);
  row.state = DepositState::verified;
  EXPECT_EQ(next_step(daily, std::vector{row}, at("2026-11-25T10:00:00Z")).step, Step::make);
}

TEST(Schedule, WhatWasCutOffIsMadeAgainAndWhatIsHeldWaits) {
  const UtcTime now = at("2026-11-28T00:00:00Z");
  DepositEntry row;
  row.id = 7;
  row.watermark = at("2026-11-27T18:00:00Z");
  row.date = std::chrono::floor<std::chrono::days>(row.watermark);
  const std::vector<std::pair<DepositState, Step>> expected{{DepositState::planned, Step::make},
                                                            {DepositState::written, Step::make},
                                                            {DepositState::failed, Step::make},
                                                            {DepositState::verified, Step::send},
                                                            {DepositState::sending, Step::send},
                                                            {DepositState::held, Step::wait_for_person},
                                                            {DepositState::rejected, Step::wait_for_person},
                                                            {DepositState::missing, Step::wait_for_person},
                                                            {DepositState::sent, Step::nothing},
                                                            {DepositState::accepted, Step::nothing}};
  for (const auto& [state, step] : expected) {
    row.state = state;
    const NextStep next = next_step(weekly, std::vector{row}, now);
    EXPECT_EQ(next.step, step) << to_string(state);
    const bool unsent = step == Step::make || step == Step::send || state == DepositState::held;
    EXPECT_EQ(next.overdue, unsent) << to_string(state) << ": the grace is over";
    EXPECT_FALSE(next_step(weekly, std::vector{row}, at("2026-11-27T22:59:59Z")).overdue);
  }
  row.kind = DepositKind::incremental;
  EXPECT_EQ(next_step(weekly, std::vector{row}, now).step, Step::make) << "a full one is due";
}

TEST(Schedule, AGoodOneWhoseNextRevisionWasNotMadeIsSent) {
  const UtcTime now = at("2026-11-28T00:00:00Z");
  std::vector<DepositEntry> rows(2);
  for (DepositEntry& row : rows) {
    row.id = static_cast<std::uint64_t>(&row - rows.data()) + 1;
    row.watermark = at("2026-11-27T18:00:00Z") + std::chrono::hours(row.id);
    row.date = std::chrono::floor<std::chrono::days>(row.watermark);
    row.revision = static_cast<std::uint32_t>(row.id - 1);
  }
  rows[0].state = DepositState::verified;
  rows[1].state = DepositState::failed;
  EXPECT_EQ(next_step(weekly, rows, now).step, Step::send);
  EXPECT_EQ(next_step(weekly, rows, now).deposit, 1U);
  rows[0].state = DepositState::rejected;
  EXPECT_EQ(next_step(weekly, rows, now).step, Step::make);
}

/// Daily at noon, full ones on Sundays; 2026-11-22 is one.
class FullOnSundays : public ::testing::Test {
 protected:
  NextStep next(std::string_view now) const { return next_step(schedule, rows, at(now)); }
  void made(DepositKind kind, std::string_view watermark, DepositState state = DepositState::accepted) {
    DepositEntry row;
    row.id = rows.size() + 1;
    row.kind = kind;
    row.watermark = at(watermark);
    row.date = std::chrono::floor<std::chrono::days>(row.watermark);
    row.state = state;
    rows.push_back(row);
  }
  Schedule schedule{.every = Schedule::Every::day,
                    .weekday = std::chrono::Sunday,
                    .between = DepositKind::differential,
                    .at = std::chrono::hours(12)};
  std::vector<DepositEntry> rows;
};

TEST_F(FullOnSundays, OtherDaysHaveDifferences) {
  EXPECT_EQ(next("2026-11-25T13:00:00Z").kind, DepositKind::full) << "there is none yet";
  made(DepositKind::full, "2026-11-22T12:00:05Z");
  EXPECT_EQ(next("2026-11-22T13:00:00Z").step, Step::nothing);
  EXPECT_EQ(next("2026-11-23T13:00:00Z").kind, DepositKind::differential);
  EXPECT_EQ(next("2026-11-23T13:00:00Z").step, Step::make);
  made(DepositKind::differential, "2026-11-23T12:00:05Z");
  EXPECT_EQ(next("2026-11-23T13:00:00Z").step, Step::nothing);
  EXPECT_EQ(next("2026-11-29T11:00:00Z").kind, DepositKind::differential) << "Saturday's is still due";
  EXPECT_EQ(next("2026-11-29T13:00:00Z").kind, DepositKind::full);
  made(DepositKind::differential, "2026-11-29T12:00:05Z");
  EXPECT_EQ(next("2026-11-29T13:00:00Z").step, Step::make) << "a difference takes no full one's place";
}

TEST_F(FullOnSundays, AMissedOrRefusedFullOneIsMadeUpForOnAnyDay) {
  made(DepositKind::full, "2026-11-15T12:00:05Z");
  EXPECT_EQ(next("2026-11-25T13:00:00Z").kind, DepositKind::full);
  made(DepositKind::full, "2026-11-22T12:00:05Z", DepositState::rejected);
  EXPECT_EQ(next("2026-11-22T13:00:00Z").step, Step::wait_for_person);
  EXPECT_EQ(next("2026-11-23T13:00:00Z").kind, DepositKind::full);
  made(DepositKind::full, "2026-11-23T12:00:05Z", DepositState::sent);
  EXPECT_EQ(next("2026-11-23T13:00:00Z").step, Step::nothing);
  EXPECT_EQ(next("2026-11-24T13:00:00Z").kind, DepositKind::differential);
}

RC_GTEST_PROP(ScheduleProperty, NoTimeIsLostOrServedTwice, ()) {
  Schedule schedule;
  schedule.every = *rc::gen::element(Schedule::Every::week, Schedule::Every::day);
  schedule.weekday = std::chrono::weekday(*rc::gen::inRange(0U, 7U));
  schedule.at = std::chrono::minutes(*rc::gen::inRange(0, 24 * 60));
  const UtcTime now = UtcTime(std::chrono::seconds(*rc::gen::inRange<std::int64_t>(0, 12'000'000'000)));
  const UtcTime last = *last_due(schedule, now);
  const UtcTime next = *next_due(schedule, now);
  RC_ASSERT(last <= now);
  RC_ASSERT(now < next);
  RC_ASSERT(*next_due(schedule, last) == next);
  RC_ASSERT(*last_due(schedule, next) == next);
  RC_ASSERT(*last_due(schedule, next - std::chrono::milliseconds(1)) == last);
}

TEST(ClockGuarding, OnlyAJumpForwardOfMoreThan36HoursIsOne) {
  using std::chrono::hours;
  using std::chrono::minutes;
  ClockGuard guard;
  UtcTime now = parse_rfc3339("2026-11-27T10:00:00Z").value();
  std::chrono::nanoseconds counter = hours(5);
  EXPECT_FALSE(guard.look(now, counter));
  const auto passes = [&](hours by_clock, hours by_counter) {
    now += by_clock;
    counter += by_counter;
    return guard.look(now, counter);
  };
  EXPECT_FALSE(passes(hours(1), hours(1)));
  EXPECT_FALSE(passes(hours(24 * 365), hours(24 * 365))) << "it slept";
  EXPECT_FALSE(passes(hours(36), hours(0)));
  EXPECT_FALSE(passes(hours(-24 * 365), hours(0))) << "backward";
  EXPECT_EQ(passes(hours(37), hours(0)), hours(37));
  EXPECT_FALSE(passes(hours(1), hours(1))) << "said once";
  EXPECT_EQ(passes(hours(24 * 365 * 10), hours(1)), hours(24 * 365 * 10 - 1));
}

/// What is made once more for a former day is not today's.
TEST(Schedule, ARevisionOfAFormerDayServesNoLaterDueTime) {
  DepositEntry row;
  row.id = 1;
  row.watermark = at("2026-11-27T09:00:00Z");
  row.date = std::chrono::floor<std::chrono::days>(at("2026-11-25T00:00:00Z"));
  row.state = DepositState::sent;
  const std::vector<DepositEntry> rows{row};
  EXPECT_EQ(next_step({.every = Schedule::Every::day, .at = 2h}, rows, at("2026-11-27T10:00:00Z")).step, Step::make);
}

}  // namespace
}  // namespace regdata::escrow
