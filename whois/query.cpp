#include "whois/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "registration/ascii.hpp"
#include "whois/prefix.hpp"
#include "whois/proxy_header.hpp"
#include "whois/utf8.hpp"

namespace regdata::whois {
namespace {

using namespace std::string_view_literals;

constexpr std::array http_methods{"GET "sv,     "HEAD "sv,    "POST "sv,  "PUT "sv,   "DELETE "sv,
                                  "CONNECT "sv, "OPTIONS "sv, "TRACE "sv, "PATCH "sv, "PRI * HTTP/"sv};

/// By the common methods, or by what ends every request line (RFC 9112 §3): " HTTP/1.1".
bool is_http(std::string_view line) noexcept {
  const std::size_t last = std::min(line.rfind(' '), line.size());
  const std::string_view version = line.substr(last);
  if (version.size() == " HTTP/1.1"sv.size() && same_ignoring_case(version.substr(0, 6), " http/") && line.find(' ') < last)
    return true;
  return std::any_of(http_methods.begin(), http_methods.end(),
                     [&](std::string_view method) { return line.starts_with(method); });
}

/// What people paste around a name: blanks, tabs, no-break spaces, quotes of either kind (lookup.md §7).
constexpr std::array trimmed{" "sv,      "\t"sv,     "\""sv,     "'"sv,      "\u00A0"sv, "\u2018"sv,
                             "\u2019"sv, "\u201C"sv, "\u201D"sv, "\u3000"sv, "\uFEFF"sv};

/// Neither beginning nor end of what is trimmed: nearly every query is a bare name.
constexpr bool stays(char c) noexcept { return c > ' ' && c < 0x7F && c != '"' && c != '\''; }

std::string_view strip(std::string_view text) noexcept {
  bool changed = !text.empty() && !(stays(text.front()) && stays(text.back()));
  while (changed) {
    changed = false;
    for (const std::string_view piece : trimmed) {
      if (text.starts_with(piece)) {
        text.remove_prefix(piece.size());
        changed = true;
      }
      if (text.ends_with(piece)) {
        text.remove_suffix(piece.size());
        changed = true;
      }
    }
  }
  return text;
}

/// Splits off the first word; `rest` begins behind the blanks that follow it.
std::string_view first_word(std::string_view text, std::string_view& rest) noexcept {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  rest = strip(text.substr(end));
  return text.substr(0, end);
}

/// RIPE `-r -T …`, DENIC `-T dn,ace`, DK `--charset=utf8`, ARIN `n + NAME`, JPRS `NAME/e`: an unknown flag is named as one, it
/// is never looked up as a domain (lookup.md §7).
bool has_flag(std::string_view text) noexcept {
  if (text.ends_with("/e") || text.ends_with("/E")) return text.find("://") == std::string_view::npos;
  while (!text.empty()) {
    std::string_view rest;
    const std::string_view word = first_word(text, rest);
    if (word.starts_with('-') || word == "+") return true;
    text = rest;
  }
  return false;
}

std::optional<Refusal> unreadable(std::string_view line) noexcept {
  if (std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < 0x7F; })) return std::nullopt;
  for (std::size_t at = 0; at < line.size();) {
    const CodePoint point = decode_utf8(line, at);
    if (!point.valid) return Refusal::invalid_utf8;
    const bool control = (point.value < 0x20 && point.value != '\t') || (point.value >= 0x7F && point.value < 0xA0);
    if (control) return Refusal::control_character;
    at += point.length;
  }
  return std::nullopt;
}

/// A name, or why it is none. `wrap` makes the query of it.
template <class Wrap>
Query named(std::string_view text, Wrap wrap) {
  if (ClientAddress::parse(text)) return Refusal::host_address;
  if (is_mixed_label_form(text)) return Refusal::mixed_labels;
  auto name = DomainName::parse(text);
  if (!name) return Refusal::not_a_name;
  return wrap(std::move(*name));
}

