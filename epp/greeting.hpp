// What a registry says first (RFC 5730 §2.4).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "epp/xml.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

/// What a registry speaks.
struct Services {
  std::set<std::string> objects;     ///< objURI
  std::set<std::string> extensions;  ///< extURI
  friend bool operator==(const Services&, const Services&) = default;
};

struct Greeting {
  std::string server_id;    ///< svID
  std::string server_date;  ///< svDate, as it stands there
  std::vector<std::string> versions;
  std::vector<std::string> languages;
  Services services;
  std::string access;  ///< of the announced policy: "all", "none", "null", "other", "personal", "personalAndOther"; empty: none
  std::string raw;     ///< all of it, to be kept and compared
};

/// Errc::invalid: it is no greeting.
Expected<Greeting> read_greeting(const XmlDocument& document);

/// What is new and what is gone, a line each: "extension urn:…: new". Empty: the same services.
std::vector<std::string> changes(const Greeting& before, const Greeting& now);

}  // namespace regdata::epp
