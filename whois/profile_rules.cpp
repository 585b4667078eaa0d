// The rules in words. Sentences are those of the Response Profile ("RP"), the Technical Implementation Guide ("TIG") and the
// RFCs; the numbers are those of ICANN's conformance tool (lookup.md §3.2).
#include <algorithm>
#include <array>
#include <iterator>

#include "whois/profile_parts.hpp"

namespace regdata::whois {
namespace {

struct ProfileRow {
  int code;
  std::string_view source;
  std::string_view sentence;
};

/// What ICANN's tool reports without failing the answer; the names of redactions have theirs in profile_redacted.cpp.
constexpr std::array<int, 3> warnings{-10912, -11003, -13020};

constexpr ProfileRow rows[]{
    {-10102, "RP 4.2", "an IPv4 address of a name server must be one that the Internet can reach"},
    {-10202, "RP 4.2", "an IPv6 address of a name server must be one that the Internet can reach"},
    {-10403, "RFC 9082 3.1.3", "a name in mixed case must get the same answer as in lower case"},
    {-10504, "TIG 1.2", "rdapConformance must be present in the topmost object and name rdap_level_0"},
    {-10505, "TIG 1.2", "rdapConformance must be in the topmost object only"},
    {-10611, "RFC 9083 4.2", "the href of a link must be an absolute URI"},
    {-10612, "RFC 9083 4.2", "a link must have a value"},
    {-10613, "RFC 9083 4.2", "a link must have a rel"},
    {-10908, "RFC 9083 4.5", "the date of an event must be an RFC 3339 time with a zone"},
    {-10912, "RFC 9083 4.5", "an event action should occur once in a list of events"},
    {-11002, "RP 2.6.2", "a status must be one that RFC 8056 maps to"},
    {-11003, "RP 2.6.2", "a status should occur once"},
    {-11205, "RFC 9083 4.8", "the identifier of a public id must be a string"},
    {-12007, "RFC 9083 5.3", "delegationSigned must be true or false"},
    {-12101, "RFC 9083 6", "title of an error must be a string, description a list of strings"},
    {-12107, "TIG 1.2", "an error must have rdapConformance"},
    {-12108, "RFC 9083 6", "the errorCode of an error must be the HTTP status"},
    {-12218, "RFC 9083 4.3", "notices must be in the topmost object only"},
    {-12305, "RFC 7095 3.3", "a jCard must be sound: version 4.0 first, an fn, tel with a type"},
    {-12320, "RP 2.7.8.1", "an e-mail address must be syntactically valid by RFC 5322"},
    {-13000, "RFC 7480 4.2", "the media type must be application/rdap+json"},
    {-13001, "RFC 7480 4.2", "the body must be a JSON object"},
    {-13002, "RFC 7480 5", "a lookup must be answered with 200 or 404"},
    {-13003, "RFC 9083 4.9", "every object must have an objectClassName"},
    {-13004, "RFC 7480 5.2", "a redirect must not carry the query parameters of the request along"},
    {-13005, "RFC 7480 5.2", "a server must not redirect to what was asked"},
    {-13006, "RP 2.11.1", "domain/test.invalid must not be answered with 200"},
    {-13018, "RFC 7480 5",
     "the same query must get the same status, whatever the address family, the method and the Accept header"},
    {-13020, "RP 2.11.1", "the answer is a sound 404: nothing can be told about objects"},
    {-20100, "TIG 1.4", "the service must be provided over HTTPS only"},
    {-20101, "TIG 1.4", "a plain HTTP address must not answer, but may redirect to HTTPS"},
    {-20300, "TIG 1.8", "HEAD must get the status and the headers of GET, and no body"},
    {-20400, "TIG 1.9", "the service must be available over IPv4"},
    {-20401, "TIG 1.9", "the service must be available over IPv6"},
    {-20500, "TIG 1.14", "Access-Control-Allow-Origin must be *"},
    {-20701, "TIG 3.4", "help must be answered with 200, rdapConformance and notices"},
    {-20800, "TIG 3.8.1", "an address must be structured: seven cells, several street lines as a list in the third"},
    {-20900, "TIG 3.8.2, 3.8.3", "a tel must be of type voice or fax"},
    {-40100, "RP 1.3.2", "no code that a browser could execute may be in the answer"},
    {-43100, "RP 1.5", "the topmost object must have an event last update of RDAP database"},
    {-46100, "RP 2.1", "a name asked by A-label must be answered with that ldhName"},
    {-46101, "RP 2.1", "a name asked by U-label must be answered with that unicodeName"},
    {-46200, "RP 2.2", "the handle of a domain must be its repository object identifier"},
    {-46201, "RP 2.2", "the repository id in the handle of a domain must be registered at IANA"},
    {-46205, "RP 2.2", "the handle of a domain must not be one that ICANN keeps for tests"},
    {-46300, "RP 2.3.1.1", "a domain must have an event registration"},
    {-46601, "RP 2.6.3", "a domain answer must have a notice titled Status Codes"},
    {-46602, "RP 2.6.3",
     "its description must be: For more information on domain status codes, please visit https://icann.org/epp"},
    {-46603, "RP 2.6.3", "the notice Status Codes must have links"},
    {-46604, "RP 2.6.3", "the notice Status Codes must link to https://icann.org/epp"},
    {-46605, "RP 2.6.3", "the link of the notice Status Codes must have rel glossary"},
    {-46606, "RP 2.6.3", "the link of the notice Status Codes must have the URI asked as its value"},
    {-46701, "RP 2.10", "a domain answer must have a notice titled RDDS Inaccuracy Complaint Form"},
    {-46702, "RP 2.10", "its description must be: URL of the ICANN RDDS Inaccuracy Complaint Form: https://icann.org/wicf"},
    {-46703, "RP 2.10", "the notice RDDS Inaccuracy Complaint Form must have links"},
    {-46704, "RP 2.10", "the notice RDDS Inaccuracy Complaint Form must link to https://icann.org/wicf"},
    {-46705, "RP 2.10", "the link of the notice RDDS Inaccuracy Complaint Form must have rel help"},
    {-46706, "RP 2.10", "the link of the notice RDDS Inaccuracy Complaint Form must have the URI asked as its value"},
    {-46800, "RP 2.9", "a domain must have secureDNS"},
    {-46801, "RP 2.9", "secureDNS must have delegationSigned"},
    {-46802, "RP 2.9", "secureDNS of a signed domain must have dsData or keyData"},
    {-46900, "RFC 5731 2.3", "statuses that exclude each other must not stand together"},
    {-47001, "RFC 3915 3.1", "redemption period is only valid with pending delete"},
    {-47002, "RFC 3915 3.1", "pending restore is only valid with pending delete"},
    {-47100, "RP 2.6.1", "a domain must have at least one status"},
    {-47200, "RP 2.8.1", "a name server must have an ldhName"},
    {-47201, "RP 2.8.2", "the handle of a name server must be its repository object identifier"},
    {-47202, "RP 2.8.2", "the repository id in the handle of a name server must be registered at IANA"},
    {-47203, "RP 2.8.2", "handle and status must be on all name servers, or on none"},
    {-47204, "RFC 5732 2.3", "statuses of a name server that exclude each other must not stand together"},
    {-47205, "RP 2.8.2", "the handle of a name server must not be one that ICANN keeps for tests"},
    {-47300, "RP 2.4.1", "a domain must have an entity with the registrar role"},
    {-47301, "RP 2.4.1", "a domain must have one registrar only"},
    {-47302, "RP 2.4.1", "the registrar must have a valid fn"},
    {-47400, "RP 2.4.3", "the registrar must have publicIds"},
    {-47401, "RP 2.4.3", "the type of the registrar's public id must be IANA Registrar ID"},
    {-47402, "RP 2.4.2", "the handle of the registrar must be its IANA Registrar ID"},
    {-47403, "RP 2.4.2, 2.4.3", "the registrar's public id must be the same as its handle"},
    {-47500, "RP 2.4.5", "within the registrar there must be an abuse entity with tel and email"},
    {-47600, "RP 2.7.3", "the handle of another contact must be its repository object identifier"},
    {-47601, "RP 2.7.3", "the repository id in the handle of another contact must be registered at IANA"},
    {-47700, "RP 2.4.6", "the registrar must have a link with rel about"},
    {-47701, "RP 2.4.6", "the value of the link about must be the RDAP base URL as IANA has it, to the letter"},
    {-47702, "RP 2.4.6", "the RDAP base URL in the link about must be https"},
    {-47703, "RP 2.4.6", "the href of the link about must be the registrar's web site"},
    {-49200, "RP 4.3, TIG 3.10", "the registrar of a name server must have publicIds"},
    {-61000, "TIG 1.3", "rdapConformance must name icann_rdap_technical_implementation_guide_1"},
    {-61001, "TIG 1.3", "rdapConformance must not name icann_rdap_technical_implementation_guide_0"},
    {-61100, "TIG 1.5", "only TLS 1.2 and TLS 1.3 may be spoken"},
    {-61101, "TIG 1.5", "TLS 1.2 must use ECDHE with AES-GCM"},
    {-61200, "TIG 3.3.2", "a notice must link to the terms of service with rel terms-of-service"},
    {-61201, "TIG 3.3.3", "the href of the terms of service must be a web page"},
    {-61202, "TIG 3.3.2", "the link to the terms of service must have the URI asked as its value"},
    {-62000, "RP 1.2", "rdapConformance must name icann_rdap_response_profile_1"},
    {-62001, "RFC 9537 4.1", "rdapConformance must name redacted where the member redacted is"},
    {-62003, "RFC 9537 4.2", "the name of a redaction must have either a type or a description"},
    {-62004, "RFC 9537 4.2", "paths, pathLang and method of a redaction must be strings"},
    {-62005, "RFC 9537 4.2", "the reason of a redaction must have nothing but type, description and lang, all strings"},
    {-62006, "RP 1.2", "rdapConformance must not name icann_rdap_response_profile_0"},
    {-62100, "RP 1.4", "the country name of an address must be empty"},
    {-62101, "RP 1.4", "an address must have cc, the country's code by ISO 3166-1 alpha-2 in upper case"},
    {-63000, "RP 2.7.2", "a domain must have one entity with the registrant role"},
    {-63100, "RP 2.11.3", "the handle of the registrant must be a repository object identifier"},
    {-63101, "RP 2.11.3", "the repository id in the handle of the registrant must be registered at IANA"},
    {-65300, "RP 2.11.1", "a name that is not sponsored must get 404 with an RDAP error"},
    {-65600, "RP 2.3.2.1", "a registrar's domain must have an event registrar expiration"},
    {-65700, "RP 2.11.3", "the handle of the technical contact must be a repository object identifier"},
    {-65701, "RP 2.11.3", "the repository id in the handle of the technical contact must be registered at IANA"},
};

std::vector<ProfileRule> all_rules() {
  std::vector<ProfileRule> rules;
  const auto add = [&](const ProfileRow& row) {
    const bool warning = std::find(warnings.begin(), warnings.end(), row.code) != warnings.end();
    rules.push_back({row.code, std::string(row.source), std::string(row.sentence), warning});
  };
  std::for_each(std::begin(rows), std::end(rows), add);
  add_redaction_rules(rules);
  // ICANN's numbers grow downwards
  std::sort(rules.begin(), rules.end(), [](const ProfileRule& a, const ProfileRule& b) { return a.code > b.code; });
  return rules;
}

}  // namespace

const std::vector<ProfileRule>& profile_rules() {
  static const std::vector<ProfileRule> rules = all_rules();
  return rules;
}

const ProfileRule* profile_rule(int code) noexcept {
  const auto& rules = profile_rules();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const ProfileRule& rule) { return rule.code == code; });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace regdata::whois
