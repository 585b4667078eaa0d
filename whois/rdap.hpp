// What an RDAP answer says: JSON by RFC 9083, RFC 9537 and ICANN's RDAP Response Profile of February 2024.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "redaction/public_text.hpp"
#include "redaction/public_view.hpp"
#include "registration/utc_time.hpp"
#include "whois/limits.hpp"

namespace regdata::whois {

/// Pieces of JSON that are the same in every answer for as long as the texts are.
struct RdapPieces {
  std::string terms;                    ///< description lines of the terms of service
  std::vector<std::string> registrars;  ///< entities, in the order of the texts
  /// `,"reason":{…}` by rule, in order of the number.
  std::vector<std::pair<redaction::RuleId, std::string>> reasons;
};
RdapPieces make_rdap_pieces(const redaction::PublicTexts& texts);

/// What an answer depends on beside the object itself.
struct RdapFrame {
  const redaction::PublicTexts& texts;
  UtcTime applied_until;  ///< "last update of RDAP database", to the minute (house.md §1)
  bool stale = false;     ///< withhold what is shown by choice
  /// The very URI that was asked, as every link's `value` repeats it (rules.md §4.4): configured origin + target as sent.
  std::string_view url;
  /// What make_rdap_pieces() made of the texts; null: made again for this answer.
  const RdapPieces* pieces = nullptr;
};

/// Where the time of the last update stands in an answer: what an entity tag must not depend on. Length 0: nowhere.
struct Stamp {
  std::size_t offset = 0;
  std::size_t length = 0;
};

/// Appends the answer for one name (Response Profile §2, rules.md §4.3–4.7). Takes a PublicView and nothing else. False when
/// the view's registrar is not among the texts: `out` is as it was.
bool append_rdap_domain(std::string& out, const redaction::PublicView& view, const RdapFrame& frame, Stamp& stamp);

/// True when append_rdap_domain shows a personal element that its holder chose to show.
bool rdap_shows_personal(const redaction::PublicView& view, const RdapFrame& frame) noexcept;

/// A name server below a name that we sponsor (RFC 9083 §5.2), and one of our own registrars (§5.1).
void append_rdap_host(std::string& out, const redaction::PublicHost& host, const RdapFrame& frame, Stamp& stamp);
void append_rdap_registrar(std::string& out, const Registrar& registrar, const RdapFrame& frame, Stamp& stamp);

/// Terms, limits, what is withheld and how to ask for it (RFC 9083 §7, Technical Implementation Guide 2024 §3.4).
void append_rdap_help(std::string& out, const RateLimits& limits, const RdapFrame& frame);

/// RFC 9083 §6. `title` and `description` are ours and never repeat what was sent.
void append_rdap_error(std::string& out, std::uint16_t status, std::string_view title, std::string_view description);

/// "client transfer prohibited" for `clientTransferProhibited` (RFC 8056 §2).
std::string_view rdap_status(Status status) noexcept;

}  // namespace regdata::whois
