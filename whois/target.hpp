// The target of an HTTP request, taken apart (RFC 3986 §3.3, §3.4; RFC 9112 §3.2).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace regdata::whois {

/// Longest target that is looked at. The longest name, percent-encoded, fits several times over.
inline constexpr std::size_t max_target_bytes = 4096;

/// Decodes percent-encoding once. Nothing: a broken escape, bytes that are not UTF-8, a control character or, unless
/// `slashes`, an encoded slash, which would make one segment look like two (lookup.md §7).
std::optional<std::string> percent_decode(std::string_view text, bool slashes);

/// Unreserved characters stay, everything else is encoded (RFC 3986 §2.3).
std::string percent_encode(std::string_view text);

struct Target {
  std::vector<std::string> segments;  ///< of the path, decoded; "/a/b" and "/a/b/" are both {"a", "b"}; "/" is none
  std::string_view query;             ///< behind the first '?', as sent; into the bytes that were passed
};

/// Takes the origin form ("/domain/x?y") and the absolute form (what a proxy is sent). Total. Nothing: neither form, too long,
/// an empty segment inside the path, "." or "..", or a segment that percent_decode refuses.
std::optional<Target> parse_target(std::string_view target);

/// The path and query of either form, as sent: what an answer repeats behind its own origin. Empty: neither form.
std::string_view origin_form(std::string_view target) noexcept;

/// The first value of a field in a query string or a form body ("a=b&c=d"; "+" is a blank). Nothing: no such field, or
/// a value that percent_decode refuses.
std::optional<std::string> form_value(std::string_view form, std::string_view name);

}  // namespace regdata::whois
