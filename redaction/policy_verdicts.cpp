#include "redaction/policy_verdicts.hpp"

namespace regdata::redaction {

ContactVerdicts decide_contact(const Policy& policy, Role role, const Facts& facts, UtcTime now) {
  ContactVerdicts verdicts;
  RuleClock clock{now, {}};
  for (std::size_t i = 0; i < contact_elements.size(); ++i) {
    verdicts.elements[i] = decide(policy.steps(role, contact_elements[i]), contact_elements[i], facts, clock);
  }
  static_assert(contact_elements.back() == Element::email);
  verdicts.unpublished_email = verdicts.elements.back();
  if (verdicts.unpublished_email.action == Action::publish) {
    Facts unpublished = facts;
    unpublished.skip_publish = true;
    verdicts.unpublished_email = decide(policy.steps(role, Element::email), Element::email, unpublished, clock);
  }
  verdicts.look_again = clock.look_again;
  return verdicts;
}

PolicyVerdicts::PolicyVerdicts(const Policy& policy, UtcTime now) : policy_(policy), now_(now) {
  const auto fact = [&](Element element) {
    RuleClock clock{now, {}};
    const Verdict verdict = decide(policy.steps(element), element, {}, clock);
    return FactVerdict{verdict, clock.look_again};
  };
  registry_domain_id = fact(Element::registry_domain_id);
  updated = fact(Element::updated_date);
  registry_expiry = fact(Element::registry_expiry_date);
  registrar_expiry = fact(Element::registrar_expiry_date);
  reseller = fact(Element::reseller);
}

const ContactVerdicts& PolicyVerdicts::on_contact(Role role, const Facts& facts) {
  const auto row = static_cast<std::size_t>(role);
  const auto kind = static_cast<std::size_t>(facts.kind);
  const bool chosen = facts.choices != nullptr && !facts.choices->empty();
  if (chosen || facts.skip_publish || row >= published_roles || kind >= kinds) {
    return chosen_ = decide_contact(policy_, role, facts, now_);
  }
  // Whether there is nobody to ask or nobody was asked makes no difference to a view, but the operator is told.
  const std::size_t way = (facts.service ? 2U : 0U) + (facts.choices != nullptr ? 1U : 0U);
  auto& known = unchosen_[(row * kinds + kind) * 4 + way];
  if (!known) known = decide_contact(policy_, role, facts, now_);
  return *known;
}

}  // namespace regdata::redaction
