#include "redaction/rule_walk.hpp"

namespace regdata::redaction {
namespace {

bool needs_choice(Condition when) { return when == Condition::choice_given || when == Condition::organization_agreed; }

Asked asked_of(const ChoiceEntry* entry) {
  if (entry == nullptr) return Asked::never;
  switch (entry->act) {
    case ChoiceAct::given:
      return Asked::no_evidence;
    case ChoiceAct::declined:
      return Asked::declined;
    case ChoiceAct::withdrawn:
      return Asked::withdrawn;
    case ChoiceAct::not_given:
      return Asked::no_answer;
    case ChoiceAct::ended:
      return Asked::ended;
  }
  return Asked::never;
}

/// GDPR Art. 21(1): who objects to processing for a legitimate interest or a public task is heard, without giving reasons here.
bool is_objected(const RuleStep& step, Element element, const Facts& facts) {
  if (step.action != Action::publish || facts.choices == nullptr) return false;
  if (step.basis != LegalBasis::legitimate_interest && step.basis != LegalBasis::public_task) return false;
  const ChoiceEntry* entry = facts.choices->find(element);
  return entry != nullptr && (entry->act == ChoiceAct::declined || entry->act == ChoiceAct::withdrawn);
}

bool holds(Condition when, Element element, const Facts& facts) {
  switch (when) {
    case Condition::always:
      return true;
    case Condition::choice_given:
      return facts.choices != nullptr && facts.choices->allows(element);
    case Condition::organization_agreed:
      return facts.choices != nullptr && facts.choices->allows(Element::organization);
    case Condition::affiliated_service:
      return facts.service;
    case Condition::legal_person:
      return facts.kind == ContactKind::legal_person;
    case Condition::natural_person:
      return facts.kind == ContactKind::natural_person;
  }
  return false;
}

void look_again_at(RuleClock& clock, UtcTime when) {
  if (!clock.look_again || when < *clock.look_again) clock.look_again = when;
}

}  // namespace

Verdict decide(std::span<const RuleStep> steps, Element element, const Facts& facts, RuleClock& clock) {
  Verdict verdict;
  for (const RuleStep& step : steps) {
    if (step.until <= clock.now || (facts.skip_publish && step.action == Action::publish)) continue;
    const bool objected = is_objected(step, element, facts);
    if (objected || !holds(step.when, element, facts)) {
      if ((objected || needs_choice(step.when)) && step.from <= clock.now && facts.choices != nullptr) {
        verdict.entry = facts.choices->find(element);
        verdict.asked = asked_of(verdict.entry);
      }
      continue;
    }
    if (step.from > clock.now) {
      look_again_at(clock, step.from);
      continue;
    }
    if (step.until != UtcTime::max()) look_again_at(clock, step.until);
    verdict.rule = step.rule;
    verdict.action = step.action;
    if (needs_choice(step.when)) {
      verdict.entry = facts.choices->find(element);
      verdict.asked = Asked::given;
    } else if (step.action == Action::publish) {
      verdict.entry = nullptr;
      verdict.asked = Asked::not_needed;
    }
    return verdict;
  }
  return verdict;
}

std::string_view to_string(Asked asked) noexcept {
  switch (asked) {
    case Asked::not_needed:
      return "rule";
    case Asked::given:
      return "choice given";
    case Asked::declined:
      return "choice declined";
    case Asked::withdrawn:
      return "choice withdrawn";
    case Asked::ended:
      return "choice ended";
    case Asked::no_answer:
      return "asked, no answer";
    case Asked::never:
      return "never asked";
    case Asked::no_evidence:
      return "choice without evidence";
  }
  return "rule";
}

}  // namespace regdata::redaction
