#include "store/registration_reader.hpp"

namespace regdata::store {

Expected<std::optional<RegistrationData>> RegistrationReader::find(std::string_view name) {
  auto stored = tables_.registrations.load(name);
  if (!stored) return stored.error();
  if (!*stored) return std::optional<RegistrationData>();
  auto data = complete(std::move(**stored));
  if (!data) return data.error();
  return std::optional(std::move(*data));
}

std::optional<RoleContact> RegistrationReader::find_contact(std::string_view handle) {
  auto stored = tables_.contacts.load(handle);
  if (!stored) return std::nullopt;
  return role_contact(Role::registrant, std::move(*stored));
}

Expected<RegistrationData> RegistrationReader::complete(StoredRegistration stored) {
  RegistrationData data{std::move(stored.registration), {}, {}, std::move(stored.relay_token)};
  data.contacts.reserve(all_roles.size());
  ContactIds read{};
  for (const Role role : all_roles) {
    const std::int64_t id = stored.contacts[static_cast<std::size_t>(role)];
    if (id == 0) continue;
    std::size_t same = 0;
    while (same < data.contacts.size() && read[same] != id) ++same;
    read[data.contacts.size()] = id;
    if (same < data.contacts.size()) {
      data.contacts.push_back(data.contacts[same]);
      data.contacts.back().role = role;
    } else if (auto contact = tables_.contacts.load(id)) {
      data.contacts.push_back(role_contact(role, std::move(*contact)));
    } else {
      data.contacts.emplace_back();
      data.contacts.back().role = role;
      data.contacts.back().problem = "a contact of " + data.registration.name.ascii() + " has no row";
    }
    handle_of(data.registration, role) = data.contacts.back().contact.handle;
  }
  if (stored.has_hosts_below) {
    auto hosts = tables_.hosts.at_or_below(data.registration.name.ascii());
    if (!hosts) return hosts.error();
    for (StoredHost& host : *hosts) data.subordinate_hosts.push_back(std::move(host.host));
  }
  return data;
}

RoleContact RegistrationReader::role_contact(Role role, StoredContact stored) {
  RoleContact contact;
  contact.role = role;
  contact.state = stored.state;
  contact.erased_at = stored.erased_at;
  if (stored.state == ContactState::opened) {
    contact.contact = std::move(stored.contact);
  } else {
    contact.contact.handle = std::move(stored.contact.handle);
    contact.problem = std::move(stored.problem.context);
  }
  if (stored.choices > 0) {
    // A ledger that was tampered with gives no consent: the contact counts as never asked.
    const auto entries = tables_.ledger.entries(contact.contact.handle);
    if (entries && entries->size() == stored.choices) contact.choices = ContactChoices::fold(*entries);
  }
  return contact;
}

}  // namespace regdata::store
