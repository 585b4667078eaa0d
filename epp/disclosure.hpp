// A person's choices as RFC 5733 §2.9 says them, element by element, to registries that each take that differently (epp.md
// §1.7). What a registry is told never makes it show more than was chosen. No I/O.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include "epp/contact.hpp"
#include "registration/error.hpp"
#include "registration/privacy_choice.hpp"

namespace regdata::epp {

/// One for each Disclosable.
using Elements = std::bitset<disclosable_count>;

/// How a registry takes <disclose>. The defaults suppose the worst where a registry does not say.
struct DisclosureRules {
  enum class Polarity : std::uint8_t { allow, deny, both };  ///< flag="1" alone, flag="0" alone
  /// What an update does to elements that it does not list: they follow the registry's policy again, they stay as they were, or
  /// nobody knows which.
  enum class OnUpdate : std::uint8_t { replace, merge, unknown };
  /// What an info lists: exceptions to the policy, or all that is shown.
  enum class OnInfo : std::uint8_t { exceptions, complete };

  Elements shown_by_default = Elements().set();
  Elements adjustable = Elements().set();  ///< others follow the policy, whatever is said
  Polarity polarity = Polarity::both;
  OnUpdate on_update = OnUpdate::unknown;
  OnInfo on_info = OnInfo::exceptions;
};

/// "name (int)", "address (loc)", "voice", in the order of the schema.
std::string names_of(const Elements& elements);
/// The element's word in settings: "name-int", "addr-loc", "voice". Empty: there is none of that name.
std::optional<Disclosable> disclosable_from(std::string_view word) noexcept;

/// What the person lets be shown. An address is one element there: state and country go with street, city and postal code,
/// which all must have been chosen, and a no to state or country hides it. A number goes with its extension. What is not held
/// is never shown.
Elements chosen_elements(const Contact& contact, const ContactChoices& choices);

/// What an info tells is shown; where that is in doubt, it is.
Elements shown_by(const DisclosureRules& rules, const std::optional<Disclosure>& told);

/// The same; where <disclose> cannot be understood, everything is.
Elements shown_by(const DisclosureRules& rules, const ContactData& told);

/// What is said to bring a contact to what was chosen.
struct DisclosurePlan {
  /// With the command itself; empty: nothing is said.
  std::optional<Disclosure> first;
  /// In an update of its own after it: what may be shown, once what must not be was hidden.
  std::optional<Disclosure> second;
  Elements shown;      ///< by the registry in the end, at most: never more than was chosen
  Elements not_shown;  ///< was chosen, and the registry has no words for it
};
/// Errc::refused: whatever is said, the registry may show what was not chosen; tells which elements.
Expected<DisclosurePlan> plan_creation(const DisclosureRules& rules, const Elements& chosen);
/// `shown`: what it may show now, see shown_by().
Expected<DisclosurePlan> plan_update(const DisclosureRules& rules, const Elements& chosen, const Elements& shown);
/// Where plan_update() finds nothing: what leaves least shown against the choice, and shows nothing new at any step. Empty:
/// nothing makes it less.
std::optional<DisclosurePlan> plan_reduction(const DisclosureRules& rules, const Elements& chosen, const Elements& shown);

}  // namespace regdata::epp
