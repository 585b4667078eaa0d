#include "registration/contact.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <ostream>
#include <sstream>
#include <type_traits>

#include "registration/registration.hpp"

namespace regdata {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

// Personal data cannot slip into a log line (house.md §3).
static_assert(!Streamable<PersonalText>);
static_assert(!fmt::is_formattable<PersonalText>::value);
static_assert(!std::is_convertible_v<PersonalText, std::string> && !std::is_convertible_v<PersonalText, std::string_view>);
static_assert(!std::is_convertible_v<std::string, PersonalText>);
static_assert(!Streamable<Contact> && !fmt::is_formattable<Contact>::value);
static_assert(Streamable<std::string> && fmt::is_formattable<std::string>::value, "the concept can say yes");

Contact contact() {
  Contact c;
  c.handle = "C-17";
  c.roid = "C17-TEST";
  c.name = PersonalText("name");
  c.organization = PersonalText("organization");
  c.street = {PersonalText("street")};
  c.city = PersonalText("city");
  c.state = PersonalText("state");
  c.postal_code = PersonalText("postal-code");
  c.country = "country";
  c.phone = PersonalText("phone");
  c.phone_ext = PersonalText("phone-ext");
  c.fax = PersonalText("fax");
  c.fax_ext = PersonalText("fax-ext");
  c.email = PersonalText("email");
  return c;
}

TEST(Contact, RevealsEachElementByItsName) {
  for (const Element element : contact_elements) {
    if (element == Element::street) continue;  // not one text
    const std::string expected = element == Element::contact_id ? "C17-TEST" : std::string(to_string(element));
    EXPECT_EQ(reveal(contact(), element), expected);
  }
  for (const Element element : all_elements) {
    if (is_contact_element(element)) continue;
    EXPECT_EQ(reveal(contact(), element), "") << to_string(element);
  }
}

TEST(Contact, AnotherNameOrOrganizationIsAnotherHolder) {
  const Contact before = contact();
  Contact after = before;
  after.email = PersonalText("other");
  after.city = PersonalText("other");
  after.kind = ContactKind::legal_person;
  EXPECT_TRUE(same_holder(before, after));
  after.name = PersonalText("other");
  EXPECT_FALSE(same_holder(before, after));
  after = before;
  after.organization = PersonalText();
  EXPECT_FALSE(same_holder(before, after));
}

TEST(Registration, NamesAHandlePerRole) {
  Registration registration{DomainName::parse("bluehen.example").value()};
  registration.registrant = "R-1";
  registration.technical = "T-1";
  registration.administrative = "A-1";
  registration.billing = "B-1";
  EXPECT_EQ(handle_of(registration, Role::registrant), "R-1");
  EXPECT_EQ(handle_of(registration, Role::technical), "T-1");
  EXPECT_EQ(handle_of(registration, Role::administrative), "A-1");
  EXPECT_EQ(handle_of(registration, Role::billing), "B-1");
}

}  // namespace
}  // namespace regdata
