// Any bytes are a policy or an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "redaction/policy.hpp"
#include "redaction/policy_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using regdata::redaction::Policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = Policy::parse(text, "fuzz.toml");
  if (policy && regdata::redaction::check_rules(policy->rules())) __builtin_trap();
  return 0;
}
