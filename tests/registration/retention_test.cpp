#include "registration/retention.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace regdata {
namespace {

std::string until(const char* ended) { return format_rfc3339(kept_until(parse_rfc3339(ended).value())); }

TEST(Retention, IsFifteenMonthsOfTheCalendar) {
  EXPECT_EQ(until("2026-01-15T12:30:00Z"), "2027-04-15T12:30:00Z");
  EXPECT_EQ(until("2026-10-01T00:00:00.001Z"), "2028-01-01T00:00:00.001Z");
  EXPECT_EQ(until("2026-11-28T23:59:59Z"), "2028-02-28T23:59:59Z");
}

TEST(Retention, IsRatherADayMoreThanOneLess) {
  EXPECT_EQ(until("2026-11-29T23:59:59Z"), "2028-02-29T23:59:59Z");
  EXPECT_EQ(until("2026-11-30T12:00:00Z"), "2028-03-01T00:00:00Z");
  EXPECT_EQ(until("2025-11-29T12:00:00Z"), "2027-03-01T00:00:00Z");
  EXPECT_EQ(until("2026-03-31T12:00:00Z"), "2027-07-01T00:00:00Z");
  EXPECT_EQ(until("2026-09-30T12:00:00Z"), "2027-12-30T12:00:00Z");
}

RC_GTEST_PROP(RetentionProperty, NeverShorterAndNeverEarlierForALaterEnd, ()) {
  // 1971 to 2200
  const auto time = [] {
    return UtcTime{std::chrono::milliseconds{*rc::gen::inRange<std::int64_t>(31536000000, 7258118400000)}};
  };
  const UtcTime first = time();
  const UtcTime second = time();
  const auto kept = kept_until(first) - first;
  // The shortest fifteen months of any calendar have 454 days, the longest 458.
  RC_ASSERT(kept >= std::chrono::days{454} && kept <= std::chrono::days{458});
  if (first <= second) RC_ASSERT(kept_until(first) <= kept_until(second));
}

}  // namespace
}  // namespace regdata
