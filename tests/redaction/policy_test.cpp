#include "redaction/policy.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "redaction/policy_check.hpp"
#include "redaction/shipped_policies.hpp"
#include "tests/redaction/random_registration.hpp"

namespace regdata::redaction {
namespace {

// --- vectors ---

constexpr std::string_view head = "name = \"p\"\nversion = \"1\"\n";
constexpr std::string_view facts_rule =
    "[[rule]]\nid = \"facts\"\n"
    "elements = [\"domain-name\", \"registrar-whois-server\", \"registrar-url\", \"creation-date\", \"registrar-name\",\n"
    "  \"registrar-iana-id\", \"abuse-email\", \"abuse-phone\", \"domain-status\", \"name-server\", \"name-server-address\",\n"
    "  \"dnssec\"]\naction = \"publish\"\nsection = \"s\"\ntext = \"t\"\n";
constexpr std::string_view emails =
    "[[rule]]\nid = \"e\"\nelements = [\"email\"]\nroles = [\"registrant\", \"technical\"]\naction = \"replace-with-form\"\n"
    "section = \"s\"\ntext = \"t\"\n\n\n";

struct Vector {
  std::string title;
  std::string expect;
  std::string expect_begins;
  std::string hint;
  std::string hint_begins;
  std::string toml;
};

std::string after(const std::string& line, std::string_view key) { return line.substr(std::min(line.size(), key.size() + 1)); }

std::vector<Vector> vectors() {
  std::ifstream file(REGDATA_SOURCE_DIR "/tests/redaction/vectors/policy_file.txt");
  std::vector<Vector> all;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("=== ")) {
      all.push_back({line.substr(4), {}, {}, {}, {}, {}});
    } else if (all.empty()) {
      continue;
    } else if (line.starts_with("expect:")) {
      all.back().expect = after(line, "expect:");
    } else if (line.starts_with("expect-begins:")) {
      all.back().expect_begins = after(line, "expect-begins:");
    } else if (line.starts_with("hint:")) {
      all.back().hint = after(line, "hint:");
    } else if (line.starts_with("hint-begins:")) {
      all.back().hint_begins = after(line, "hint-begins:");
    } else if (line == "@head") {
      all.back().toml += head;
    } else if (line == "@facts") {
      all.back().toml += facts_rule;
    } else if (line == "@emails") {
      all.back().toml += emails;
    } else {
      if (const auto raw = line.find("\\xff"); raw != std::string::npos) line.replace(raw, 4, "\xff");
      all.back().toml += line + "\n";
    }
  }
  return all;
}

TEST(PolicyFile, Vectors) {
  const std::vector<Vector> all = vectors();
  ASSERT_GT(all.size(), 60U);
  for (const Vector& vector : all) {
    SCOPED_TRACE(vector.title);
    const auto policy = Policy::parse(vector.toml, "v.toml");
    if (vector.expect == "ok") {
      EXPECT_TRUE(policy) << policy.error().context;
      continue;
    }
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error().code, Errc::configuration);
    if (vector.expect_begins.empty()) {
      EXPECT_EQ(policy.error().context, vector.expect);
    }
    EXPECT_TRUE(policy.error().context.starts_with(vector.expect_begins)) << policy.error().context;
    if (!vector.hint.empty()) {
      EXPECT_EQ(policy.error().hint, vector.hint);
    }
    EXPECT_TRUE(policy.error().hint.starts_with(vector.hint_begins)) << policy.error().hint;
  }
}

TEST(PolicyFile, TimesAreReadWithTheirZone) {
  for (const Vector& vector : vectors()) {
    if (vector.title != "from with a zone") continue;
    const Policy policy = *Policy::parse(vector.toml, "v.toml");
    const Rule& rule = policy.rules().back();
    EXPECT_EQ(rule.from, *parse_rfc3339("2026-11-30T22:00:00Z"));
    EXPECT_EQ(rule.until, *parse_rfc3339("2027-12-01T00:00:00.500Z"));
    return;
  }
  FAIL() << "the vector is gone";
}

TEST(PolicyFile, TooLarge) {
  const auto policy = Policy::parse(std::string(256 * 1024 + 1, '#'), "v.toml");
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().context, "v.toml: policy file is larger than 256 KiB");
}

