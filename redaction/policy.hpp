// A redaction policy: a table that a compliance officer can read, loaded from a file.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
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
  choice_given,         ///< the person chose publication of this element, with notice version and evidence
  organization_agreed,  ///< the choice on `organization` is given
  affiliated_service,   ///< a configured, affiliated privacy or proxy service stands in front
  legal_person,         ///< the contact is recorded as a legal person
  natural_person,       ///< the contact is recorded as a natural person
};

/// Why a personal element may be published without the person's choice. Publishing one needs a basis (house.md §3).
/// Where it is legitimate_interest or public_task, the person's "no" (declined, withdrawn) to that element outweighs the
/// rule: the right to object, GDPR Art. 21(1).
enum class LegalBasis : std::uint8_t { none, choice, service_data, legal_obligation, public_task, legitimate_interest };

/// Words of the file: "replace-with-form", "choice-given", "legal-obligation".
std::string_view to_string(Action action) noexcept;
std::string_view to_string(Condition condition) noexcept;
std::string_view to_string(LegalBasis basis) noexcept;

struct Rule {
  std::string id;  ///< unique in the policy, stable between versions
  std::vector<Element> elements;
  std::vector<Role> roles;  ///< empty: any, and required to be empty for elements of the registration
  Condition when = Condition::always;
  Action action = Action::withhold;
  LegalBasis basis = LegalBasis::none;
  std::string law;               ///< names the law or agreement behind a basis that is neither the choice nor the service
  std::string section;           ///< what it implements: "Registration Data Policy §9.2.1; rules.md §1.5"
  std::string text;              ///< one plain sentence for the public: why shown or withheld
  std::optional<UtcTime> from;   ///< in force from; absent: always
  std::optional<UtcTime> until;  ///< in force until, excluded; absent: for ever
};

/// What the public may know of a rule, stored beside the views.
struct RuleText {
  RuleId id = 0;
  std::string policy;  ///< name of the policy
  std::string rule;    ///< Rule::id
  std::string section;
  std::string text;
  friend bool operator==(const RuleText&, const RuleText&) = default;
};

/// Values for the `[settings]` that a policy file declares, by name. What is left out keeps the file's default.
using PolicySettings = std::map<std::string, std::string, std::less<>>;

/// A rule as redact() walks it. No strings, so that a decision compares numbers only.
struct RuleStep {
  UtcTime from = UtcTime::min();
  UtcTime until = UtcTime::max();  ///< excluded
  RuleId rule = 0;
  Condition when = Condition::always;
  Action action = Action::withhold;
  LegalBasis basis = LegalBasis::none;
};

/// Rules tried in the order of the file; the first whose element, role, times and condition fit decides. Nothing fits: withheld
/// by the built-in rule `unknown` (RuleId 0). Unreadable contacts: withheld by the built-in rule `unavailable` (RuleId 1),
/// whatever the policy says.
class Policy {
 public:
  /// Reads TOML (docs/policy.md). Total: any bytes in, a policy or an error out. Errors: Errc::configuration with line, column,
  /// what is allowed. Refused: unknown keys, unknown words, double ids, settings that the file does not declare, a personal
  /// element published under a condition other than choice_given, organization_agreed (organization only) or
  /// affiliated_service without a legal basis, an e-mail that may end without a replacement, a replacement for anything but
  /// e-mail, admin or billing elements with any action but omit or withhold, facts of the registration that must be public
  /// and are not, rules that can never decide.
  /// `first_rule` numbers the rules for RuleId; each loaded policy gets a range of its own.
  static Expected<Policy> parse(std::string_view toml, std::string_view source_name, RuleId first_rule = 2,
                                const PolicySettings& settings = {});

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& version() const noexcept { return version_; }
  /// The file, as it was read.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// The rules in force under the settings, in the order of the file.
  [[nodiscard]] const std::vector<Rule>& rules() const noexcept { return rules_; }
  /// Every declared setting with the value that holds.
  [[nodiscard]] const PolicySettings& settings() const noexcept { return settings_; }
  [[nodiscard]] RuleId id_of(const Rule& rule) const noexcept {
    return static_cast<RuleId>(first_rule_ + (&rule - rules_.data()));
  }
  /// Null for the built-in rules and for ids of other policies.
  [[nodiscard]] const Rule* rule(RuleId id) const noexcept;
  /// The rules that can decide on an element of a contact, in order.
  [[nodiscard]] std::span<const RuleStep> steps(Role role, Element element) const noexcept;
  /// The same for an element of the registration.
  [[nodiscard]] std::span<const RuleStep> steps(Element element) const noexcept { return steps(Role::registrant, element); }
  /// The built-in texts (the same two for every policy) and one per rule.
  [[nodiscard]] std::vector<RuleText> rule_texts() const;
  /// BLAKE2b-free, stable digest of the meaning of the file (not its comments): changes when the outcome may change.
  [[nodiscard]] std::uint64_t digest() const noexcept { return digest_; }

  static constexpr RuleId rule_unknown = 0;
  static constexpr RuleId rule_unavailable = 1;

 private:
  Policy() = default;
  void compile();

  struct Range {
    std::uint16_t begin = 0;
    std::uint16_t end = 0;
  };

  std::string name_;
  std::string version_;
  std::string text_;
  PolicySettings settings_;
  std::vector<Rule> rules_;
  RuleId first_rule_ = 2;
  std::uint64_t digest_ = 0;
  std::vector<RuleStep> steps_;
  std::array<std::array<Range, all_elements.size()>, all_roles.size()> ranges_{};
};

}  // namespace regdata::redaction
