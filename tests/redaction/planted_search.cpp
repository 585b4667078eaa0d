#include "tests/redaction/planted_search.hpp"

#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

namespace regdata::testing {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t maybe_bits = 16;

std::uint64_t first_eight(const char* at) noexcept {
  std::uint64_t start = 0;
  std::memcpy(&start, at, sizeof start);
  return start;
}

std::size_t slot_of(std::uint64_t start) noexcept {
  return static_cast<std::size_t>((start * 0x9E3779B97F4A7C15U) >> (64 - maybe_bits));
}

/// RFC 3986 §2.3: unreserved characters need no encoding; an encoder may encode them all the same.
std::string percent_encoded(std::string_view text, bool all) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos);
    if (plain && !all) {
      out.push_back(c);
    } else {
      out += {'%', hex_digits[byte / 16], hex_digits[byte % 16]};
    }
  }
  return out;
}

/// RFC 4648 §4, §5: of any text that holds `text` at a place `shift` behind the start of a group, the characters that do not
/// depend on the neighbours.
std::string base64_core(std::string_view text, std::size_t shift, std::string_view last_two) {
  std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  alphabet += last_two;
  text.remove_prefix(std::min((3 - shift) % 3, text.size()));
  std::string out;
  for (std::size_t i = 0; i + 3 <= text.size(); i += 3) {
    const auto byte = [&](std::size_t n) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i + n])); };
    const std::uint32_t bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (int at = 18; at >= 0; at -= 6) out.push_back(alphabet[bits >> at & 63U]);
  }
  return out;
}

/// RFC 8259 §7. `slash`: the solidus escaped too, as some writers do. `ascii`: everything else as \uXXXX.
std::string json_escaped(std::string_view text, bool slash, bool ascii) {
  std::string out;
  const auto unicode = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  for (std::int32_t i = 0; i < unicode.length(); ++i) {
    const char16_t unit = unicode.charAt(i);
    if (unit == u'"' || unit == u'\\' || (slash && unit == u'/')) {
      out += {'\\', static_cast<char>(unit)};
    } else if (unit < 0x80) {
      out.push_back(static_cast<char>(unit));
    } else if (ascii) {
      out += "\\u";
      for (int at = 12; at >= 0; at -= 4) out.push_back(hex_digits[static_cast<unsigned>(unit) >> at & 15U]);
    } else {
      const UChar32 point = unicode.char32At(i);
      icu::UnicodeString(point).toUTF8String(out);
      if (point > 0xFFFF) ++i;
    }
  }
  return out;
}

}  // namespace

std::string case_folded(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
  }
  auto unicode = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  unicode.foldCase();
  std::string out;
  unicode.toUTF8String(out);
  return out;
}

std::vector<std::string> planted_forms(std::string_view value) {
  std::set<std::string> forms;
  const auto add = [&](const std::string& form) { forms.insert(case_folded(form)); };
  // a program that folds first encodes something else than one that does not
  for (const std::string& text : std::set<std::string>{std::string(value), case_folded(value)}) {
    add(text);
    for (const bool all : {false, true}) add(percent_encoded(text, all));
    for (std::size_t shift = 0; shift < 3; ++shift) {
      for (const std::string_view last_two : {"+/", "-_"}) add(base64_core(text, shift, last_two));
    }
    for (const bool slash : {false, true}) {
      for (const bool ascii : {false, true}) add(json_escaped(text, slash, ascii));
    }
  }
  return {forms.begin(), forms.end()};
}

bool PlantedSearch::add(const std::string& value) {
  if (value.size() < least) return false;
  if (maybe_.empty()) maybe_.resize(std::size_t{1} << maybe_bits);
  values_.push_back(value);
  for (std::string& form : planted_forms(value)) index(std::move(form), values_.size() - 1);
  return true;
}

void PlantedSearch::index(std::string text, std::size_t value) {
  if (text.size() < 8) return;  // the base64 of ten bytes keeps eight characters at least
  const std::uint64_t start = first_eight(text.data());
  maybe_[slot_of(start)] = true;
  by_start_.emplace(start, forms_.size());
  forms_.push_back({std::move(text), value});
}

std::vector<std::string> PlantedSearch::found_in(std::string_view bytes) const {
  std::set<std::size_t> found;
  if (values_.empty()) return {};
  const std::string text = case_folded(bytes);
  for (std::size_t i = 0; i + 8 <= text.size(); ++i) {
    const std::uint64_t start = first_eight(text.data() + i);
    if (!maybe_[slot_of(start)]) continue;
    const auto [first, last] = by_start_.equal_range(start);
    for (auto form = first; form != last; ++form) {
      const Form& candidate = forms_[form->second];
      if (text.compare(i, candidate.text.size(), candidate.text) == 0) found.insert(candidate.value);
    }
  }
  std::vector<std::string> values;
  for (const std::size_t value : found) values.push_back(values_[value]);
  return values;
}

}  // namespace regdata::testing
