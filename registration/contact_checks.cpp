// Checks of single values. None repeats the value: an error text may be read by people who must not see it.
#include <algorithm>
#include <array>

#include "registration/ascii.hpp"
#include "registration/contact.hpp"
#include "registration/domain_name.hpp"

namespace regdata {
namespace {

constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_word(char c) noexcept { return is_letter(c) || is_digit(c) || c == '_'; }

Error invalid_value(std::string_view what, std::string_view allowed) {
  return make_error(Errc::invalid, std::string(what), std::string(allowed));
}

/// Reads one code point of strict UTF-8 (RFC 3629: no overlong forms, no surrogates) and moves `at`; -1 for anything else.
std::int32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  if (lead < 0x80) return static_cast<std::int32_t>(text[at++]);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return -1;
  std::int32_t value = static_cast<std::int32_t>(lead & (0xFFU >> (length + 1)));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return -1;
    value = (value << 6) | static_cast<std::int32_t>(byte(at + i) & 0x3FU);
  }
  constexpr std::array<std::int32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return -1;
  at += length;
  return value;
}

/// Controls (C0, DEL, C1), line and paragraph separators and noncharacters have no place in a value that is printed on a line.
constexpr bool is_unprintable(std::int32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || (c >= 0xFDD0 && c <= 0xFDEF) ||
         (c & 0xFFFE) == 0xFFFE;
}

/// `limit` counts code points.
Expected<std::string> check_text(std::string_view text, std::size_t limit, std::string_view allowed) {
  if (text.empty()) return invalid_value("empty text", allowed);
  std::size_t points = 0;
  for (std::size_t at = 0; at < text.size(); ++points) {
    const std::int32_t c = next_code_point(text, at);
    if (c < 0) return invalid_value("not valid UTF-8", allowed);
    if (is_unprintable(c)) return invalid_value("has a control character, a line separator or a noncharacter", allowed);
  }
  if (points > limit) return invalid_value("too long", allowed);
  if (text.front() == ' ' || text.back() == ' ') return invalid_value("has a space at an end", allowed);
  return std::string(text);
}

/// RFC 5321 §4.1.2 Atom.
constexpr bool is_atom(char c) noexcept {
  constexpr std::string_view special = "!#$%&'*+-/=?^_`{|}~";
  return is_letter(c) || is_digit(c) || special.find(c) != std::string_view::npos;
}

/// RFC 5321 §4.1.2 Dot-string.
bool is_dot_atom(std::string_view local) {
  char before = '.';
  for (const char c : local) {
    if (c == '.' ? before == '.' : !is_atom(c)) return false;
    before = c;
  }
  return before != '.';
}

}  // namespace

Expected<std::string> check_handle(std::string_view text) {
  const auto allowed = [](char c) { return is_word(c) || c == '.' || c == '-'; };
  if (text.size() < 3 || text.size() > 64 || !std::ranges::all_of(text, allowed)) {
    return invalid_value("handle: not a handle", "3 to 64 of letters, digits, dot, underscore and hyphen");
  }
  return std::string(text);
}

Expected<std::string> check_phone(std::string_view text) {
  constexpr std::string_view allowed =
      "+CC.NNN: a plus, 1 to 3 digits, a dot, 1 to 14 digits, at most 17 characters (RFC 5733 §2.5)";
  const auto dot = text.find('.');
  if (text.size() > 17 || text.empty() || text.front() != '+' || dot == std::string_view::npos) {
    return invalid_value("phone: wrong form", allowed);
  }
  const auto country = text.substr(1, dot - 1);
  const auto number = text.substr(dot + 1);
  if (country.empty() || country.size() > 3 || number.empty() || number.size() > 14 ||
      !std::ranges::all_of(country, is_digit) || !std::ranges::all_of(number, is_digit)) {
    return invalid_value("phone: wrong form", allowed);
  }
  return std::string(text);
}

Expected<std::string> check_phone_ext(std::string_view text) {
  if (text.empty() || text.size() > 10 || !std::ranges::all_of(text, is_digit)) {
    return invalid_value("phone extension: wrong form", "1 to 10 digits");
  }
  return std::string(text);
}

Expected<std::string> check_email(std::string_view text) {
  constexpr std::string_view allowed = "local@domain: at most 64 characters before the @ and 254 in all (RFC 5321 §4.5.3.1)";
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return invalid_value("e-mail: no @", allowed);
  const auto local = text.substr(0, at);
  if (local.empty() || local.size() > 64) return invalid_value("e-mail: local part is empty or too long", allowed);
  if (local.front() == '"') return invalid_value("e-mail: quoted local parts are not accepted", allowed);
  // RDAP answers and most registries take an addr-spec of RFC 5322 only; RFC 6531 local parts would be refused there.
  if (!std::ranges::all_of(local, is_ascii)) return invalid_value("e-mail: local part is not ASCII", allowed);
  if (!is_dot_atom(local)) return invalid_value("e-mail: local part has a character or a dot where none may be", allowed);
  const auto domain = DomainName::parse(text.substr(at + 1));
  // The text behind the @ is part of the value, so DomainName's own error, which repeats it, is not passed on.
  if (!domain || text.back() == '.') return invalid_value("e-mail: what stands behind the @ is no domain name", allowed);
  std::string address = std::string(local) + '@' + domain->ascii();
  if (address.size() > 254) return invalid_value("e-mail: too long", allowed);
  return address;
}

Expected<std::string> check_postal_line(std::string_view text) {
  return check_text(text, 255, "1 to 255 characters of UTF-8 without control characters or line breaks (RFC 5733 §2.4)");
}

Expected<std::string> check_postal_code(std::string_view text) {
  constexpr std::string_view allowed = "1 to 16 characters, no double spaces and none at the ends (RFC 5733 §4, pcType)";
  if (text.find("  ") != std::string_view::npos) return invalid_value("has two spaces in a row", allowed);
  return check_text(text, 16, allowed);
}

Expected<std::string> check_roid(std::string_view text) {
  constexpr std::string_view allowed =
      "1 to 80 letters, digits or underscores, a hyphen, 1 to 8 of them again (RFC 5730 §4, roidType)";
  const auto hyphen = text.rfind('-');
  if (hyphen == std::string_view::npos) return invalid_value("registry id: no hyphen", allowed);
  const auto id = text.substr(0, hyphen);
  const auto repository = text.substr(hyphen + 1);
  if (id.empty() || id.size() > 80 || repository.empty() || repository.size() > 8 || !std::ranges::all_of(id, is_word) ||
      !std::ranges::all_of(repository, is_word)) {
    return invalid_value("registry id: wrong form", allowed);
  }
  return std::string(text);
}

}  // namespace regdata
