// The ledger of deposits: one row for each agent, kind, date and revision, and only forward.
#include "store/deposit_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "store/sqlite.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

using escrow::DepositEntry;
using escrow::DepositKind;
using escrow::DepositState;
using escrow::DepositStep;
using escrow::NewDeposit;
using ::testing::HasSubstr;

class DepositLedger : public ::testing::Test {
 protected:
  NewDeposit today(bool again = false) const {
    return {.agent = "denic", .registrar = "main", .watermark = world.now, .again = again};
  }
  void go(DepositEntry& entry, std::initializer_list<DepositState> states, const std::string& manifest = {}) {
    for (const DepositState to : states) {
      DepositStep step;
      if (to == DepositState::verified || to == DepositState::held) step.manifest = manifest;
      expect(ledger->advance(entry.id, entry.state, to, step, world.now), "advance");
      entry = *expect(ledger->find(entry.id));
    }
  }

  StoreWorld world;
  std::unique_ptr<SqliteDepositLedger> ledger = expect(SqliteDepositLedger::open(world.paths()));
};

TEST_F(DepositLedger, KeepsWhatItWasTold) {
  DepositEntry entry = expect(ledger->plan(today(), world.now));
  EXPECT_EQ(entry.state, DepositState::planned);
  EXPECT_EQ(entry.revision, 0U);
  EXPECT_EQ(entry.date, std::chrono::floor<std::chrono::days>(world.now));
  const DepositStep written{.sequence = 7, .rows = 3, .file_bytes = 900, .recipient = "ab"};
  expect(ledger->advance(entry.id, DepositState::planned, DepositState::written, written, world.now));
  expect(ledger->advance(entry.id, DepositState::written, DepositState::held, {.manifest = "m", .reason = "fewer"}, world.now));
  ledger.reset();
  ledger = expect(SqliteDepositLedger::open(world.paths()));
  entry = *expect(ledger->find(entry.id));
  EXPECT_EQ(entry.sequence, 7U);
  EXPECT_EQ(entry.rows, 3U);
  EXPECT_EQ(entry.file_bytes, 900U);
  EXPECT_EQ(entry.recipient, "ab");
  EXPECT_EQ(entry.manifest, "m");
  EXPECT_EQ(entry.reason, "fewer");
  EXPECT_EQ(entry.watermark, world.now);
  const auto history = expect(ledger->history(entry.id));
  ASSERT_EQ(history.size(), 3U);
  EXPECT_EQ(history[0].state, DepositState::planned);
  EXPECT_EQ(history[2].state, DepositState::held);
  EXPECT_EQ(history[2].reason, "fewer");
}

TEST_F(DepositLedger, WhatNeverLeftIsMadeAgainUnderTheSameRevision) {
  DepositEntry entry = expect(ledger->plan(today(), world.now));
  const std::uint64_t id = entry.id;
  EXPECT_EQ(expect(ledger->plan(today(), world.now)).id, id) << "cut off: the caller holds the lock";
  go(entry, {DepositState::written, DepositState::failed});
  entry = expect(ledger->plan(today(), world.now));
  EXPECT_EQ(entry.id, id);
  EXPECT_EQ(entry.revision, 0U);
  EXPECT_EQ(entry.manifest, "");
  go(entry, {DepositState::written, DepositState::held}, "one");
  EXPECT_EQ(expect(ledger->plan(today(), world.now)).id, id);
}

TEST_F(DepositLedger, WhatWaitsOrHasLeftStandsInTheWay) {
  DepositEntry entry = expect(ledger->plan(today(), world.now));
  go(entry, {DepositState::written, DepositState::verified}, "one");
  auto refused = ledger->plan(today(), world.now);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().hint, HasSubstr("send"));
  DepositEntry again = expect(ledger->plan(today(true), world.now));
  EXPECT_EQ(again.id, entry.id) << "it never left";
  go(again, {DepositState::written, DepositState::verified, DepositState::sending, DepositState::sent}, "two");
  EXPECT_FALSE(ledger->plan(today(), world.now));
  const DepositEntry next = expect(ledger->plan(today(true), world.now));
  EXPECT_NE(next.id, again.id);
  EXPECT_EQ(next.revision, 1U);
  EXPECT_EQ(next.date, again.date);
}