Query domain_query(std::string_view text) {
  // Verisign's `=NAME`: this name and not the hosts below it. We never match anything else.
  if (text.starts_with('=')) text = strip(text.substr(1));
  return named(text, [](DomainName name) { return DomainQuery{std::move(name)}; });
}

Query registrar_query(std::string_view text) {
  if (text.empty()) return Refusal::not_a_registrar;
  RegistrarQuery query;
  while (!text.empty()) {
    std::string_view rest;
    const std::string_view word = first_word(text, rest);
    if (!query.name.empty()) query.name.push_back(' ');
    std::transform(word.begin(), word.end(), std::back_inserter(query.name), lower);
    text = rest;
  }
  std::uint32_t number = 0;
  const char* end = query.name.data() + query.name.size();
  const auto [stop, error] = std::from_chars(query.name.data(), end, number);
  if (error == std::errc() && stop == end) query.iana_id = number;
  return query;
}

}  // namespace

std::optional<Refusal> foreign_protocol(std::string_view bytes) noexcept {
  if (bytes.starts_with('\xFF')) return Refusal::telnet;
  if (bytes.starts_with("\x16\x03")) return Refusal::tls;
  if (bytes.starts_with(proxy_v2_signature)) return Refusal::proxy_header;
  return std::nullopt;
}

Query parse_query(std::string_view line) {
  if (const auto foreign = foreign_protocol(line)) return *foreign;
  if (line.size() > max_query_bytes) return Refusal::too_long;
  if (line.find('\xFF') != std::string_view::npos) return Refusal::telnet;
  if (line.starts_with("PROXY ")) return Refusal::proxy_header;
  if (is_http(line)) return Refusal::http;
  if (const auto reason = unreadable(line)) return *reason;

  const std::string_view text = strip(line);
  if (text.empty()) return Refusal::empty;
  if (text == "?" || same_ignoring_case(text, "help")) return HelpQuery{};

  std::string_view rest;
  const std::string_view word = first_word(text, rest);
  // a registrar's name may hold a plus or a hyphen of its own
  if (same_ignoring_case(word, "registrar") && !rest.starts_with('-')) return registrar_query(rest);
  if (has_flag(text)) return Refusal::flag;
  if (same_ignoring_case(word, "domain") && !rest.empty()) return domain_query(rest);
  if (same_ignoring_case(word, "nameserver")) return named(rest, [](DomainName name) { return HostQuery{std::move(name)}; });
  return domain_query(text);
}

std::string_view refusal_text(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::empty:
      return "Nothing was asked. Send one domain name, or \"help\".";
    case Refusal::too_long:
      return "The query is too long: 1024 bytes are the limit.";
    case Refusal::invalid_utf8:
      return "The query is not valid UTF-8. Send the name in UTF-8 or in its xn-- form.";
    case Refusal::control_character:
      return "The query holds control characters.";
    case Refusal::telnet:
      return "Telnet negotiation is not understood here. Send one line of plain text.";
    case Refusal::tls:
      return "TLS is not spoken on this port. Send one line of plain text.";
    case Refusal::http:
      return "This is WHOIS (RFC 3912), not HTTP. Send one line with a domain name.";
    case Refusal::proxy_header:
      return "A PROXY header is not accepted from this address.";
    case Refusal::proxy_header_due:
      return "A PROXY protocol version 2 header is required from this address.";
    case Refusal::flag:
      return "Flags are not understood here. Send the name alone, or \"help\".";
    case Refusal::not_a_name:
      return "This is not a valid domain name. Send one full name, such as example.com, or \"help\".";
    case Refusal::mixed_labels:
      return "The name mixes xn-- labels with Unicode labels. Send one form of it.";
    case Refusal::host_address:
      return "IP addresses are not answered here. Ask for a name server by its name.";
    case Refusal::not_a_registrar:
      return "A registrar's name or IANA id is missing.";
  }
  return {};
}

}  // namespace regdata::whois
