// Reading UTF-8 one code point at a time (RFC 3629): no surrogates, no over-long forms, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace regdata::whois {

inline constexpr char32_t replacement_character = U'\uFFFD';

/// Characters that nobody sees and that change what is seen: bidirectional controls, zero width, byte order marks, tags and
/// code points that are no characters. Port 43 shows U+FFFD in their place, JSON an escape.
constexpr bool is_deceptive(char32_t c) noexcept {
  return c == 0x00AD || c == 0x061C || c == 0x180E || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xFDD0 && c <= 0xFDEF) ||
         (c & 0xFFFE) == 0xFFFE || (c >= 0xE0000 && c <= 0xE0FFF);
}

struct CodePoint {
  char32_t value = 0;
  std::uint8_t length = 0;  ///< bytes consumed, at least 1; 0 at the end of the text
  bool valid = false;
};

/// The code point that begins at `text[at]`. An invalid byte counts as one that is not valid, of length 1.
constexpr CodePoint decode_utf8(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return {};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i) { return at + i < text.size() && (byte(at + i) & 0xC0U) == 0x80U; };
  const auto bits = [&](std::size_t i) { return static_cast<char32_t>(byte(at + i) & 0x3FU); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {lead, 1, true};
  if (lead >= 0xC2 && lead <= 0xDF && tail(1)) return {((lead & 0x1FU) << 6) | bits(1), 2, true};
  if (lead >= 0xE0 && lead <= 0xEF && tail(1) && tail(2)) {
    const char32_t value = (static_cast<char32_t>(lead & 0x0FU) << 12) | (bits(1) << 6) | bits(2);
    if (value >= 0x800 && (value < 0xD800 || value > 0xDFFF)) return {value, 3, true};
  }
  if (lead >= 0xF0 && lead <= 0xF4 && tail(1) && tail(2) && tail(3)) {
    const char32_t value = (static_cast<char32_t>(lead & 0x07U) << 18) | (bits(1) << 12) | (bits(2) << 6) | bits(3);
    if (value >= 0x10000 && value <= 0x10FFFF) return {value, 4, true};
  }
  return {replacement_character, 1, false};
}

/// `value` must be a scalar value.
inline void append_utf8(std::string& out, char32_t value) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0 | (value >> 6));
    put(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    put(0xE0 | (value >> 12));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  } else {
    put(0xF0 | (value >> 18));
    put(0x80 | ((value >> 12) & 0x3F));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  }
}

}  // namespace regdata::whois
