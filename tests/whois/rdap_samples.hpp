// RDAP answers that several tests of this room look at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "redaction/public_view.hpp"
#include "whois/profile_check.hpp"

namespace regdata::testing {

/// One answer and what was asked for it.
struct RdapSample {
  std::string name;  ///< of the golden file, without ".json"
  std::string url;
  std::string body;
  std::uint16_t status = 200;
  std::size_t stamp_offset = 0;  ///< where the time of the last update stands
  std::size_t stamp_length = 0;
};

RdapSample rdap_domain_sample(std::string name, const redaction::PublicViewData& view, bool stale = false);
/// Domains, hosts, registrars, help and errors.
std::vector<RdapSample> rdap_samples();

/// The answer as the profile's checker takes it, with the headers that a sound server sends.
std::vector<whois::ProfileFinding> check_sample(const RdapSample& sample);
/// "-46601 /notices/0", one a line.
std::string to_text(const std::vector<whois::ProfileFinding>& findings);

/// JSON with a line end behind each member, for golden files; without the line ends it is the same bytes again.
std::string in_lines(std::string_view json);

}  // namespace regdata::testing
