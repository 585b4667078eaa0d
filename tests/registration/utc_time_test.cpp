#include "registration/utc_time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/registration/vectors.hpp"

namespace regdata {
namespace {

using namespace std::chrono_literals;

TEST(UtcTime, ReadsTheVectors) {
  for (const auto& vector : testing::read_vectors("tests/registration/vectors/rfc3339.vec")) {
    const auto time = parse_rfc3339(vector.input());
    if (vector.is_refused()) {
      ASSERT_FALSE(time) << vector.where << ": became " << format_rfc3339(*time);
      EXPECT_EQ(time.error().code, Errc::invalid) << vector.where;
      EXPECT_NE(time.error().context.find(vector.refusal()), std::string::npos) << vector.where << ": " << time.error().context;
      continue;
    }
    ASSERT_TRUE(time) << vector.where << ": " << time.error().context;
    EXPECT_EQ(format_rfc3339(*time), vector.expected()) << vector.where;
  }
}

TEST(UtcTime, CountsFromTheEpoch) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z").value(), UtcTime{});
  EXPECT_EQ(parse_rfc3339("2026-11-23T21:06:52.250Z").value(), UtcTime{1795468012250ms});
}

RC_GTEST_PROP(UtcTimeProperty, EveryTimeReadsBack, ()) {
  // 0001-01-01 to 9999-12-31, in milliseconds from 1970
  const UtcTime time{std::chrono::milliseconds{*rc::gen::inRange<std::int64_t>(-62135596800000, 253402300800000)}};
  const auto again = parse_rfc3339(format_rfc3339(time));
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == time);
}

RC_GTEST_PROP(UtcTimeProperty, SurvivesAnyBytes, (const std::string& text)) {
  if (const auto time = parse_rfc3339(text)) RC_ASSERT(parse_rfc3339(format_rfc3339(*time)).value() == *time);
}

}  // namespace
}  // namespace regdata
