#include "escrow/html_text.hpp"

#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "registration/ascii.hpp"

namespace regdata::escrow {
namespace {

bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

void append(std::string& text, std::uint32_t character) {
  std::array<char, U8_MAX_LENGTH> octets{};
  std::size_t size = 0;
  if (character == 0 || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF)) character = 0xFFFD;
  U8_APPEND_UNSAFE(octets.data(), size, character);
  text.append(octets.data(), size);
}

struct Entity {
  std::string_view name;
  std::uint32_t character;
  bool needs_no_end = false;  ///< also without a semicolon (WHATWG HTML, named character references)
};
/// Those that names of files and words are written with; others are letters or signs that none has.
constexpr std::array entities{Entity{"amp", '&', true},  Entity{"lt", '<', true},   Entity{"gt", '>', true},
                              Entity{"quot", '"', true}, Entity{"nbsp", ' ', true}, Entity{"shy", 0xAD, true},
                              Entity{"apos", '\''},      Entity{"lowbar", '_'},     Entity{"underbar", '_'},
                              Entity{"period", '.'},     Entity{"comma", ','},      Entity{"colon", ':'},
                              Entity{"semi", ';'},       Entity{"num", '#'},        Entity{"sol", '/'},
                              Entity{"bsol", '\\'},      Entity{"equals", '='},     Entity{"percnt", '%'},
                              Entity{"hyphen", '-'},     Entity{"dash", '-'},       Entity{"ndash", '-'},
                              Entity{"mdash", '-'},      Entity{"tab", ' '},        Entity{"newline", '\n'},
                              Entity{"ensp", ' '},       Entity{"emsp", ' '},       Entity{"thinsp", ' '},
                              Entity{"zwnj", 0x200C},    Entity{"zwj", 0x200D},     Entity{"zerowidthspace", 0x200B},
                              Entity{"lpar", '('},       Entity{"rpar", ')'},       Entity{"fflig", 0xFB00},
                              Entity{"filig", 0xFB01}};

/// Takes the reference that begins at `&`, or that sign alone.
void take_reference(std::string_view& rest, std::string& text) {
  rest.remove_prefix(1);
  if (rest.starts_with('#')) {
    std::string_view digits = rest.substr(1);
    const bool is_hex = !digits.empty() && lower(digits.front()) == 'x';
    if (is_hex) digits.remove_prefix(1);
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number, is_hex ? 16 : 10);
    if (end != digits.data()) {
      append(text, failure == std::errc{} ? number : 0);
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
      if (rest.starts_with(';')) rest.remove_prefix(1);
      return;
    }
  }
  constexpr std::size_t longest_name = 32;
  const std::string_view ahead = rest.substr(0, longest_name);
  const auto size = static_cast<std::size_t>(std::ranges::find_if_not(ahead, is_letter) - ahead.begin());
  const std::string_view name = ahead.substr(0, size);
  const bool is_closed = rest.substr(size).starts_with(';');
  for (const Entity& one : entities) {
    const bool is_it = is_closed ? same_ignoring_case(name, one.name) : one.needs_no_end && name.starts_with(one.name);
    if (!is_it) continue;
    append(text, one.character);
    rest.remove_prefix(is_closed ? size + 1 : one.name.size());
    return;
  }
  if (is_closed && size > 0) {  // a letter or sign that no name of a file has
    append(text, 0xFFFD);
    rest.remove_prefix(size + 1);
    return;
  }
  text += '&';
}

/// What stands for the tag in the text.
std::string_view mark_of(std::string_view name) {
  constexpr std::array blocks{"address", "article",  "blockquote", "body",  "br",    "caption", "center", "dd", "div",    "dl",
                              "dt",      "fieldset", "footer",     "form",  "h1",    "h2",      "h3",     "h4", "h5",     "h6",
                              "head",    "header",   "hr",         "html",  "li",    "main",    "nav",    "ol", "option", "p",
                              "pre",     "section",  "table",      "tbody", "tfoot", "thead",   "title",  "tr", "ul"};
  if (same_ignoring_case(name, "td") || same_ignoring_case(name, "th")) return " ";
  const bool is_block = std::ranges::any_of(blocks, [&](std::string_view one) { return same_ignoring_case(one, name); });
  if (same_ignoring_case(name, "br")) return "\n";
  return is_block ? "\n\n" : "";
}

