#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <map>

#include "registration/contact.hpp"
#include "tests/registration/vectors.hpp"

namespace regdata {
namespace {

using Check = Expected<std::string> (*)(std::string_view);

const std::map<std::string, Check>& checks() {
  static const std::map<std::string, Check> all{
      {"handle", check_handle}, {"phone", check_phone}, {"phone_ext", check_phone_ext},     {"country", check_country},
      {"email", check_email},   {"roid", check_roid},   {"postal_line", check_postal_line}, {"postal_code", check_postal_code},
  };
  return all;
}

TEST(ContactChecks, ReadTheVectors) {
  for (const auto& vector : testing::read_vectors("tests/registration/vectors/contact_checks.vec")) {
    ASSERT_TRUE(checks().contains(vector.columns.at(0))) << vector.where;
    const std::string& input = vector.columns.at(1);
    const std::string expected = vector.columns.size() > 2 ? vector.columns[2] : input;
    const auto value = checks().at(vector.columns[0])(input);
    if (vector.columns.size() > 2 && expected.starts_with("! ")) {
      ASSERT_FALSE(value) << vector.where << ": was accepted";
      EXPECT_EQ(value.error().code, Errc::invalid) << vector.where;
      EXPECT_NE(value.error().context.find(expected.substr(2)), std::string::npos)
          << vector.where << ": " << value.error().context;
      EXPECT_FALSE(value.error().hint.empty()) << vector.where << ": says not what is allowed";
      continue;
    }
    ASSERT_TRUE(value) << vector.where << ": " << value.error().context;
    EXPECT_EQ(*value, expected) << vector.where;
  }
}

// An error is read by people who must not see the value.
TEST(ContactChecks, NeverRepeatTheValue) {
  const std::string planted = "zqxjkvbwzqxjkvbw";
  const std::vector<std::string> wrong{planted + "\x01",
                                       planted + "@",
                                       planted + "@" + planted,
                                       "+49." + planted,
                                       "\"" + planted + "\"@bluehen.example",
                                       planted + "\xff",
                                       std::string(300, ' ') + planted,
                                       planted + "@" + planted + "_.example",
                                       planted + "  " + planted};
  for (const auto& [name, check] : checks()) {
    for (const auto& text : wrong) {
      const auto value = check(text);
      if (value) {
        EXPECT_EQ(name, "postal_line") << "the only check that may take such text";
        continue;
      }
      EXPECT_EQ((value.error().context + value.error().hint).find(planted), std::string::npos) << name;
    }
  }
}

TEST(ContactChecks, HoldAllCountriesOfIso3166) {
  // ICU knows the same list from another source.
  std::vector<std::string> known;
  for (const char* const* code = icu::Locale::getISOCountries(); *code != nullptr; ++code) known.emplace_back(*code);
  std::vector<std::string> ours;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) {
      if (check_country(std::string{a, b})) ours.push_back(std::string{a, b});
    }
  }
  EXPECT_EQ(ours.size(), 249U);
  std::vector<std::string> missing;
  std::ranges::set_difference(ours, known, std::back_inserter(missing));
  EXPECT_TRUE(missing.empty()) << missing.front();
}

TEST(ContactChecks, NameTheRightCodeForTheUnitedKingdom) {
  const auto country = check_country("uk");
  ASSERT_FALSE(country);
  EXPECT_NE(country.error().hint.find("GB"), std::string::npos);
}

/// Whether ICU reads `text` as UTF-8 of 1 to 255 printable code points: a second opinion, not a copy.
bool is_postal_line_by_icu(const std::string& text) {
  std::size_t points = 0;
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size; ++points) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, size, c);
    if (c < 0 || U_IS_UNICODE_NONCHAR(c)) return false;
    const auto category = u_charType(c);
    if (category == U_CONTROL_CHAR || category == U_LINE_SEPARATOR || category == U_PARAGRAPH_SEPARATOR) return false;
  }
  return points >= 1 && points <= 255 && text.front() != ' ' && text.back() != ' ';
}

RC_GTEST_PROP(ContactChecksProperty, AgreeWithIcuOnText, ()) {
  const auto piece = rc::gen::oneOf(
      rc::gen::arbitrary<std::string>(),
      rc::gen::elementOf(std::vector<std::string>{"\xc3", "\xe2\x80", "\xe2\x80\xa8", "\xf0\x9f\x90\xa6", "\xed\xa0\x80",
                                                  "\xef\xbf\xbe", "\xc2\x85", " ", "a", "\xf4\x8f\xbf\xbf", "\xe4\xbe\x8b"}));
  std::string text;
  for (const auto& part : *rc::gen::container<std::vector<std::string>>(piece)) text += part;
  RC_ASSERT(check_postal_line(text).has_value() == is_postal_line_by_icu(text));
}

RC_GTEST_PROP(ContactChecksProperty, TakeWhatTheyGave, (const std::string& text)) {
  for (const auto& [name, check] : checks()) {
    if (const auto value = check(text)) RC_ASSERT(check(*value).value() == *value);
  }
}

}  // namespace
}  // namespace regdata
