#include "redaction/policy.hpp"

#include <algorithm>

#include "redaction/change_digest.hpp"

namespace regdata::redaction {
namespace {

void add_time(ChangeDigest& digest, const std::optional<UtcTime>& time) {
  digest.add(time ? 1U : 0U);
  if (time) digest.add(static_cast<std::uint64_t>(time->time_since_epoch().count()));
}

void add_rule(ChangeDigest& digest, const Rule& rule) {
  digest.add(rule.id);
  digest.add(rule.elements.size());
  for (const Element element : rule.elements) digest.add(static_cast<std::uint64_t>(element));
  digest.add(rule.roles.size());
  for (const Role role : rule.roles) digest.add(static_cast<std::uint64_t>(role));
  digest.add(static_cast<std::uint64_t>(rule.when));
  digest.add(static_cast<std::uint64_t>(rule.action));
  digest.add(static_cast<std::uint64_t>(rule.basis));
  digest.add(rule.law);
  digest.add(rule.section);
  digest.add(rule.text);
  add_time(digest, rule.from);
  add_time(digest, rule.until);
}

bool applies_to(const Rule& rule, Role role, Element element) {
  if (std::find(rule.elements.begin(), rule.elements.end(), element) == rule.elements.end()) return false;
  return rule.roles.empty() || std::find(rule.roles.begin(), rule.roles.end(), role) != rule.roles.end();
}

}  // namespace

const Rule* Policy::rule(RuleId id) const noexcept {
  if (id < first_rule_ || static_cast<std::size_t>(id - first_rule_) >= rules_.size()) return nullptr;
  return &rules_[id - first_rule_];
}

std::span<const RuleStep> Policy::steps(Role role, Element element) const noexcept {
  const Range range = ranges_[static_cast<std::size_t>(role)][static_cast<std::size_t>(element)];
  return std::span(steps_).subspan(range.begin, static_cast<std::size_t>(range.end - range.begin));
}

std::vector<RuleText> Policy::rule_texts() const {
  // What the public may know of a contact that is gone or cannot be opened is the same: nothing.
  std::vector<RuleText> texts{
      {rule_unknown, "built-in", "unknown", "RDP §9.2; rules.md §1.14",
       "This value is withheld because no rule permits its publication."},
      {rule_unavailable, "built-in", "unavailable", "RDP §9.2; rules.md §1.14", "This value is not available to the public."}};
  texts.reserve(rules_.size() + 2);
  for (const Rule& rule : rules_) texts.push_back({id_of(rule), name_, rule.id, rule.section, rule.text});
  return texts;
}

void Policy::compile() {
  steps_.clear();
  for (const Role role : all_roles) {
    for (const Element element : all_elements) {
      Range& range = ranges_[static_cast<std::size_t>(role)][static_cast<std::size_t>(element)];
      range.begin = static_cast<std::uint16_t>(steps_.size());
      for (const Rule& rule : rules_) {
        // Elements of the registration have no role: their steps are kept once, under the first.
        if (!is_contact_element(element) && role != Role::registrant) break;
        if (!applies_to(rule, role, element)) continue;
        steps_.push_back({rule.from.value_or(UtcTime::min()), rule.until.value_or(UtcTime::max()), id_of(rule), rule.when,
                          rule.action, rule.basis});
      }
      range.end = static_cast<std::uint16_t>(steps_.size());
    }
  }
  ChangeDigest digest;
  digest.add(name_);
  digest.add(version_);
  digest.add(rules_.size());
  for (const Rule& rule : rules_) add_rule(digest, rule);
  digest_ = digest.value();
}

std::string_view to_string(Action action) noexcept {
  switch (action) {
    case Action::publish:
      return "publish";
    case Action::withhold:
      return "withhold";
    case Action::replace_with_form:
      return "replace-with-form";
    case Action::replace_with_relay:
      return "replace-with-relay";
    case Action::omit:
      return "omit";
  }
  return "withhold";
}

std::string_view to_string(Condition condition) noexcept {
  switch (condition) {
    case Condition::always:
      return "always";
    case Condition::choice_given:
      return "choice-given";
    case Condition::organization_agreed:
      return "organization-agreed";
    case Condition::affiliated_service:
      return "affiliated-service";
    case Condition::legal_person:
      return "legal-person";
    case Condition::natural_person:
      return "natural-person";
  }
  return "always";
}

std::string_view to_string(LegalBasis basis) noexcept {
  switch (basis) {
    case LegalBasis::none:
      return "none";
    case LegalBasis::choice:
      return "choice";
    case LegalBasis::service_data:
      return "service-data";
    case LegalBasis::legal_obligation:
      return "legal-obligation";
    case LegalBasis::public_task:
      return "public-task";
    case LegalBasis::legitimate_interest:
      return "legitimate-interest";
  }
  return "none";
}

}  // namespace regdata::redaction
