// Values come from registrants. Whatever they hold, a value stays within its line.
#include "whois/text.hpp"

#include <cstdint>
#include <cstring>

#include "whois/utf8.hpp"

namespace regdata::whois {
namespace {

/// Separators and controls that become a blank: C0, DEL, C1 (NEL, U+0085, among them), all of Zs, Zl (U+2028), Zp (U+2029).
constexpr bool is_blank(char32_t c) noexcept {
  return c <= 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

constexpr bool is_joiner(char32_t c) noexcept { return c == 0x200C || c == 0x200D; }

/// Scripts that are spelt with joiners: Arabic to Mongolian, later Indic blocks.
constexpr bool takes_joiners(char32_t c) noexcept { return (c >= 0x0600 && c <= 0x1CFF) || (c >= 0xA800 && c <= 0xABFF); }

constexpr bool is_plain(char c) noexcept { return c > 0x20 && c < 0x7F; }

/// Eight characters at a time: true where each is ASCII and no control, and none is a blank with a blank behind it.
bool are_clean(const char* eight) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t tops = 0x8080808080808080U;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  const std::uint64_t below_blank = (word | tops) - ones * 0x20;  // the top bit of a byte stays where the byte is 0x20 or more
  const std::uint64_t is_delete = (word & ~tops) + ones;          // 0x7F becomes 0x80
  const std::uint64_t other = word ^ (ones * 0x20);
  const std::uint64_t blanks = ~(((other & ~tops) + ~tops) | other) & tops;  // exact: the top bit of each byte that is a blank
  return ((word | ~below_blank | is_delete) & tops) == 0 && (blanks & (blanks >> 8U)) == 0;
}

/// ASCII without controls, with single blanks between words: most values, and they stay as they are.
bool is_clean(std::string_view value) noexcept {
  if (value.empty() || value.front() == ' ' || value.back() == ' ') return value.empty();
  std::size_t at = 0;
  // a step of seven: no pair of neighbours lies between two looks
  for (; at + 8 <= value.size(); at += 7)
    if (!are_clean(value.data() + at)) return false;
  for (; at < value.size(); ++at)
    if (!is_plain(value[at]) && (value[at] != ' ' || value[at - 1] == ' ')) return false;
  return true;
}

}  // namespace

void append_clean(std::string& out, std::string_view value) {
  if (is_clean(value)) {
    out.append(value);
    return;
  }
  const std::size_t begin = out.size();
  bool gap = false;
  char32_t before = 0;
  for (std::size_t at = 0; at < value.size();) {
    if (is_plain(value[at])) {  // the common case, a run at a time
      std::size_t end = at + 1;
      while (end < value.size() && is_plain(value[end])) ++end;
      if (gap) out.push_back(' ');
      gap = false;
      out.append(value, at, end - at);
      before = static_cast<unsigned char>(value[end - 1]);
      at = end;
      continue;
    }
    CodePoint point = decode_utf8(value, at);
    at += point.length;
    if (is_blank(point.value)) {
      gap = out.size() > begin;
      before = ' ';
      continue;
    }
    if (is_deceptive(point.value)) {
      const CodePoint next = decode_utf8(value, at);
      const bool spelling = is_joiner(point.value) && takes_joiners(before) && takes_joiners(next.value) &&
                            !is_deceptive(next.value) && !is_blank(next.value);
      if (!spelling) point.value = replacement_character;
    }
    if (gap) out.push_back(' ');
    gap = false;
    append_utf8(out, point.value);
    before = point.value;
  }
}

std::string clean_value(std::string_view value) {
  std::string out;
  append_clean(out, value);
  return out;
}

}  // namespace regdata::whois
