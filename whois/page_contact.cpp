// One table a contact: for each element what is shown, why, and by which rule.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "registration/element.hpp"
#include "whois/page_domain.hpp"
#include "whois/published.hpp"
#include "whois/text.hpp"

namespace regdata::whois {
namespace {

using redaction::Field;
using redaction::PublicContact;
using redaction::ReplacedEmail;
using redaction::RuleId;

/// One row in the making: every element goes through here, so that all are told in the same three ways.
struct ContactRow {
  Element element;
  std::vector<std::string> values;  ///< shown, cleaned as on port 43
  std::optional<RuleId> rule;       ///< nothing: not held
  bool by_stale = false;            ///< shown by choice, and the choice cannot be confirmed
  bool shown = false;
};

template <class T, class Texts>
ContactRow row_of(Element element, const Field<T>& field, bool stale, Texts texts) {
  ContactRow row{element, {}, std::nullopt, false, false};
  if (const auto* shown = field.shown()) {
    row.rule = shown->rule;
    row.by_stale = shown->by_choice && stale;
    row.shown = !row.by_stale;
    if (row.shown) row.values = texts(shown->value);
  } else if (const auto* withheld = field.withheld()) {
    row.rule = withheld->rule;
  }
  return row;
}

ContactRow row_of(Element element, const Field<std::string>& field, bool stale) {
  return row_of(element, field, stale, [](const std::string& value) { return std::vector{clean_value(value)}; });
}

std::vector<ContactRow> rows_of(const PublicContact& contact, bool stale) {
  std::vector<ContactRow> rows;
  const auto add = [&](Element element, const Field<std::string>& field) { rows.push_back(row_of(element, field, stale)); };
  add(Element::contact_id, contact.id);
  add(Element::name, contact.name);
  add(Element::organization, contact.organization);
  rows.push_back(row_of(Element::street, contact.street, stale, [](const std::vector<std::string>& lines) {
    std::vector<std::string> cleaned;
    for (const std::string& line : lines)
      if (std::string text = clean_value(line); !text.empty()) cleaned.push_back(std::move(text));
    return cleaned;
  }));
  add(Element::city, contact.city);
  add(Element::state, contact.state);
  add(Element::postal_code, contact.postal_code);
  add(Element::country, contact.country);
  add(Element::phone, contact.phone);
  add(Element::phone_ext, contact.phone_ext);
  add(Element::fax, contact.fax);
  add(Element::fax_ext, contact.fax_ext);
  add(Element::email, contact.email);
  ContactRow& email = rows.back();
  // what stands in its place is the better reason: it tells of the way to the holder
  if (!email.shown && !email.by_stale && contact.replaced_email) email.rule = contact.replaced_email->rule;
  return rows;
}

std::string label_of(Element element, const PageFrame& frame) {
  return std::string(frame.message(fmt::format("element.{}", to_string(element))));
}

/// The section without what only this project's documents know.
std::string_view public_section(std::string_view section) noexcept { return section.substr(0, section.find("; rules.md")); }

void add_reason(PageValues& values, const ContactRow& row, const PageFrame& frame) {
  if (row.by_stale) {
    values.text("reason", frame.message("contact.stale"));
    return;
  }
  const redaction::RuleText* rule = row.rule ? rule_of(frame.texts, *row.rule) : nullptr;
  if (rule == nullptr) return;
  const std::string_view translated = frame.message(std::string(PageTexts::rule_texts) + rule->text);
  values.text("reason", translated.empty() ? std::string_view(rule->text) : translated);
  values.flag("untranslated", translated.empty() && frame.language != "en");
  values.text("rule", fmt::format("{}: {}", rule->policy, rule->rule)).text("section", public_section(rule->section));
}

PageValues values_of(const ContactRow& row, const PageFrame& frame) {
  PageValues values;
  values.text("element", to_string(row.element)).text("label", label_of(row.element, frame));
  const bool held = row.rule.has_value();
  values.flag("shown", row.shown).flag("withheld", held && !row.shown).flag("absent", !held);
  values.text("state", row.shown ? "shown" : held ? "withheld" : "absent");
  std::vector<PageValues> texts;
  for (const std::string& value : row.values) texts.push_back(PageValues().text("text", value));
  values.list("values", std::move(texts));
  if (held)
    add_reason(values, row, frame);
  else
    values.text("reason", frame.message("contact.absent_why"));
  return values;
}

void add_way(PageValues& values, const ReplacedEmail& way) {
  if (way.kind == ReplacedEmail::Kind::form_url)
    values.text("form", safe_link(way.value));
  else
    values.text("address", clean_value(way.value));
}

std::string joined(const std::vector<std::string>& parts, std::string_view joint) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += joint;
    out += part;
  }
  return out;
}

