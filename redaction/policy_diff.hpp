// What another policy would change for one name, before it is switched on (promise P18).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "redaction/policy.hpp"
#include "redaction/redact.hpp"
#include "registration/registration_data.hpp"

namespace regdata::redaction {

/// One element that the public would see otherwise. Holds no value.
struct ElementChange {
  std::optional<Role> role;  ///< empty for elements of the registration
  Element element = Element::domain_name;
  Outcome before = Outcome::withheld;
  Outcome after = Outcome::withheld;
  std::string rule_before;
  std::string rule_after;
  bool value_differs = false;   ///< what is printed in its place is another text (a relay address instead of a form)
  bool reason_differs = false;  ///< the public reason (section or sentence) differs

  /// A value comes into public view that was not there.
  [[nodiscard]] bool exposes() const noexcept { return after == Outcome::shown && before != Outcome::shown; }
  /// A value leaves public view.
  [[nodiscard]] bool hides() const noexcept { return before == Outcome::shown && after != Outcome::shown; }
};

/// Empty exactly when both policies make the same view of the name, public reasons included. Pure and total. In the order of
/// the elements, the registration's first.
std::vector<ElementChange> policy_diff(const RegistrationData& data, const Policy& before, const Policy& after,
                                       const RedactionContext& context, UtcTime now);

}  // namespace regdata::redaction
