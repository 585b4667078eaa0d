// Letters and digits as mail protocols compare them: ASCII alone, whatever the locale. Only files of this room include it.
#pragma once

#include <algorithm>
#include <string_view>

namespace regdata::relay {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool same_ignoring_case(char a, char b) noexcept { return lower(a) == lower(b); }

inline bool contains_nocase(std::string_view text, std::string_view word) noexcept {
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same_ignoring_case) != text.end();
}

}  // namespace regdata::relay
