// Whatever stands in a view: the lines of an answer depend on the template alone, and an answer reads back to its view.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "redaction/redact.hpp"
#include "tests/redaction/made_view.hpp"
#include "tests/redaction/random_registration.hpp"
#include "tests/whois/answer_checker.hpp"
#include "tests/whois/sample_views.hpp"
#include "whois/layout.hpp"
#include "whois/text.hpp"

namespace regdata::whois {
namespace {

using redaction::Field;
using redaction::PublicContact;
using redaction::PublicViewData;
using testing::AnswerLine;
using testing::Chance;

std::size_t rounds() { return std::getenv("REGDATA_LONG") != nullptr ? 10'000 : 100; }

std::string rendered(const redaction::PublicView& view, const redaction::PublicTexts& texts, bool stale) {
  std::string out;
  RC_ASSERT(append_domain(out, view, AnswerFrame{texts, testing::sample_time(), stale}));
  return out;
}

/// What a field must read back to.
std::string expected(const Field<std::string>& field, bool stale) {
  if (const auto* shown = field.shown(); shown != nullptr && !(shown->by_choice && stale)) return clean_value(shown->value);
  return field.is_held() ? "REDACTED" : "";
}

void expect_key(const testing::ParsedAnswer& answer, const std::string& key, const std::string& value, bool required) {
  if (value.empty() && !required && !answer.has(key)) return;
  RC_ASSERT(answer.value(key) == value);
}

std::string expected_email(const PublicContact& contact, bool stale) {
  const auto* shown = contact.email.shown();
  if (shown != nullptr && !(shown->by_choice && stale)) return clean_value(shown->value);
  if (contact.replaced_email) return contact.replaced_email->value;
  return expected(contact.email, stale);
}

std::vector<std::string> expected_street(const PublicContact& contact, bool stale) {
  const auto* shown = contact.street.shown();
  if (shown == nullptr || (shown->by_choice && stale)) return {contact.street.is_held() ? "REDACTED" : ""};
  std::vector<std::string> lines;
  for (const std::string& line : shown->value)
    if (!clean_value(line).empty()) lines.push_back(clean_value(line));
  if (lines.empty()) lines.emplace_back();
  return lines;
}

void expect_registrant(const testing::ParsedAnswer& answer, const PublicContact& contact, bool stale) {
  expect_key(answer, "Registry Registrant ID", expected(contact.id, stale), false);
  expect_key(answer, "Registrant Name", expected(contact.name, stale), true);
  expect_key(answer, "Registrant Organization", expected(contact.organization, stale), false);
  RC_ASSERT(answer.values("Registrant Street") == expected_street(contact, stale));
  expect_key(answer, "Registrant City", expected(contact.city, stale), true);
  expect_key(answer, "Registrant State/Province", expected(contact.state, stale), false);
  expect_key(answer, "Registrant Postal Code", expected(contact.postal_code, stale), false);
  expect_key(answer, "Registrant Country", expected(contact.country, stale), true);
  expect_key(answer, "Registrant Phone", expected(contact.phone, stale), true);
  expect_key(answer, "Registrant Phone Ext", expected(contact.phone_ext, stale), false);
  expect_key(answer, "Registrant Fax", expected(contact.fax, stale), false);
  expect_key(answer, "Registrant Fax Ext", expected(contact.fax_ext, stale), false);
  expect_key(answer, "Registrant Email", expected_email(contact, stale), true);
}

std::string date(const std::optional<UtcTime>& time) { return time ? format_rfc3339(*time) : std::string{}; }

void expect_same(const testing::ParsedAnswer& answer, const PublicViewData& view, std::uint32_t layout, bool stale) {
  const auto registrant = std::find_if(view.contacts.begin(), view.contacts.end(),
                                       [](const PublicContact& contact) { return contact.role == Role::registrant; });
  const auto tech = std::find_if(view.contacts.begin(), view.contacts.end(),
                                 [](const PublicContact& contact) { return contact.role == Role::technical; });
  expect_key(answer, "Registry Domain ID", expected(view.registry_domain_id, stale), true);
  expect_key(answer, "Updated Date", date(view.updated), false);
  expect_key(answer, "Creation Date", view.created == UtcTime{} ? std::string{} : date(view.created), true);
  expect_key(answer, "Registry Expiry Date", has(layout, WhoisLayout::registry_expiry) ? date(view.registry_expires) : "",
             false);
  expect_key(answer, "Registrar Registration Expiration Date", date(view.registrar_expires), false);
  expect_key(answer, "Reseller", view.reseller ? clean_value(view.reseller->name) : "", false);
  StatusSet statuses;
  for (const std::string& value : answer.values("Domain Status"))
    statuses.insert(*status_from(value.substr(0, value.find(' '))));
  RC_ASSERT(statuses == view.statuses);
  const auto hosts = answer.values("Name Server");
  RC_ASSERT(hosts == view.hosts || (view.hosts.empty() && hosts == std::vector<std::string>{""}));
  expect_registrant(answer, registrant != view.contacts.end() ? *registrant : PublicContact{}, stale);
  RC_ASSERT(answer.has("Tech Name") == (tech != view.contacts.end()));
  if (tech != view.contacts.end() && !has(layout, WhoisLayout::full_tech)) {
    expect_key(answer, "Tech Name", expected(tech->name, stale), true);
    expect_key(answer, "Tech Phone", expected(tech->phone, stale), true);
    expect_key(answer, "Tech Email", expected_email(*tech, stale), true);
  }
  RC_ASSERT(answer.last_update == "2026-06-01T12:34:00Z");
}

RC_GTEST_PROP(WhoisTextProperty, AnswersReadBackToTheirViews, ()) {
  Chance chance(*testing::seeds());
  for (std::size_t i = rounds(); i > 0; --i) {
    const auto layout = static_cast<std::uint32_t>(chance.below(1U << all_layouts.size()));
    const bool stale = chance.one_in(4);
    const PublicViewData view = testing::random_view(chance.next());
    const auto texts = testing::sample_texts(layout);
    const auto answer = testing::check_domain_answer(rendered(testing::made_view(view), texts, stale));
    if (!answer.problems.empty()) RC_FAIL(answer.problems.front());
    expect_same(answer, view, layout, stale);
  }
}

/// Every text replaced by a plain one: the same keys must come out.
Field<std::string> plain(const Field<std::string>& field) {
  const auto* shown = field.shown();
  if (shown == nullptr || clean_value(shown->value).empty()) return field;
  return redaction::Shown<std::string>{"plain", shown->rule, shown->by_choice};
}

PublicViewData with_plain_texts(PublicViewData view) {
  for (PublicContact& contact : view.contacts) {
    for (auto* field : {&contact.id, &contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code,
                        &contact.country, &contact.phone, &contact.phone_ext, &contact.fax, &contact.fax_ext, &contact.email})
      *field = plain(*field);
    if (const auto* street = contact.street.shown()) {
      auto lines = *street;
      for (std::string& line : lines.value)
        if (!clean_value(line).empty()) line = "plain";
      contact.street = lines;
    }
  }
  if (view.reseller && !clean_value(view.reseller->name).empty()) view.reseller->name = "plain";
  view.registry_domain_id = plain(view.registry_domain_id);
  return view;
}

std::vector<std::string> keys_of(const std::string& text) {
  std::vector<std::string> keys;
  for (const AnswerLine& line : testing::check_domain_answer(text).fields) keys.push_back(line.key);
  return keys;
}

RC_GTEST_PROP(WhoisTextProperty, NoValueCanAddALineOrAKey, ()) {
  Chance chance(*testing::seeds());
  for (std::size_t i = rounds(); i > 0; --i) {
    const auto texts = testing::sample_texts(static_cast<std::uint32_t>(chance.below(1U << all_layouts.size())));
    const PublicViewData view = testing::random_view(chance.next());
    const std::string hostile = rendered(testing::made_view(view), texts, false);
    const std::string harmless = rendered(testing::made_view(with_plain_texts(view)), texts, false);
    RC_ASSERT(std::count(hostile.begin(), hostile.end(), '\n') == std::count(harmless.begin(), harmless.end(), '\n'));
    RC_ASSERT(keys_of(hostile) == keys_of(harmless));
  }
}

RC_GTEST_PROP(WhoisTextProperty, CleaningIsDoneOnce, ()) {
  Chance chance(*testing::seeds());
  for (std::size_t i = rounds(); i > 0; --i) {
    std::string bytes;
    for (std::size_t n = chance.below(60); n > 0; --n) bytes.push_back(static_cast<char>(chance.below(256)));
    const std::string once = clean_value(bytes);
    RC_ASSERT(clean_value(once) == once);
    RC_ASSERT(testing::check_lines("x" + once + "\r\n").empty());
  }
}

std::string percent(std::string_view text, bool all) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!all && (std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_' || c == '~')) {
      out.push_back(c);
      continue;
    }
    out += {'%', digits[byte / 16], digits[byte % 16]};
  }
  return out;
}

/// Base64 of every text that holds `text`, wherever it begins: the middle that does not depend on its neighbours.
std::string base64_core(std::string_view text, std::size_t shift) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  text.remove_prefix(std::min(shift, text.size()));
  std::string out;
  for (std::size_t i = 0; i + 3 <= text.size(); i += 3) {
    const auto byte = [&](std::size_t n) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i + n])); };
    const std::uint32_t bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (int at = 18; at >= 0; at -= 6) out.push_back(alphabet[bits >> at & 63U]);
  }
  return out;
}

