#include "tests/redaction/random_registration.hpp"

#include <array>
#include <stdexcept>

namespace regdata::testing {
namespace {

constexpr std::array countries{"AT", "CA", "DE", "FR", "IS", "JP", "NO", "UY"};

DomainName name_of(std::string_view text) {
  auto name = DomainName::from_stored(text);
  if (!name) throw std::logic_error("not a name: " + std::string(text));
  return *name;
}

UtcTime some_time(Chance& chance) {
  return test_now() - std::chrono::hours(chance.below(24 * 900)) + std::chrono::hours(24 * 450);
}

Provenance some_source(Chance& chance) {
  constexpr std::array classes{SourceClass::csv, SourceClass::panel, SourceClass::own, SourceClass::registry};
  constexpr std::array labels{"import:panel", "import:file", "epp:example-registry"};
  return {chance.pick(classes), chance.pick(labels), test_now() - std::chrono::hours(chance.below(5000))};
}

/// Unique: 14 random characters never meet twice. Mixed with what real data hold (spaces, accents, other scripts).
std::string plant(Chance& chance, Element element) {
  const std::string token = chance.letters(14);
  switch (element) {
    case Element::contact_id:
      return "C" + chance.digits(14) + "-TEST";
    case Element::country:
      return chance.pick(countries);
    case Element::phone:
    case Element::fax:
      return "+9." + chance.digits(13);
    case Element::phone_ext:
    case Element::fax_ext:
      return chance.digits(12);  // longer than an import takes, so that it can be searched for
    case Element::postal_code:
      return token;
    case Element::email:
      return token + "@" + chance.letters(12) + ".example";
    default:
      break;
  }
  constexpr std::array parts{"", " Ö. Ærøskøbing", " \"Quoted\" & Sons <b>", " 株式会社", " عربي", " line: >>> colon"};
  return token + chance.pick(parts);
}

Contact random_contact(Chance& chance, const std::string& handle) {
  // One contact in three has everything, one nothing but a few elements.
  const std::size_t gaps = chance.below(3);
  const auto text = [&](Element element) {
    const bool held = gaps == 0 || (gaps == 1 ? !chance.one_in(4) : chance.one_in(4));
    return held ? plant(chance, element) : std::string();
  };
  const auto personal = [&](Element element) { return PersonalText(text(element)); };
  constexpr std::array kinds{ContactKind::unknown, ContactKind::natural_person, ContactKind::legal_person};
  Contact contact;
  contact.handle = handle;
  contact.roid = text(Element::contact_id);
  contact.kind = chance.pick(kinds);
  contact.name = personal(Element::name);
  contact.organization = personal(Element::organization);
  for (std::size_t lines = chance.below(4); lines > 0; --lines) contact.street.emplace_back(plant(chance, Element::street));
  contact.city = personal(Element::city);
  contact.state = personal(Element::state);
  contact.postal_code = personal(Element::postal_code);
  contact.country = text(Element::country);
  contact.phone = personal(Element::phone);
  contact.phone_ext = personal(Element::phone_ext);
  contact.fax = personal(Element::fax);
  contact.fax_ext = personal(Element::fax_ext);
  contact.email = personal(Element::email);
  contact.provenance = some_source(chance);
  return contact;
}

RoleContact random_role(Chance& chance, Role role) {
  RoleContact contact;
  contact.role = role;
  const std::string handle = "H-" + chance.letters(10);
  contact.choices = random_choices(chance, handle);
  if (!chance.one_in(6)) {
    contact.state = ContactState::opened;
    contact.contact = random_contact(chance, handle);
    return contact;
  }
  contact.contact.handle = handle;
  contact.state = chance.one_in(2) ? ContactState::erased : ContactState::unreadable;
  if (contact.state == ContactState::erased) contact.erased_at = test_now() - std::chrono::hours(5);
  if (contact.state == ContactState::unreadable) contact.problem = "contact " + handle + ": data key is missing";
  return contact;
}

void add_facts(Chance& chance, Registration& registration) {
  constexpr std::array registrars{"ours", "second", "gone"};
  registration.registrar = chance.pick(registrars);
  if (!chance.one_in(4)) registration.roid = "D" + chance.digits(12) + "-TEST";
  registration.created = test_now() - std::chrono::hours(24 * 500);
  if (chance.one_in(2)) registration.updated = some_time(chance);
  if (!chance.one_in(4)) registration.registry_expires = some_time(chance);
  if (!chance.one_in(4)) registration.registrar_expires = some_time(chance);
  if (chance.one_in(3)) registration.transferred = some_time(chance);
  registration.statuses =
      StatusSet::from_bits(static_cast<std::uint32_t>(chance.next()) & static_cast<std::uint32_t>(chance.next()));
  for (std::size_t hosts = chance.below(4); hosts > 0; --hosts) {
    registration.hosts.push_back(name_of("ns" + std::to_string(hosts) + "." + chance.letters(8) + ".example"));
  }
  constexpr std::array states{DnssecState::unknown, DnssecState::unsigned_delegation, DnssecState::signed_delegation};
  registration.dnssec = chance.pick(states);
  if (registration.dnssec == DnssecState::signed_delegation) {
    registration.ds.push_back({static_cast<std::uint16_t>(chance.below(65536)), 13, 2, "AB" + chance.digits(62)});
  }
  if (chance.one_in(4)) registration.reseller = Reseller{"Reseller " + chance.letters(6), "https://reseller.example/"};
  constexpr std::array services{"front", "veil", "other", "forgotten"};
  if (chance.one_in(3)) registration.privacy_service = chance.pick(services);
  registration.provenance = some_source(chance);
}

}  // namespace

std::string Chance::letters(std::size_t length) {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text.push_back(alphabet[below(alphabet.size())]);
  return text;
}

std::string Chance::digits(std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text.push_back(static_cast<char>('0' + below(10)));
  return text;
}

UtcTime test_now() { return std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours(12); }

std::vector<Planted> planted_values(const RegistrationData& data) {
  std::vector<Planted> values;
  for (const RoleContact& contact : data.contacts) {
    for (const Element element : contact_elements) {
      if (element == Element::country) continue;
      const std::string& text = reveal(contact.contact, element);
      if (element != Element::street && !text.empty()) values.push_back({contact.role, element, text});
    }
    for (const PersonalText& line : contact.contact.street) values.push_back({contact.role, Element::street, line.reveal()});
  }
  return values;
}

Catalog test_catalog() {
  Catalog catalog;
  for (const auto& [id, iana] : {std::pair{"ours", 9995U}, std::pair{"second", 9996U}}) {
    Registrar registrar;
    registrar.id = id;
    registrar.iana_id = iana;
    registrar.name = "Registrar " + registrar.id;
    registrar.street = {"1 Registrar Way"};
    registrar.city = "Registrar City";
    registrar.country = "AT";
    registrar.phone = "+99.1000000";
    registrar.email = "info@registrar.example";
    registrar.url = "https://registrar.example/";
    registrar.abuse_email = "abuse@registrar.example";
    registrar.abuse_phone = "+99.1000001";
    catalog.registrars.push_back(registrar);
  }
  catalog.tlds = {{"test", "registry", "icann-gtld", true},
                  {"example", "registry", "icann-gtld", true},
                  {"co.test", "registry", "cctld-example", false}};
  for (const char* id : {"front", "veil", "other"}) {
    PrivacyService service;
    service.id = id;
    service.kind = service.id == "veil" ? PrivacyServiceKind::proxy : PrivacyServiceKind::privacy;
    service.affiliated = service.id != "other";
    service.name = "Service " + service.id;
    service.organization = "Organization of " + service.id;
    service.street = {"2 Service Street", "Box " + service.id};
    service.city = "City of " + service.id;
    service.state = "State of " + service.id;
    service.postal_code = "S-" + service.id;
    service.country = "IS";
    service.phone = "+99.2000000";
    service.fax = "+99.2000001";
    service.email = service.id == "veil" ? "{token}@veil.example" : "contact@" + service.id + ".example";
    catalog.privacy_services.push_back(service);
  }
  return catalog;
}

redaction::RedactionContext test_context(const Catalog& catalog) {
  redaction::RedactionContext context;
  context.catalog = &catalog;
  context.contact_form = "https://registrar.example/contact?d={name}&r={role}";
  context.relay_domain = "relay.example";
  return context;
}

ContactChoices random_choices(Chance& chance, const std::string& handle) {
  constexpr std::array acts{ChoiceAct::given,     ChoiceAct::given,     ChoiceAct::declined,
                            ChoiceAct::withdrawn, ChoiceAct::not_given, ChoiceAct::ended};
  std::vector<ChoiceEntry> entries;
  for (std::size_t count = chance.below(24); count > 0; --count) {
    ChoiceEntry entry;
    entry.sequence = entries.size() + 1;
    entry.handle = handle;
    entry.element = chance.pick(contact_elements);
    entry.act = chance.pick(acts);
    entry.at = test_now() - std::chrono::hours(24 - entries.size());
    entry.recorded = entry.at;
    entry.method = "portal";
    if (!chance.one_in(8)) entry.notice_version = "n-3";
    if (!chance.one_in(8)) entry.evidence_id = "ev-" + chance.digits(6);
    entries.push_back(std::move(entry));
  }
  return ContactChoices::fold(entries);
}

ContactChoices uniform_choices(const std::string& handle, ChoiceAct act, bool with_evidence) {
  std::vector<ChoiceEntry> entries;
  for (const Element element : contact_elements) {
    if (!is_choosable(element)) continue;
    ChoiceEntry entry;
    entry.sequence = entries.size() + 1;
    entry.handle = handle;
    entry.element = element;
    entry.act = act;
    entry.at = entry.recorded = test_now() - std::chrono::hours(1);
    entry.method = "portal";
    if (with_evidence) entry.notice_version = "n-3";
    if (with_evidence) entry.evidence_id = "ev-1";
    entries.push_back(std::move(entry));
  }
  return ContactChoices::fold(entries);
}

RegistrationData random_registration(std::uint64_t seed, std::string_view name) {
  Chance chance(seed);
  const std::string fresh = chance.letters(12) + (chance.one_in(3) ? ".example" : ".test");
  const DomainName domain = name_of(name.empty() ? fresh : std::string(name));
  RegistrationData data{
      {domain, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}, {}, {}, chance.letters(16)};
  Registration& registration = data.registration;
  add_facts(chance, registration);
  for (const Role role : all_roles) {
    if (role != Role::registrant && chance.one_in(3)) continue;
    RoleContact contact = random_role(chance, role);
    (role == Role::registrant       ? registration.registrant
     : role == Role::technical      ? registration.technical
     : role == Role::administrative ? registration.administrative
                                    : registration.billing) = contact.contact.handle;
    // One in twenty is named and not there.
    if (!chance.one_in(20)) data.contacts.push_back(std::move(contact));
  }
  if (chance.one_in(2)) {
    data.subordinate_hosts.push_back(
        {name_of("ns1." + registration.name.ascii()), "H1-TEST", {"192.0.2.1", "2001:db8::1"}, some_source(chance)});
  }
  return data;
}

}  // namespace regdata::testing
