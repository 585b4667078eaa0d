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

}  // namespace regdata::app
