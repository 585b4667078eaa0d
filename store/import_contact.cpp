// The contacts of an import line and the choices stated with them.
#include <algorithm>

#include "registration/ascii.hpp"
#include "registration/contact.hpp"
#include "registration/privacy_choice.hpp"
#include "store/import_reader.hpp"

namespace regdata::store {
namespace {

/// What a peer writes into deposits where it holds nothing (operations.md §1.3 trap 6); taken back from there it is no data.
bool is_filler(std::string_view text) {
  return same_ignoring_case(text, "no-state-land") || same_ignoring_case(text, "no-zip-city");
}

class ContactReader {
 public:
  ContactReader(ImportReader& reader, const Provenance& provenance, RegistrationPut& put)
      : reader_(reader), provenance_(provenance), put_(put) {}

  /// Handle of the contact at `value`, which is an object or the handle of one; empty when it is neither.
  std::string read(ImportValue value, const ImportField& role);

 private:
  using Members = std::array<ImportValue, contact_fields.size()>;
  Contact read_object(ImportValue value);
  void read_address(const Members& members, Contact& contact);
  void read_kind(ImportValue value, Contact& contact);
  void read_street(ImportValue value, Contact& contact);
  void read_choices(ImportValue value, const std::string& handle);
  void read_choice(ImportValue value, const std::string& handle);
  void read_elements(ImportValue value, const ChoiceEntry& entry);
  void postal(ImportValue value, const ImportField& field, Expected<std::string> (*check)(std::string_view),
              PersonalText& into);
  void add(Contact contact, const ImportField& role);

