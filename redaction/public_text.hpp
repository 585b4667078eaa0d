// Records that the publisher writes beside the views, so that servers need no other source.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "redaction/policy.hpp"
#include "registration/catalog.hpp"

namespace regdata::redaction {

/// A host below a name that we sponsor.
struct PublicHost {
  std::string name;
  std::vector<std::string> addresses;
  std::string registrar;  ///< id of the registrar of the name above it
  friend bool operator==(const PublicHost&, const PublicHost&) = default;
};

/// What is the same for every name: one record, replaced as a whole when configuration changes.
struct PublicTexts {
  std::vector<Registrar> registrars;
  std::vector<Tld> tlds;
  std::vector<RuleText> rules;
  std::string whois_disclaimer;    ///< text of the file `whois.disclaimer_file`, LF line ends
  std::string rdap_base;           ///< "https://rdap.registrar.example/"; may be empty
  std::string terms_url;           ///< terms of service of RDAP and WHOIS; empty: the registrar's web site
  std::string disclosure_url;      ///< how to ask for withheld data; may be empty
  std::string redacted_text;       ///< what port 43 prints for a withheld value ("REDACTED")
  std::uint32_t whois_layout = 0;  ///< bits: see WhoisLayout in whois/whois_text.hpp
  friend bool operator==(const PublicTexts&, const PublicTexts&) = default;
};

}  // namespace regdata::redaction
