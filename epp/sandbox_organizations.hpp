// What the sandbox registry does with organizations (RFC 8543).
#pragma once

#include <string>

#include "epp/organization.hpp"
#include "epp/sandbox_objects.hpp"

namespace regdata::epp {

/// Each call stands in a transaction of the caller's, which is taken back where the code says no.
class SandboxOrganizations {
 public:
  SandboxOrganizations(SandboxStore& store, Clock clock) : store_(store), clock_(std::move(clock)) {}

  SandboxSaid check(const XmlElement& object);
  /// `verb`: "info", "create", "update", "delete"; others are refused.
  SandboxSaid answer(const std::string& account, std::string_view verb, const XmlElement& object);

 private:
  SandboxSaid create(const std::string& account, const OrganizationData& wanted);
  SandboxSaid update(const std::string& account, SandboxObject held, const XmlElement& object);
  SandboxSaid info(const SandboxObject& held);
  /// 0: all that it names is there and may be; else the code that says no.
  unsigned refused(const OrganizationData& wanted);
  [[nodiscard]] std::string now() const { return format_rfc3339(clock_()); }

  SandboxStore& store_;
  Clock clock_;
};

}  // namespace regdata::epp