TEST_F(DepositLedger, ARejectedOneIsMadeAsTheNextRevisionOfTheSameDate) {
  DepositEntry entry = expect(ledger->plan(today(), world.now));
  go(entry, {DepositState::written, DepositState::verified, DepositState::sending, DepositState::sent, DepositState::rejected},
     "one");
  EXPECT_EQ(expect(ledger->plan(today(), world.now)).revision, 1U);
}

TEST_F(DepositLedger, AManifestThatAnotherNamesStaysInTheChain) {
  DepositEntry held = expect(ledger->plan(today(), world.now));
  go(held, {DepositState::written, DepositState::held}, "one");
  NewDeposit incremental = today();
  incremental.kind = DepositKind::incremental;
  DepositEntry other = expect(ledger->plan(incremental, world.now));
  EXPECT_EQ(expect(ledger->last_made("denic", "main"))->manifest, "one");
  go(other, {DepositState::written, DepositState::verified}, "two");
  DepositEntry again = expect(ledger->plan(today(), world.now));
  EXPECT_EQ(again.revision, 1U);
  EXPECT_EQ(expect(ledger->find(held.id))->state, DepositState::held) << "nothing takes its place yet";
  go(again, {DepositState::written, DepositState::verified}, "three");
  EXPECT_EQ(expect(ledger->find(held.id))->manifest, "one");
  EXPECT_EQ(expect(ledger->find(held.id))->state, DepositState::failed);
}

TEST_F(DepositLedger, AGoodOneThatAnotherNamesStandsUntilTheNextOneDoes) {
  DepositEntry good = expect(ledger->plan(today(), world.now));
  go(good, {DepositState::written, DepositState::verified}, "one");
  NewDeposit incremental = today();
  incremental.kind = DepositKind::incremental;
  DepositEntry other = expect(ledger->plan(incremental, world.now));
  go(other, {DepositState::written, DepositState::verified}, "two");
  DepositEntry again = expect(ledger->plan(today(true), world.now));
  EXPECT_EQ(again.revision, 1U);
  go(again, {DepositState::failed});
  EXPECT_EQ(expect(ledger->find(good.id))->state, DepositState::verified);
  const auto refused = ledger->plan(today(), world.now);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().context, HasSubstr("number " + std::to_string(good.id)));
  again = expect(ledger->plan(today(true), world.now));
  EXPECT_EQ(again.revision, 1U) << "the one that failed is made anew";
  go(again, {DepositState::written, DepositState::held}, "three");
  EXPECT_EQ(expect(ledger->find(good.id))->state, DepositState::failed);
  EXPECT_EQ(expect(ledger->history(good.id)).back().reason, "made once more, as the next revision");
}

TEST_F(DepositLedger, OtherAgentsKindsAndDaysAreOthers) {
  expect(ledger->plan(today(), world.now));
  NewDeposit other = today();
  other.agent = "ncc";
  EXPECT_EQ(expect(ledger->plan(other, world.now)).revision, 0U);
  other = today();
  other.kind = DepositKind::incremental;
  EXPECT_EQ(expect(ledger->plan(other, world.now)).revision, 0U);
  other = today();
  other.watermark += std::chrono::days(1);
  EXPECT_EQ(expect(ledger->plan(other, world.now)).revision, 0U);
  EXPECT_EQ(expect(ledger->list("", 100)).size(), 4U);
  EXPECT_EQ(expect(ledger->list("ncc", 100)).size(), 1U);
  EXPECT_EQ(expect(ledger->list("", 2)).front().id, 4U) << "the latest first";
}

TEST_F(DepositLedger, TheLastGoodOneIsNeitherHeldNorFailedNorRejected) {
  DepositEntry first = expect(ledger->plan(today(), world.now));
  go(first, {DepositState::written, DepositState::verified}, "one");
  NewDeposit tomorrow = today();
  tomorrow.watermark += std::chrono::days(1);
  DepositEntry second = expect(ledger->plan(tomorrow, world.now));
  go(second, {DepositState::written, DepositState::held}, "two");
  EXPECT_EQ(expect(ledger->last_good("denic", "main"))->manifest, "one");
  EXPECT_EQ(expect(ledger->last_made("denic", "main"))->manifest, "two");
  EXPECT_FALSE(expect(ledger->last_good("denic", "other")));
  EXPECT_FALSE(expect(ledger->last_made("denic", "other")));
}

