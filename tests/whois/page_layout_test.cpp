// Languages, escaping, headers, and what is wrong with an operator's files.
#include "whois/page_layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "redaction/policy.hpp"
#include "redaction/shipped_policies.hpp"

namespace regdata::whois {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Throws with the reason where what is shipped is not sound.
std::shared_ptr<const PageTexts> shipped_texts() { return PageTexts::make().value(); }

std::string refusal(const PageFiles& files, std::string_view language = "en") {
  const auto texts = PageTexts::make(files, language);
  if (texts) return "accepted";
  EXPECT_EQ(texts.error().code, Errc::configuration);
  return texts.error().context;
}

HttpRequest get(std::string_view target, std::string_view accept_language = {}) {
  HttpRequest request;
  request.method = HttpMethod::get;
  request.target = target;
  request.accept_language = accept_language;
  return request;
}

TEST(PageTexts, EveryLanguageHasEveryKey) {
  const auto texts = shipped_texts();
  ASSERT_EQ(texts->languages(), (std::vector<std::string>{"en", "de"}));
  ASSERT_GT(texts->keys().size(), 150U);
  for (const std::string& key : texts->keys()) {
    for (const std::string& language : texts->languages()) {
      const std::string* text = texts->message(language, key);
      ASSERT_NE(text, nullptr) << language << ' ' << key;
      EXPECT_FALSE(text->empty()) << language << ' ' << key;
    }
    EXPECT_EQ(placeholders(*texts->message("en", key)), placeholders(*texts->message("de", key))) << key;
  }
}

TEST(PageTexts, EveryShippedRuleIsTranslated) {
  const auto texts = shipped_texts();
  std::size_t rules = 0;
  for (const redaction::ShippedPolicy& file : redaction::shipped_policies()) {
    // every value of every setting: rules that are off by default have texts too
    const auto policy = redaction::Policy::parse(file.toml, file.name);
    ASSERT_TRUE(policy);
    std::string_view rest = file.toml;
    for (std::size_t at = rest.find("[[rule]]"); at != std::string_view::npos; at = rest.find("[[rule]]")) {
      rest.remove_prefix(at + 8);
      const std::size_t begin = rest.find("\ntext = \"") + 9;
      const std::string text(rest.substr(begin, rest.find("\"\n", begin) - begin));
      EXPECT_NE(texts->message("de", std::string(PageTexts::rule_texts) + text), nullptr) << text;
      ++rules;
    }
    for (const redaction::RuleText& rule : policy->rule_texts())
      EXPECT_NE(texts->message("de", std::string(PageTexts::rule_texts) + rule.text), nullptr) << rule.text;
  }
  EXPECT_GT(rules, 30U);
}

TEST(PageTexts, AnOperatorReplacesSingleMessages) {
  const auto texts =
      PageTexts::make({{"en.toml", "[site]\nname = \"Example Registrar\"\n"}, {"colors.css", ":root{--text:#000}"}});
  ASSERT_TRUE(texts) << texts.error().context;
  EXPECT_EQ(*(*texts)->message("en", "site.name"), "Example Registrar");
  EXPECT_EQ(*(*texts)->message("en", "search.button"), "Look up");
  EXPECT_EQ(*(*texts)->asset("colors.css"), ":root{--text:#000}");
}

TEST(PageTexts, AFurtherLanguageIsWholeOrRefused) {
  EXPECT_THAT(refusal({{"fr.toml", "[language]\nname = \"français\"\n"}}), HasSubstr("page file fr.toml: the key "));
  std::string toml;
  for (const std::string& key : shipped_texts()->keys())
    toml += key + " = '''" + *shipped_texts()->message("en", key) + "'''\n";
  const auto texts = PageTexts::make({{"fr.toml", toml}}, "fr");
  ASSERT_TRUE(texts) << texts.error().context;
  EXPECT_EQ((*texts)->languages(), (std::vector<std::string>{"en", "de", "fr"}));
}

TEST(PageTexts, SaysWhatIsWrongWithAFile) {
  EXPECT_THAT(refusal({{"en.toml", "[site]\nnames = \"x\"\n"}}), HasSubstr("en.toml: no page uses the key site.names"));
  EXPECT_THAT(refusal({{"en.toml", "[site]\nname = 3\n"}}), HasSubstr("site.name: a message is a text"));
  EXPECT_THAT(refusal({{"en.toml", "[site]\nname = \n"}}), HasSubstr("en.toml: line 2"));
  EXPECT_THAT(refusal({{"en.toml", "[site]\nname = \"{{{name}}}\"\n"}}), HasSubstr("a placeholder is {{word}}"));
  EXPECT_THAT(refusal({{"de.toml", "[site]\nname = \"{{other}}\"\n"}}), HasSubstr("{{other}} is not known here"));
  EXPECT_THAT(refusal({{"site.html", "x"}}), HasSubstr("no page uses a file of this name"));
  EXPECT_THAT(refusal({{"start.html", "{{{raw}}}"}}), HasSubstr("would not be escaped"));
  EXPECT_THAT(refusal({{"start.html", "{{&raw}}"}}), HasSubstr("would not be escaped"));
  EXPECT_THAT(refusal({{"start.html", "{{=<% %>=}}"}}), HasSubstr("would not be escaped"));
  EXPECT_THAT(refusal({{"start.html", "{{t.start.titel}}"}}), HasSubstr("there is no message start.titel"));
  EXPECT_THAT(refusal({{"start.html", "{{> nothing}}"}}), HasSubstr("nothing.html: is included and not there"));
  EXPECT_THAT(refusal({{"_search.html", "{{> _search}}"}}), HasSubstr("_search.html: includes itself"));
  EXPECT_THAT(refusal({{"start.html", "{{name"}}), HasSubstr("start.html: a tag does not close"));
  EXPECT_THAT(refusal({{"start.html", "{{#open}}"}}), HasSubstr("start.html: "));
  EXPECT_THAT(refusal({{"start.html", "<p>{{nmae}}</p>"}}), HasSubstr("start.html: {{nmae}} is not known here"));
  EXPECT_THAT(refusal({{"start.html", "{{#nmaes}}{{/nmaes}}"}}), HasSubstr("{{nmaes}} is not known here"));
  EXPECT_THAT(refusal({}, "fr"), HasSubstr("no messages in the default language \"fr\""));
}

TEST(PageTexts, NothingShippedLoadsRunsOrPrintsUnescaped) {
  std::size_t templates = 0;
  for (const ShippedPage& page : shipped_pages()) {
    if (page.name.ends_with(".css")) {
      for (const char* forbidden : {"url(", "@import", "@font-face"})
        EXPECT_THAT(std::string(page.text), Not(HasSubstr(forbidden)));
    }
    if (!page.name.ends_with(".html")) continue;
    ++templates;
    for (const char* forbidden : {"{{{", "{{&", "<img", "<iframe", "<object", " style=", "<style", " onclick", "src=\"http"})
      EXPECT_THAT(std::string(page.text), Not(HasSubstr(forbidden))) << page.name;
  }
  EXPECT_GE(templates, 8U);
}

TEST(PageLayout, ChoosesALanguage) {
  const PageLayout layout(shipped_texts());
  EXPECT_EQ(layout.request_of(get("/")).language, "en");
  EXPECT_EQ(layout.request_of(get("/", "de-AT,de;q=0.9,en;q=0.8")).language, "de");
  EXPECT_EQ(layout.request_of(get("/", "fr, en;q=0.3, de;q=0.7")).language, "de");
  EXPECT_EQ(layout.request_of(get("/", "de;q=0, *")).language, "en");
  EXPECT_EQ(layout.request_of(get("/", ";;q=,,\xFF")).language, "en");
  EXPECT_EQ(layout.request_of(get("/?lang=de", "en")).language, "de");
  EXPECT_TRUE(layout.request_of(get("/?lang=de", "en")).chosen);
  EXPECT_FALSE(layout.request_of(get("/?lang=xx", "de")).chosen);
  EXPECT_EQ(layout.request_of(get("/?lang=xx", "de")).language, "de");
  HttpRequest post = get("/x");
  post.method = HttpMethod::post;
  post.body = "lang=de";
  EXPECT_EQ(layout.request_of(post).language, "de");
}

TEST(PageLayout, EscapesValues) {
  PageLayout layout(shipped_texts());
  HttpResponse response;
  PageRequest request;
  request.self = "/lookup?name=%22x";
  request.status = 404;
  PageValues values;
  values.text("heading", "<b>\"'&").text("what", "{{lang}}").flag("search", false);
  layout.render("error", request, values, response);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("&lt;b&gt;&quot;&apos;&amp;</h1>"));
  EXPECT_THAT(response.body, HasSubstr("{{lang}}"));
  EXPECT_THAT(response.body, HasSubstr("<html lang=\"en\" dir=\"ltr\">"));
  EXPECT_THAT(response.body, HasSubstr("href=\"/lookup?name=%22x&amp;lang=de\""));
  EXPECT_THAT(response.body, HasSubstr("<title>No result – Registration data</title>"));
  EXPECT_THAT(response.headers, HasSubstr("Content-Language: en\r\n"));
}

TEST(PageLayout, ScriptsRunOnlyWhereAPageSaysSo) {
  EXPECT_THAT(page_headers(false), HasSubstr("Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; "
                                             "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"));
  EXPECT_THAT(page_headers(false), HasSubstr("Referrer-Policy: no-referrer\r\n"));
  EXPECT_THAT(page_headers(false), Not(HasSubstr("script-src")));
  EXPECT_THAT(page_headers(true), HasSubstr("; script-src 'self'"));
}

TEST(PageTexts, FillsPlaceholders) {
  EXPECT_EQ(filled("a {{x}} {{ y }}{{z}}", {{"x", "1"}, {"y", "2"}}), "a 1 2");
  EXPECT_EQ(filled("{{x}}", {{"x", "{{x}}"}}), "{{x}}");
  EXPECT_EQ(filled("open {{x", {}), "open ");
}

}  // namespace
}  // namespace regdata::whois
