// The limits ladder: what a prefix may use, what it may not, and that every block ends.
#include "whois/rate_limit.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/redaction/random_registration.hpp"
#include "whois/connection_count.hpp"
#include "whois/timer_wheel.hpp"

namespace regdata::whois {
namespace {

using Time = RateLimiter::Time;

ClientAddress client(const std::string& text) { return *ClientAddress::parse(text); }

RateLimits only_queries(std::uint32_t per_minute, std::uint32_t burst, std::uint32_t wide) {
  return RateLimits{{per_minute, burst}, {0, 1}, {0, 1}, {0, 1}, wide};
}

/// Asks until refused; returns how many were answered.
unsigned until_refused(RateLimiter& limiter, const ClientAddress& who, const RateLimits& limits, Time now,
                       unsigned most = 10'000) {
  unsigned answered = 0;
  while (answered < most && limiter.admit(who, limits, now) == 0) ++answered;
  return answered;
}

TEST(RateLimit, BurstThenTheRate) {
  RateLimiter limiter(1);
  const RateLimits limits = only_queries(60, 20, 32);
  const auto who = client("192.0.2.1");
  EXPECT_EQ(until_refused(limiter, who, limits, Time(0)), 20U);
  EXPECT_EQ(limiter.admit(who, limits, Time(0)), 1U) << "seconds to wait";
  EXPECT_EQ(limiter.admit(who, limits, Time(1'000)), 0U);
  EXPECT_NE(limiter.admit(who, limits, Time(1'000)), 0U);
  EXPECT_EQ(until_refused(limiter, who, limits, Time(11'000)), 10U);
  EXPECT_EQ(until_refused(limiter, who, limits, Time(3'600'000)), 20U) << "no more than the burst, however long ago";
}

TEST(RateLimit, TheSecondsThatAreToldAreEnough) {
  RateLimiter limiter(1);
  const RateLimits limits = only_queries(7, 3, 32);
  const auto who = client("2001:db8::1");
  Time now(123);
  for (int i = 0; i < 200; ++i) {
    const std::uint32_t wait = limiter.admit(who, limits, now);
    if (wait == 0) continue;
    EXPECT_LE(wait, 9U);
    now += std::chrono::seconds(wait);
    EXPECT_EQ(limiter.admit(who, limits, now), 0U);
  }
}

TEST(RateLimit, PrefixesOfBothFamilies) {
  const RateLimits limits = only_queries(60, 4, 3);
  RateLimiter limiter(1);
  // one /64 is one client
  EXPECT_EQ(until_refused(limiter, client("2001:db8::1"), limits, Time(0)), 4U);
  EXPECT_NE(limiter.admit(client("2001:db8::2"), limits, Time(0)), 0U);
  // its /48 holds three times as much: two more /64 and then nothing
  EXPECT_EQ(until_refused(limiter, client("2001:db8:0:1::1"), limits, Time(0)), 4U);
  EXPECT_EQ(until_refused(limiter, client("2001:db8:0:2::1"), limits, Time(0)), 4U);
  EXPECT_EQ(until_refused(limiter, client("2001:db8:0:3::1"), limits, Time(0)), 0U);
  EXPECT_EQ(until_refused(limiter, client("2001:db8:1::1"), limits, Time(0)), 4U) << "another /48";
  // IPv4: each address of its own, together the /24; v4-mapped is the same client
  EXPECT_EQ(until_refused(limiter, client("192.0.2.1"), limits, Time(0)), 4U);
  EXPECT_NE(limiter.admit(client("::ffff:192.0.2.1"), limits, Time(0)), 0U);
  EXPECT_EQ(until_refused(limiter, client("192.0.2.2"), limits, Time(0)), 4U);
  EXPECT_EQ(until_refused(limiter, client("192.0.2.3"), limits, Time(0)), 4U);
  EXPECT_EQ(until_refused(limiter, client("192.0.2.4"), limits, Time(0)), 0U);
  EXPECT_EQ(until_refused(limiter, client("192.0.3.1"), limits, Time(0)), 4U);
}

TEST(RateLimit, NeighbourOfAFullPrefixLosesNothing) {
  const RateLimits limits = only_queries(60, 2, 2);
  RateLimiter limiter(1);
  until_refused(limiter, client("192.0.2.1"), limits, Time(0));
  until_refused(limiter, client("192.0.2.2"), limits, Time(0));
  for (int i = 0; i < 100; ++i) EXPECT_NE(limiter.admit(client("192.0.2.3"), limits, Time(0)), 0U);
  // a second later the /24 has two again; the refused queries of .3 were not counted against it
  EXPECT_EQ(until_refused(limiter, client("192.0.2.3"), limits, Time(1'000)), 2U);
}

TEST(RateLimit, NoMatchAnswersHaveABudgetOfTheirOwn) {
  RateLimiter limiter(1);
  const RateLimits limits{{600, 100}, {6, 5}, {0, 1}, {0, 1}, 32};
  const auto who = client("192.0.2.1");
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(limiter.admit(who, limits, Time(0)), 0U);
    limiter.settle(who, limits, Time(0), true, 10);
  }
  // from now on every query is refused, whatever its answer would be: a refusal tells nothing
  EXPECT_EQ(limiter.admit(who, limits, Time(0)), 10U);
  EXPECT_EQ(limiter.admit(who, limits, Time(10'000)), 0U);
}

TEST(RateLimit, PersonalAnswersHaveABudgetOfTheirOwn) {
  RateLimiter limiter(1);
  const RateLimits limits{{600, 100}, {0, 1}, {6, 2}, {0, 1}, 2};
  const auto who = client("192.0.2.1");
  EXPECT_EQ(limiter.admit_personal(who, limits, Time(0)), 0U);
  EXPECT_EQ(limiter.admit_personal(who, limits, Time(0)), 0U);
  EXPECT_EQ(limiter.admit_personal(who, limits, Time(0)), 10U);
  EXPECT_EQ(limiter.admit(who, limits, Time(0)), 0U) << "other answers go on";
  EXPECT_EQ(limiter.admit_personal(client("192.0.2.2"), limits, Time(0)), 0U);
  EXPECT_EQ(limiter.admit_personal(client("192.0.2.2"), limits, Time(0)), 0U);
  EXPECT_NE(limiter.admit_personal(client("192.0.2.3"), limits, Time(0)), 0U) << "the /24 has used twice the budget";
}

TEST(RateLimit, ServerTimeCounts) {
  RateLimiter limiter(1);
  const RateLimits limits{{0, 1}, {0, 1}, {0, 1}, {60'000, 5'000}, 32};
  const auto who = client("192.0.2.1");
  ASSERT_EQ(limiter.admit(who, limits, Time(0)), 0U);
  limiter.settle(who, limits, Time(0), false, 7'000);
  EXPECT_EQ(limiter.admit(who, limits, Time(0)), 3U) << "2000 us over at 1000 us a second, rounded up";
  EXPECT_EQ(limiter.admit(who, limits, Time(3'000)), 0U);
}

TEST(RateLimit, NothingIsLimitedWhereNoLimitIsSet) {
  RateLimiter limiter(1);
  const RateLimits none = only_queries(0, 1, 1);
  EXPECT_EQ(until_refused(limiter, client("192.0.2.1"), none, Time(0)), 10'000U);
  const RateLimits some = only_queries(60, 20, 32);
  EXPECT_EQ(until_refused(limiter, client("192.0.2.1"), some, Time(0)), 20U) << "what was free is not held against anybody";
}

TEST(RateLimit, BlocksEndAfterWeeksOfSleep) {
  const RateLimits limits = only_queries(60, 20, 32);
  for (const std::int64_t days : {1, 24, 25, 30, 40, 49, 50, 100, 400}) {
    RateLimiter limiter(1);
    until_refused(limiter, client("192.0.2.1"), limits, Time(0));
    EXPECT_EQ(until_refused(limiter, client("192.0.2.1"), limits, Time(days * 86'400'000)), 20U) << days;
  }
}

TEST(RateLimit, AFullTableForgivesThoseWhoUsedLeast) {
  RateLimiter limiter(7);
  const RateLimits limits = only_queries(1, 20, 1'000'000);
  const auto heavy = client("192.0.2.1");
  until_refused(limiter, heavy, limits, Time(0));
  // a hundred thousand prefixes pass through 65,536 entries
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    ClientAddress other = client("2001:db8::");
    other.bytes[4] = static_cast<std::uint8_t>(i >> 16);
    other.bytes[5] = static_cast<std::uint8_t>(i >> 8);
    other.bytes[6] = static_cast<std::uint8_t>(i);
    limiter.admit(other, limits, Time(0));
  }
  EXPECT_NE(limiter.admit(heavy, limits, Time(0)), 0U);
}

/// The same rule in doubles and a map without bounds.
class Model {
 public:
  bool admit(const ClientAddress& who, const RateLimits& limits, double seconds) {
    auto& narrow = at(key(who, who.v6 ? 8 : 4), limits, 1, seconds);
    auto& wide = at(key(who, who.v6 ? 6 : 3), limits, limits.wide_factor, seconds);
    const double slack = 0.01;  // both sides agree but for rounding; the edge itself is not tested here
    edge_ = std::abs(narrow.used + 1 - limits.queries.burst) < slack ||
            std::abs(wide.used + 1 - double(limits.queries.burst) * limits.wide_factor) < slack;
    const bool fits =
        narrow.used + 1 <= limits.queries.burst && wide.used + 1 <= double(limits.queries.burst) * limits.wide_factor;
    if (fits) {
      narrow.used += 1;
      wide.used += 1;
    }
    return fits;
  }
  [[nodiscard]] bool edge() const { return edge_; }

 private:
  struct Level {
    double used = 0;
    double last = 0;
  };
  static std::string key(const ClientAddress& who, std::size_t bytes) {
    return std::string(who.bytes.begin(), who.bytes.begin() + static_cast<std::ptrdiff_t>(bytes)) + (who.v6 ? "6" : "4") +
           std::to_string(bytes);
  }
  Level& at(const std::string& name, const RateLimits& limits, double factor, double seconds) {
    Level& level = levels_[name];
    level.used = std::max(0.0, level.used - (seconds - level.last) * limits.queries.per_minute * factor / 60);
    level.last = seconds;
    return level;
  }
  std::map<std::string, Level> levels_;
  bool edge_ = false;
};

RC_GTEST_PROP(RateLimitProperty, AgreesWithTheRuleInItsSimplestForm, ()) {
  testing::Chance chance(*testing::seeds());
  RateLimiter limiter(chance.next());
  Model model;
  const RateLimits limits =
      only_queries(static_cast<std::uint32_t>(1 + chance.below(600)), static_cast<std::uint32_t>(1 + chance.below(30)),
                   static_cast<std::uint32_t>(1 + chance.below(6)));
  Time now(chance.below(1'000'000));
  for (int i = 0; i < 3'000; ++i) {
    now += Time(chance.one_in(20) ? chance.below(20'000) : chance.below(200));
    ClientAddress who = client(chance.one_in(2) ? "192.0.2.0" : "2001:db8::");
    who.bytes[who.v6 ? 7 : 3] = static_cast<std::uint8_t>(chance.below(5));
    const bool expected = model.admit(who, limits, static_cast<double>(now.count()) / 1000);
    if (model.edge()) return;  // from here on the two may differ by one query
    RC_ASSERT((limiter.admit(who, limits, now) == 0) == expected);
  }
}

TEST(RateLimit, ManyThreadsTakeNoMoreThanTheBudget) {
  RateLimiter limiter(3);
  const RateLimits limits = only_queries(1, 1'000, 1);
  std::atomic<unsigned> answered{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 1'000; ++n)
          if (limiter.admit(client("192.0.2.1"), limits, Time(5)) == 0) answered.fetch_add(1);
      });
  }
  EXPECT_EQ(answered.load(), 1'000U);
}

TEST(ConnectionCounts, ArePerPrefixAndExact) {
  ConnectionCount count;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(count.enter(client("192.0.2.1"), 3, 2));
  EXPECT_FALSE(count.enter(client("192.0.2.1"), 3, 2));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(count.enter(client("192.0.2.2"), 3, 2));
  EXPECT_FALSE(count.enter(client("192.0.2.3"), 3, 2)) << "the /24 is full";
  count.leave(client("192.0.2.1"));
  EXPECT_TRUE(count.enter(client("192.0.2.3"), 3, 2));
  EXPECT_FALSE(count.enter(client("192.0.2.3"), 3, 2));
  EXPECT_FALSE(count.enter(client("2001:db8::1"), 0, 2));
  EXPECT_TRUE(count.enter(client("2001:db8::1"), 1, 2));
  EXPECT_FALSE(count.enter(client("2001:db8::2"), 1, 2)) << "the same /64";
}

TEST(TimerWheelTest, NeverEarlyAndAtMostOneSlotLate) {
  using std::chrono::milliseconds;
  testing::Chance chance(11);
  const TimerWheel::Time begin{};
  TimerWheel wheel(begin);
  struct Alarm : TimerLink {
    bool rung = false;
  };
  std::vector<Alarm> alarms(500);
  for (Alarm& alarm : alarms) wheel.set(alarm, begin + milliseconds(chance.below(120'000)));
  alarms[7].unlink();
  TimerWheel::Time now = begin;
  while (now < begin + milliseconds(121'000)) {
    now += milliseconds(1 + chance.below(400));
    TimerWheel::Time before = now;
    wheel.advance(now, [&](TimerLink& link) {
      auto& alarm = static_cast<Alarm&>(link);
      EXPECT_FALSE(alarm.rung);
      EXPECT_LE(alarm.deadline, before);
      EXPECT_LE(before - alarm.deadline, milliseconds(650)) << "a slot and the step of this test";
      alarm.rung = true;
    });
  }
  for (std::size_t i = 0; i < alarms.size(); ++i) EXPECT_EQ(alarms[i].rung, i != 7) << i;
}

}  // namespace
}  // namespace regdata::whois
