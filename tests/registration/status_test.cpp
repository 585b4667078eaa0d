#include "registration/status.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace regdata {
namespace {

TEST(Status, CodesReadBackAndAreInOrder) {
  std::string before;
  for (std::size_t i = 0; i < status_count; ++i) {
    const auto status = static_cast<Status>(i);
    const std::string code(to_string(status));
    EXPECT_EQ(status_from(code), status);
    EXPECT_LT(before, code) << "answers list statuses in the order of the enumeration";
    before = code;
  }
}

TEST(Status, TakesTheExactSpellingOnly) {
  for (const char* code : {"", "OK", "clienthold", "clientHold ", "client_hold", "linked", "active", "pendingRestoration"}) {
    EXPECT_FALSE(status_from(code)) << code;
  }
}

TEST(StatusSet, HoldsWhatWasPutIn) {
  StatusSet set;
  EXPECT_TRUE(set.empty());
  set.insert(Status::transfer_period);
  set.insert(Status::add_period);
  set.insert(Status::add_period);
  EXPECT_TRUE(set.contains(Status::add_period));
  EXPECT_FALSE(set.contains(Status::ok));
  EXPECT_EQ(set, StatusSet::from_bits(set.bits()));
  EXPECT_EQ(StatusSet::from_bits(0xFFFFFFFFU).bits(), (1U << status_count) - 1U) << "bits of no status are dropped";
}

}  // namespace
}  // namespace regdata
