#include "store/registration_reader.hpp"

namespace regdata::store {
namespace {

RoleContact role_contact(Role role, StoredContact stored, ContactChoices choices) {
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
  contact.choices = std::move(choices);
  return contact;
}

}  // namespace

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
  ContactChoices choices = choices_of(*stored);
  return role_contact(Role::registrant, std::move(*stored), std::move(choices));
}

Expected<RegistrationData> RegistrationReader::complete(StoredRegistration stored) {
  auto sealed = read(std::move(stored));
  if (!sealed) return sealed.error();
  return open(std::move(*sealed));
}

Expected<SealedRegistration> RegistrationReader::read(StoredRegistration stored) {
  SealedRegistration sealed{{std::move(stored.registration), {}, {}, std::move(stored.relay_token)}, {}};
  sealed.contacts.reserve(all_roles.size());
  ContactIds read{};
  for (const Role role : all_roles) {
    const std::int64_t id = stored.contacts[static_cast<std::size_t>(role)];
    if (id == 0) continue;
    std::size_t same = 0;
    while (same < sealed.contacts.size() && read[same] != id) ++same;
    read[sealed.contacts.size()] = id;
    SealedRegistration::Sealed& one = sealed.contacts.emplace_back();
    one.role = role;
    if (same + 1 < sealed.contacts.size()) {
      one.same = same;
    } else if ((one.stored = tables_.contacts.load_sealed(id))) {
      one.choices = choices_of(*one.stored);
    }
  }
  if (stored.has_hosts_below) {
    auto hosts = tables_.hosts.at_or_below(sealed.data.registration.name.ascii());
    if (!hosts) return hosts.error();
    for (StoredHost& host : *hosts) sealed.data.subordinate_hosts.push_back(std::move(host.host));
  }
  return sealed;
}

RegistrationData RegistrationReader::open(SealedRegistration sealed) {
  RegistrationData data = std::move(sealed.data);
  data.contacts.reserve(sealed.contacts.size());
  for (SealedRegistration::Sealed& one : sealed.contacts) {
    if (one.same) {
      data.contacts.push_back(data.contacts[*one.same]);
      data.contacts.back().role = one.role;
    } else if (one.stored) {
      tables_.contacts.open(*one.stored);
      data.contacts.push_back(role_contact(one.role, std::move(*one.stored), std::move(one.choices)));
    } else {
      data.contacts.emplace_back();
      data.contacts.back().role = one.role;
      data.contacts.back().problem = "a contact of " + data.registration.name.ascii() + " has no row";
    }
    handle_of(data.registration, one.role) = data.contacts.back().contact.handle;
  }
  return data;
}

ContactChoices RegistrationReader::choices_of(const StoredContact& stored) {
  if (stored.choices == 0) return {};
  // A ledger that was tampered with gives no consent: the contact counts as never asked.
  const auto entries = tables_.ledger.entries(stored.contact.handle);
  return entries && entries->size() == stored.choices ? ContactChoices::fold(*entries) : ContactChoices();
}

}  // namespace regdata::store
