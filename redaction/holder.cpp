#include "redaction/holder.hpp"

#include <algorithm>

namespace regdata::redaction {
namespace {

const std::string no_text;

const std::string& service_text(const PrivacyService& service, Element element) {
  switch (element) {
    case Element::name:
      return service.name;
    case Element::organization:
      return service.organization;
    case Element::city:
      return service.city;
    case Element::state:
      return service.state;
    case Element::postal_code:
      return service.postal_code;
    case Element::country:
      return service.country;
    case Element::phone:
      return service.phone;
    case Element::fax:
      return service.fax;
    case Element::email:
      return service.email;
    default:
      return no_text;  // the registry's id is the customer's; extensions are part of a service's numbers
  }
}

}  // namespace

Holder holder_of(const RegistrationData& data, const Catalog* catalog, Role role) {
  Holder holder;
  const auto found = std::find_if(data.contacts.begin(), data.contacts.end(),
                                  [role](const RoleContact& contact) { return contact.role == role; });
  if (found != data.contacts.end()) holder.contact = &*found;
  if (holder.contact == nullptr || holder.contact->state != ContactState::opened) {
    holder.closed = true;
    if (holder.contact != nullptr && holder.contact->state == ContactState::erased) {
      holder.closed_because = "contact erased";
      holder.closed_at = holder.contact->erased_at;
    }
    return holder;
  }
  if (role != Role::registrant || data.registration.privacy_service.empty()) return holder;
  const PrivacyService* service = catalog != nullptr ? catalog->privacy_service(data.registration.privacy_service) : nullptr;
  if (service == nullptr) {
    // Whether the customer stands behind an affiliated service is unknown, so nothing of the customer may be shown.
    holder.closed = true;
    holder.closed_by = Policy::rule_unknown;
    holder.closed_because = "service not configured";
  } else if (service->affiliated) {
    holder.service = service;  // RDP §9.2; rules.md §1.9
  }
  return holder;
}

const std::string& text_of(const Holder& holder, Element element) {
  return holder.service != nullptr ? service_text(*holder.service, element) : reveal(holder.contact->contact, element);
}

std::array<const std::string*, contact_elements.size()> texts_of(const Holder& holder) {
  std::array<const std::string*, contact_elements.size()> texts{};
  if (holder.service == nullptr) {
    const Contact& of = holder.contact->contact;
    texts = {&of.roid,           &of.name.reveal(),      &of.organization.reveal(), nullptr,
             &of.city.reveal(),  &of.state.reveal(),     &of.postal_code.reveal(),  &of.country,
             &of.phone.reveal(), &of.phone_ext.reveal(), &of.fax.reveal(),          &of.fax_ext.reveal(),
             &of.email.reveal()};
    return texts;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (contact_elements[i] != Element::street) texts[i] = &service_text(*holder.service, contact_elements[i]);
  }
  return texts;
}

bool is_held(const Holder& holder, Element element) {
  if (element != Element::street) return !text_of(holder, element).empty();
  return holder.service != nullptr ? !holder.service->street.empty() : !holder.contact->contact.street.empty();
}

std::vector<std::string> street_of(const Holder& holder) {
  if (holder.service != nullptr) return holder.service->street;
  std::vector<std::string> lines;
  lines.reserve(holder.contact->contact.street.size());
  for (const PersonalText& line : holder.contact->contact.street) lines.push_back(line.reveal());
  return lines;
}

}  // namespace regdata::redaction
