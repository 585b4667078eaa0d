// Does an RDAP answer keep the RDAP Response Profile and the Technical Implementation Guide of February 2024? Reads the answer
// as a stranger would: nothing here knows how answers are made.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace regdata::whois {

/// One answer, as far as it is known. A header that is unknown (an answer read from a file) is not checked.
struct ProfileAnswer {
  std::uint16_t status = 200;
  std::optional<std::string> content_type;
  std::optional<std::string> allow_origin;  ///< Access-Control-Allow-Origin
  std::string_view body;
};

/// What was asked.
struct ProfileAsked {
  std::string url;  ///< the very URI, as every link must repeat it
  /// The RDAP base URL as IANA's registry has it. Empty: `url` up to the query's path.
  std::string base_url;
  /// IANA's registry "EPP Repository Identifiers" as its reader has it. Null: whether a handle's id is registered is not
  /// checked.
  const std::set<std::string, std::less<>>* repository_ids = nullptr;
};

/// The ids of IANA's list: a file with one id a line, or the CSV that IANA offers, whose first column they are. Lines that hold
/// none are passed over.
std::set<std::string, std::less<>> read_repository_ids(std::string_view list);

/// One rule that is broken. `where` is a JSON pointer (RFC 6901), empty for the answer as a whole; never a value from it.
struct ProfileFinding {
  int code = 0;  ///< ICANN's number for the check, as its conformance tool reports it
  std::string where;
  friend bool operator==(const ProfileFinding&, const ProfileFinding&) = default;
};

/// Everything that can be told from one answer to a domain, name server, entity or help query, or from an error. Total: any
/// bytes in, findings out. Of IANA's data sets only the repository ids are looked at, where `asked` has them.
std::vector<ProfileFinding> check_profile(const ProfileAnswer& answer, const ProfileAsked& asked);

/// A rule in words, and the section that it comes from: "RP 2.6.1" is the Response Profile, "TIG 1.14" the Technical
/// Implementation Guide.
struct ProfileRule {
  int code = 0;
  std::string source;
  std::string sentence;
  bool warning = false;  ///< ICANN's tool reports it without failing the answer
};

/// Every rule that this project checks, in ICANN's order; also those that need a server (`regdata selftest`).
const std::vector<ProfileRule>& profile_rules();
/// The rule of a code; null: not one of them.
const ProfileRule* profile_rule(int code) noexcept;

}  // namespace regdata::whois
