#include <algorithm>
#include <array>
#include <stdexcept>

#include "redaction/policy_check.hpp"
#include "redaction/shipped_policies.hpp"
#include "tests/redaction/random_registration.hpp"

namespace regdata::testing {
namespace {

using redaction::Action;
using redaction::Condition;
using redaction::LegalBasis;
using redaction::Policy;
using redaction::Rule;

UtcTime some_time(Chance& chance) {
  return test_now() - std::chrono::hours(chance.below(24 * 900)) + std::chrono::hours(24 * 450);
}

std::vector<Element> facts() {
  std::vector<Element> elements;
  for (const Element element : all_elements) {
    if (redaction::is_always_public(element)) elements.push_back(element);
  }
  return elements;
}

Rule make_rule(std::string id, std::vector<Element> elements, std::vector<Role> roles, Action action) {
  Rule rule;
  rule.id = std::move(id);
  rule.elements = std::move(elements);
  rule.roles = std::move(roles);
  rule.action = action;
  rule.section = "Random Act s. 1";
  rule.text = "Rule " + rule.id + " says so.";
  return rule;
}

/// Any rule, sound or not.
Rule any_rule(Chance& chance, std::string id) {
  constexpr std::array actions{
      Action::publish, Action::publish, Action::withhold, Action::replace_with_form, Action::replace_with_relay, Action::omit};
  constexpr std::array conditions{
      Condition::always,       Condition::choice_given,  Condition::organization_agreed, Condition::affiliated_service,
      Condition::legal_person, Condition::natural_person};
  constexpr std::array bases{LegalBasis::legal_obligation, LegalBasis::public_task, LegalBasis::legitimate_interest};
  Rule rule = make_rule(std::move(id), {}, {}, chance.pick(actions));
  rule.when = chance.pick(conditions);
  std::vector<Role> roles{Role::registrant};
  if (rule.when != Condition::affiliated_service && chance.one_in(2)) roles = {Role::technical};
  if (rule.when != Condition::affiliated_service && chance.one_in(3)) roles = {Role::registrant, Role::technical};
  rule.roles = roles;
  const bool replaces = rule.action == Action::replace_with_form || rule.action == Action::replace_with_relay;
  for (const Element element : contact_elements) {
    if (replaces ? element == Element::email : chance.one_in(3)) rule.elements.push_back(element);
  }
  if (rule.when == Condition::organization_agreed) {
    rule.elements = {Element::organization};
  } else if (rule.when == Condition::choice_given) {
    std::erase_if(rule.elements, [](Element element) { return !is_choosable(element) || element == Element::organization; });
  }
  if (rule.action == Action::withhold) std::erase(rule.elements, Element::email);
  const bool by_law =
      rule.when == Condition::always || rule.when == Condition::legal_person || rule.when == Condition::natural_person;
  if (rule.action == Action::publish && by_law) {
    rule.basis = chance.pick(bases);
    rule.law = "Random Act s. 2";
  }
  if (chance.one_in(4)) rule.from = some_time(chance);
  if (chance.one_in(4)) rule.until = some_time(chance);
  return rule;
}

std::vector<Rule> random_rules(Chance& chance) {
  std::vector<Rule> rules{make_rule("facts", facts(), {}, Action::publish)};
  for (const Element element : all_elements) {
    if (is_contact_element(element) || redaction::is_always_public(element) || chance.one_in(4)) continue;
    rules.push_back(
        make_rule("fact-" + std::string(to_string(element)), {element}, {}, chance.one_in(3) ? Action::omit : Action::publish));
  }
  for (std::size_t i = 2 + chance.below(14); i > 0; --i) {
    Rule rule = any_rule(chance, "r" + std::to_string(i));
    if (!redaction::check_rule(rule, 0)) rules.push_back(std::move(rule));
  }
  const auto ending = [&] { return chance.one_in(2) ? Action::replace_with_form : Action::replace_with_relay; };
  rules.push_back(make_rule("registrant-email", {Element::email}, {Role::registrant}, ending()));
  rules.push_back(
      make_rule("technical-email", {Element::email}, {Role::technical}, chance.one_in(5) ? Action::omit : ending()));
  if (chance.one_in(2)) {
    rules.push_back(make_rule("others", {contact_elements.begin(), contact_elements.end()},
                              {Role::administrative, Role::billing}, Action::omit));
  }
  // Whatever makes the whole unsound (a rule that cannot decide) goes.
  while (const auto fault = redaction::check_rules(rules)) {
    // An e-mail that is omitted before its replacement: the rule that omits it goes, and so does one that hides another.
    const std::size_t at =
        fault->rule < rules.size() && rules[fault->rule].id.starts_with("r") && rules[fault->rule].id.size() < 4
            ? fault->rule
            : static_cast<std::size_t>(
                  std::find_if(rules.begin(), rules.end(), [](const Rule& rule) { return rule.id.size() < 4; }) -
                  rules.begin());
    if (at >= rules.size()) throw std::logic_error("random policy: " + fault->what);
    rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return rules;
}

template <class T>
std::string list_of(const std::vector<T>& values) {
  std::string text = "[";
  for (const T value : values) text.append(text.size() > 1 ? ", " : "").append("\"").append(to_string(value)).append("\"");
  return text + "]";
}

}  // namespace

std::string to_toml(std::string_view name, const std::vector<Rule>& rules) {
  std::string text = "name = \"" + std::string(name) + "\"\nversion = \"1\"\n";
  for (const Rule& rule : rules) {
    const auto line = [&](std::string_view key, std::string_view value) {
      text.append(key).append(" = ").append(value).append("\n");
    };
    const auto quoted = [](std::string_view value) { return "\"" + std::string(value) + "\""; };
    text += "\n[[rule]]\n";
    line("id", quoted(rule.id));
    line("elements", list_of(rule.elements));
    if (!rule.roles.empty()) line("roles", list_of(rule.roles));
    line("when", quoted(to_string(rule.when)));
    line("action", quoted(to_string(rule.action)));
    if (rule.basis != LegalBasis::none) line("basis", quoted(to_string(rule.basis)));
    if (!rule.law.empty()) line("law", quoted(rule.law));
    line("section", quoted(rule.section));
    line("text", quoted(rule.text));
    if (rule.from) line("from", format_rfc3339(*rule.from));
    if (rule.until) line("until", format_rfc3339(*rule.until));
  }
  return text;
}

std::string random_policy_toml(std::uint64_t seed) {
  Chance chance(seed);
  return to_toml("random", random_rules(chance));
}

Policy random_policy(std::uint64_t seed, redaction::RuleId first_rule) {
  auto policy = Policy::parse(random_policy_toml(seed), "random.toml", first_rule);
  if (!policy) throw std::logic_error("random policy " + std::to_string(seed) + ": " + policy.error().context);
  return std::move(*policy);
}

Policy shipped(std::string_view name, const redaction::PolicySettings& settings, redaction::RuleId first_rule) {
  const redaction::ShippedPolicy* file = redaction::shipped_policy(name);
  if (file == nullptr) throw std::logic_error("no shipped policy " + std::string(name));
  auto policy = Policy::parse(file->toml, name, first_rule, settings);
  if (!policy) throw std::logic_error(policy.error().context + " (" + policy.error().hint + ")");
  return std::move(*policy);
}

}  // namespace regdata::testing
