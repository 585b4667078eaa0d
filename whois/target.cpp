#include "whois/target.hpp"

#include <algorithm>

#include "registration/ascii.hpp"
#include "whois/utf8.hpp"

namespace regdata::whois {
namespace {

constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(std::string_view text, bool lines) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_utf8(text, at);
    if (!point.valid) return false;
    const bool line = point.value == '\n' || point.value == '\r' || point.value == '\t';
    if (point.value < 0x20 && !(lines && line)) return false;
    if (point.value >= 0x7F && point.value < 0xA0) return false;
    at += point.length;
  }
  return true;
}

/// Nothing for a broken escape.
std::optional<std::string> decoded_bytes(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus_is_blank) {
      out.push_back(' ');
    } else if (text[at] != '%') {
      out.push_back(text[at]);
    } else {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[at + 1]);
      const int low = hex_digit(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out.push_back(static_cast<char>(high * 16 + low));
      at += 2;
    }
  }
  return out;
}

constexpr bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool slashes) {
  auto out = decoded_bytes(text, false);
  if (!out || !is_text(*out, false)) return std::nullopt;
  if (!slashes && out->find('/') != std::string::npos) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(digits[byte >> 4U]);
    out.push_back(digits[byte & 0xFU]);
  }
  return out;
}

std::string_view origin_form(std::string_view target) noexcept {
  if (target.starts_with('/')) return target;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!starts_with_ignoring_case(target, scheme)) continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    if (path == std::string_view::npos) return "/";
    return target[path] == '/' ? target.substr(path) : std::string_view{};
  }
  return {};
}

std::optional<Target> parse_target(std::string_view target) {
  if (target.size() > max_target_bytes) return std::nullopt;
  std::string_view rest = origin_form(target);
  if (rest.empty()) return std::nullopt;
  Target parsed;
  const std::size_t question = rest.find('?');
  if (question != std::string_view::npos) {
    parsed.query = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  rest.remove_prefix(1);
  if (rest == "/") return std::nullopt;  // "//": an empty segment
  if (rest.ends_with('/')) rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    auto segment = percent_decode(rest.substr(0, end), false);
    if (!segment || segment->empty() || *segment == "." || *segment == "..") return std::nullopt;
    parsed.segments.push_back(std::move(*segment));
    const bool last = end == rest.size();
    rest.remove_prefix(last ? end : end + 1);
    if (!last && rest.empty()) return std::nullopt;  // "/a//": one slash at the end is taken off already
  }
  return parsed;
}

std::optional<std::string> form_value(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const std::size_t end = std::min(form.find('&'), form.size());
    const std::string_view field = form.substr(0, end);
    form.remove_prefix(std::min(end + 1, form.size()));
    const std::size_t equals = std::min(field.find('='), field.size());
    const auto key = decoded_bytes(field.substr(0, equals), true);
    if (!key || *key != name) continue;
    auto value = decoded_bytes(field.substr(std::min(equals + 1, field.size())), true);
    if (!value || !is_text(*value, true)) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

}  // namespace regdata::whois
