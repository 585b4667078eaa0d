#include "registration/contact.hpp"

namespace regdata {

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