TEST(PolicyFile, TooManyRules) {
  std::string toml = std::string(head) + std::string(facts_rule);
  for (int i = 0; i < 256; ++i) {
    toml += "[[rule]]\nid = \"r" + std::to_string(i) +
            "\"\nelements = [\"name\"]\nroles = [\"registrant\"]\nwhen = \"choice-given\"\naction = \"publish\"\nsection = "
            "\"s\"\ntext = \"t\"\n";
  }
  const auto policy = Policy::parse(toml, "v.toml");
  ASSERT_FALSE(policy);
  EXPECT_TRUE(policy.error().context.ends_with("more than 256 rules")) << policy.error().context;
}

// --- settings ---

TEST(PolicySettingsTest, DefaultsHoldUntilConfigurationChooses) {
  EXPECT_EQ(testing::shipped("icann-gtld").settings(),
            (PolicySettings{{"city", "withhold"}, {"domain-id", "publish"}, {"email", "form"}, {"legal-person", "off"}}));
  EXPECT_EQ(testing::shipped("icann-gtld", {{"city", "publish"}}).settings().at("city"), "publish");
  EXPECT_TRUE(testing::shipped("cctld-example").settings().empty());
}

TEST(PolicySettingsTest, UnknownSettingsAndValuesAreRefused) {
  const std::string_view toml = shipped_policy("icann-gtld")->toml;
  auto policy = Policy::parse(toml, "icann-gtld", 2, {{"citys", "publish"}});
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().context, "icann-gtld: policy \"icann-gtld\" has no setting \"citys\"");
  EXPECT_EQ(policy.error().hint, "did you mean \"city\"? allowed: city domain-id email legal-person");
  policy = Policy::parse(toml, "icann-gtld", 2, {{"city", "yes"}});
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code, Errc::configuration);
  EXPECT_NE(policy.error().context.find("setting \"city\" has no value \"yes\""), std::string::npos) << policy.error().context;
  EXPECT_EQ(policy.error().hint, "allowed: withhold publish");
}

// --- what is loaded ---

TEST(PolicyTest, ShippedPoliciesSayWhyInOneSentence) {
  std::set<std::string> names;
  for (const ShippedPolicy& file : shipped_policies()) {
    const auto policy = Policy::parse(file.toml, file.name);
    ASSERT_TRUE(policy) << policy.error().context << " (" << policy.error().hint << ")";
    EXPECT_EQ(policy->name(), file.name);
    names.insert(policy->name());
    for (const Rule& rule : policy->rules()) {
      EXPECT_TRUE(rule.text.ends_with(".")) << rule.id;
      EXPECT_LE(rule.text.size(), 120U) << rule.id;
      const bool cites =
          rule.section.find("rules.md §1.") != std::string::npos || rule.section.starts_with("Example Domain Act s. ");
      EXPECT_TRUE(cites) << rule.id << ": " << rule.section;
    }
  }
  EXPECT_EQ(names, (std::set<std::string>{"cctld-example", "icann-gtld"}));
}

