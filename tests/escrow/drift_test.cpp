// The drift guard: what held the deposit must be named, and ordinary change must pass.
#include "escrow/drift.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace regdata::escrow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

DepositQuality of(std::uint64_t rows) { return {.rows = rows, .without_phone = rows / 10, .beyond_ascii = rows / 5}; }

TEST(Drift, NothingChangedNothingHeld) { EXPECT_THAT(drift(of(1000), of(1000), {}), IsEmpty()); }

TEST(Drift, EveryAddressWithoutItsSignIsHeld) {
  DepositQuality now = of(1000);
  now.bad_email = 1000;
  EXPECT_THAT(drift(of(1000), now, {}),
              ElementsAre(HasSubstr("e-mails that are no addresses: 1000 of 1000 (100.0 %), before 0 of")));
}

TEST(Drift, LostRowsAreHeldAndGrowthIsNot) {
  EXPECT_THAT(drift(of(1000), of(799), {}), ElementsAre(HasSubstr("rows: 799, before 1000")));
  EXPECT_THAT(drift(of(1000), of(800), {}), IsEmpty());
  EXPECT_THAT(drift(of(1000), of(100'000), {}), IsEmpty());
  EXPECT_THAT(drift(of(1000), of(0), {}), ::testing::Contains(HasSubstr("rows: 0")));
}

TEST(Drift, AChangeOfScriptIsHeldEitherWay) {
  DepositQuality ascii = of(1000);
  ascii.beyond_ascii = 0;
  EXPECT_THAT(drift(of(1000), ascii, {}), ElementsAre(HasSubstr("names beyond ASCII: 0 of 1000")));
  EXPECT_THAT(drift(ascii, of(1000), {}), ElementsAre(HasSubstr("names beyond ASCII: 200 of 1000")));
}

TEST(Drift, SmallRegistrarsHaveFewNames) {
  EXPECT_THAT(drift(of(9), of(1), {}), IsEmpty());
  EXPECT_THAT(drift(of(9), of(1), {.least_rows = 1}), ::testing::Not(IsEmpty()));
}

TEST(Drift, BetterDataAreNeverHeld) {
  DepositQuality bad = of(1000);
  bad.bad_email = bad.bad_phone = bad.bad_country = bad.without_email = 900;
  EXPECT_THAT(drift(bad, of(1000), {}), IsEmpty());
}

RC_GTEST_PROP(DriftProperty, HoldsOnlyWithAReasonAndNeverTheSame, ()) {
  const auto count = rc::gen::inRange<std::uint64_t>(0, 2000);
  const auto quality = [&] {
    const std::uint64_t rows = *count;
    const auto part = rc::gen::inRange<std::uint64_t>(0, rows + 1);
    return DepositQuality{rows, *part, *part, *part, *part, *part, *part};
  };
  const DepositQuality one = quality();
  const DepositQuality other = quality();
  RC_ASSERT(drift(one, one, {}).empty());
  const DriftLimits none{.fewer_rows = 100, .worse = 100, .script = 100};
  RC_ASSERT(drift(one, other, none).empty());
}

}  // namespace
}  // namespace regdata::escrow
