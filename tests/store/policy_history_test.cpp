// Which policies were in force when.
#include "store/policy_history.hpp"

#include <gtest/gtest.h>

#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

class PolicyHistoryTest : public ::testing::Test {
 protected:
  static PolicyRecord policy(const std::string& version, std::uint64_t digest) {
    return {.name = "icann-gtld",
            .version = version,
            .digest = digest,
            .text = "rules of " + version,
            .settings = {{"city", "withhold"}},
            .since = {}};
  }
  void note(const PolicyRecord& record, UtcTime at) {
    const auto done = history->note(std::vector{record}, at);
    EXPECT_TRUE(done) << done.error().context;
  }
  std::string version_at(UtcTime at) {
    const auto record = expect(history->in_force("icann-gtld", at));
    return record ? record->version : "none";
  }
  StoreWorld world;
  std::unique_ptr<SqlitePolicyHistory> history = expect(SqlitePolicyHistory::open(world.paths()));
  const UtcTime first = world.now;
  const UtcTime second = world.now + std::chrono::days(30);
};

TEST_F(PolicyHistoryTest, TellsWhatWasInForceThen) {
  note(policy("2026-11", 1), first);
  note(policy("2026-11", 1), first + std::chrono::days(1));
  note(policy("2027-01", std::uint64_t{1} << 63U), second);
  history = expect(SqlitePolicyHistory::open(world.paths()));
  EXPECT_EQ(version_at(first - std::chrono::seconds(1)), "none");
  EXPECT_EQ(version_at(first), "2026-11");
  EXPECT_EQ(version_at(second - std::chrono::seconds(1)), "2026-11");
  EXPECT_EQ(version_at(second + std::chrono::days(900)), "2027-01");
  const auto record = *expect(history->in_force("icann-gtld", second));
  EXPECT_EQ(record.digest, std::uint64_t{1} << 63U);
  EXPECT_EQ(record.text, "rules of 2027-01");
  EXPECT_EQ(record.settings.at("city"), "withhold");
  EXPECT_EQ(record.since, second);
  EXPECT_FALSE(expect(history->in_force("other", second)));
}

TEST_F(PolicyHistoryTest, OneThatComesBackIsNotedAgain) {
  note(policy("2026-11", 1), first);
  note(policy("2027-01", 2), second);
  note(policy("2026-11", 1), second + std::chrono::days(1));
  EXPECT_EQ(version_at(second), "2027-01");
  EXPECT_EQ(version_at(second + std::chrono::days(1)), "2026-11");
}

}  // namespace
}  // namespace regdata::store
