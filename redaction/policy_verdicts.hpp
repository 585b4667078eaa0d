// What one policy says at one time: decided once where it does not depend on what a person chose.
#pragma once

#include <array>
#include <optional>

#include "redaction/rule_walk.hpp"

namespace regdata::redaction {

/// The verdicts on one contact, in the order of contact_elements.
struct ContactVerdicts {
  std::array<Verdict, contact_elements.size()> elements{};
  /// What would decide on the e-mail if no rule published it: how an address is replaced that is not shown.
  Verdict unpublished_email;
  std::optional<UtcTime> look_again;
};
ContactVerdicts decide_contact(const Policy& policy, Role role, const Facts& facts, UtcTime now);

/// The verdict on an element of the registration, and when it may change.
struct FactVerdict {
  Verdict verdict;
  std::optional<UtcTime> look_again;
};

/// Most people never chose anything, and all of one kind get the same verdicts then. `policy` outlives it. Not thread-safe.
class PolicyVerdicts {
 public:
  PolicyVerdicts(const Policy& policy, UtcTime now);

  [[nodiscard]] const Policy& policy() const noexcept { return policy_; }
  [[nodiscard]] UtcTime now() const noexcept { return now_; }
  /// Valid until the next call.
  const ContactVerdicts& on_contact(Role role, const Facts& facts);

  FactVerdict registry_domain_id, updated, registry_expiry, registrar_expiry, reseller;

 private:
  static constexpr std::size_t kinds = 3;
  static constexpr std::size_t published_roles = 2;  // the registrant and the technical contact

  const Policy& policy_;
  UtcTime now_;
  std::array<std::optional<ContactVerdicts>, published_roles * kinds * 4> unchosen_;
  ContactVerdicts chosen_;
};

}  // namespace regdata::redaction
