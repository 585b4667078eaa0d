#include "redaction/policy_diff.hpp"

#include <algorithm>

namespace regdata::redaction {
namespace {

const PublicContact* contact_of(const PublicView& view, std::optional<Role> role) {
  const auto found = std::find_if(view->contacts.begin(), view->contacts.end(),
                                  [&](const PublicContact& contact) { return role && contact.role == *role; });
  return found == view->contacts.end() ? nullptr : &*found;
}

/// Whether the text that is printed for a shown or replaced element differs. Values of one registration are the same under
/// every policy, so only what is put in the place of an e-mail can.
bool value_differs(const PublicView& before, const PublicView& after, const Decision& decision) {
  if (decision.element != Element::email) return false;
  const PublicContact* old_contact = contact_of(before, decision.role);
  const PublicContact* new_contact = contact_of(after, decision.role);
  if (old_contact == nullptr || new_contact == nullptr) return old_contact != new_contact;
  const auto printed = [](const PublicContact& contact) {
    return contact.replaced_email ? contact.replaced_email->value : std::string();
  };
  return printed(*old_contact) != printed(*new_contact);
}

bool reason_differs(const Policy& before, const Decision& old_decision, const Policy& after, const Decision& new_decision) {
  const Rule* old_rule = before.rule(old_decision.rule);
  const Rule* new_rule = after.rule(new_decision.rule);
  if (old_rule == nullptr || new_rule == nullptr) return old_rule != new_rule || old_decision.rule != new_decision.rule;
  return old_rule->section != new_rule->section || old_rule->text != new_rule->text;
}

bool is_public(Outcome outcome) { return outcome != Outcome::not_held && outcome != Outcome::omitted; }

}  // namespace

std::vector<ElementChange> policy_diff(const RegistrationData& data, const Policy& before, const Policy& after,
                                       const RedactionContext& context, UtcTime now) {
  const Redaction old_redaction = redact(data, before, context, now);
  const Redaction new_redaction = redact(data, after, context, now);
  std::vector<ElementChange> changes;
  // Both decide on the same elements in the same order: that depends on the data only.
  const std::size_t count = std::min(old_redaction.decisions.size(), new_redaction.decisions.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Decision& was = old_redaction.decisions[i];
    const Decision& becomes = new_redaction.decisions[i];
    // Administrative and billing contacts are in no view, however a policy words it.
    if (was.role == Role::administrative || was.role == Role::billing) continue;
    ElementChange change{was.role, was.element, was.outcome, becomes.outcome, was.rule_name, becomes.rule_name, false, false};
    change.value_differs = value_differs(old_redaction.view, new_redaction.view, was);
    // A reason nobody sees (nothing held, or left out) is no difference to the public.
    change.reason_differs =
        (is_public(was.outcome) || is_public(becomes.outcome)) && reason_differs(before, was, after, becomes);
    const bool same = was.outcome == becomes.outcome || (!is_public(was.outcome) && !is_public(becomes.outcome));
    if (!same || change.value_differs || change.reason_differs) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace regdata::redaction
