#include "tests/store/import_samples.hpp"

#include <stdlib.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

namespace regdata::store::samples {

namespace json = boost::json;
using namespace std::chrono_literals;

Catalog catalog() {
  Catalog catalog;
  Registrar registrar;
  registrar.id = "main";
  registrar.name = "Example Registrar";
  catalog.registrars.push_back(registrar);
  for (const char* name : {"example", "test", "co.test"}) catalog.tlds.push_back({name, "registry", "icann-gtld", true});
  for (const char* id : {"shield", "standin", "faraway"}) {
    PrivacyService service;
    service.id = id;
    service.affiliated = true;
    catalog.privacy_services.push_back(service);
  }
  return catalog;
}

UtcTime now() { return parse_rfc3339("2026-11-23T12:00:00Z").value(); }

ImportContext context(const Catalog& catalog) {
  return {catalog, Provenance{SourceClass::panel, "import:panel", now()}, now()};
}

Registration blank(std::string_view name) {
  return {DomainName::parse(name).value(), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
}

ImportLine read_json(std::string_view line, const Catalog& catalog) {
  JsonLineParser parser;
  ImportDocument document;
  const auto parsed = parser.parse(line, document);
  if (!parsed) {
    ImportLine broken;
    broken.rejections.push_back({"", parsed.error().context, ""});
    return broken;
  }
  return read_import_line(document, context(catalog));
}

namespace {

void set(json::object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[json::string_view(key.data(), key.size())] = text;
}

void set(json::object& object, std::string_view key, const std::optional<UtcTime>& time) {
  if (time) set(object, key, format_rfc3339(*time));
}

json::array texts(const auto& list, auto text_of) {
  json::array array;
  for (const auto& one : list) array.emplace_back(text_of(one));
  return array;
}

json::object contact_object(const Contact& contact, const std::vector<ChoiceEntry>& choices) {
  json::object object;
  set(object, "handle", contact.handle);
  set(object, "roid", contact.roid);
  if (contact.kind != ContactKind::unknown) object["kind"] = contact.kind == ContactKind::natural_person ? "natural" : "legal";
  set(object, "name", contact.name.reveal());
  set(object, "organization", contact.organization.reveal());
  if (!contact.street.empty()) object["street"] = texts(contact.street, [](const PersonalText& line) { return line.reveal(); });
  set(object, "city", contact.city.reveal());
  set(object, "state", contact.state.reveal());
  set(object, "postal_code", contact.postal_code.reveal());
  set(object, "country", contact.country);
  set(object, "phone", contact.phone.reveal());
  set(object, "phone_ext", contact.phone_ext.reveal());
  set(object, "fax", contact.fax.reveal());
  set(object, "fax_ext", contact.fax_ext.reveal());
  set(object, "email", contact.email.reveal());
  set(object, "region", contact.region);
  json::array list;
  for (const auto& choice : choices) {
    if (choice.handle != contact.handle) continue;
    json::object one{{"elements", json::array{json::value(std::string(to_string(choice.element)))}},
                     {"act", std::string(to_string(choice.act))},
                     {"at", format_rfc3339(choice.at)},
                     {"method", choice.method}};
    set(one, "notice_version", choice.notice_version);
    set(one, "evidence", choice.evidence_id);
    list.push_back(std::move(one));
  }
  if (!list.empty()) object["choices"] = std::move(list);
  return object;
}

json::value host_value(const DomainName& name, const std::vector<Host>& hosts) {
  const auto found = std::find_if(hosts.begin(), hosts.end(), [&](const Host& host) { return host.name == name; });
  if (found == hosts.end()) return json::value(name.ascii());
  json::object object{{"name", found->name.ascii()}};
  set(object, "roid", found->roid);
  if (!found->addresses.empty()) object["addresses"] = texts(found->addresses, [](const std::string& text) { return text; });
  return object;
}

}  // namespace

std::string to_line(const RegistrationPut& put) {
  const Registration& r = put.registration;
  json::object line{{"name", r.name.ascii()}, {"registrar", r.registrar}};
  set(line, "roid", r.roid);
  set(line, "created", std::optional(r.created));
  set(line, "updated", r.updated);
  set(line, "registry_expires", r.registry_expires);
  set(line, "registrar_expires", r.registrar_expires);
  set(line, "transferred", r.transferred);
  json::array statuses;
  for (std::size_t i = 0; i < status_count; ++i) {
    if (r.statuses.contains(static_cast<Status>(i))) statuses.emplace_back(std::string(to_string(static_cast<Status>(i))));
  }
  if (!statuses.empty()) line["statuses"] = std::move(statuses);
  if (!r.hosts.empty()) {
    json::array hosts;
    for (const auto& name : r.hosts) hosts.push_back(host_value(name, put.hosts));
    line["hosts"] = std::move(hosts);
  }
  if (r.dnssec != DnssecState::unknown) {
    json::array ds;
    for (const auto& record : r.ds) {
      ds.push_back(json::object{{"key_tag", record.key_tag},
                                {"algorithm", record.algorithm},
                                {"digest_type", record.digest_type},
                                {"digest", record.digest}});
    }
    line["ds"] = std::move(ds);
  }
  json::object contacts;
  std::vector<std::string> written;
  for (const Role role : all_roles) {
    const std::string& handle = handle_of(r, role);
    if (handle.empty()) continue;
    const auto found = std::find_if(put.contacts.begin(), put.contacts.end(),
                                    [&](const Contact& contact) { return contact.handle == handle; });
    const bool again = std::find(written.begin(), written.end(), handle) != written.end();
    const std::string key(to_string(role));
    if (found == put.contacts.end() || again) {
      contacts[key] = handle;
    } else {
      contacts[key] = contact_object(*found, put.choices);
    }
    written.push_back(handle);
  }
  line["contacts"] = std::move(contacts);
  if (r.reseller) {
    json::object reseller{{"name", r.reseller->name}};
    set(reseller, "url", r.reseller->url);
    line["reseller"] = std::move(reseller);
  }
  set(line, "privacy_service", r.privacy_service);
  set(line, "region", r.region);
  set(line, "as_of", std::optional(r.provenance.as_of));
  return json::serialize(line);
}

namespace {

class Chance {
 public:
  Chance(std::uint64_t number, std::uint64_t seed) : engine_(seed * 0x9E3779B97F4A7C15U + number), number_(number) {}

  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_); }
  bool yes() { return below(2) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[below(list.size())];
  }
  std::string some(std::string text) { return yes() ? std::move(text) : std::string(); }

  std::string label(std::size_t least, std::size_t most) {
    std::string text;
    const std::size_t size = least + below(most - least + 1);
    while (text.size() < size) text += "abcdefghijklmnopqrstuvwxyz0123456789"[below(36)];
    return text;
  }
  std::string digits(std::size_t least, std::size_t most) {
    std::string text;
    const std::size_t size = least + below(most - least + 1);
    while (text.size() < size) text += static_cast<char>('0' + below(10));
    return text;
  }
  std::string words(std::size_t most) {
    static const std::vector<std::string> pieces{
        "Anna", "Σοφία", "李",          "\"Bo\"", "O'Neil",           "<b>", "Ünal", "مريم",
        "שרה",  "a,b",   "back\\slash", "%41",    "\xF0\x9F\xA6\x89", "-"};
    std::string text;
    const std::size_t count = 1 + below(most);
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + (yes() ? one_of(pieces) : label(1, 12));
    return text;
  }
  UtcTime time(UtcTime from, std::chrono::hours span) {
    return from + std::chrono::seconds{below(static_cast<std::size_t>(std::chrono::seconds(span).count()))};
  }
  std::string handle() { return "C-" + std::to_string(number_) + '-' + std::to_string(++handles_); }
  std::uint64_t number() const { return number_; }

 private:
  std::mt19937_64 engine_;
  std::uint64_t number_;
  std::uint64_t handles_ = 0;
};

Contact random_contact(Chance& chance, const Provenance& provenance) {
  Contact c;
  c.handle = chance.handle();
  c.roid = chance.some(chance.label(1, 10) + "-TEST");
  c.kind = static_cast<ContactKind>(chance.below(3));
  c.name = PersonalText(chance.words(3));
  c.organization = PersonalText(chance.some(chance.words(4)));
  if (c.kind == ContactKind::legal_person && !c.organization.empty() && chance.yes()) c.name = PersonalText();
  for (std::size_t i = chance.below(4); i > 0; --i) c.street.emplace_back(chance.words(4));
  c.city = PersonalText(chance.some(chance.words(2)));
  c.state = PersonalText(chance.some(chance.words(2)));
  c.postal_code = PersonalText(chance.some(chance.digits(3, 9)));
  c.country = chance.some(chance.one_of<std::string>({"DE", "FR", "JP", "US", "BR"}));
  c.phone = PersonalText(chance.some('+' + chance.digits(1, 3) + '.' + chance.digits(1, 12)));
  c.phone_ext = PersonalText(chance.some(chance.digits(1, 10)));
  c.fax = PersonalText(chance.some('+' + chance.digits(1, 3) + '.' + chance.digits(1, 12)));
  c.fax_ext = PersonalText(chance.some(chance.digits(1, 10)));
  c.email = PersonalText(chance.some(chance.label(1, 20) + '@' + chance.label(1, 20) + ".example"));
  c.region = chance.some(chance.one_of<std::string>({"EU", "US"}));
  c.provenance = provenance;
  return c;
}

void random_choices(Chance& chance, RegistrationPut& put) {
  for (const auto& contact : put.contacts) {
    for (std::size_t i = chance.below(3); i > 0; --i) {
      ChoiceEntry entry;
      entry.handle = contact.handle;
      entry.element = chance.one_of<Element>({Element::name, Element::organization, Element::phone_ext, Element::email});
      entry.act = chance.one_of<ChoiceAct>({ChoiceAct::given, ChoiceAct::declined, ChoiceAct::withdrawn, ChoiceAct::not_given});
      entry.at = chance.time(now() - 20000h, 20000h);
      entry.method = chance.one_of<std::string>({"portal", "phone", "import"});
      const bool given = entry.act == ChoiceAct::given;
      entry.notice_version = given ? "2026-03" : chance.some("2025-01");
      entry.evidence_id = given ? "EV-" + chance.digits(1, 9) : chance.some("EV-1");
      put.choices.push_back(std::move(entry));
    }
  }
}

void random_hosts(Chance& chance, RegistrationPut& put) {
  Registration& r = put.registration;
  for (std::size_t i = chance.below(5); i > 0; --i) {
    const bool below = chance.yes();
    const std::string above = below ? r.name.ascii() : chance.label(1, 9) + ".test";
    const DomainName name = DomainName::parse("ns" + std::to_string(i) + '.' + above).value();
    r.hosts.push_back(name);
    if (!below || chance.yes()) continue;
    Host host{name, chance.some("H" + chance.digits(1, 9) + "-TEST"), {}, r.provenance};
    if (chance.yes()) host.addresses.push_back("192.0.2." + std::to_string(1 + chance.below(254)));
    if (chance.yes()) host.addresses.push_back("2001:db8::" + std::to_string(1 + chance.below(9)));
    put.hosts.push_back(std::move(host));
  }
}

void random_ds(Chance& chance, Registration& r) {
  r.dnssec = static_cast<DnssecState>(chance.below(3));
  if (r.dnssec != DnssecState::signed_delegation) return;
  for (std::size_t i = 1 + chance.below(3); i > 0; --i) {
    DsRecord record;
    record.key_tag = static_cast<std::uint16_t>(chance.below(65536));
    record.algorithm = static_cast<std::uint8_t>(1 + chance.below(16));
    record.digest_type = chance.one_of<std::uint8_t>({1, 2, 4});
    const std::size_t size = record.digest_type == 1 ? 40 : record.digest_type == 2 ? 64 : 96;
    while (record.digest.size() < size) record.digest += "0123456789ABCDEF"[chance.below(16)];
    if (std::find(r.ds.begin(), r.ds.end(), record) == r.ds.end()) r.ds.push_back(std::move(record));
  }
}

StatusSet random_statuses(Chance& chance) {
  StatusSet set;
  switch (chance.below(3)) {
    case 0:
      set.insert(Status::ok);
      break;
    case 1:
      set.insert(Status::client_transfer_prohibited);
      if (chance.yes()) set.insert(Status::server_hold);
      break;
    default:
      set.insert(Status::pending_delete);
      set.insert(Status::redemption_period);
  }
  return set;
}

}  // namespace

