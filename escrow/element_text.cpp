#include "escrow/element_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/contact_checks.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t longest_street_line = 255 * 4;  // octets of 255 characters

/// Of a check of ours, whose error repeats no value.
Error bad_value(const Column& column, const Error& error) { return bad_value(column, error.context, error.hint); }

/// Parts the text into lines, `most` at most: the first one as long as it may be where the rest can be parted as well. Where it
/// was parted cannot be known. Empty: it cannot be.
std::optional<std::vector<std::string>> street_parts(std::string_view text, const std::string& between, std::size_t most) {
  if (text.empty()) return std::vector<std::string>();
  if (most == 0 || text.size() > most * longest_street_line + (most - 1) * between.size()) return std::nullopt;
  if (most == 1) {
    if (!check_postal_line(text)) return std::nullopt;
    return std::vector<std::string>{std::string(text)};
  }
  for (std::size_t end = text.size();; end = text.rfind(between, end - 1)) {
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    if (line.size() <= longest_street_line && check_postal_line(line)) {
      const bool is_last = end == text.size();
      const auto rest = is_last ? std::string_view() : text.substr(end + between.size());
      auto parts = is_last || !rest.empty() ? street_parts(rest, between, most - 1) : std::nullopt;
      if (parts) {
        parts->insert(parts->begin(), std::string(line));
        return parts;
      }
    }
    if (between.empty()) return std::nullopt;
  }
}

/// One column holds what were up to three lines. It stays one where it may.
Expected<void> set_street(const Column& column, const std::string& text, Contact& contact, const std::string& between) {
  const auto parts = street_parts(text, between, most_street_lines);
  if (!parts) {
    const auto whole = check_postal_line(text);
    return bad_value(
        column, whole ? "cannot be parted into lines" : whole.error().context,
        "three lines of 255 characters at most, joined by street_separator of the agent: `--agent` says which it is");
  }
  contact.street.clear();
  for (const std::string& line : *parts) contact.street.emplace_back(line);
  return {};
}

struct TextElement {
  Element element;
  Expected<std::string> (*check)(std::string_view);
  PersonalText Contact::*place;
};
constexpr std::array text_elements{TextElement{Element::name, check_postal_line, &Contact::name},
                                   TextElement{Element::organization, check_postal_line, &Contact::organization},
                                   TextElement{Element::city, check_postal_line, &Contact::city},
                                   TextElement{Element::state, check_postal_line, &Contact::state},
                                   TextElement{Element::postal_code, check_postal_code, &Contact::postal_code},
                                   TextElement{Element::phone, check_phone, &Contact::phone},
                                   TextElement{Element::phone_ext, check_phone_ext, &Contact::phone_ext},
                                   TextElement{Element::fax, check_phone, &Contact::fax},
                                   TextElement{Element::fax_ext, check_phone_ext, &Contact::fax_ext},
                                   TextElement{Element::email, check_email, &Contact::email}};

}  // namespace

Error bad_value(const Column& column, std::string_view why, std::string hint) {
  return make_error(Errc::invalid, fmt::format("{}: {}", column.name, why), std::move(hint));
}

Expected<void> set_element(const Column& column, const std::string& text, Contact& contact, const RowRules& rules) {
  if (column.element == Element::street) return set_street(column, text, contact, rules.street_separator);
  if (column.element == Element::country) {
    // published in the clear: whatever else slipped into this column would be too
    auto good = check_country(text);
    if (!good) return bad_value(column, good.error());
    contact.country = std::move(*good);
    return {};
  }
  const auto found = std::ranges::find(text_elements, column.element, &TextElement::element);
  if (found == text_elements.end()) return make_error(Errc::internal, fmt::format("{}: a column without a place", column.name));
  auto good = found->check(text);
  if (!good) return bad_value(column, good.error());
  contact.*found->place = PersonalText(std::move(*good));
  return {};
}

}  // namespace regdata::escrow
