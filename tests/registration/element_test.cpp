#include "registration/element.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/registration/vectors.hpp"

namespace regdata {
namespace {

TEST(Element, HasTheOfficialLabels) {
  for (const auto& vector : testing::read_vectors("tests/registration/vectors/labels.vec")) {
    const auto role = role_from(vector.columns.at(0));
    const auto element = element_from(vector.columns.at(1));
    ASSERT_TRUE(role && element) << vector.where;
    const std::string& label = vector.columns.at(2);
    EXPECT_EQ(official_label(*role, *element), label == "-" ? "" : label) << vector.where;
  }
}

TEST(Element, LabelsOfContactsAreDistinct) {
  std::set<std::string_view> seen;
  for (const Role role : all_roles) {
    for (const Element element : contact_elements) {
      EXPECT_FALSE(official_label(role, element).empty());
      EXPECT_TRUE(seen.insert(official_label(role, element)).second) << official_label(role, element);
    }
  }
}

TEST(Element, NamesReadBack) {
  std::set<std::string_view> seen;
  for (const Element element : all_elements) {
    EXPECT_EQ(element_from(to_string(element)), element);
    EXPECT_TRUE(seen.insert(to_string(element)).second);
  }
  for (const Role role : all_roles) EXPECT_EQ(role_from(to_string(role)), role);
  EXPECT_FALSE(element_from(""));
  EXPECT_FALSE(element_from("Name"));
  EXPECT_FALSE(element_from("postal_code"));
  EXPECT_FALSE(role_from("owner"));
}

// The numbers are stored: this list may grow at its end and change nowhere else.
TEST(Element, NumbersNeverMove) {
  for (std::size_t i = 0; i < all_elements.size(); ++i) EXPECT_EQ(static_cast<std::size_t>(all_elements[i]), i);
  EXPECT_EQ(static_cast<int>(Element::contact_id), 17);
  EXPECT_EQ(static_cast<int>(Element::email), 29);
  EXPECT_EQ(static_cast<int>(Role::billing), 3);
}

TEST(Element, StateAndCountryAreNoPersonalElements) {
  // rules.md §1.3, column R: rows 20 and 22 are never redacted; §1.8: only what is redacted can be chosen.
  for (const Element element : contact_elements) {
    const bool area = element == Element::state || element == Element::country;
    EXPECT_EQ(is_personal(element), !area) << to_string(element);
    EXPECT_EQ(is_choosable(element), !area && element != Element::contact_id) << to_string(element);
  }
  EXPECT_FALSE(is_personal(Element::domain_name));
}

}  // namespace
}  // namespace regdata
