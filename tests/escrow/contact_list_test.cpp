// Which contacts a deposit holds.
#include "escrow/contact_list.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/temporary_directory.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

TEST(ContactListing, AnswersForEachThatWasAddedAndForNoOther) {
  const regdata::testing::TemporaryDirectory scratch;
  const fs::path place = scratch.path();
  Digest key{};
  key[3] = 7;
  auto list = ContactList::begin(place, key).value();
  constexpr int count = 20'000;  // more than two blocks
  for (int i = 0; i < count; ++i) ASSERT_TRUE(list.add("C-" + std::to_string(i)));
  EXPECT_FALSE(fs::exists(place / contact_list_name)) << "no name before it is whole";
  const auto facts = list.finish();
  ASSERT_TRUE(facts) << facts.error().context;
  EXPECT_EQ(facts->bytes, count * 8U);
  for (const int held : {0, 1, 8191, 8192, count - 1})
    EXPECT_TRUE(holds_contact(place, *facts, "C-" + std::to_string(held)).value()) << held;
  for (int other = count; other < count + 100; ++other)
    EXPECT_FALSE(holds_contact(place, *facts, "C-" + std::to_string(other)).value()) << other;
}

TEST(ContactListing, AnEmptyOneHoldsNobodyAndAChangedOneIsNotBelieved) {
  const regdata::testing::TemporaryDirectory scratch;
  const fs::path place = scratch.path();
  auto list = ContactList::begin(place, Digest{}).value();
  const auto facts = list.finish().value();
  EXPECT_FALSE(holds_contact(place, facts, "C-1").value());
  std::ofstream(place / contact_list_name, std::ios::binary) << "12345678";
  EXPECT_EQ(holds_contact(place, facts, "C-1").error().code, Errc::damaged);
  fs::remove(place / contact_list_name);
  EXPECT_EQ(holds_contact(place, facts, "C-1").error().code, Errc::unavailable);
}

}  // namespace
}  // namespace regdata::escrow