/// Takes it up to and with `end`. False: it has no end.
bool take_up_to(std::string_view& rest, std::string_view end) {
  const auto at = std::search(rest.begin(), rest.end(), end.begin(), end.end(),
                              [](char one, char other) { return lower(one) == lower(other); });
  if (at == rest.end()) return false;
  rest.remove_prefix(static_cast<std::size_t>(at - rest.begin()) + end.size());
  return true;
}

/// The rest of a tag, behind its name: up to its end, which does not stand within a quoted value.
bool take_tag(std::string_view& rest) {
  char quote = 0;
  for (std::size_t at = 0; at < rest.size(); ++at) {
    const char c = rest[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '>') {
      rest.remove_prefix(at + 1);
      return true;
    } else if ((c == '"' || c == '\'') && at > 0 && rest[at - 1] == '=') {
      quote = c;
    }
  }
  return false;
}

/// Takes what begins with `<`; false: it has no end, or strikes text out.
bool take_markup(std::string_view& rest, std::string& text) {
  if (rest.starts_with("<!--")) {
    rest.remove_prefix(4);
    return rest.starts_with(">") ? take_up_to(rest, ">") : take_up_to(rest, "-->");
  }
  const bool ends = rest.starts_with("</");
  std::string_view name = rest.substr(ends ? 2 : 1);
  if (name.empty() || !(is_letter(name.front()) || name.front() == '!' || name.front() == '?')) {
    text += '<';  // no tag
    rest.remove_prefix(1);
    return true;
  }
  name = name.substr(
      0, static_cast<std::size_t>(std::ranges::find_if(name, [](char c) { return is_blank(c) || c == '>' || c == '/'; }) -
                                  name.begin()));
  rest.remove_prefix(static_cast<std::size_t>(name.data() + name.size() - rest.data()));
  if (!take_tag(rest)) return false;
  for (const std::string_view struck : {"s", "del", "strike"})
    if (same_ignoring_case(name, struck)) return false;
  text += mark_of(name);
  for (const std::string_view hidden : {"script", "style", "title"})
    if (!ends && same_ignoring_case(name, hidden)) return take_up_to(rest, "</" + std::string(hidden)) && take_tag(rest);
  return true;
}

}  // namespace

bool looks_like_html(std::string_view text) {
  constexpr std::array inline_tags{"a", "b", "code", "em", "font", "i", "span", "strong", "td", "th", "tt", "u", "wbr", "img"};
  for (std::size_t at = 0; at < text.size(); ++at) {
    constexpr std::size_t longest_mark = 16;
    const std::string_view rest = text.substr(at, longest_mark);
    if (rest.front() == '<') {
      std::string_view name = rest.substr(rest.starts_with("</") ? 2 : 1);
      const auto end = std::ranges::find_if_not(name, [](char c) { return is_letter(c) || is_digit(c); });
      const bool is_closed = end != name.end() && (is_blank(*end) || *end == '>' || *end == '/');
      name = name.substr(0, static_cast<std::size_t>(end - name.begin()));
      const bool is_inline =
          std::ranges::any_of(inline_tags, [&](std::string_view one) { return same_ignoring_case(one, name); });
      if (is_closed && (is_inline || !mark_of(name).empty())) return true;
    } else if (rest.front() == '&') {
      const auto size = static_cast<std::size_t>(
          std::ranges::find_if_not(rest.substr(1), [](char c) { return is_letter(c) || is_digit(c) || c == '#'; }) -
          rest.begin());
      if (size > 2 && size < rest.size() && rest[size] == ';') return true;
    }
  }
  return false;
}

std::optional<std::string> html_text(std::string_view html) {
  std::string text;
  std::string_view rest = html;
  while (!rest.empty()) {
    if (rest.front() == '<') {
      if (!take_markup(rest, text)) return std::nullopt;
    } else if (rest.front() == '&') {
      take_reference(rest, text);
    } else {
      text += is_blank(rest.front()) ? ' ' : rest.front();
      rest.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace regdata::escrow