TEST_F(DepositLedger, ADueTimeIsServedOnce) {
  NewDeposit due = today(true);
  due.due = world.now - std::chrono::hours(1);
  DepositEntry entry = expect(ledger->plan(due, world.now));
  EXPECT_EQ(entry.due, due.due);
  EXPECT_EQ(expect(ledger->plan(due, world.now)).id, entry.id) << "cut off";
  go(entry, {DepositState::written, DepositState::verified}, "one");
  due.watermark += std::chrono::days(1);
  ASSERT_FALSE(ledger->plan(due, world.now));
  EXPECT_THAT(ledger->plan(due, world.now).error().context, HasSubstr("serves the due time already"));
  go(entry, {DepositState::sending, DepositState::sent});
  EXPECT_FALSE(ledger->plan(due, world.now));
  due.due = *due.due + std::chrono::days(1);
  EXPECT_TRUE(ledger->plan(due, world.now));
}

TEST_F(DepositLedger, WhatAClockThatRanAheadLeftServesNoDueTime) {
  NewDeposit ahead = today(true);
  ahead.watermark += std::chrono::days(400);
  DepositEntry false_one = expect(ledger->plan(ahead, world.now + std::chrono::days(400)));
  go(false_one, {DepositState::written, DepositState::verified, DepositState::sending, DepositState::sent}, "ahead");
  const auto made_on = [&](int day, std::chrono::hours due_ago) {
    NewDeposit due = today(true);
    due.watermark += std::chrono::days(day);
    due.due = due.watermark - due_ago;
    return ledger->plan(due, due.watermark);
  };
  DepositEntry row = expect(made_on(0, std::chrono::hours(1)));
  go(row, {DepositState::written, DepositState::verified}, "right");
  EXPECT_FALSE(made_on(0, std::chrono::hours(1))) << "the right one serves it";
  EXPECT_TRUE(made_on(1, std::chrono::hours(1)));
  // its day has come: what was begun after it shows that it was made under a clock that was ahead
  EXPECT_EQ(expect(made_on(400, std::chrono::hours(1))).revision, 1U);
}

TEST_F(DepositLedger, AClockThatIsPutBackByADayMakesNoneTwice) {
  NewDeposit due = today(true);
  due.due = world.now - std::chrono::hours(30);
  due.watermark = world.now + std::chrono::hours(23);
  DepositEntry entry = expect(ledger->plan(due, due.watermark));
  go(entry, {DepositState::written, DepositState::verified}, "one");
  due.watermark = world.now;
  EXPECT_FALSE(ledger->plan(due, world.now));
}

TEST_F(DepositLedger, ARowIsTakenOverByOneOfManyOnly) {
  // without the lock: the row alone keeps two revisions of one number apart
  std::vector<std::thread> many;
  for (int i = 0; i < 8; ++i)
    many.emplace_back([&] {
      const auto own = expect(SqliteDepositLedger::open(world.paths()));
      for (int turn = 0; turn < 20; ++turn) {
        const auto entry = own->plan(today(true), world.now);
        if (!entry) continue;
        if (!own->advance(entry->id, DepositState::planned, DepositState::written, {}, world.now)) continue;
        static_cast<void>(own->advance(entry->id, DepositState::written, DepositState::verified, {.manifest = "m"}, world.now));
        static_cast<void>(own->advance(entry->id, DepositState::verified, DepositState::sending, {}, world.now));
      }
    });
  for (auto& one : many) one.join();
  const auto all = expect(ledger->list("", 1000));
  std::set<std::uint32_t> revisions;
  for (const auto& entry : all) EXPECT_TRUE(revisions.insert(entry.revision).second);
  EXPECT_EQ(*revisions.rbegin() + 1, all.size());
}

RC_GTEST_FIXTURE_PROP(DepositLedger, OnlyWhatMayFollowFollows, ()) {
  DepositEntry entry = expect(ledger->plan(today(true), world.now));
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10));
  for (const int step : steps) {
    const auto to = static_cast<DepositState>(step);
    const bool moved = ledger->advance(entry.id, entry.state, to, {.manifest = "m"}, world.now).has_value();
    RC_ASSERT(moved == may_follow(entry.state, to));
    const DepositEntry now = *expect(ledger->find(entry.id));
    RC_ASSERT(now.state == (moved ? to : entry.state));
    // what left the house is never said not to have left
    if (has_left(entry.state)) RC_ASSERT(has_left(now.state));
    entry = now;
  }
}

}  // namespace
}  // namespace regdata::store
