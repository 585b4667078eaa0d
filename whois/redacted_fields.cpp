#include "whois/redacted_fields.hpp"

#include "redaction/policy.hpp"
#include "whois/layout.hpp"
#include "whois/text.hpp"

namespace regdata::whois {
namespace {

using redaction::Policy;
using redaction::PublicContact;

constexpr std::uint8_t index_of(Element element) noexcept {
  std::uint8_t index = 0;
  while (withholdable_elements[index] != element) ++index;
  return index;
}

RedactionReason reason_of(redaction::Withheld withheld) noexcept {
  if (withheld.rule == Policy::rule_unknown) return RedactionReason::unknown;
  return withheld.rule == Policy::rule_unavailable ? RedactionReason::unavailable : RedactionReason::rule;
}

class Counting {
 public:
  Counting(RedactedFields& found, bool stale) : found_(found), stale_(stale) {}

  template <class Field>
  void look(Element element, const Field& field) noexcept {
    if (const auto* withheld = field.withheld()) found_.add({index_of(element), reason_of(*withheld)});
    if (stale_ && field.shown() != nullptr && field.shown()->by_choice) {
      found_.add({index_of(element), RedactionReason::stale});
    }
  }

  void look(const PublicContact& contact, bool full) noexcept {
    look(Element::contact_id, contact.id);
    look(Element::name, contact.name);
    look(Element::phone, contact.phone);
    look(Element::email, contact.email);
    if (!full) return;
    look(Element::organization, contact.organization);
    look(Element::street, contact.street);
    look(Element::city, contact.city);
    look(Element::state, contact.state);
    look(Element::postal_code, contact.postal_code);
    look(Element::country, contact.country);
    look(Element::phone_ext, contact.phone_ext);
    look(Element::fax, contact.fax);
    look(Element::fax_ext, contact.fax_ext);
  }

 private:
  RedactedFields& found_;
  bool stale_;
};

}  // namespace

std::string_view to_string(RedactionReason reason) noexcept {
  constexpr std::array<std::string_view, all_redaction_reasons.size()> words{"rule", "unknown", "unavailable", "stale"};
  return words[static_cast<std::size_t>(reason)];
}

RedactedFields redacted_fields(const redaction::PublicView& view, const AnswerFrame& frame) noexcept {
  RedactedFields found;
  Counting counting(found, frame.stale);
  counting.look(Element::registry_domain_id, view->registry_domain_id);
  const bool full_tech = has(frame.texts.whois_layout, WhoisLayout::full_tech);
  for (const PublicContact& contact : view->contacts) {
    if (contact.role == Role::registrant) counting.look(contact, true);
    if (contact.role == Role::technical) counting.look(contact, full_tech);
  }
  return found;
}

}  // namespace regdata::whois
