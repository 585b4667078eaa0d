#include "escrow/element_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "registration/contact_checks.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t street_lines = 3;  // RFC 5733 §2.4

/// Of a check of ours, whose error repeats no value.
Error bad_value(const Column& column, const Error& error) { return bad_value(column, error.context, error.hint); }

/// One column holds what were up to three lines. It stays one where it may: where it was parted cannot be known.
Expected<void> set_street(const Column& column, const std::string& text, Contact& contact, const std::string& between) {
  std::vector<PersonalText> lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = rest;
    auto good = check_postal_line(line);
    while (!good && line.size() > between.size()) {
      const auto cut = line.rfind(between);
      if (cut == std::string_view::npos || cut == 0) break;
      line = line.substr(0, cut);
      good = check_postal_line(line);
    }
    if (!good) return bad_value(column, good.error());
    if (lines.size() == street_lines) return bad_value(column, "is longer than three lines");
    lines.emplace_back(std::string(line));
    rest = line.size() == rest.size() ? std::string_view() : rest.substr(line.size() + between.size());
  }
  contact.street = std::move(lines);
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