RegistrationPut random_put(std::uint64_t number, std::uint64_t seed) {
  Chance chance(number, seed);
  const std::string idn = chance.one_of<std::string>({"", "", "münchen", "例え", "xn--strae-oqa"});
  const std::string label = chance.label(1, 30) + std::to_string(number);
  const std::string tld = chance.one_of<std::string>({"example", "test", "co.test"});
  RegistrationPut put{blank((idn.starts_with("xn--") ? label : idn + label) + '.' + tld), {}, {}, {}};
  Registration& r = put.registration;
  r.provenance = {SourceClass::panel, "import:panel", chance.time(now() - 9000h, 9000h)};
  r.registrar = "main";
  r.roid = chance.some("D" + chance.digits(1, 12) + "-TEST");
  r.created = chance.time(now() - 200000h, 100000h);
  if (chance.yes()) r.updated = chance.time(r.created, 90000h);
  if (chance.yes()) r.registry_expires = chance.time(now(), 50000h);
  if (chance.yes()) r.registrar_expires = chance.time(now(), 50000h) + 250ms;
  if (chance.yes()) r.transferred = chance.time(r.created, 90000h);
  r.statuses = random_statuses(chance);
  random_hosts(chance, put);
  random_ds(chance, r);
  put.contacts.push_back(random_contact(chance, r.provenance));
  r.registrant = put.contacts.front().handle;
  std::vector<std::string*> others{&r.technical, &r.administrative, &r.billing};
  for (std::string* other : others) {
    if (chance.yes()) continue;
    if (chance.yes()) {
      *other = r.registrant;
    } else {
      put.contacts.push_back(random_contact(chance, r.provenance));
      *other = put.contacts.back().handle;
    }
  }
  random_choices(chance, put);
  if (chance.yes()) r.reseller = Reseller{chance.words(3), chance.some("https://" + chance.label(1, 20) + ".example/")};
  r.privacy_service = chance.some("shield");
  r.region = chance.some("EU");
  return put;
}

rc::Gen<RegistrationPut> any_put() {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, 1U << 20), rc::gen::arbitrary<std::uint64_t>()),
                      [](const std::pair<std::uint64_t, std::uint64_t>& pair) { return random_put(pair.first, pair.second); });
}

Directory::Directory() {
  path_ = (std::filesystem::temp_directory_path() / "regdata-import-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory");
}

Directory::~Directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Directory::write(std::string_view name, std::string_view content) const {
  const std::string path = file(name);
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace regdata::store::samples
