// Every page as golden file, every error case, and what must be in none of them.
#include "whois/page_lookup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/redaction/made_view.hpp"
#include "tests/whois/golden.hpp"
#include "tests/whois/running_server.hpp"
#include "tests/whois/sample_views.hpp"
#include "whois/target.hpp"

namespace regdata::whois {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::sample_time;

const std::shared_ptr<const PageTexts>& shipped() {
  static const auto texts = PageTexts::make().value();
  return texts;
}

const RateLimits published{{600, 60}, {300, 60}, {60, 30}, {3'000'000, 500'000}, 32};

class PageLookup : public ::testing::Test {
 protected:
  struct Given {
    Answer answer;
    HttpResponse response;
  };

  static HttpRequest request(std::string_view target, HttpMethod method = HttpMethod::get) {
    HttpRequest made;
    made.method = method;
    made.target = target;
    return made;
  }

  Given ask(const HttpRequest& asked, UtcTime now = sample_time(), const RateLimits& limits = published) {
    Given given;
    given.answer = pages_.answer(asked, {}, limits, now, {}, given.response);
    return given;
  }
  Given ask(std::string_view target) { return ask(request(target)); }

  void SetUp() override {
    redaction::ViewWriter::Batch batch;
    batch.texts = testing::sample_texts();
    batch.texts->terms_url = "https://registrar.example/terms";
    batch.texts->disclosure_url = "https://registrar.example/disclosure";
    // one rule an element, so that a wrong one shows in a golden file; the last is translated
    for (redaction::RuleId id = 5; id <= 23; ++id) {
      const std::string number = std::to_string(id);
      batch.texts->rules.push_back(
          {id, "icann-gtld", "rule-" + number, "RDP §" + number + "; rules.md §1", "Reason " + number + "."});
    }
    batch.texts->rules.back().text = "This is personal data of the holder and withheld by law.";
    ASSERT_TRUE(store_.writer().apply(batch));
  }

  testing::SampleStore store_{sample_time()};
  std::shared_ptr<redaction::ViewReader> reader_ = store_.reader();
  LookupPages pages_{*reader_, shipped()};
};

TEST_F(PageLookup, NamesThatAreRegisteredWithUs) {
  const std::pair<const char*, const char*> cases[] = {
      {"/lookup?name=bluehen.example", "page-withheld.html"},
      {"/lookup?name=bluehen.example&lang=de", "page-withheld.de.html"},
      {"/lookup?name=chosen.example", "page-chosen.html"},
      {"/lookup?name=sparse.example", "page-sparse.html"},
      {"/lookup?name=b%C3%BCcher.example", "page-idn.html"},
      {"/lookup?name=held.quiet.test", "page-no-whois.html"},
      {"/lookup?name=https%3A%2F%2FWWW.Bluehen.example%3A443%2Fx%3Fy", "page-host-below.html"},
  };
  for (const auto& [target, golden] : cases) {
    const Given given = ask(target);
    EXPECT_EQ(given.response.status, 200) << target;
    EXPECT_EQ(given.answer.kind, AnswerKind::found) << target;
    EXPECT_EQ(testing::golden_difference(golden, given.response.body), "") << target;
  }
  EXPECT_TRUE(ask("/lookup?name=chosen.example").answer.personal);
  const Answer withheld = ask("/lookup?name=bluehen.example").answer;
  EXPECT_FALSE(withheld.personal);
  // for the counters: as many as port 43 and RDAP hold back, and none where there is nothing to hold back
  EXPECT_GT(std::distance(withheld.redacted.begin(), withheld.redacted.end()), 10);
  const Answer nobody = ask("/lookup?name=unheld.example").answer;
  EXPECT_EQ(std::distance(nobody.redacted.begin(), nobody.redacted.end()), 0);
}

TEST_F(PageLookup, StaleViewsShowNothingByChoice) {
  const Given given = ask(request("/lookup?name=chosen.example"), sample_time() + stale_after + std::chrono::seconds(1));
  EXPECT_FALSE(given.answer.personal);
  EXPECT_EQ(testing::golden_difference("page-stale.html", given.response.body), "");
  for (const char* value : {"Ada Example", "Henhouse", "+1.5555550100", "ada@bluehen.example", "Tech Desk"})
    EXPECT_THAT(given.response.body, Not(HasSubstr(value)));
}

TEST_F(PageLookup, EveryErrorCase) {
  struct Case {
    std::string target;
    std::uint16_t status;
    AnswerKind kind;
    const char* golden;
  };
  std::string u_labels;
  for (int i = 0; i < 60; ++i) u_labels += "%C3%BC";
  const Case cases[] = {
      {"/lookup?name=", 400, AnswerKind::refused, "page-error-empty.html"},
      {"/lookup?name=+%22%C2%A0", 400, AnswerKind::refused, nullptr},
      {"/lookup?name=hello", 400, AnswerKind::refused, "page-error-not-a-name.html"},
      {"/lookup?name=a_b.example", 400, AnswerKind::refused, nullptr},
      {"/lookup?name=-a.example", 400, AnswerKind::refused, nullptr},
      {"/lookup?name=a..example", 400, AnswerKind::refused, nullptr},
      {"/lookup?name=%FF.example", 400, AnswerKind::refused, nullptr},
      {"/lookup?name=x%00.example", 400, AnswerKind::refused, nullptr},
      {"/lookup?name=https%3A%2F%2F", 400, AnswerKind::refused, nullptr},
      {"/lookup?name=" + std::string(64, 'a') + ".example", 400, AnswerKind::refused, "page-error-too-long.html"},
      {"/lookup?name=" + u_labels + ".example", 400, AnswerKind::refused, nullptr},
      {"/lookup?name=xn--bcher-kva.b%C3%BCcher.example", 400, AnswerKind::refused, "page-error-mixed-labels.html"},
      {"/lookup?name=snow%E2%98%83man.example", 400, AnswerKind::refused, "page-error-invalid-idn.html"},
      {"/lookup?name=xn--a.example", 400, AnswerKind::refused, "page-error-invalid-a-label.html"},
      {"/lookup?name=bluehen.invalid", 404, AnswerKind::no_match, "page-error-foreign-tld.html"},
      {"/lookup?name=nosuch.example", 404, AnswerKind::no_match, "page-error-not-found.html"},
      {"/lookup?name=nosuch.example&lang=de", 404, AnswerKind::no_match, "page-error-not-found.de.html"},
      {"/lookup/x", 404, AnswerKind::refused, "page-error-no-page.html"},
      {"/assets/page.html", 404, AnswerKind::refused, nullptr},
      {"/assets/..%2Fpage.css", 404, AnswerKind::refused, nullptr},
      {"/terms/x", 404, AnswerKind::refused, nullptr},
  };
  for (const Case& one : cases) {
    const Given given = ask(one.target);
    EXPECT_EQ(given.response.status, one.status) << one.target;
    EXPECT_EQ(given.answer.kind, one.kind) << one.target;
    EXPECT_EQ(given.response.content_type, "text/html; charset=utf-8") << one.target;
    if (one.golden == nullptr) continue;
    EXPECT_EQ(testing::golden_difference(one.golden, given.response.body), "");
  }
}

TEST_F(PageLookup, SaysHowLongToWait) {
  HttpResponse response;
  pages_.limited(request("/lookup?name=secret-name.example"), 17, response);
  EXPECT_EQ(response.status, 429);
  EXPECT_THAT(response.headers, HasSubstr("Retry-After: 17\r\n"));
  EXPECT_EQ(testing::golden_difference("page-error-too-fast.html", response.body), "");
  EXPECT_THAT(response.body, Not(HasSubstr("secret-name")));
  pages_.limited(request("/"), 1, response);
  EXPECT_THAT(response.body, HasSubstr("in one second."));
}

TEST_F(PageLookup, DataThatCannotBeReadIsAPageToo) {
  auto view = testing::withheld_view();
  view.name = view.unicode_name = "orphan.example";
  view.registrar = "gone";
  redaction::ViewWriter::Batch batch;
  batch.put.push_back(testing::made_view(view));
  ASSERT_TRUE(store_.writer().apply(batch));
  const Given given = ask("/lookup?name=orphan.example");
  EXPECT_EQ(given.answer.kind, AnswerKind::error);
  EXPECT_EQ(given.response.status, 503);
  EXPECT_THAT(given.response.headers, HasSubstr("Retry-After: 10\r\n"));
  EXPECT_EQ(testing::golden_difference("page-error-unavailable.html", given.response.body), "");
}

TEST_F(PageLookup, WhatIsTooLongToReadIsAPage) {
  const std::string target = "/lookup?name=" + std::string(max_target_bytes, 'a') + ".example";
  const Given given = ask(target);
  EXPECT_EQ(given.response.status, 414);
  EXPECT_EQ(given.answer.kind, AnswerKind::refused);
  EXPECT_THAT(given.response.body, HasSubstr("too long for a domain name"));
  EXPECT_THAT(given.response.body, Not(HasSubstr("aaaa")));
  HttpResponse response;
  pages_.failed(request("/lookup?name=aaaa"), 431, response);
  EXPECT_EQ(response.status, 431);
  EXPECT_EQ(response.body, given.response.body);
  pages_.failed(request("/lookup?name=aaaa"), 500, response);
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, HasSubstr("cannot be read at the moment"));
}

TEST_F(PageLookup, OnlyGetAndHead) {
  for (const HttpMethod method : {HttpMethod::post, HttpMethod::options, HttpMethod::other}) {
    const Given given = ask(request("/lookup?name=bluehen.example", method));
    EXPECT_EQ(given.response.status, 405);
    EXPECT_THAT(given.response.headers, HasSubstr("Allow: GET, HEAD\r\n"));
    EXPECT_EQ(testing::golden_difference("page-error-method.html", given.response.body), "");
  }
  EXPECT_EQ(ask(request("/lookup?name=bluehen.example", HttpMethod::head)).response.status, 200);
}

TEST_F(PageLookup, TheOtherPages) {
  EXPECT_EQ(testing::golden_difference("page-start.html", ask("/").response.body), "");
  EXPECT_EQ(testing::golden_difference("page-terms.html", ask("/terms").response.body), "");
  EXPECT_EQ(testing::golden_difference("page-limits.html", ask("/limits").response.body), "");
  const RateLimits none{{0, 1}, {0, 1}, {0, 1}, {0, 1}, 32};
  const Given given = ask(request("/limits"), sample_time(), none);
  EXPECT_EQ(testing::golden_difference("page-limits-none.html", given.response.body), "");
  EXPECT_EQ(ask("/lookup").response.body, ask("/").response.body);
}

TEST_F(PageLookup, AssetsAreKeptByBrowsers) {
  HttpRequest asked = request("/assets/page.css");
  const Given given = ask(asked);
  EXPECT_EQ(given.response.status, 200);
  EXPECT_EQ(given.response.content_type, "text/css; charset=utf-8");
  asked.if_none_match = given.response.etag;
  const Given again = ask(asked);
  EXPECT_EQ(again.response.status, 304);
  EXPECT_TRUE(again.response.body.empty());
}

// lookup.md §6: the name is in the address that the visitor made, and goes nowhere else.
TEST_F(PageLookup, TheNameIsInNoTitleAndNoHeader) {
  for (const char* target : {"/lookup?name=bluehen.example", "/lookup?name=nosuch.example", "/lookup?name=bluehen.invalid"}) {
    const Given given = ask(target);
    const std::string& body = given.response.body;
    const std::string title = body.substr(body.find("<title>"), body.find("</title>") - body.find("<title>"));
    EXPECT_FALSE(title.empty());
    for (const char* name : {"bluehen", "nosuch"}) {
      EXPECT_THAT(title, Not(HasSubstr(name)));
      EXPECT_THAT(given.response.headers, Not(HasSubstr(name)));
    }
    EXPECT_TRUE(given.response.etag.empty());
  }
}

TEST_F(PageLookup, NamesOfOthersAndNamesOfNobodyAnswerAlike) {
  const auto masked = [&](std::string name) {
    std::string body = ask("/lookup?name=" + name).response.body;
    for (std::size_t at = 0; (at = body.find(name, at)) != std::string::npos;) body.replace(at, name.size(), "NAME");
    return body;
  };
  EXPECT_EQ(masked("elsewhere.example"), masked("nobody-has-it.example"));
}

TEST_F(PageLookup, OwnsItsPathsAndLeavesTheRestToRdap) {
  const std::pair<const char*, bool> cases[] = {{"/", true},
                                                {"/?lang=de", true},
                                                {"/lookup?name=x", true},
                                                {"/lookup/x", true},
                                                {"/assets/page.css", true},
                                                {"http://registrar.example/", true},
                                                {"https://registrar.example/lookup?name=x", true},
                                                {"/domain/x.example", false},
                                                {"http://registrar.example/domain/x.example", false},
                                                {"/help", false},
                                                {"/lookups", false},
                                                {"*", false},
                                                {"", false}};
  for (const auto& [target, owned] : cases) EXPECT_EQ(pages_.owns(first_segment(target)), owned) << target;
}

TEST(PageInput, TakesTheHostOfWhatIsPasted) {
  const std::pair<const char*, const char*> cases[] = {
      {"bluehen.example", "bluehen.example"},
      {"  \"bluehen.example\" ", "bluehen.example"},
      {"https://user:pw@www.bluehen.example:8443/a/b?c#d", "www.bluehen.example"},
      {"//bluehen.example/x", "bluehen.example"},
      {"mailto:ada@bluehen.example?subject=x", "bluehen.example"},
      {"Ada <ada@bluehen.example>", "bluehen.example"},
      {"bluehen.example.", "bluehen.example."},
      {"bluehen.example:443", "bluehen.example"},
      {"\u201Ebluehen.example\u201C", "bluehen.example"},
      {"https://", ""},
      {"", ""},
  };
  for (const auto& [typed, host] : cases) EXPECT_EQ(host_of(typed), host) << typed;
}

TEST(PageInput, NamesTheCharacterToBlame) {
  const auto wrong = [](std::string_view typed) { return std::get<NotAName>(read_typed(typed)); };
  EXPECT_EQ(wrong("a☃b.example").character, "☃");
  EXPECT_EQ(code_point_of("☃"), "U+2603");
  EXPECT_EQ(code_point_of("\U0001F414"), "U+1F414");
  // allowed by itself, wrong beside its neighbours: nobody is blamed
  EXPECT_EQ(wrong("a\u200Db.example").problem, PageProblem::invalid_idn);
  EXPECT_EQ(wrong("a\u200Db.example").character, "");
  EXPECT_EQ(wrong("1\u05D0.example").problem, PageProblem::invalid_idn);
  EXPECT_EQ(wrong(std::string(5000, 'a')).problem, PageProblem::too_long);
  EXPECT_EQ(wrong("bücher").problem, PageProblem::not_a_name);
}

TEST(PageTexts, EveryProblemStatusAndElementHasItsWords) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < page_problem_count; ++i) {
    const std::string word(word_of(static_cast<PageProblem>(i)));
    keys.insert(keys.end(), {"error." + word, "error." + word + "_heading"});
  }
  for (std::size_t i = 0; i < status_count; ++i) keys.push_back("status." + std::string(to_string(static_cast<Status>(i))));
  for (const Element element : contact_elements) keys.push_back("element." + std::string(to_string(element)));
  for (const Role role : {Role::registrant, Role::technical})
    keys.insert(keys.end(), {"contact." + std::string(to_string(role)), "reach." + std::string(to_string(role))});
  for (const char* date : {"created", "updated", "transferred", "registrar_expires", "registry_expires"})
    keys.push_back(std::string("dates.") + date);
  for (const std::string& key : keys) EXPECT_NE(shipped()->message("en", key), nullptr) << key;
}

}  // namespace
}  // namespace regdata::whois
