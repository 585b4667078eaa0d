// What a port 43 answer looks like: labels, order, redaction texts, footer (rules.md §3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "redaction/public_text.hpp"
#include "redaction/public_view.hpp"
#include "registration/utc_time.hpp"
#include "whois/limits.hpp"

namespace regdata::whois {

/// What an answer depends on beside the object itself.
struct AnswerFrame {
  const redaction::PublicTexts& texts;
  UtcTime applied_until;  ///< printed to the minute (house.md §1: "last update of the database")
  bool stale = false;     ///< withhold what is shown by choice
  /// What prepared_disclaimer() made of the texts; empty: made again for this answer.
  std::string_view disclaimer = {};
};

/// The disclaimer as the end of every answer, with line ends. The same for as long as the texts are.
std::string prepared_disclaimer(const redaction::PublicTexts& texts);

/// Appends the answer for one name (rules.md §3.3). Takes a PublicView and nothing else, so nothing else can be rendered for
/// the public. False when the view's registrar is not among the texts: `out` is as it was.
bool append_domain(std::string& out, const redaction::PublicView& view, const AnswerFrame& frame);

/// True when append_domain prints a personal element that its holder chose to show.
bool shows_personal(const redaction::PublicView& view, const AnswerFrame& frame) noexcept;

/// A name server below a name that we sponsor, and one of our own registrars (rules.md §3.7).
void append_host(std::string& out, const redaction::PublicHost& host, const AnswerFrame& frame);
void append_registrar(std::string& out, const Registrar& registrar, const AnswerFrame& frame);

/// `No match for "EXAMPLE.COM".` and the footer (rules.md §3.5). `what` goes before the quotation mark: "", "nameserver ".
/// `name` is upper-cased and cleaned.
void append_no_match(std::string& out, std::string_view what, std::string_view name, const AnswerFrame& frame);

/// Where port 43 is off for the TLD: says so and points to RDAP. `path` is "domain" or "nameserver".
void append_elsewhere(std::string& out, std::string_view tld, std::string_view path, std::string_view name,
                      const AnswerFrame& frame);

void append_refusal(std::string& out, std::string_view reason);
/// The seconds to wait, and the limits that are in force: whoever is limited cannot ask for them.
void append_limited(std::string& out, std::uint32_t seconds, const RateLimits& limits);
void append_busy(std::string& out);
/// Too many connections are open from one prefix; `most` are allowed, and each ends after `seconds` at the latest.
void append_crowded(std::string& out, std::uint32_t most, std::uint32_t seconds);
void append_error(std::string& out);

/// What may be asked, and the limits that are in force.
void append_help(std::string& out, const RateLimits& limits);

/// A value as it may stand in a line: valid UTF-8, no control character, no line end of any kind, no bidirectional control, no
/// blank at either end or twice in a row (rules.md §3.2; reliability.md §2 rows 6 and 7).
std::string clean_value(std::string_view value);
void append_clean(std::string& out, std::string_view value);

}  // namespace regdata::whois
