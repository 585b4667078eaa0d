// Targets, percent-decoding, query strings and forms.
#include "whois/target.hpp"

#include <gtest/gtest.h>

#include "tests/registration/vectors.hpp"
#include "whois/rdap_query.hpp"

namespace regdata::whois {
namespace {

std::string shown(const std::optional<Target>& target) {
  if (!target) return "!";
  std::string out;
  for (const std::string& segment : target->segments) out += "[" + segment + "]";
  if (!target->query.empty()) out += "?" + std::string(target->query);
  return out.empty() ? "[]" : out;
}

TEST(Target, Vectors) {
  for (const auto& vector : testing::read_vectors("tests/whois/vectors/target.vec"))
    EXPECT_EQ(shown(parse_target(vector.input())), vector.expected()) << vector.where;
}

TEST(Target, OverLongIsNone) {
  EXPECT_TRUE(parse_target("/" + std::string(max_target_bytes - 1, 'a')));
  EXPECT_FALSE(parse_target("/" + std::string(max_target_bytes, 'a')));
}

TEST(Target, OriginFormIsWhatWasSent) {
  EXPECT_EQ(origin_form("/Domain/X?y"), "/Domain/X?y");
  EXPECT_EQ(origin_form("HTTPS://a.example/x?y"), "/x?y");
  EXPECT_EQ(origin_form("http://a.example"), "/");
  EXPECT_EQ(origin_form("http://a.example?x"), "");
  EXPECT_EQ(origin_form("ftp://a.example/"), "");
  EXPECT_EQ(origin_form("*"), "");
}

TEST(PercentEncoding, ComesBack) {
  std::string all;
  for (int c = 0x20; c < 0x7F; ++c) all.push_back(static_cast<char>(c));
  all += "\u00FC\U0001F98A";
  EXPECT_EQ(percent_decode(percent_encode(all), true), all);
  EXPECT_EQ(percent_encode("a b/\u00FC~"), "a%20b%2F%C3%BC~");
}

TEST(Form, FirstValueOfAField) {
  EXPECT_EQ(form_value("a=b&c=d", "c"), "d");
  EXPECT_EQ(form_value("a=1&a=2", "a"), "1");
  EXPECT_EQ(form_value("name=hello+there%21&x=y", "name"), "hello there!");
  EXPECT_EQ(form_value("name", "name"), "");
  EXPECT_EQ(form_value("name=a=b", "name"), "a=b");
  EXPECT_EQ(form_value("n%61me=x", "name"), "x");
  EXPECT_EQ(form_value("m=one%0D%0Atwo%09", "m"), "one\r\ntwo\t");
  for (const char* form : {"", "&&", "other=x", "name=%00", "name=%ff", "name=%C0%AF", "name=%1b", "name=%4", "%zz=x"})
    EXPECT_EQ(form_value(form, "name"), std::nullopt) << form;
}

// --- what is asked ---

std::string shown(const RdapQuery& query) {
  struct Shown {
    std::string operator()(const DomainQuery& domain) const { return "domain " + domain.name.ascii(); }
    std::string operator()(const HostQuery& host) const { return "host " + host.host.ascii(); }
    std::string operator()(const RegistrarQuery& registrar) const {
      return registrar.iana_id ? "registrar #" + std::to_string(*registrar.iana_id) : "registrar " + registrar.name;
    }
    std::string operator()(const HelpQuery&) const { return "help"; }
    std::string operator()(const RdapRefusal& refusal) const { return std::to_string(refusal.status); }
  };
  return std::visit(Shown{}, query);
}

TEST(RdapQuery, Vectors) {
  for (const auto& vector : testing::read_vectors("tests/whois/vectors/rdap_query.vec")) {
    const auto target = parse_target(vector.input());
    EXPECT_EQ(target ? shown(parse_rdap_query(target->segments)) : "none", vector.expected()) << vector.where;
  }
}

}  // namespace
}  // namespace regdata::whois
