#include "tests/whois/sample_views.hpp"

#include <array>

#include "tests/redaction/random_registration.hpp"
#include "whois/layout.hpp"

namespace regdata::testing {
namespace {

using redaction::Field;
using redaction::NotHeld;
using redaction::PublicContact;
using redaction::PublicViewData;
using redaction::ReplacedEmail;
using redaction::Shown;
using redaction::Withheld;

using Text = Shown<std::string>;
using Lines = Shown<std::vector<std::string>>;

UtcTime at(std::int64_t seconds) { return UtcTime(std::chrono::seconds(seconds)); }

PublicContact withheld_contact(Role role, const std::string& form) {
  PublicContact contact;
  contact.role = role;
  contact.id = Withheld{10};
  contact.name = Withheld{11};
  contact.phone = Withheld{12};
  contact.email = Withheld{13};
  contact.replaced_email = ReplacedEmail{ReplacedEmail::Kind::form_url, form, 14};
  return contact;
}

PublicContact withheld_registrant(const std::string& form) {
  PublicContact contact = withheld_contact(Role::registrant, form);
  contact.organization = Withheld{15};
  contact.street = Withheld{16};
  contact.city = Withheld{17};
  contact.state = Text{"Westmark", 18, false};
  contact.postal_code = Withheld{19};
  contact.country = Text{"FR", 20, false};
  contact.phone_ext = Withheld{21};
  contact.fax = Withheld{22};
  contact.fax_ext = Withheld{23};
  return contact;
}

/// What registrants have been seen to write, and what they might.
std::string hostile_text(Chance& chance) {
  static const std::vector<std::string> texts{
      "Ada\r\nRegistrar: Forged",
      "x\n>>> Last update of WHOIS database: 2001-01-01T00:00:00Z <<<",
      "Zo\u00EB \u201CQuote\u201D O'Neill",
      "tab\tand\vother\fblanks",
      "\u202Egnp.elpmaxe",
      "\u2066left\u2069",
      "line\u2028separator\u2029here",
      "next\u0085line",
      "  many   blanks  ",
      "",
      " ",
      "\u3000\u00A0",
      "\u200Bzero\u200D\u200Cwidth\uFEFF",
      "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
      "\u5C71\u7530\u592A\u90CE",
      "\u05D3\u05D5\u05D2\u05DE\u05D4",
      "<script>alert(1)</script>",
      "Registrant Name: Someone Else",
      "REDACTED",
      "\xC3\x28 broken \xFF\xFE utf-8 \xED\xA0\x80",
      "nul\0byte",
      "\x1B[31mred\x1B[0m",
      "\U0001F98A fox",
      "\U000E0041tag",
      "% comment",
      std::string(300, 'W'),
  };
  if (chance.one_in(3)) return chance.pick(texts);
  if (chance.one_in(2)) return chance.letters(1 + chance.below(30));
  std::string bytes;
  for (std::size_t i = chance.below(40); i > 0; --i) bytes.push_back(static_cast<char>(chance.below(256)));
  return bytes;
}

Field<std::string> random_field(Chance& chance) {
  switch (chance.below(4)) {
    case 0:
      return NotHeld{};
    case 1:
      return Withheld{static_cast<redaction::RuleId>(chance.below(40))};
    default:
      return Text{hostile_text(chance), static_cast<redaction::RuleId>(chance.below(40)), chance.one_in(2)};
  }
}

PublicContact random_contact(Chance& chance, Role role) {
  PublicContact contact;
  contact.role = role;
  for (auto* field : {&contact.id, &contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code,
                      &contact.country, &contact.phone, &contact.phone_ext, &contact.fax, &contact.fax_ext, &contact.email})
    *field = random_field(chance);
  switch (chance.below(3)) {
    case 0:
      break;
    case 1:
      contact.street = Withheld{3};
      break;
    default: {
      Lines lines{{}, 4, chance.one_in(2)};
      for (std::size_t i = chance.below(4); i > 0; --i) lines.value.push_back(hostile_text(chance));
      contact.street = lines;
    }
  }
  if (!chance.one_in(4))
    contact.replaced_email = ReplacedEmail{ReplacedEmail::Kind::relay_address, chance.letters(20) + "@relay.example", 9};
  return contact;
}

}  // namespace

UtcTime sample_time() { return at(1'780'317'296) + std::chrono::milliseconds(789); }

redaction::PublicTexts sample_texts(std::uint32_t layout) {
  redaction::PublicTexts texts;
  Registrar main;
  main.id = "main";
  main.iana_id = 9999;
  main.name = "Example Registrar SARL";
  main.street = {"1 Rue de l'Exemple"};
  main.city = "Paris";
  main.postal_code = "75001";
  main.country = "FR";
  main.phone = "+33.155550100";
  main.email = "info@registrar.example";
  main.url = "https://registrar.example/";
  main.whois_server = "whois.registrar.example";
  main.abuse_email = "abuse@registrar.example";
  main.abuse_phone = "+33.155550199";
  Registrar second = main;
  second.id = "second";
  second.iana_id = 9998;
  second.name = "Second Example Registrar";
  second.state = "Westmark";
  second.whois_server.clear();
  texts.registrars = {main, second};
  texts.tlds = {{"example", "registry-one", "icann-gtld", true},
                {"test", "registry-two", "icann-gtld", true},
                {"quiet.test", "registry-two", "cctld-example", false}};
  texts.whois_disclaimer = "NOTICE: This information is published for the purposes of the registration rules.\nNo bulk use.\n";
  texts.rdap_base = "https://rdap.registrar.example/";
  texts.redacted_text = "REDACTED";
  texts.whois_layout = layout;
  return texts;
}

PublicViewData withheld_view() {
  PublicViewData view;
  view.name = view.unicode_name = "bluehen.example";
  view.registrar = "main";
  view.registry_domain_id = Text{"D1234567-EXAMPLE", 5, false};
  view.created = at(1'262'304'000);
  view.updated = at(1'767'225'600);
  view.registry_expires = at(1'798'761'600);
  view.registrar_expires = at(1'798'761'600);
  view.statuses.insert(Status::client_transfer_prohibited);
  view.hosts = {"ns1.hosting.example", "ns2.hosting.example"};
  view.dnssec = redaction::PublicDnssec::signed_delegation;
  view.ds = {{12345, 13, 2, "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"}};
  view.reseller = redaction::PublicReseller{"Blue Hen Web Studio", "https://studio.example/"};
  view.contacts = {withheld_registrant("https://registrar.example/contact?d=bluehen.example&r=registrant"),
                   withheld_contact(Role::technical, "https://registrar.example/contact?d=bluehen.example&r=technical")};
  return view;
}

PublicViewData chosen_view() {
  PublicViewData view = withheld_view();
  PublicContact& registrant = view.contacts.front();
  registrant.id = Text{"C100-EXAMPLE", 10, false};
  registrant.name = Text{"Ada Example", 11, true};
  registrant.organization = Text{"Blue Hen Cooperative", 15, true};
  registrant.street = Lines{{"7 Henhouse Lane", "Second Floor"}, 16, true};
  registrant.city = Text{"Westport", 17, true};
  registrant.postal_code = Text{"12345", 19, true};
  registrant.phone = Text{"+1.5555550100", 12, true};
  registrant.phone_ext = Text{"42", 21, true};
  registrant.fax = Text{"+1.5555550101", 22, true};
  registrant.fax_ext = Text{"43", 23, true};
  registrant.email = Text{"ada@bluehen.example", 13, true};
  PublicContact& tech = view.contacts.back();
  tech.id = Text{"C101-EXAMPLE", 10, false};
  tech.name = Text{"Tech Desk", 11, true};
  tech.phone = Text{"+1.5555550102", 12, true};
  tech.email = Text{"tech@bluehen.example", 13, true};
  return view;
}

PublicViewData sparse_view() {
  PublicViewData view;
  view.name = view.unicode_name = "sparse.example";
  view.registrar = "second";
  view.created = at(1'262'304'000);
  view.registrar_expires = at(1'798'761'600);
  PublicContact registrant;
  registrant.name = Withheld{11};
  registrant.street = Withheld{16};
  registrant.city = Withheld{17};
  registrant.country = Text{"DE", 20, false};
  registrant.phone = Withheld{12};
  registrant.email = Withheld{13};
  registrant.replaced_email = ReplacedEmail{ReplacedEmail::Kind::relay_address, "k3jq7v2m5x@relay.example", 14};
  view.contacts = {registrant};
  return view;
}

PublicViewData idn_view() {
  PublicViewData view = chosen_view();
  view.name = "xn--bcher-kva.example";
  view.unicode_name = "b\u00FCcher.example";
  view.statuses = {};
  view.statuses.insert(Status::pending_delete);
  view.statuses.insert(Status::redemption_period);
  view.statuses.insert(Status::server_hold);
  PublicContact& registrant = view.contacts.front();
  registrant.name = Text{"\u05D3\u05D5\u05D2\u05DE\u05D4 \u202E(evil)\r\nRegistrar: Forged", 11, true};
  registrant.organization = Text{"\u5C71\u7530\u30FB\"\u4F8B\"\u682A\u5F0F\u4F1A\u793E", 15, true};
  registrant.street = Lines{{std::string(255, 'L'), "\t \u3000 "}, 16, true};
  registrant.city = Text{"\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645", 17, true};
  return view;
}

PublicViewData random_view(std::uint64_t seed) {
  Chance chance(seed);
  PublicViewData view;
  view.name = chance.letters(1 + chance.below(20)) + ".example";
  view.unicode_name = chance.one_in(3) ? "\u00FC" + view.name : view.name;
  view.registrar = chance.one_in(2) ? "main" : "second";
  view.registry_domain_id = random_field(chance);
  const auto time = [&] { return at(static_cast<std::int64_t>(chance.below(4'000'000'000))); };
  view.created = time();
  for (auto* date : {&view.updated, &view.registry_expires, &view.registrar_expires, &view.transferred})
    if (chance.one_in(2)) *date = time();
  view.statuses = StatusSet::from_bits(static_cast<std::uint32_t>(chance.next()));
  for (std::size_t i = chance.below(5); i > 0; --i) view.hosts.push_back("ns" + std::to_string(i) + ".hosting.example");
  view.dnssec = static_cast<redaction::PublicDnssec>(chance.below(3));
  for (std::size_t i = chance.below(3); i > 0; --i)
    view.ds.push_back({static_cast<std::uint16_t>(chance.next()), 13, 2, "A0" + chance.digits(62)});
  if (chance.one_in(2)) view.reseller = redaction::PublicReseller{hostile_text(chance), "https://studio.example/"};
  if (!chance.one_in(10)) view.contacts.push_back(random_contact(chance, Role::registrant));
  if (chance.one_in(2)) view.contacts.push_back(random_contact(chance, Role::technical));
  return view;
}

}  // namespace regdata::testing
