// Answers that are not about an object: help, refusals, limits (rules.md §3.5). The lines begin with "%", so that no reader
// takes them for data.
#include <charconv>

#include "whois/text.hpp"

namespace regdata::whois {
namespace {

void append_line(std::string& out, std::string_view text) { out.append("% ").append(text).append("\r\n"); }

std::string of(const Budget& budget, std::string_view what) {
  std::string text(what);
  if (budget.per_minute == 0) return text.append(": no limit");
  return text.append(": ")
      .append(std::to_string(budget.per_minute))
      .append(" a minute, ")
      .append(std::to_string(budget.burst))
      .append(" at once");
}

/// Told in thousandths of a second.
std::string time_of(const Budget& budget) {
  const Budget milliseconds{budget.per_minute / 1000, budget.burst / 1000};
  return of(milliseconds, "  milliseconds that the server works");
}

}  // namespace

void append_refusal(std::string& out, std::string_view reason) { append_line(out, reason); }

void append_limited(std::string& out, std::uint32_t seconds, const RateLimits& limits) {
  append_line(out, "Query limit reached. Please wait " + std::to_string(seconds) + (seconds == 1 ? " second." : " seconds."));
  append_line(out, "Limits for each IPv4 address and each IPv6 /64:");
  append_line(out, of(limits.queries, "  queries"));
  append_line(out, of(limits.no_matches, "  answers without a match"));
  append_line(out, time_of(limits.server_time_us));
}

void append_busy(std::string& out) { append_line(out, "The server is busy. Please try again in a few seconds."); }

void append_crowded(std::string& out, std::uint32_t most, std::uint32_t seconds) {
  append_line(out, "Too many connections are open from your network: at most " + std::to_string(most) +
                       " may be open from each IPv4 address and each IPv6 /64.");
  append_line(out, "Please close some, or wait " + std::to_string(seconds) + (seconds == 1 ? " second." : " seconds."));
}

void append_error(std::string& out) { append_line(out, "The answer cannot be given at the moment. Please try again later."); }

void append_help(std::string& out, const RateLimits& limits) {
  append_line(out, "This is the WHOIS service of a registrar (RFC 3912). It answers for names that are registered through it.");
  append_line(out, "One query a connection, one line a query, UTF-8, at most 1024 bytes:");
  append_line(out, "  example.com                  a domain name, in xn-- or in Unicode form");
  append_line(out, "  domain example.com           the same; also =example.com");
  append_line(out, "  nameserver ns1.example.com   a name server below such a name");
  append_line(out, "  registrar NAME               a registrar that is served here, by name or IANA id");
  append_line(out, "  help                         this text; also ?");
  append_line(out, "Personal data is shown only where the law, the rules or the person concerned ask for it.");
  append_line(out, "Limits for each IPv4 address and each IPv6 /64:");
  append_line(out, of(limits.queries, "  queries"));
  append_line(out, of(limits.no_matches, "  answers without a match"));
  append_line(out, of(limits.personal, "  answers with personal data that its holder chose to show"));
  append_line(out, time_of(limits.server_time_us));
  append_line(out, "Each IPv4 /24 and each IPv6 /48 may use " + std::to_string(limits.wide_factor) + " times as much.");
  append_line(out, "A refused query does not count; every block ends by itself after the seconds it tells.");
}

}  // namespace regdata::whois
