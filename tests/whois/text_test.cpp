// What port 43 prints, byte for byte.
#include "whois/text.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "registration/registration_data.hpp"
#include "tests/redaction/made_view.hpp"
#include "tests/whois/answer_checker.hpp"
#include "tests/whois/golden.hpp"
#include "tests/whois/sample_views.hpp"
#include "whois/layout.hpp"
#include "whois/query.hpp"

namespace regdata::whois {
namespace {

using redaction::PublicTexts;
using redaction::PublicViewData;
using testing::golden_difference;
using testing::made_view;

// house.md §3: only a PublicView can be rendered, and only redact() and the codec can make one
static_assert(std::is_invocable_v<decltype(append_domain), std::string&, const redaction::PublicView&, const AnswerFrame&>);
static_assert(!std::is_invocable_v<decltype(append_domain), std::string&, const RegistrationData&, const AnswerFrame&>);
static_assert(!std::is_invocable_v<decltype(append_domain), std::string&, const PublicViewData&, const AnswerFrame&>);
static_assert(!std::is_constructible_v<redaction::PublicView, PublicViewData>);
static_assert(!std::is_convertible_v<RegistrationData, PublicViewData>);

std::string rendered(const PublicViewData& view, const PublicTexts& texts, bool stale = false) {
  std::string out;
  EXPECT_TRUE(append_domain(out, made_view(view), AnswerFrame{texts, testing::sample_time(), stale}));
  return out;
}

constexpr std::uint32_t bit(WhoisLayout option) { return static_cast<std::uint32_t>(option); }

struct Golden {
  std::string name;
  PublicViewData view;
  std::uint32_t layout = 0;
  bool stale = false;
};

TEST(WhoisText, DomainAnswersAreGolden) {
  std::vector<Golden> cases{
      {"withheld", testing::withheld_view()},
      {"chosen", testing::chosen_view()},
      {"sparse", testing::sparse_view()},
      {"idn", testing::idn_view()},
      {"chosen.stale", testing::chosen_view(), 0, true},
  };
  std::uint32_t everything = 0;
  for (const WhoisLayout option : all_layouts) {
    everything |= bit(option);
    cases.push_back({"withheld." + std::string(to_string(option)), testing::withheld_view(), bit(option)});
    cases.push_back({"sparse." + std::string(to_string(option)), testing::sparse_view(), bit(option)});
  }
  cases.push_back({"chosen.all-options", testing::chosen_view(), everything});
  for (const Golden& golden : cases) {
    const std::string text = rendered(golden.view, testing::sample_texts(golden.layout), golden.stale);
    EXPECT_EQ(golden_difference(golden.name + ".txt", text), "");
    const auto checked = testing::check_domain_answer(text);
    EXPECT_TRUE(checked.problems.empty()) << golden.name << ": " << checked.problems.front();
  }
}

TEST(WhoisText, OtherObjectsAndNoticesAreGolden) {
  const PublicTexts texts = testing::sample_texts();
  const AnswerFrame frame{texts, testing::sample_time(), false};
  const auto check = [&](std::string_view name, auto append) {
    std::string out;
    append(out);
    EXPECT_EQ(golden_difference(name, out), "");
    EXPECT_TRUE(testing::check_lines(out).empty()) << testing::check_lines(out).front();
  };
  check("host.txt", [&](std::string& out) {
    append_host(out, {"ns1.bluehen.example", {"192.0.2.53", "2001:db8::53"}, "main"}, frame);
  });
  check("registrar.txt", [&](std::string& out) { append_registrar(out, texts.registrars[0], frame); });
  check("registrar-second.txt", [&](std::string& out) { append_registrar(out, texts.registrars[1], frame); });
  check("no-match.txt", [&](std::string& out) { append_no_match(out, "", "nobody.example", frame); });
  check("no-match-host.txt", [&](std::string& out) { append_no_match(out, "nameserver ", "ns1.nobody.example", frame); });
  check("elsewhere.txt", [&](std::string& out) { append_elsewhere(out, "quiet.test", "domain", "x.quiet.test", frame); });
  check("help.txt", [](std::string& out) { append_help(out, RateLimits{}); });
  check("help-no-limits.txt", [](std::string& out) { append_help(out, RateLimits{{0, 1}, {0, 1}, {0, 1}, {0, 1}, 1}); });
  check("limited.txt", [](std::string& out) { append_limited(out, 17, RateLimits{}); });
  check("limited-one.txt", [](std::string& out) { append_limited(out, 1, RateLimits{{0, 1}, {0, 1}, {0, 1}, {0, 1}, 1}); });
  check("busy.txt", [](std::string& out) { append_busy(out); });
  check("crowded.txt", [](std::string& out) { append_crowded(out, 32, 10); });
  check("error.txt", [](std::string& out) { append_error(out); });
  check("refusals.txt", [](std::string& out) {
    for (std::size_t i = 0; i < refusal_count; ++i) append_refusal(out, refusal_text(static_cast<Refusal>(i)));
  });
}

TEST(WhoisText, RedactionTextIsTheOperators) {
  PublicTexts texts = testing::sample_texts();
  texts.redacted_text = "REDACTED FOR PRIVACY";
  const auto answer = testing::check_domain_answer(rendered(testing::withheld_view(), texts), {"REDACTED FOR PRIVACY"});
  EXPECT_EQ(answer.value("Registrant Name"), "REDACTED FOR PRIVACY");
  // rules.md §3.4: never for the state, the country and the e-mail
  EXPECT_EQ(answer.value("Registrant State/Province"), "Westmark");
  EXPECT_EQ(answer.value("Registrant Country"), "FR");
  EXPECT_EQ(answer.value("Registrant Email"), "https://registrar.example/contact?d=bluehen.example&r=registrant");
}

TEST(WhoisText, UnknownSigningIsNotCalledUnsigned) {
  PublicViewData view = testing::withheld_view();
  view.dnssec = redaction::PublicDnssec::unknown;
  EXPECT_EQ(rendered(view, testing::sample_texts()).find("DNSSEC"), std::string::npos);
  const auto empty = testing::check_domain_answer(rendered(view, testing::sample_texts(bit(WhoisLayout::print_empty))));
  EXPECT_EQ(empty.value("DNSSEC"), "");
}

TEST(WhoisText, StaleViewsShowNothingByChoice) {
  const std::string text = rendered(testing::chosen_view(), testing::sample_texts(), true);
  for (const char* value :
       {"Ada", "Cooperative", "Henhouse", "Westport", "12345\r", "5555550100", "ada@", "tech@", "Tech Desk"})
    EXPECT_EQ(text.find(value), std::string::npos) << value;
  const auto answer = testing::check_domain_answer(text);
  EXPECT_EQ(answer.value("Registrant Email"), "https://registrar.example/contact?d=bluehen.example&r=registrant");
  EXPECT_EQ(answer.value("Registrant State/Province"), "Westmark") << "not shown by choice, so it stays";
  EXPECT_FALSE(shows_personal(made_view(testing::chosen_view()), {testing::sample_texts(), testing::sample_time(), true}));
}

TEST(WhoisText, PersonalMeansShownByChoice) {
  const PublicTexts texts = testing::sample_texts();
  const AnswerFrame frame{texts, testing::sample_time(), false};
  EXPECT_TRUE(shows_personal(made_view(testing::chosen_view()), frame));
  EXPECT_FALSE(shows_personal(made_view(testing::withheld_view()), frame));
  PublicViewData view = testing::withheld_view();
  view.contacts.front().fax = redaction::Shown<std::string>{"+1.5555550101", 22, true};
  EXPECT_TRUE(shows_personal(made_view(view), frame));
  view.contacts.front().fax = redaction::Shown<std::string>{"+1.5555550101", 22, false};
  EXPECT_FALSE(shows_personal(made_view(view), frame)) << "a privacy service's number is nobody's choice";
}

TEST(WhoisText, UnknownRegistrarIsNoAnswer) {
  PublicViewData view = testing::withheld_view();
  view.registrar = "gone";
  const PublicTexts texts = testing::sample_texts();
  std::string out = "kept";
  EXPECT_FALSE(append_domain(out, made_view(view), AnswerFrame{texts, testing::sample_time(), false}));
  EXPECT_EQ(out, "kept");
}

TEST(WhoisText, AnswersEndInANoticeInAnyCase) {
  PublicTexts texts = testing::sample_texts();
  texts.whois_disclaimer = " \r\n\n";
  EXPECT_TRUE(testing::check_domain_answer(rendered(testing::sparse_view(), texts)).problems.empty());
}

TEST(WhoisLayoutWords, ReadBack) {
  for (const WhoisLayout option : all_layouts) EXPECT_EQ(layout_from(to_string(option)), option);
  EXPECT_FALSE(layout_from("legacy_admin"));
}

}  // namespace
}  // namespace regdata::whois
