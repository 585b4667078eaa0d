// The one function that decides what the public sees.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redaction/policy.hpp"
#include "redaction/public_view.hpp"
#include "registration/catalog.hpp"
#include "registration/registration_data.hpp"

namespace regdata::redaction {

class PolicyVerdicts;

/// What redaction needs besides data and policy. Referenced objects outlive the call.
struct RedactionContext {
  const Catalog* catalog = nullptr;
  std::string contact_form;  ///< https URL with {name} and {role}; "https://registrar.example/contact?d={name}&r={role}"
  std::string relay_domain;  ///< domain part of relay addresses; empty: forms are used where a policy asks for a relay
};

enum class Outcome : std::uint8_t { shown, withheld, replaced, not_held, omitted };
std::string_view to_string(Outcome outcome) noexcept;

/// Why one element came out as it did. For the operator (`regdata explain`), never for the public: it holds the basis.
/// Holds no value of the element.
struct Decision {
  std::optional<Role> role;  ///< empty for elements of the registration
  Element element = Element::domain_name;
  Outcome outcome = Outcome::withheld;
  RuleId rule = 0;
  std::string rule_name;
  std::string section;
  std::string basis;                    ///< "choice given", "never asked", "choice withdrawn", "contact erased", ...
  std::optional<UtcTime> basis_at;      ///< date of the choice or fact
  std::optional<std::uint64_t> ledger;  ///< sequence of the choice that it rests on
  Provenance source;                    ///< where the element's data came from
};

struct Redaction {
  PublicView view;
  std::vector<Decision> decisions;    ///< one per element of the registration and per element of each contact held
  std::optional<UtcTime> look_again;  ///< earliest time at which a rule bound to time would decide otherwise
};

/// Pure and total: same arguments, same result; never fails, withholds what it does not know. Of a contact that is not
/// opened, named and missing, or behind a service that is not configured, every element is withheld that the policy does not
/// omit anyway. An e-mail that is not shown is withheld and replaced, held or not. `data.registration` must not be ended.
Redaction redact(const RegistrationData& data, const Policy& policy, const RedactionContext& context, UtcTime now);

/// The same decision without the operator's side of it: what the publisher needs, and quick.
struct RedactedView {
  PublicView view;
  std::optional<UtcTime> look_again;
};
RedactedView redact_view(const RegistrationData& data, const Policy& policy, const RedactionContext& context, UtcTime now);

/// redact_view() for many names, one after the other: what depends on a policy alone is decided once, and buffers are used
/// again. `context` and the policies outlive it unchanged. Not thread-safe.
class ViewRedactor {
 public:
  ViewRedactor(const RedactionContext& context, UtcTime now);
  ~ViewRedactor();
  ViewRedactor(const ViewRedactor&) = delete;
  ViewRedactor& operator=(const ViewRedactor&) = delete;

  /// Valid until the next call.
  const PublicView& redact(const RegistrationData& data, const Policy& policy);
  /// Of the name redacted last (see Redaction::look_again).
  [[nodiscard]] std::optional<UtcTime> look_again() const noexcept { return look_again_; }

 private:
  friend RedactedView redact_view(const RegistrationData&, const Policy&, const RedactionContext&, UtcTime);

  const RedactionContext& context_;
  UtcTime now_;
  std::vector<std::unique_ptr<PolicyVerdicts>> verdicts_;  ///< one per policy met
  PublicView view_;
  std::optional<UtcTime> look_again_;
};

}  // namespace regdata::redaction
