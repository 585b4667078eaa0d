// Which redaction policies were in force when. Implemented in store/.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata {

/// A policy as it was published by.
struct PolicyRecord {
  std::string name;
  std::string version;
  std::uint64_t digest = 0;  ///< of what it means: another digest is another policy
  std::string text;          ///< its file
  std::map<std::string, std::string, std::less<>> settings;
  UtcTime since{};  ///< published by since then; set by the history
};

/// Append-only. Every call is a transaction. Errors: unavailable, damaged, version.
class PolicyHistory {
 public:
  virtual ~PolicyHistory() = default;
  /// From `now` on what is published follows these. What is in force already is not noted again.
  virtual Expected<void> note(std::span<const PolicyRecord> policies, UtcTime now) = 0;
  /// The policy of this name that was in force at `when`; empty: none is known of.
  virtual Expected<std::optional<PolicyRecord>> in_force(std::string_view name, UtcTime when) = 0;
};

}  // namespace regdata
