#include "redaction/policy_check.hpp"

#include <algorithm>
#include <string_view>

namespace regdata::redaction {
namespace {

using Fault = std::optional<PolicyFault>;

bool has(const std::vector<Element>& elements, Element element) {
  return std::find(elements.begin(), elements.end(), element) != elements.end();
}

bool has(const std::vector<Role>& roles, Role role) {
  return roles.empty() || std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool is_for_public_roles_only(const std::vector<Role>& roles) {
  return !has(roles, Role::administrative) && !has(roles, Role::billing);
}

bool is_for_public_role(const std::vector<Role>& roles) { return has(roles, Role::registrant) || has(roles, Role::technical); }

bool is_replacement(Action action) { return action == Action::replace_with_form || action == Action::replace_with_relay; }

bool needs_choice(Condition when) { return when == Condition::choice_given || when == Condition::organization_agreed; }

std::string in_quotes(std::string_view word) { return "\"" + std::string(word) + "\""; }

/// One rule under check. Each method looks after one kind of refusal; the first fault is reported.
struct RuleCheck {
  const Rule& rule;
  std::size_t index;

  [[nodiscard]] Fault fault(std::string what, std::string hint = {}) const {
    return PolicyFault{index, std::move(what), std::move(hint)};
  }

  [[nodiscard]] Fault lists() const {
    if (rule.elements.empty()) return fault("names no element");
    for (std::size_t i = 0; i < rule.elements.size(); ++i) {
      if (std::count(rule.elements.begin(), rule.elements.end(), rule.elements[i]) > 1) {
        return fault("names element " + in_quotes(to_string(rule.elements[i])) + " twice");
      }
    }
    for (const Role role : rule.roles) {
      if (std::count(rule.roles.begin(), rule.roles.end(), role) > 1)
        return fault("names role " + in_quotes(to_string(role)) + " twice");
    }
    if (rule.from && rule.until && *rule.from >= *rule.until)
      return fault("ends before it begins", "until must be later than from");
    return {};
  }

  [[nodiscard]] Fault element(Element element) const {
    if (!is_contact_element(element)) return fact(element);
    if (rule.when == Condition::choice_given && (!is_choosable(element) || element == Element::organization)) {
      return fault("\"choice-given\" does not fit element " + in_quotes(to_string(element)),
                   element == Element::organization ? "the organization has a choice of its own: \"organization-agreed\""
                                                    : "nobody is asked about this element");
    }
    if (rule.when == Condition::organization_agreed && element != Element::organization) {
      return fault("\"organization-agreed\" does not fit element " + in_quotes(to_string(element)),
                   "it is for \"organization\" only");
    }
    if (is_replacement(rule.action) && element != Element::email) {
      return fault(in_quotes(to_string(rule.action)) + " does not fit element " + in_quotes(to_string(element)),
                   "only an e-mail can be replaced");
    }
    if (element == Element::email && is_for_public_role(rule.roles)) {
      if (Fault hidden = hidden_email()) return hidden;
    }
    if (rule.action == Action::publish && is_personal(element)) return personal(element);
    return {};
  }

  /// There is always a way to write to the registrant, and to the technical contact wherever it is public at all.
  [[nodiscard]] Fault hidden_email() const {
    const std::string hint = "use \"replace-with-form\" or \"replace-with-relay\" (rules.md §1.7)";
    if (rule.action == Action::withhold) return fault("an e-mail is replaced, never just withheld", hint);
    if (rule.action != Action::omit) return {};
    if (has(rule.roles, Role::registrant)) return fault("the e-mail of the registrant is replaced, never omitted", hint);
    if (rule.when == Condition::always && !rule.from && !rule.until) return {};
    return fault("the e-mail of the technical contact is omitted always or not at all", hint);
  }

  /// House rule: publishing a personal element without consent needs a rule that names its legal basis.
  [[nodiscard]] Fault personal(Element element) const {
    if (needs_choice(rule.when) || rule.when == Condition::affiliated_service) return {};
    if (rule.basis != LegalBasis::none) return {};
    return fault(
        "publishes personal element " + in_quotes(to_string(element)) + " without a legal basis",
        "name the basis (\"legal-obligation\", \"public-task\", \"legitimate-interest\") and the law, or publish by choice");
  }

  [[nodiscard]] Fault fact(Element element) const {
    if (!rule.roles.empty()) {
      return fault("gives roles to element " + in_quotes(to_string(element)),
                   "it belongs to the registration: leave roles out");
    }
    if (rule.when != Condition::always) {
      return fault("condition " + in_quotes(to_string(rule.when)) + " does not fit element " + in_quotes(to_string(element)),
                   "elements of the registration know \"always\" only");
    }
    if (is_always_public(element)) {
      if (rule.action == Action::publish && !rule.from && !rule.until) return {};
      return fault("element " + in_quotes(to_string(element)) + " must be public at all times",
                   "action \"publish\" without from and until (rules.md §1.3)");
    }
    const bool fits = rule.action == Action::publish || rule.action == Action::omit ||
                      (rule.action == Action::withhold && element == Element::registry_domain_id);
    if (fits) return {};
    return fault(in_quotes(to_string(rule.action)) + " does not fit element " + in_quotes(to_string(element)),
                 "it can be published or omitted");
  }

  [[nodiscard]] Fault condition() const {
    if (needs_choice(rule.when) && rule.action != Action::publish) {
      return fault(in_quotes(to_string(rule.when)) + " with an action other than \"publish\"",
                   "a choice can only lead to publication");
    }
    if (rule.when == Condition::affiliated_service && rule.roles != std::vector{Role::registrant}) {
      return fault("\"affiliated-service\" needs roles = [\"registrant\"]", "the service stands in front of the registrant");
    }
    return {};
  }

  [[nodiscard]] Fault roles() const {
    const bool hides = rule.action == Action::omit || rule.action == Action::withhold;
    const bool of_contact = std::any_of(rule.elements.begin(), rule.elements.end(), is_contact_element);
    if (!of_contact || hides || is_for_public_roles_only(rule.roles)) return {};
    return fault("shows something of an administrative or billing contact",
                 "these can be omitted or withheld; name the roles (rules.md §1.3)");
  }

  [[nodiscard]] Fault basis() const {
    const bool by_law = rule.basis == LegalBasis::legal_obligation || rule.basis == LegalBasis::public_task ||
                        rule.basis == LegalBasis::legitimate_interest;
    if (rule.action != Action::publish && rule.basis != LegalBasis::none) return fault("has a basis and publishes nothing");
    if (rule.basis == LegalBasis::choice && !needs_choice(rule.when)) {
      return fault("basis \"choice\" without a choice as its condition", "silence is never consent: when = \"choice-given\"");
    }
    if (rule.basis == LegalBasis::service_data && rule.when != Condition::affiliated_service) {
      return fault("basis \"service-data\" without when = \"affiliated-service\"");
    }
    if (by_law && (needs_choice(rule.when) || rule.when == Condition::affiliated_service)) {
      return fault("basis " + in_quotes(to_string(rule.basis)) + " does not fit condition " + in_quotes(to_string(rule.when)),
                   "leave basis out: the condition is the basis");
    }
    if (by_law && rule.law.empty()) return fault("does not name the law behind its basis", "law = \"act, article\"");
    if (!by_law && !rule.law.empty()) return fault("names a law and no basis that rests on one");
    return {};
  }
};

/// Always decides where it is reached: no condition, no times, no objection that would pass it over.
bool is_final(const Rule& rule, Element element) {
  if (rule.when != Condition::always || rule.from || rule.until) return false;
  const bool can_be_objected = rule.basis == LegalBasis::legitimate_interest || rule.basis == LegalBasis::public_task;
  return !(rule.action == Action::publish && can_be_objected && is_choosable(element));
}

bool applies(const Rule& rule, Role role, Element element) { return has(rule.elements, element) && has(rule.roles, role); }

/// The rule that decides on (role, element) when no rule before it does; the number of rules when there is none.
std::size_t final_rule(const std::vector<Rule>& rules, Role role, Element element) {
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const Rule& rule) { return applies(rule, role, element) && is_final(rule, element); });
  return static_cast<std::size_t>(found - rules.begin());
}

Fault check_reach(const std::vector<Rule>& rules, std::size_t index) {
  std::size_t before = rules.size();
  for (const Element element : rules[index].elements) {
    for (const Role role : all_roles) {
      if (!has(rules[index].roles, role)) continue;
      const std::size_t final = final_rule(rules, role, element);
      if (final >= index) return {};
      before = final;
    }
  }
  return PolicyFault{index, "can never decide: rule " + in_quotes(rules[before].id) + " before it always does",
                     "put the special rule first"};
}

Fault check_email(const std::vector<Rule>& rules, Role role) {
  const std::size_t final = final_rule(rules, role, Element::email);
  const auto first =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return applies(rule, role, Element::email); });
  if (final < rules.size()) {
    const bool is_omitted = rules[final].action == Action::omit && first == rules.begin() + static_cast<std::ptrdiff_t>(final);
    if (is_replacement(rules[final].action) || is_omitted) return {};
  }
  return PolicyFault{
      final, "the e-mail of the " + std::string(to_string(role)) + " contact may end without a replacement",
      "end with a rule when = \"always\", action = \"replace-with-form\" or \"replace-with-relay\" (rules.md §1.7)"};
}

}  // namespace

