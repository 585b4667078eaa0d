#include "registration/domain_name.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

#include "tests/registration/vectors.hpp"

namespace regdata {
namespace {

TEST(DomainName, ReadsTheVectors) {
  for (const auto& vector : testing::read_vectors("tests/registration/vectors/domain_name.vec")) {
    const auto name = DomainName::parse(vector.input());
    if (vector.is_refused()) {
      ASSERT_FALSE(name) << vector.where << ": became " << name->ascii();
      EXPECT_EQ(name.error().code, Errc::invalid) << vector.where;
      EXPECT_NE(name.error().context.find(vector.refusal()), std::string::npos) << vector.where << ": " << name.error().context;
      continue;
    }
    ASSERT_TRUE(name) << vector.where << ": " << name.error().context;
    EXPECT_EQ(name->ascii(), vector.expected()) << vector.where;
    EXPECT_EQ(name->unicode(), vector.columns.size() > 2 ? vector.columns[2] : name->ascii()) << vector.where;
  }
}

TEST(DomainName, ErrorsRepeatNoMoreThan64PrintableCharacters) {
  const auto name = DomainName::parse(std::string(200, 'a') + "\x1b[31m\r\nRegistrar: forged.example");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().context.find(std::string(65, 'a')), std::string::npos);
  for (const char c : name.error().context) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

TEST(DomainName, TakesStoredNamesWithoutAskingIdnaAgain) {
  // A name that was valid when it was stored stays readable when a later Unicode table no longer agrees.
  const auto old = DomainName::from_stored("xn--n3h.example");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->unicode(), "\xe2\x98\x83.example");
  EXPECT_EQ(DomainName::from_stored("b.xn--a.example")->unicode(), "b.xn--a.example") << "what does not decode stays as it is";
  for (const char* text : {"", "example", "Bluehen.example", "bluehen.example.", "a..example", "b\xc3\xbc.example"}) {
    const auto name = DomainName::from_stored(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().code, Errc::damaged) << text;
  }
}

TEST(DomainName, KnowsItsParts) {
  const auto name = DomainName::parse("ns1.bluehen.co.test").value();
  EXPECT_EQ(name.last_label(), "test");
  EXPECT_EQ(name.parent(), "bluehen.co.test");
  EXPECT_EQ(DomainName::parse("bluehen.test")->parent(), "test");
  EXPECT_FALSE(name.is_idn());
  EXPECT_TRUE(DomainName::parse("www.b\xc3\xbc.example")->is_idn());
  EXPECT_FALSE(DomainName::parse("axn--b.example")->is_idn());
}

TEST(DomainName, LiesBelowWholeLabelsOnly) {
  const auto name = [](std::string_view text) { return DomainName::parse(text).value(); };
  EXPECT_TRUE(name("ns1.bluehen.example").is_at_or_below(name("bluehen.example")));
  EXPECT_TRUE(name("bluehen.example").is_at_or_below(name("bluehen.example")));
  EXPECT_FALSE(name("notbluehen.example").is_at_or_below(name("bluehen.example")));
  EXPECT_FALSE(name("bluehen.example").is_at_or_below(name("ns1.bluehen.example")));
  EXPECT_FALSE(name("bluehen.example.test").is_at_or_below(name("bluehen.example")));
}

TEST(DomainName, ComparesAndHashesByItsAsciiForm) {
  const auto a = DomainName::parse(
                     "B\xc3\x9c"
                     "CHER.example")
                     .value();
  const auto b = DomainName::parse("xn--bcher-kva.EXAMPLE.").value();
  EXPECT_EQ(a, b);
  EXPECT_LT(DomainName::parse("a.example").value(), b);
  std::unordered_set<DomainName> names{a, b};
  EXPECT_EQ(names.size(), 1U);
}

TEST(DomainName, KnowsMixedLabelForms) {
  EXPECT_TRUE(is_mixed_label_form("xn--bcher-kva.b\xc3\xbc.example"));
  EXPECT_TRUE(is_mixed_label_form("b\xc3\xbc\xe3\x80\x82XN--bcher-kva"));
  EXPECT_FALSE(is_mixed_label_form("b\xc3\xbc.example"));
  EXPECT_FALSE(is_mixed_label_form("xn--bcher-kva.example"));
  EXPECT_FALSE(
      is_mixed_label_form("xn--bcher-kva\xe3\x80\x82"
                          "example"))
      << "a dot of another script is no U-label";
  EXPECT_FALSE(is_mixed_label_form(""));
}

}  // namespace
}  // namespace regdata
