// Walks the rules of one element to the one that decides.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "redaction/policy.hpp"
#include "registration/contact.hpp"
#include "registration/privacy_choice.hpp"

namespace regdata::redaction {

/// Time of the decision, and the earliest time at which a walk would have ended elsewhere.
struct RuleClock {
  UtcTime now{};
  std::optional<UtcTime> look_again;
};

/// What conditions look at. Everything unknown makes every condition but `always` false.
struct Facts {
  const ContactChoices* choices = nullptr;  ///< null: nobody's choices count here
  ContactKind kind = ContactKind::unknown;
  bool service = false;       ///< an affiliated privacy or proxy service stands in front
  bool skip_publish = false;  ///< decide as if no rule published
};

/// What the person said, where the walk depended on it.
enum class Asked : std::uint8_t { not_needed, given, declined, withdrawn, ended, no_answer, never, no_evidence };
std::string_view to_string(Asked asked) noexcept;

struct Verdict {
  RuleId rule = Policy::rule_unknown;
  Action action = Action::withhold;
  Asked asked = Asked::not_needed;
  const ChoiceEntry* entry = nullptr;  ///< the ledger entry behind `asked`; owned by Facts::choices

  /// Rests on consent: gone as soon as consent is in doubt.
  [[nodiscard]] bool by_choice() const noexcept { return asked == Asked::given && action == Action::publish; }
};

/// The first rule whose times and condition fit; withheld by `unknown` where none does. Pure and total.
Verdict decide(std::span<const RuleStep> steps, Element element, const Facts& facts, RuleClock& clock);

}  // namespace regdata::redaction