std::string folded(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Every form in which a value could have slipped out. JSON changes nothing in these values but quotes, which they do not hold.
std::vector<std::string> forms_of(const std::string& value) {
  std::vector<std::string> forms{folded(value), folded(percent(value, false)), folded(percent(value, true))};
  for (std::size_t shift = 0; shift < 3; ++shift) forms.push_back(folded(base64_core(value, shift)));
  return forms;
}

RC_GTEST_PROP(WhoisTextProperty, WithheldValuesAreInNoAnswer, ()) {
  Chance chance(*testing::seeds());
  const Catalog catalog = testing::test_catalog();
  const auto context = testing::test_context(catalog);
  const auto policy = chance.one_in(3) ? testing::shipped("icann-gtld") : testing::random_policy(chance.next());
  auto texts = testing::sample_texts(static_cast<std::uint32_t>(chance.below(1U << all_layouts.size())));
  texts.registrars = catalog.registrars;
  for (std::size_t i = rounds() / 5; i > 0; --i) {
    const RegistrationData data = testing::random_registration(chance.next());
    const auto redaction = redaction::redact(data, policy, context, testing::test_now());
    // some are sponsored by a registrar that the catalog does not know
    const auto known = [&](const Registrar& one) { return one.id == redaction.view->registrar; };
    if (std::none_of(texts.registrars.begin(), texts.registrars.end(), known)) {
      texts.registrars.push_back(texts.registrars.front());
      texts.registrars.back().id = redaction.view->registrar;
    }
    const std::string text = folded(rendered(redaction.view, texts, chance.one_in(4)));
    for (const testing::Planted& planted : testing::planted_values(data)) {
      const bool shown =
          std::any_of(redaction.decisions.begin(), redaction.decisions.end(), [&](const redaction::Decision& one) {
            return one.role == planted.role && one.element == planted.element && one.outcome == redaction::Outcome::shown;
          });
      if (shown || planted.value.size() < 12) continue;
      for (const std::string& form : forms_of(planted.value)) RC_ASSERT(text.find(form) == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace regdata::whois