  ImportReader& reader_;
  const Provenance& provenance_;
  RegistrationPut& put_;
};

std::string ContactReader::read(ImportValue value, const ImportField& role) {
  if (!value || value.kind() == ImportKind::rejected) return {};
  if (value.kind() == ImportKind::text) {
    std::string handle;
    reader_.checked(value, role, check_handle, handle);
    return handle;
  }
  if (!reader_.is(value, role, ImportKind::object)) return {};
  ImportReader::Step step(reader_, role.key);
  Contact contact = read_object(value);
  std::string handle = contact.handle;
  add(std::move(contact), role);
  return handle;
}

Contact ContactReader::read_object(ImportValue value) {
  constexpr const auto& f = contact_fields;
  const Members m = reader_.members(value, f);
  Contact contact;
  contact.provenance = provenance_;
  constexpr auto handle = field_at(f, "handle"), roid = field_at(f, "roid"), name = field_at(f, "name");
  constexpr auto organization = field_at(f, "organization"), region = field_at(f, "region");
  reader_.checked(m[handle], f[handle], check_handle, contact.handle);
  reader_.checked(m[roid], f[roid], check_roid, contact.roid);
  read_kind(m[field_at(f, "kind")], contact);
  reader_.checked(m[name], f[name], check_postal_line, contact.name);
  reader_.checked(m[organization], f[organization], check_postal_line, contact.organization);
  read_address(m, contact);
  constexpr auto phone = field_at(f, "phone"), phone_ext = field_at(f, "phone_ext"), fax = field_at(f, "fax");
  constexpr auto fax_ext = field_at(f, "fax_ext"), email = field_at(f, "email");
  reader_.checked(m[phone], f[phone], check_phone, contact.phone);
  reader_.checked(m[phone_ext], f[phone_ext], check_phone_ext, contact.phone_ext);
  reader_.checked(m[fax], f[fax], check_phone, contact.fax);
  reader_.checked(m[fax_ext], f[fax_ext], check_phone_ext, contact.fax_ext);
  reader_.checked(m[email], f[email], check_email, contact.email);
  reader_.label(m[region], f[region], region_characters, 2, 16, contact.region);
  const bool legal = contact.kind == ContactKind::legal_person;
  const bool nameless = !m[name] || (m[name].kind() == ImportKind::text && m[name].text().empty());
  if (nameless && (!legal || contact.organization.empty())) reader_.reject(f[name], "is missing");
  read_choices(m[field_at(f, "choices")], contact.handle);
  return contact;
}

void ContactReader::read_address(const Members& m, Contact& contact) {
  constexpr const auto& f = contact_fields;
  constexpr auto city = field_at(f, "city"), state = field_at(f, "state"), code = field_at(f, "postal_code");
  constexpr auto country = field_at(f, "country");
  read_street(m[field_at(f, "street")], contact);
  postal(m[city], f[city], check_postal_line, contact.city);
  postal(m[state], f[state], check_postal_line, contact.state);
  postal(m[code], f[code], check_postal_code, contact.postal_code);
  reader_.checked(m[country], f[country], check_country, contact.country);
}

void ContactReader::postal(ImportValue value, const ImportField& field, Expected<std::string> (*check)(std::string_view),
                           PersonalText& into) {
  if (value && value.kind() == ImportKind::text && is_filler(value.text())) return reader_.warn(ImportWarning::filler_dropped);
  reader_.checked(value, field, check, into);
}

void ContactReader::read_kind(ImportValue value, Contact& contact) {
  constexpr const auto& field = contact_fields[field_at(contact_fields, "kind")];
  const std::string_view kind = reader_.text(value, field);
  if (kind.empty()) return;
  if (kind == "natural") {
    contact.kind = ContactKind::natural_person;
  } else if (kind == "legal") {
    contact.kind = ContactKind::legal_person;
  } else {
    reader_.reject(field, "is not a kind of contact");
  }
}

void ContactReader::read_street(ImportValue value, Contact& contact) {
  constexpr const auto& field = contact_fields[field_at(contact_fields, "street")];
  if (!reader_.is(value, field, ImportKind::list)) return;
  std::size_t lines = 0;
  for (ImportValue line = value.first(); line; line = line.next()) {
    if (++lines > most_street_lines) return reader_.reject(field, "has more than 3 lines");
    PersonalText text;
    ImportReader::Step list(reader_, field.key);
    ImportReader::Step step(reader_, lines - 1);
    constexpr ImportField entry{"", field.allowed, true};
    postal(line, entry, check_postal_line, text);
    if (!text.empty()) contact.street.push_back(std::move(text));
  }
}

void ContactReader::read_choices(ImportValue value, const std::string& handle) {
  constexpr const auto& field = contact_fields[field_at(contact_fields, "choices")];
  if (!reader_.is(value, field, ImportKind::list)) return;
  ImportReader::Step list(reader_, field.key);
  std::size_t index = 0;
  for (ImportValue choice = value.first(); choice && !reader_.full(); choice = choice.next()) {
    ImportReader::Step step(reader_, index++);
    if (choice.kind() != ImportKind::object) {
      reader_.reject("must be an object", field.allowed);
    } else {
      read_choice(choice, handle);
    }
  }
}

void ContactReader::read_choice(ImportValue value, const std::string& handle) {
  constexpr const auto& f = choice_fields;
  const auto m = reader_.members(value, f);
  constexpr auto act = field_at(f, "act"), when = field_at(f, "at"), method = field_at(f, "method");
  constexpr auto notice = field_at(f, "notice_version"), evidence = field_at(f, "evidence");
  ChoiceEntry entry;
  entry.handle = handle;
  const std::string_view given = reader_.text(m[act], f[act]);
  const auto known = choice_act_from(given);
  if (known && *known != ChoiceAct::ended) {  // ending is the store's own act
    entry.act = *known;
  } else if (!given.empty()) {
    reader_.reject(f[act], "is not an act of a person");
  }
  entry.at = reader_.past_time(m[when], f[when]).value_or(UtcTime{});
  reader_.label(m[method], f[method], label_characters, 1, 64, entry.method);
  reader_.label(m[notice], f[notice], label_characters, 1, 64, entry.notice_version);
  reader_.label(m[evidence], f[evidence], label_characters, 1, 64, entry.evidence_id);
  if (entry.method.empty()) entry.method = "import";
  // Only what a person was told and what proves the answer makes a consent (GDPR Art. 7(1); rules.md §1.8).
  if (entry.act == ChoiceAct::given && !m[notice]) reader_.reject(f[notice], "is missing: without it a choice is not consent");
  if (entry.act == ChoiceAct::given && !m[evidence])
    reader_.reject(f[evidence], "is missing: without it a choice is not consent");
  read_elements(m[field_at(f, "elements")], entry);
}

void ContactReader::read_elements(ImportValue value, const ChoiceEntry& entry) {
  constexpr const auto& field = choice_fields[field_at(choice_fields, "elements")];
  if (!reader_.is(value, field, ImportKind::list)) return;
  if (!value.first()) return reader_.reject(field, "is empty");
  ImportReader::Step list(reader_, field.key);
  std::size_t index = 0;
  for (ImportValue element = value.first(); element && !reader_.full(); element = element.next()) {
    ImportReader::Step step(reader_, index++);
    std::string name(element.kind() == ImportKind::text ? element.text() : std::string_view());
    std::replace(name.begin(), name.end(), '_', '-');
    const auto known = element_from(name);
    if (!known || !is_choosable(*known)) {
      reader_.reject("is not an element that a person can choose about", field.allowed);
      continue;
    }
    ChoiceEntry one = entry;
    one.element = *known;
    const auto good = check_choice(one, reader_.context().now);
    if (good) {
      put_.choices.push_back(std::move(one));
    } else if (!reader_.failed()) {
      reader_.reject(good.error().context, field.allowed);
    }
  }
}

void ContactReader::add(Contact contact, const ImportField& role) {
  const auto same = std::find_if(put_.contacts.begin(), put_.contacts.end(),
                                 [&](const Contact& other) { return other.handle == contact.handle; });
  if (same == put_.contacts.end() || contact.handle.empty()) {
    put_.contacts.push_back(std::move(contact));
  } else if (!(*same == contact)) {
    reader_.reject("has the handle of another contact of this line, with other data",
                   role.required ? role.allowed : "the handle alone, where it is the same contact");
  }
}

/// What an ICANN registrant should have (rules.md §1.3, column C). Reported, never invented.
bool is_complete(const Contact& contact) {
  return !contact.street.empty() && !contact.city.empty() && !contact.country.empty() && !contact.phone.empty() &&
         !contact.email.empty();
}

}  // namespace

void read_contacts(ImportReader& reader, ImportValue contacts, const Provenance& provenance, RegistrationPut& put) {
  constexpr const auto& f = role_fields;
  ImportReader::Step step(reader, "contacts");
  const auto members = reader.members(contacts, f);
  ContactReader one(reader, provenance, put);
  constexpr auto registrant = field_at(f, "registrant"), technical = field_at(f, "technical");
  constexpr auto administrative = field_at(f, "administrative"), billing = field_at(f, "billing");
  put.registration.registrant = one.read(members[registrant], f[registrant]);
  if (!put.contacts.empty() && !is_complete(put.contacts.front())) reader.warn(ImportWarning::registrant_incomplete);
  put.registration.technical = one.read(members[technical], f[technical]);
  put.registration.administrative = one.read(members[administrative], f[administrative]);
  put.registration.billing = one.read(members[billing], f[billing]);
}

}  // namespace regdata::store
