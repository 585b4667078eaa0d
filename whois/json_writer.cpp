#include "whois/json_writer.hpp"

#include "whois/utf8.hpp"

namespace regdata::whois {
namespace {

/// Bytes that stand for themselves wherever they are.
constexpr std::array<bool, 256> plain_bytes = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
  return plain;
}();

void append_unit(std::string& out, unsigned unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out.append("\\u", 2);
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(digits[(unit >> shift) & 0xFU]);
}

void append_escape(std::string& out, char32_t c) {
  switch (c) {
    case U'"':
      out.append("\\\"", 2);
      return;
    case U'\\':
      out.append("\\\\", 2);
      return;
    case U'\n':
      out.append("\\n", 2);
      return;
    case U'\r':
      out.append("\\r", 2);
      return;
    case U'\t':
      out.append("\\t", 2);
      return;
    default:
      break;
  }
  if (c < 0x10000) return append_unit(out, static_cast<unsigned>(c));
  const auto rest = static_cast<unsigned>(c - 0x10000);
  append_unit(out, 0xD800U + (rest >> 10U));
  append_unit(out, 0xDC00U + (rest & 0x3FFU));
}

constexpr bool needs_escape(char32_t c) noexcept {
  return c < 0xA0 || c == 0x2028 || c == 0x2029 || is_deceptive(c);  // what is plain below 0xA0 does not come here
}

}  // namespace

std::size_t copy_plain(char* to, std::string_view value) noexcept {
  std::size_t at = 0;
  for (; at < value.size() && plain_bytes[static_cast<unsigned char>(value[at])]; ++at) to[at] = value[at];
  return at;
}

void append_json_string(std::string& out, std::string_view value) {
  out.push_back('"');
  for (std::size_t at = 0; at < value.size();) {
    std::size_t end = at;
    while (end < value.size() && plain_bytes[static_cast<unsigned char>(value[end])]) ++end;
    out.append(value, at, end - at);
    at = end;
    if (at == value.size()) break;
    const CodePoint point = decode_utf8(value, at);
    at += point.length;
    if (needs_escape(point.value))
      append_escape(out, point.value);
    else
      append_utf8(out, point.value);
  }
  out.push_back('"');
}

}  // namespace regdata::whois
