#include "registration/contact.hpp"

#include <array>

namespace regdata {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 4> source_class_names{"csv", "panel", "own", "registry"};

}  // namespace

std::string_view to_string(SourceClass source_class) noexcept {
  return source_class_names[static_cast<std::size_t>(source_class)];
}

std::optional<SourceClass> source_class_from(std::string_view text) noexcept {
  for (std::size_t i = 0; i < source_class_names.size(); ++i) {
    if (source_class_names[i] == text) return static_cast<SourceClass>(i);
  }
  return std::nullopt;
}

const std::string& reveal(const Contact& contact, Element element) {
  static const std::string nothing;
  switch (element) {
    case Element::contact_id:
      return contact.roid;
    case Element::name:
      return contact.name.reveal();
    case Element::organization:
      return contact.organization.reveal();
    case Element::city:
      return contact.city.reveal();
    case Element::state:
      return contact.state.reveal();
    case Element::postal_code:
      return contact.postal_code.reveal();
    case Element::country:
      return contact.country;
    case Element::phone:
      return contact.phone.reveal();
    case Element::phone_ext:
      return contact.phone_ext.reveal();
    case Element::fax:
      return contact.fax.reveal();
    case Element::fax_ext:
      return contact.fax_ext.reveal();
    case Element::email:
      return contact.email.reveal();
    default:
      return nothing;
  }
}

bool same_holder(const Contact& before, const Contact& after) {
  return before.name == after.name && before.organization == after.organization;
}

}  // namespace regdata
