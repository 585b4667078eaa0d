// The policies that come with the program, as the text of their files.
#pragma once

#include <span>
#include <string_view>

namespace regdata::redaction {

struct ShippedPolicy {
  std::string_view name;  ///< equals `name` in the file
  std::string_view toml;  ///< redaction/policies/NAME.toml, as shipped
};

/// Never empty; lives as long as the program.
std::span<const ShippedPolicy> shipped_policies() noexcept;

/// The file of that name; null: none such is shipped.
inline const ShippedPolicy* shipped_policy(std::string_view name) noexcept {
  for (const ShippedPolicy& policy : shipped_policies()) {
    if (policy.name == name) return &policy;
  }
  return nullptr;
}

}  // namespace regdata::redaction
