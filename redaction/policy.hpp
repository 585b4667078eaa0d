// A redaction policy: a table that a compliance officer can read, loaded from a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redaction/field.hpp"
#include "registration/element.hpp"
#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::redaction {

/// What a rule does with an element.
enum class Action : std::uint8_t {
  publish,
  withhold,
  replace_with_form,   ///< e-mail only: the contact form's URL
  replace_with_relay,  ///< e-mail only: the domain's random relay address
  omit,                ///< the element is not part of this policy's output at all (admin, billing)
};

/// When a rule applies. A closed list: no expressions, and none for "no answer" (house.md §3).
enum class Condition : std::uint8_t {
  always,
  choice_given,        ///< the person chose publication of this element, with notice version and evidence
  organization_agreed, ///< the choice on `organization` is given
  affiliated_service,  ///< a configured, affiliated privacy or proxy service stands in front
  legal_person,        ///< the contact is recorded as a legal person
  natural_person,      ///< the contact is recorded as a natural person
};

/// Why a personal element may be published without the person's choice. Publishing one needs a basis (house.md §3).
enum class LegalBasis : std::uint8_t { none, choice, service_data, legal_obligation, public_task, legitimate_interest };

struct Rule {
  std::string id;                      ///< unique in the policy, stable between versions
  std::vector<Element> elements;
  std::vector<Role> roles;             ///< empty: any, and required to be empty for elements of the registration
  Condition when = Condition::always;
  Action action = Action::withhold;
  LegalBasis basis = LegalBasis::none;
  std::string section;                 ///< what it implements: "Registration Data Policy §9.2.1; rules.md §1.5"
  std::string text;                    ///< one plain sentence for the public: why shown or withheld
  std::optional<UtcTime> from;         ///< in force from; absent: always
  std::optional<UtcTime> until;        ///< in force until, excluded; absent: for ever
};

/// What the public may know of a rule, stored beside the views.
struct RuleText {
  RuleId id = 0;
  std::string policy;   ///< name of the policy
  std::string rule;     ///< Rule::id
  std::string section;
  std::string text;
  friend bool operator==(const RuleText&, const RuleText&) = default;
};

/// Rules tried in the order of the file; the first whose element, role, times and condition fit decides. Nothing fits: withheld
/// by the built-in rule `unknown` (RuleId 0). Unreadable contacts: withheld by the built-in rule `unavailable` (RuleId 1),
/// whatever the policy says.
class Policy {
 public:
  /// Reads TOML (docs/policy.md). Errors: Errc::configuration with line, column, what is allowed. Refused: unknown keys,
  /// unknown words, double ids, a personal element published under a condition other than choice_given,
  /// organization_agreed (organization only) or affiliated_service without a legal basis, e-mail with no replacement as its
  /// last rule, a replacement for anything but e-mail, admin or billing elements with any action but omit or withhold.
  /// `first_rule` numbers the rules for RuleId; each loaded policy gets a range of its own.
  static Expected<Policy> parse(std::string_view toml, std::string_view source_name, RuleId first_rule = 2);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& version() const noexcept { return version_; }
  [[nodiscard]] const std::vector<Rule>& rules() const noexcept { return rules_; }
  [[nodiscard]] RuleId id_of(const Rule& rule) const noexcept { return static_cast<RuleId>(first_rule_ + (&rule - rules_.data())); }
  /// Built-in texts and one per rule.
  [[nodiscard]] std::vector<RuleText> rule_texts() const;
  /// BLAKE2b-free, stable digest of the meaning of the file (not its comments): changes when the outcome may change.
  [[nodiscard]] std::uint64_t digest() const noexcept { return digest_; }

  static constexpr RuleId rule_unknown = 0;
  static constexpr RuleId rule_unavailable = 1;

 private:
  Policy() = default;
  std::string name_;
  std::string version_;
  std::vector<Rule> rules_;
  RuleId first_rule_ = 2;
  std::uint64_t digest_ = 0;
};

}  // namespace regdata::redaction