// docs/policy.md is what a policy's author reads: it has every word that the parser takes, and the settings that are shipped.
TEST(PolicyTest, TheDocumentNamesEveryWord) {
  std::ifstream file(REGDATA_SOURCE_DIR "/docs/policy.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string document = text.str();
  std::vector<std::string> words;
  for (const Element element : all_elements) words.emplace_back(to_string(element));
  for (const Role role : all_roles) words.emplace_back(to_string(role));
  for (int i = 0; i <= static_cast<int>(Action::omit); ++i) words.emplace_back(to_string(static_cast<Action>(i)));
  for (int i = 0; i <= static_cast<int>(Condition::natural_person); ++i)
    words.emplace_back(to_string(static_cast<Condition>(i)));
  for (const LegalBasis basis : {LegalBasis::legal_obligation, LegalBasis::public_task, LegalBasis::legitimate_interest}) {
    words.emplace_back(to_string(basis));
  }
  const Policy policy = testing::shipped("icann-gtld");
  for (const auto& [setting, value] : policy.settings()) words.insert(words.end(), {setting, value});
  for (const std::string& word : words) EXPECT_NE(document.find("`" + word + "`"), std::string::npos) << word;
}

TEST(PolicyTest, RuleIdsAreARangeOfTheirOwn) {
  const Policy policy = testing::shipped("icann-gtld", {}, 1000);
  EXPECT_EQ(policy.id_of(policy.rules().front()), 1000);
  for (const Rule& rule : policy.rules()) EXPECT_EQ(policy.rule(policy.id_of(rule)), &rule);
  EXPECT_EQ(policy.rule(0), nullptr);
  EXPECT_EQ(policy.rule(999), nullptr);
  EXPECT_EQ(policy.rule(static_cast<RuleId>(1000 + policy.rules().size())), nullptr);
  const std::vector<RuleText> texts = policy.rule_texts();
  ASSERT_EQ(texts.size(), policy.rules().size() + 2);
  EXPECT_EQ(texts[0].rule, "unknown");
  EXPECT_EQ(texts[1].rule, "unavailable");
  EXPECT_EQ(texts[1].id, Policy::rule_unavailable);
  EXPECT_EQ(texts[2], (RuleText{1000, "icann-gtld", policy.rules()[0].id, policy.rules()[0].section, policy.rules()[0].text}));
  // Numbers run out in good order.
  const std::string_view toml = shipped_policy("icann-gtld")->toml;
  EXPECT_FALSE(Policy::parse(toml, "icann-gtld", 65530));
  EXPECT_FALSE(Policy::parse(toml, "icann-gtld", 1));
}

TEST(PolicyTest, CopiesKeepTheirRules) {
  const Policy copy = [] {
    Policy policy = testing::shipped("icann-gtld");
    return policy;
  }();
  Policy moved = copy;
  const Policy last = std::move(moved);
  EXPECT_EQ(last.digest(), copy.digest());
  EXPECT_EQ(last.steps(Role::registrant, Element::email).size(), 3U);  // service, choice, form
}

TEST(PolicyTest, DigestFollowsTheMeaning) {
  const std::string toml(shipped_policy("icann-gtld")->toml);
  const std::uint64_t digest = Policy::parse(toml, "a")->digest();
  EXPECT_EQ(Policy::parse("# a comment\n" + toml, "b", 500)->digest(), digest);
  std::string other = toml;
  other.replace(other.find("always public."), 14, "forever public.");
  EXPECT_NE(Policy::parse(other, "a")->digest(), digest);
  std::set<std::uint64_t> digests;
  for (const char* city : {"publish", "withhold"}) {
    for (const char* email : {"form", "relay"})
      digests.insert(testing::shipped("icann-gtld", {{"city", city}, {"email", email}}).digest());
  }
  EXPECT_EQ(digests.size(), 4U);
}

// What is written is read: a policy survives its own file.
RC_GTEST_PROP(PolicyProperty, RulesSurviveTheFile, ()) {
  const std::string toml = testing::random_policy_toml(*testing::seeds());
  const auto policy = Policy::parse(toml, "random.toml");
  RC_ASSERT(policy.has_value());
  RC_ASSERT(!check_rules(policy->rules()));
  const auto again = Policy::parse(testing::to_toml(policy->name(), policy->rules()), "again.toml", 77);
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->digest() == policy->digest());
}

// A file that was cut or changed anywhere is a policy or an error, never anything else.
RC_GTEST_PROP(PolicyProperty, DamagedFilesAreRefusedOrSound, ()) {
  testing::Chance chance(*testing::seeds());
  std::string toml(chance.one_in(2) ? shipped_policy("icann-gtld")->toml : shipped_policy("cctld-example")->toml);
  for (std::size_t i = 1 + chance.below(4); i > 0; --i) {
    const std::size_t at = chance.below(toml.size());
    if (chance.one_in(3))
      toml.erase(at, 1 + chance.below(200));
    else if (chance.one_in(2))
      toml[at] = static_cast<char>(chance.next());
    else
      toml.insert(at, toml.substr(chance.below(toml.size()), 1 + chance.below(60)));
    if (toml.empty()) break;
  }
  const auto policy = Policy::parse(toml, "damaged.toml");
  if (!policy) RC_ASSERT(policy.error().code == Errc::configuration);
  if (policy) RC_ASSERT(!check_rules(policy->rules()));
}

}  // namespace
}  // namespace regdata::redaction
