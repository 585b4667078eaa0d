#include "whois/page_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "registration/ascii.hpp"
#include "whois/utf8.hpp"

namespace regdata::whois {
namespace {

/// An address that is pasted may have a long path; a longer text than this was not meant to be a name.
constexpr std::size_t max_typed = 4096;
constexpr std::size_t max_name = 253;
constexpr std::size_t max_label = 63;
/// A character is looked for among so many at most.
constexpr std::size_t max_tried = 256;
/// What may stand before a host without "://".
constexpr std::array<std::string_view, 2> schemes{"mailto:", "//"};

bool take_off(std::string_view& text, std::span<const std::string_view> marks, bool front) noexcept {
  for (const std::string_view mark : marks) {
    if (front ? !text.starts_with(mark) : !text.ends_with(mark)) continue;
    front ? text.remove_prefix(mark.size()) : text.remove_suffix(mark.size());
    return true;
  }
  return false;
}

std::string_view bare(std::string_view text) noexcept {
  static constexpr std::array<std::string_view, 23> marks{" ", "\t", "\r",     "\n",     "\u00A0", "\u3000", "\"",     "'",
                                                          "<", ">",  "(",      ")",      "\u201C", "\u201D", "\u201E", "\u00AB",
                                                          ",", ";",  "\u00BB", "\uFEFF", "\u200B", "\u2018", "\u2019"};
  while (take_off(text, marks, true)) {
  }
  while (take_off(text, marks, false)) {
  }
  return text;
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// In ASCII, where lengths are plain.
bool is_too_long(std::string_view name) noexcept {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > max_name) return true;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    if (dot > max_label) return true;
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return false;
}

/// The first character that is refused in the midst of a harmless label.
std::string refused_character(std::string_view name) {
  std::size_t tried = 0;
  for (std::size_t at = 0; at < name.size() && tried < max_tried;) {
    const CodePoint point = decode_utf8(name, at);
    const std::string_view character = name.substr(at, point.length);
    at += point.length;
    if (!point.valid || is_ascii(character)) continue;
    ++tried;
    // what joins or combines may stand beside other letters
    if (point.value == 0x200C || point.value == 0x200D || point.value == 0xB7 || point.value == 0x30FB) continue;
    const auto alone = DomainName::parse(std::string(character) + ".example");
    const auto between = DomainName::parse("a" + std::string(character) + "a.example");
    if (!alone && !between) return std::string(character);
  }
  return {};
}

bool has_ace_label(std::string_view name) {
  return starts_with_ignoring_case(name, "xn--") || contains_ignoring_case(name, ".xn--");
}

/// Non-ASCII names are too long where their A-label form is: parse() is asked, which counts it.
bool says_too_long(const Error& error) noexcept {
  return error.context.find(" longer than ") != std::string::npos || error.context.ends_with("is too long in A-label form");
}

}  // namespace

std::string_view word_of(PageProblem problem) noexcept {
  constexpr std::array<std::string_view, page_problem_count> words{"empty",       "not_a_name",  "too_long",  "mixed_labels",
                                                                   "invalid_idn", "foreign_tld", "not_found", "too_fast",
                                                                   "unavailable", "no_page",     "method"};
  return words.at(static_cast<std::size_t>(problem));
}

std::string_view host_of(std::string_view typed) noexcept {
  std::string_view host = bare(typed);
  if (const std::size_t scheme = host.find("://"); scheme != std::string_view::npos && scheme <= 16)
    host.remove_prefix(scheme + 3);
  else
    take_off(host, schemes, true);
  host = host.substr(0, host.find_first_of("/?#\\"));
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  if (const std::size_t colon = host.rfind(':'); colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) host = host.substr(0, colon);
  }
  return bare(host);
}

std::variant<DomainName, NotAName> read_typed(std::string_view typed) {
  if (typed.size() > max_typed) return NotAName{PageProblem::too_long, {}};
  const std::string_view host = host_of(typed);
  if (host.empty()) return NotAName{bare(typed).empty() ? PageProblem::empty : PageProblem::not_a_name, {}};
  if (is_mixed_label_form(host)) return NotAName{PageProblem::mixed_labels, {}};
  const bool ascii = is_ascii(host);
  if (ascii && is_too_long(host)) return NotAName{PageProblem::too_long, {}};
  auto name = DomainName::parse(host);
  if (name) return *std::move(name);
  if (says_too_long(name.error())) return NotAName{PageProblem::too_long, {}};
  if (!ascii) {
    std::string character = refused_character(host);
    // one label, a blank, an underscore: nothing about it is international
    const bool plain =
        character.empty() && (host.find('.') == std::string_view::npos || host.find(' ') != std::string_view::npos);
    return NotAName{plain ? PageProblem::not_a_name : PageProblem::invalid_idn, std::move(character)};
  }
  return NotAName{has_ace_label(host) ? PageProblem::invalid_idn : PageProblem::not_a_name, {}};
}

std::string code_point_of(std::string_view character) {
  return fmt::format("U+{:04X}", static_cast<std::uint32_t>(decode_utf8(character, 0).value));
}

}  // namespace regdata::whois