bool is_always_public(Element element) noexcept {
  switch (element) {
    case Element::registry_domain_id:
    case Element::updated_date:
    case Element::registry_expiry_date:
    case Element::registrar_expiry_date:
    case Element::reseller:
      return false;
    default:
      return !is_contact_element(element);
  }
}

std::optional<PolicyFault> check_rule(const Rule& rule, std::size_t index) {
  const RuleCheck check{rule, index};
  if (Fault fault = check.lists()) return fault;
  if (Fault fault = check.condition()) return fault;
  if (Fault fault = check.roles()) return fault;
  for (const Element element : rule.elements) {
    if (Fault fault = check.element(element)) return fault;
  }
  return check.basis();
}

std::optional<PolicyFault> check_rules(const std::vector<Rule>& rules) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (Fault fault = check_reach(rules, i)) return fault;
  }
  for (const Element element : all_elements) {
    if (!is_always_public(element) || final_rule(rules, Role::registrant, element) < rules.size()) continue;
    return PolicyFault{rules.size(), "no rule publishes " + in_quotes(to_string(element)),
                       "it must be public at all times (rules.md §1.3)"};
  }
  for (const Role role : {Role::registrant, Role::technical}) {
    if (Fault fault = check_email(rules, role)) return fault;
  }
  return {};
}

}  // namespace regdata::redaction
