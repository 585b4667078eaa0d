// What the ledger tells of the clock: rows of the future, and rows that were made before the clock was put back.
#include "escrow/ledger_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace regdata::escrow {
namespace {

using std::chrono::days;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LedgerClock : public ::testing::Test {
 protected:
  DepositEntry& made(UtcTime watermark, DepositState state = DepositState::sent) {
    DepositEntry& row = rows.emplace_back();
    row.id = rows.size();
    row.watermark = watermark;
    row.date = std::chrono::floor<days>(watermark);
    row.state = state;
    return row;
  }
  const UtcTime now = parse_rfc3339("2026-11-27T10:00:00Z").value();
  const Schedule daily{.every = Schedule::Every::day, .at = hours(9)};
  std::vector<DepositEntry> rows;
};

TEST_F(LedgerClock, ADayAheadIsBelievedMoreIsNot) {
  made(now - days(300));
  made(now + hours(24));
  EXPECT_THAT(made_ahead(rows, now), IsEmpty());
  made(now + hours(25));
  EXPECT_THAT(made_ahead(rows, now), ElementsAre(3U));
}

TEST_F(LedgerClock, WhatWasBegunAfterItShowsItEvenWhenItsDayHasCome) {
  made(now - days(10));
  made(now - days(1));
  made(now - days(8), DepositState::failed);
  made(now);
  EXPECT_THAT(made_ahead(rows, now + days(1000)), ElementsAre(2U));
}

TEST_F(LedgerClock, OneThatWasMadeUnderAClockThatWasBehindTakesNoTimeBack) {
  made(now - days(20));
  made(now - days(2000));
  EXPECT_EQ(time_seen(rows, now), now - days(20));
  made(now - days(1));
  EXPECT_EQ(time_seen(rows, now), now - days(1));
}

/// What keeps a former date may be planned anew days later, under its old number.
TEST_F(LedgerClock, ARevisionOfAFormerDayIsNotTakenForOneOfTheFuture) {
  made(now - days(2)).date -= days(8);
  made(now - days(7));
  EXPECT_THAT(made_ahead(rows, now), IsEmpty());
  rows.front().watermark = now + days(2);
  EXPECT_THAT(made_ahead(rows, now), ElementsAre(1U));
}

TEST_F(LedgerClock, OfTheFutureIsToldWhatTheAgentMayHaveOrWhatMayBeRight) {
  EXPECT_EQ(from_the_future(rows, now), nullptr);
  made(now + days(3), DepositState::verified);
  EXPECT_EQ(from_the_future(rows, now)->id, 1U) << "the clock may be behind";
  made(now + hours(1));
  EXPECT_EQ(from_the_future(rows, now), nullptr) << "clocks differ";
  made(now + days(2), DepositState::accepted);
  made(now + days(4), DepositState::rejected);
  EXPECT_EQ(from_the_future(rows, now)->id, 3U);
  EXPECT_EQ(from_the_future(rows, now + days(2)), nullptr);
}

TEST_F(LedgerClock, ASilenceIsLongWhereTheScheduleDoesNotExplainIt) {
  EXPECT_FALSE(long_silence(daily, rows, now)) << "none was ever made";
  made(now - hours(60));
  made(now + days(500));
  EXPECT_FALSE(long_silence(daily, rows, now));
  EXPECT_EQ(long_silence(daily, rows, now + hours(1)), hours(61));
  EXPECT_FALSE(long_silence({}, rows, now + days(90))) << "by hand";
}

TEST_F(LedgerClock, NoDepositAgesTheOthersByYears) {
  EXPECT_EQ(time_seen(rows, now), now);
  made(now - days(20));
  made(now - days(13));
  EXPECT_EQ(time_seen(rows, now + days(3650)), now - days(13)) << "nothing was made since";
  made(now + days(3650));
  EXPECT_EQ(time_seen(rows, now + days(3650)), now - days(13)) << "the clock may be ahead";
  EXPECT_EQ(time_seen(rows, now), now - days(13)) << "the clock is right again";
  for (int week = 1; week <= 4; ++week) made(now + days(3650 + 7 * week));
  EXPECT_EQ(time_seen(rows, now + days(3678)), now - days(13));
  made(now + days(3685));
  EXPECT_EQ(time_seen(rows, now + days(3685)), now + days(3685)) << "the machine was off indeed";
  made(now + days(7300));
  made(now + days(10000));
  EXPECT_EQ(time_seen(rows, now + days(10000)), now + days(3685)) << "two jumps are no proof";
}

}  // namespace
}  // namespace regdata::escrow