/// The element names no person and is shown whatever was chosen (rules.md §1.3 rows 20, 22).
bool is_of_the_place(Element element) noexcept { return !is_personal(element); }

/// Of a technical contact only these are part of registration data (rules.md §1.10).
bool belongs_to(Role role, Element element) noexcept {
  return role == Role::registrant || element == Element::contact_id || element == Element::name || element == Element::phone ||
         element == Element::email;
}

bool is_visible_email(const PublicContact& contact, bool stale) noexcept {
  const auto* shown = contact.email.shown();
  return shown != nullptr && !(shown->by_choice && stale);
}

}  // namespace

PageValues contact_values(const PublicContact& contact, const PageFrame& frame) {
  const std::vector<ContactRow> rows = rows_of(contact, frame.stale);
  PageValues values;
  const std::string role(to_string(contact.role));
  const std::string_view heading = frame.message("contact." + role);
  values.text("role", role).text("heading", heading);
  values.text("caption", filled(frame.message("contact.caption"), {{"contact", heading}}));
  std::vector<PageValues> elements;
  std::vector<std::string> shown;
  std::vector<std::string> left_out;
  bool personal = false;
  for (const ContactRow& row : rows) {
    if (!row.rule && !belongs_to(contact.role, row.element)) {
      left_out.push_back(label_of(row.element, frame));
      continue;
    }
    PageValues element = values_of(row, frame);
    if (row.element == Element::email && !row.shown && contact.replaced_email) add_way(element, *contact.replaced_email);
    elements.push_back(std::move(element));
    if (!row.shown) continue;
    personal = personal || !is_of_the_place(row.element);
    shown.push_back(fmt::format("{} {}", label_of(row.element, frame), joined(row.values, ", ")));
  }
  values.list("elements", std::move(elements)).flag("folded", !personal);
  if (!personal && shown.empty()) values.text("sentence", frame.message("contact.all_withheld"));
  if (!personal && !shown.empty())
    values.text("sentence", filled(frame.message("contact.most_withheld"), {{"shown", joined(shown, "; ")}}));
  if (!left_out.empty())
    values.text("left_out", filled(frame.message("contact.left_out"), {{"elements", joined(left_out, ", ")}}));
  return values;
}

PageValues domain_id_values(const redaction::PublicViewData& view, const PageFrame& frame) {
  return values_of(row_of(Element::registry_domain_id, view.registry_domain_id, frame.stale), frame);
}

std::vector<PageValues> ways_to_reach(const redaction::PublicViewData& view, const PageFrame& frame) {
  std::vector<PageValues> ways;
  for (const PublicContact& contact : view.contacts) {
    PageValues way;
    way.text("text", frame.message(contact.role == Role::technical ? "reach.technical" : "reach.registrant"));
    if (is_visible_email(contact, frame.stale))
      way.text("address", clean_value(contact.email.shown()->value));
    else if (contact.replaced_email)
      add_way(way, *contact.replaced_email);
    else
      continue;
    ways.push_back(std::move(way));
  }
  return ways;
}

}  // namespace regdata::whois
