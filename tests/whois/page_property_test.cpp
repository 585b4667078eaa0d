// Whatever stands in a view: the page's structure is the template's, and what is withheld leaves no trace.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "redaction/redact.hpp"
#include "tests/redaction/made_view.hpp"
#include "tests/redaction/random_registration.hpp"
#include "tests/whois/sample_views.hpp"
#include "whois/page_domain.hpp"
#include "whois/page_script.hpp"
#include "whois/published.hpp"

namespace regdata::whois {
namespace {

using testing::Chance;

std::size_t rounds() { return std::getenv("REGDATA_LONG") != nullptr ? 500 : 20; }

std::string page_of(const redaction::PublicView& view, const redaction::PublicTexts& texts, bool stale) {
  static PageLayout layout(PageTexts::make().value());
  const Registrar* registrar = registrar_of(texts, view->registrar);
  RC_ASSERT(registrar != nullptr);
  const PageFrame frame{texts, testing::sample_time(), stale, testing::sample_time(), layout, "en"};
  HttpResponse response;
  layout.render("lookup", {}, domain_values(view, *registrar, frame), response);
  return response.headers + response.body;
}

/// Tags of a page, without what stands in attributes that hold values.
std::vector<std::string> tags_of(std::string_view html) {
  std::vector<std::string> tags;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find_first_of(" >", at);
    tags.emplace_back(html.substr(at, end - at));
  }
  return tags;
}

TEST(PageProperty, ReadsTagsAsTheyAre) {
  EXPECT_EQ(tags_of("<p class=x>a &lt;b> <br></p>"), (std::vector<std::string>{"<p", "<br", "</p"}));
}

// reliability.md §2 row 6, for HTML: a value never opens a tag, closes one or leaves its attribute.
RC_GTEST_PROP(PageProperty, NoValueMakesMarkup, ()) {
  Chance chance(*testing::seeds());
  const std::vector<std::string> known{
      "<!doctype", "<html",     "</html", "<head",   "</head",  "<meta",    "<title",    "</title",  "<link",
      "<body",     "</body",    "<a",     "</a",     "<header", "</header", "<p",        "</p",      "<nav",
      "</nav",     "<ul",       "</ul",   "<li",     "</li",    "<main",    "</main",    "<footer",  "</footer",
      "<form",     "</form",    "<label", "</label", "<div",    "</div",    "<input",    "<button",  "</button",
      "<h1",       "</h1",      "<h2",    "</h2",    "<h3",     "</h3",     "<bdi",      "</bdi",    "<span",
      "</span",    "<dl",       "</dl",   "<dt",     "</dt",    "<dd",      "</dd",      "<table",   "</table",
      "<caption",  "</caption", "<thead", "</thead", "<tbody",  "</tbody",  "<tr",       "</tr",     "<th",
      "</th",      "<td",       "</td",   "<time",   "</time",  "<section", "</section", "<details", "</details",
      "<summary",  "</summary", "<pre",   "</pre"};
  for (std::size_t i = rounds(); i > 0; --i) {
    const std::string page = page_of(testing::made_view(testing::random_view(chance.next())), testing::sample_texts(), false);
    RC_ASSERT(page.find("<script") == std::string::npos);
    RC_ASSERT(page.find("javascript:") == std::string::npos);
    for (const std::string& tag : tags_of(page.substr(page.find("<!doctype"))))
      RC_ASSERT(std::find(known.begin(), known.end(), tag) != known.end());
  }
}

/// Other values for everything held that the decisions do not show.
void replace_withheld(RegistrationData& data, const redaction::Redaction& redaction) {
  for (RoleContact& role : data.contacts) {
    const auto hidden = [&](Element element) {
      return std::none_of(redaction.decisions.begin(), redaction.decisions.end(), [&](const redaction::Decision& one) {
        return one.role == role.role && one.element == element && one.outcome == redaction::Outcome::shown;
      });
    };
    Contact& contact = role.contact;
    const std::pair<Element, PersonalText*> texts[] = {
        {Element::name, &contact.name},   {Element::organization, &contact.organization},
        {Element::city, &contact.city},   {Element::postal_code, &contact.postal_code},
        {Element::phone, &contact.phone}, {Element::phone_ext, &contact.phone_ext},
        {Element::fax, &contact.fax},     {Element::fax_ext, &contact.fax_ext},
        {Element::email, &contact.email}};
    for (const auto& [element, text] : texts)
      if (!text->empty() && hidden(element)) *text = PersonalText("משהו אחר, much longer than what stood here before");
    if (!contact.street.empty() && hidden(Element::street)) contact.street = {PersonalText("a"), PersonalText("b")};
    if (!contact.roid.empty() && hidden(Element::contact_id)) contact.roid = "ZZ-99";
  }
}

RC_GTEST_PROP(PageProperty, WithheldValuesLeaveNoTrace, ()) {
  Chance chance(*testing::seeds());
  const Catalog catalog = testing::test_catalog();
  const auto context = testing::test_context(catalog);
  auto texts = testing::sample_texts();
  texts.registrars = catalog.registrars;
  std::size_t shown = 0;
  for (std::size_t i = rounds(); i > 0; --i) {
    const auto policy = chance.one_in(2) ? testing::shipped("icann-gtld") : testing::random_policy(chance.next());
    const RegistrationData data = testing::random_registration(chance.next());
    const auto redaction = redaction::redact(data, policy, context, testing::test_now());
    const bool stale = chance.one_in(4);
    if (registrar_of(texts, redaction.view->registrar) == nullptr) {
      texts.registrars.push_back(texts.registrars.front());
      texts.registrars.back().id = redaction.view->registrar;
    }
    const std::string page = page_of(redaction.view, texts, stale);
    for (const testing::Planted& planted : testing::planted_values(data)) {
      const bool may = std::any_of(redaction.decisions.begin(), redaction.decisions.end(), [&](const redaction::Decision& one) {
        return one.role == planted.role && one.element == planted.element && one.outcome == redaction::Outcome::shown;
      });
      const bool there = page.find(planted.value) != std::string::npos;
      if (planted.value.size() >= 12) RC_ASSERT(may || !there);
      shown += there ? 1 : 0;
    }
    // the holder is a service: its data are the catalog's, and nothing of the customer's decides
    if (!data.registration.privacy_service.empty()) continue;
    RegistrationData other = data;
    replace_withheld(other, redaction);
    RC_ASSERT(page_of(redaction::redact(other, policy, context, testing::test_now()).view, texts, stale) == page);
  }
  if (rounds() > 100) RC_ASSERT(shown > 0U);
}

TEST(PageScript, WarnsOfMixedScriptsAndLookalikes) {
  EXPECT_TRUE(mixes_scripts("p\u0430ypal.example"));  // Cyrillic а
  EXPECT_FALSE(mixes_scripts("b\u00FCcher.example"));
  EXPECT_FALSE(mixes_scripts("bluehen.example"));
  EXPECT_FALSE(mixes_scripts("\u4F8B\u3048\u8A71x.example"));  // Latin with Han and kana is everyday Japanese
  EXPECT_FALSE(mixes_scripts("\u0440\u0443\u0441.example"));   // one script a label
  EXPECT_EQ(lookalike_of("\u0441\u043E\u0441\u0430.example"), "coca.example");
  EXPECT_EQ(lookalike_of("p\u0430ypal.example"), "paypal.example");
  EXPECT_EQ(lookalike_of("b\u00FCcher.example"), "");
  EXPECT_EQ(lookalike_of("bluehen.example"), "");
}

TEST(PageDomain, IndentsJson) {
  EXPECT_EQ(indented(R"({"a":[1,{"b":"x{,\"}"}],"c":[],"d":{}})"),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x{,\\\"}\"\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}");
}

TEST(PageDomain, LinksLeadToTheWebOnly) {
  EXPECT_EQ(safe_link("https://registrar.example/"), "https://registrar.example/");
  for (const char* bad : {"javascript:alert(1)", "data:text/html,x", "https://x y", "/lookup", "", "HTTPS://x"})
    EXPECT_EQ(safe_link(bad), "") << bad;
}

}  // namespace
}  // namespace regdata::whois
