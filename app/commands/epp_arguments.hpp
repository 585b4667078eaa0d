// What is typed behind `regdata epp create`, `update` and the like, as values. Errc::usage with how it is written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "epp/domain.hpp"

namespace regdata::app {

/// "2y", "6m"; empty text: the registry's own.
Expected<std::optional<epp::Period>> period_of(const std::string& text);
/// "ns1.example.test", or with its addresses: "ns1.example.test=192.0.2.1,2001:db8::1".
Expected<epp::NameServers> servers_of(const std::vector<std::string>& texts);
/// "tech=C-17".
Expected<std::vector<epp::DomainContact>> contacts_of(const std::vector<std::string>& texts);
/// "12345 13 2 ABCD…", as in a zone file, with a digest of the length that its type has.
Expected<std::vector<DsRecord>> ds_of(const std::vector<std::string>& texts);
/// In their canonical form.
Expected<std::vector<std::string>> addresses_of(const std::vector<std::string>& texts);

/// "12.50" and "EUR"; without an amount none is agreed to. Each Errc::usage, as those below.
Expected<std::optional<epp::FeeTerms>> fee_of(const std::string& amount, const std::string& currency);
/// "create=1y", "restore".
Expected<std::optional<epp::FeeQuestion>> fee_question_of(const std::vector<std::string>& texts, const std::string& currency);
/// "reseller=ID".
Expected<std::vector<epp::Organization>> organizations_of(const std::vector<std::string>& texts);
/// A secret that stands in the first line of a file, never on the command line; none without a file.
Expected<epp::Password> secret_of(const std::string& file);
/// "12-31".
Expected<std::optional<epp::ExpiryDay>> expiry_day_of(const std::string& text);

/// A launch phase, and a claims notice that was accepted (RFC 8334).
struct LaunchArguments {
  std::string phase, notice, validator, ends, accepted;
};
Expected<std::optional<epp::LaunchTerms>> launch_of(const LaunchArguments& arguments);

}  // namespace regdata::app
