// The history of redaction policies, in the file of the registration store.
#pragma once

#include <memory>

#include "registration/policy_history.hpp"
#include "store/store_paths.hpp"

namespace regdata::store {

class SqlitePolicyHistory final : public PolicyHistory {
 public:
  /// Errors: not_found, unavailable, version.
  static Expected<std::unique_ptr<SqlitePolicyHistory>> open(const StorePaths& paths);
  ~SqlitePolicyHistory() override;

  Expected<void> note(std::span<const PolicyRecord> policies, UtcTime now) override;
  Expected<std::optional<PolicyRecord>> in_force(std::string_view name, UtcTime when) override;

 private:
  struct Impl;
  explicit SqlitePolicyHistory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::store
