// What makes a set of rules sound: the refusals of Policy::parse, free of any file format.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "redaction/policy.hpp"

namespace regdata::redaction {

/// Why a rule or a set of rules is refused. Both texts are for a person: lower case, no full stop.
struct PolicyFault {
  std::size_t rule = 0;  ///< index of the rule that it is about; the number of rules when it is about none
  std::string what;
  std::string hint;
};

/// Facts of the registration that no policy may take out of the answer (rules.md §1.3, column R = N).
bool is_always_public(Element element) noexcept;

/// What one rule says, by itself. Empty: sound.
std::optional<PolicyFault> check_rule(const Rule& rule, std::size_t index);

/// What rules that are in force together leave open: a fact that no rule publishes, an e-mail without a replacement, a rule
/// that can never decide. Empty: sound.
std::optional<PolicyFault> check_rules(const std::vector<Rule>& rules);

}  // namespace regdata::redaction
