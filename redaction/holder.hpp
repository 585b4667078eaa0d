// Whose data stand for a contact in public.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "redaction/policy.hpp"
#include "registration/catalog.hpp"
#include "registration/registration_data.hpp"

namespace regdata::redaction {

/// The data that stand for a contact in public: its own, an affiliated service's, or nobody's.
struct Holder {
  const RoleContact* contact = nullptr;     ///< null: named by the registration and not there
  const PrivacyService* service = nullptr;  ///< affiliated, in front of `contact`: the contact's own data are never used
  bool closed = false;                      ///< nothing of it may be shown, whatever the policy says
  RuleId closed_by = Policy::rule_unavailable;
  const char* closed_because = "contact unreadable";
  std::optional<UtcTime> closed_at;
};

/// Who stands for `role`. `catalog` may be null: then no service is known. The result points into both arguments.
Holder holder_of(const RegistrationData& data, const Catalog* catalog, Role role);

/// The rest is for holders that are not closed.
const std::string& text_of(const Holder& holder, Element element);  ///< empty: not held; streets are not one text
/// The texts in the order of contact_elements; the street's place is null.
std::array<const std::string*, contact_elements.size()> texts_of(const Holder& holder);
std::vector<std::string> street_of(const Holder& holder);
bool is_held(const Holder& holder, Element element);

}  // namespace regdata::redaction
