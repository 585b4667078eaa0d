// Letters and digits as the protocols of this field compare them: ASCII alone, whatever the locale says (RFC 4343).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace regdata {

constexpr bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lowered(std::string text) noexcept {
  for (char& c : text) c = lower(c);
  return text;
}

constexpr bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view start) noexcept {
  return text.size() >= start.size() && same_ignoring_case(text.substr(0, start.size()), start);
}

constexpr bool contains_ignoring_case(std::string_view text, std::string_view word) noexcept {
  return std::search(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) { return lower(a) == lower(b); }) !=
         text.end();
}

/// Without the blanks around it: blank and tab of HTTP (RFC 9110 §5.6.3) unless told.
constexpr std::string_view trim(std::string_view text, std::string_view blanks = " \t") noexcept {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace regdata
