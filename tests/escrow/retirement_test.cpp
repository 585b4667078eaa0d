// Which deposits' files may go, and which a wrong clock must not take.
#include "escrow/retirement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "escrow/manifest.hpp"

namespace regdata::escrow {
namespace {

using std::chrono::days;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Retirement : public ::testing::Test {
 protected:
  DepositEntry& made(UtcTime watermark, DepositState state = DepositState::accepted) {
    DepositEntry& row = rows.emplace_back();
    row.id = rows.size();
    row.watermark = row.changed = watermark;
    row.date = std::chrono::floor<days>(watermark);
    row.state = state;
    return row;
  }
  /// Its manifest says what it is the difference to. Returns that one's hash.
  static std::string with_manifest(DepositEntry& row, DepositKind kind, const std::string& base = {}) {
    Manifest manifest;
    row.kind = manifest.kind = kind;
    manifest.date = date_text(row.date);
    manifest.watermark = row.watermark;
    manifest.base = base;
    if (kind != DepositKind::full) manifest.facts.objects = ListFacts{};
    row.manifest = to_text(manifest);
    EXPECT_TRUE(read_manifest(row.manifest)) << row.manifest;
    return hash_of(row.manifest);
  }
  std::vector<std::uint64_t> going(UtcTime at) const {
    std::vector<std::uint64_t> ids;
    for (const DepositEntry* const row : deposits_to_retire(rows, retention, at)) ids.push_back(row->id);
    return ids;
  }
  const UtcTime now = parse_rfc3339("2026-11-27T10:00:00Z").value();
  Retention retention{.here = days(10), .at_agent = days(100), .answer_within = days(3)};
  std::vector<DepositEntry> rows;
};

TEST_F(Retirement, TheOldestGoFirstAndTheLastGoodOneStays) {
  made(now - days(20));
  made(now - days(27));
  made(now - days(13));
  made(now - days(6), DepositState::rejected);
  made(now);
  EXPECT_THAT(going(now), ElementsAre(2U, 1U, 3U));
  retention.here = days(0);
  EXPECT_THAT(going(now), IsEmpty());
}

TEST_F(Retirement, AClockThatIsYearsAheadTakesNothing) {
  for (int day = 28; day >= 0; day -= 7) made(now - days(day));
  retention.here = days(55);
  EXPECT_THAT(going(now + days(3650)), IsEmpty()) << "sent under it";
  made(now + days(3650));
  EXPECT_THAT(going(now + days(3650)), IsEmpty()) << "made under it";
  EXPECT_THAT(going(now), IsEmpty()) << "it is right again";
}

TEST_F(Retirement, ADepositOfTheFutureIsNotTheLastGoodOne) {
  made(now + days(400));
  made(now - days(30), DepositState::sent);
  made(now - days(15), DepositState::sent);
  made(now, DepositState::sent);
  EXPECT_THAT(going(now), ElementsAre(2U, 3U)) << "by the last that was sent";
  rows[1].state = DepositState::accepted;
  EXPECT_THAT(going(now), IsEmpty()) << "the last that was accepted";
}

TEST_F(Retirement, WhatTheAgentHasNotAnsweredForStays) {
  retention = {.here = days(1), .at_agent = {}, .answer_within = days(5)};
  made(now - days(9), DepositState::sent);
  made(now - days(5), DepositState::sent);
  made(now, DepositState::accepted);
  EXPECT_THAT(going(now), ElementsAre(1U));
}

TEST_F(Retirement, WhatMayStillBeSentStaysUntilALaterRevisionHasLeft) {
  for (const DepositState state : {DepositState::sending, DepositState::missing}) {
    rows.clear();
    made(now - days(20), state);
    made(now - days(20), DepositState::verified).revision = 1;
    made(now);
    EXPECT_THAT(going(now), IsEmpty()) << "the revision is here only";
    rows[1].state = DepositState::sent;
    EXPECT_THAT(going(now), ElementsAre(1U, 2U));
    rows[1].kind = DepositKind::incremental;
    EXPECT_THAT(going(now), ElementsAre(2U)) << "of another kind";
  }
}

TEST_F(Retirement, WhatOneThatWasNotSentIsTheDifferenceToStays) {
  for (const DepositState state : {DepositState::verified, DepositState::held, DepositState::missing}) {
    rows.clear();
    const std::string full = with_manifest(made(now - days(25)), DepositKind::full);
    with_manifest(made(now - days(20), state), DepositKind::incremental, full);
    with_manifest(made(now), DepositKind::full);
    EXPECT_THAT(going(now), IsEmpty());
    rows[1].state = DepositState::failed;
    EXPECT_THAT(going(now), ElementsAre(1U, 2U));
  }
}

TEST_F(Retirement, WhatOneThatStaysIsTheDifferenceToStays) {
  const std::string first = with_manifest(made(now - days(40)), DepositKind::full);
  const std::string between = with_manifest(made(now - days(35)), DepositKind::differential, first);
  with_manifest(made(now - days(30)), DepositKind::full);
  with_manifest(made(now - days(20)), DepositKind::full);
  EXPECT_THAT(going(now), ElementsAre(1U, 2U));
  with_manifest(made(now), DepositKind::differential, between);
  EXPECT_THAT(going(now), ElementsAre(3U));
  rows.back().state = DepositState::rejected;
  EXPECT_THAT(going(now), ElementsAre(1U, 2U, 3U));
}

}  // namespace
}  // namespace regdata::escrow
