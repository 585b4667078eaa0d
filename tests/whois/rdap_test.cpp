// What RDAP answers, byte for byte, and whether a stranger who knows the profile finds fault with it.
#include "whois/rdap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <type_traits>

#include "registration/registration_data.hpp"
#include "tests/redaction/made_view.hpp"
#include "tests/whois/golden.hpp"
#include "tests/whois/rdap_samples.hpp"
#include "tests/whois/sample_views.hpp"

namespace regdata::whois {
namespace {

using redaction::PublicViewData;
using testing::RdapSample;

// house.md §3: only a PublicView can be rendered
static_assert(
    std::is_invocable_v<decltype(append_rdap_domain), std::string&, const redaction::PublicView&, const RdapFrame&, Stamp&>);
static_assert(
    !std::is_invocable_v<decltype(append_rdap_domain), std::string&, const RegistrationData&, const RdapFrame&, Stamp&>);
static_assert(
    !std::is_invocable_v<decltype(append_rdap_domain), std::string&, const PublicViewData&, const RdapFrame&, Stamp&>);

TEST(Rdap, AnswersAreGolden) {
  for (const RdapSample& sample : testing::rdap_samples()) {
    EXPECT_EQ(testing::golden_difference(sample.name + ".json", testing::in_lines(sample.body)), "");
    std::string again = testing::in_lines(sample.body);
    std::erase(again, '\n');
    EXPECT_EQ(again, sample.body) << sample.name << ": the golden file is not the bytes";
  }
}

TEST(Rdap, ProfileFindsNothingInGoldenAnswers) {
  for (const RdapSample& sample : testing::rdap_samples()) {
    std::string expected;
    // addresses for documentation (RFC 5737, RFC 3849) are what the rule is about
    if (sample.name == "rdap.host") expected = "-10102 /ipAddresses/v4/0\n-10202 /ipAddresses/v6/0\n";
    if (sample.status == 404) expected = "-13020 \n";
    if (sample.status == 400) expected = "-13002 \n";
    EXPECT_EQ(testing::to_text(testing::check_sample(sample)), expected) << sample.name;
  }
}

TEST(Rdap, ViewWithoutRegistrantStillHasOne) {
  PublicViewData view = testing::withheld_view();
  view.contacts.clear();
  const RdapSample sample = testing::rdap_domain_sample("none", view);
  EXPECT_NE(sample.body.find(R"("roles":["registrant"])"), std::string::npos);
  EXPECT_EQ(sample.body.find(R"("roles":["technical"])"), std::string::npos);
}

TEST(Rdap, StaleShowsNothingByChoice) {
  const std::string body = testing::rdap_domain_sample("stale", testing::chosen_view(), true).body;
  for (const char* value :
       {"Ada", "Cooperative", "Henhouse", "Westport", "12345\"", "5555550100", "ada@", "tech@", "Tech Desk"})
    EXPECT_EQ(body.find(value), std::string::npos) << value;
  EXPECT_NE(body.find("Westmark"), std::string::npos) << "not shown by choice, so it stays";
}

TEST(Rdap, StampIsWhereTheTimeStands) {
  for (const RdapSample& sample : testing::rdap_samples()) {
    if (sample.stamp_length == 0) continue;
    EXPECT_EQ(sample.body.substr(sample.stamp_offset, sample.stamp_length), "\"2026-06-01T12:34:00Z\"") << sample.name;
  }
}

TEST(Rdap, UnknownRegistrarIsNoAnswer) {
  PublicViewData view = testing::withheld_view();
  view.registrar = "gone";
  const auto texts = testing::sample_texts();
  std::string out = "before";
  Stamp stamp;
  EXPECT_FALSE(
      append_rdap_domain(out, testing::made_view(view), {texts, testing::sample_time(), false, "https://x.example/"}, stamp));
  EXPECT_EQ(out, "before");
}

// rules.md §4.6: whatever a registry holds, what is shown is a combination that the profile takes.
TEST(Rdap, EverySetOfStatusesIsShownSoundly) {
  PublicViewData view = testing::withheld_view();
  const auto check = [&](std::uint32_t bits, bool hosts) {
    view.statuses = StatusSet::from_bits(bits);
    view.hosts = hosts ? std::vector<std::string>{"ns1.hosting.example"} : std::vector<std::string>{};
    for (const auto& finding : testing::check_sample(testing::rdap_domain_sample("statuses", view))) {
      // what the registry should never have sent is shown as it was sent: two pending at once, pending beside prohibited
      if (finding.code == -46900) continue;
      ADD_FAILURE() << bits << ": " << finding.code << " " << finding.where;
    }
  };
  for (unsigned a = 0; a < status_count; ++a)
    for (unsigned b = a; b < status_count; ++b) check(1U << a | 1U << b, (a + b) % 2 == 0);
  check(0, true);
  check(0, false);
}

TEST(Rdap, OkStandsBesideGracePeriodsOnly) {
  PublicViewData view = testing::withheld_view();
  const auto shown = [&](std::initializer_list<Status> statuses) {
    view.statuses = {};
    for (const Status status : statuses) view.statuses.insert(status);
    const auto json = boost::json::parse(testing::rdap_domain_sample("ok", view).body);
    std::string out;
    for (const auto& one : json.at("status").as_array()) out += (out.empty() ? "" : ", ") + std::string(one.as_string());
    return out;
  };
  EXPECT_EQ(shown({Status::ok}), "active");
  EXPECT_EQ(shown({Status::ok, Status::add_period}), "add period, active");
  EXPECT_EQ(shown({Status::ok, Status::client_hold}), "client hold");
  EXPECT_EQ(shown({Status::redemption_period}), "pending delete, redemption period");
  EXPECT_EQ(shown({Status::redemption_period, Status::pending_restore}), "pending delete, pending restore");
  EXPECT_EQ(shown({}), "active");
}

TEST(Rdap, LastChangedIsLeftOutWhereNothingChanged) {
  PublicViewData view = testing::withheld_view();
  const auto has = [&](std::string_view action) {
    return testing::rdap_domain_sample("events", view).body.find(action) != std::string::npos;
  };
  EXPECT_TRUE(has("last changed"));
  view.updated = view.created;
  EXPECT_FALSE(has("last changed"));
  view.updated.reset();
  EXPECT_FALSE(has("last changed"));
  EXPECT_FALSE(has("\"transfer\""));
  view.transferred = testing::sample_time();
  EXPECT_TRUE(has("\"transfer\""));
}

}  // namespace
}  // namespace regdata::whois
