// Objects by RFC 9022: what is written comes back, and what is no such document is refused without repeating it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "escrow/rde_reader.hpp"
#include "escrow/row_reader.hpp"

namespace regdata::escrow {
namespace {

using ::testing::HasSubstr;

class Rde : public ::testing::Test {
 protected:
  Rde() {
    Registrar& registrar = catalog.registrars.emplace_back();
    registrar.id = "example";
    registrar.iana_id = 9999;
    registrar.name = "Example & Sons";
    catalog.tlds.push_back({.name = "example", .registry = "r", .policy = "p"});
    origin = {.catalog = &catalog, .provenance = {.source = "restore"}, .registrars = {{"iana-9999", "example"}}};
  }
  /// A document of these lines, with the header's counts as they are.
  std::string document(const std::vector<std::string>& lines) const {
    RdeCounts counts{.registrars = 1, .domains = lines.size(), .hosts = 0, .contacts = 0, .domains_by_tld = {{"example", 1}}};
    const RdeFrame frame{.id = "20261127001", .watermark = time("2026-11-27T12:00:00Z"), .iana_id = 9999};
    std::string text = rde_opening(frame) + rde_contents(frame, counts);
    for (const std::string& line : lines) text += line;
    return text + std::string(rde_closing());
  }
  static UtcTime time(std::string_view text) { return parse_rfc3339(text).value(); }
  /// The only object of its kind in a document of one.
  template <class Read>
  auto read_one(const std::string& line, Read read) const {
    const std::string text = document({line});
    MemorySource bytes(as_bytes(text));
    RdeReader reader(bytes);
    auto header = reader.next();
    EXPECT_TRUE(header && *header && (*header)->kind() == RdeObject::Kind::header);
    auto object = reader.next();
    EXPECT_TRUE(object && *object);
    auto result = read(**object, origin);
    EXPECT_FALSE(reader.next().value());
    return result;
  }
  static Expected<std::string> error_of(const std::string& text) {
    MemorySource bytes(as_bytes(text));
    RdeReader reader(bytes);
    while (true) {
      const auto object = reader.next();
      if (!object) return object.error().context;
      if (!*object) return std::string("none");
    }
  }

  Catalog catalog;
  RdeNaming naming{.roid_suffix = "REGDATA", .iana_id = 9999};
  RdeOrigin origin;
};

Contact person() {
  Contact contact;
  contact.handle = "C-1";
  contact.name = PersonalText("山田 \"T\" & <b>");
  contact.organization = PersonalText("O'Brien > Söhne");
  contact.street = {PersonalText("Henway 1"), PersonalText("c/o ]]> x")};
  contact.city = PersonalText("Berlin");
  contact.state = PersonalText("BE");
  contact.postal_code = PersonalText("10115");
  contact.country = "DE";
  contact.phone = PersonalText("+49.301234567");
  contact.phone_ext = PersonalText("12");
  contact.fax = PersonalText("+49.301234568");
  contact.email = PersonalText("a+b_c%d@bluehen.example");
  contact.provenance.source = "restore";
  return contact;
}

TEST_F(Rde, AContactComesBack) {
  RdeObjects objects(naming);
  EXPECT_TRUE(objects.contact(person()).empty());
  EXPECT_THAT(objects.line(), HasSubstr("postalInfo type=\"loc\""));
  EXPECT_EQ(std::ranges::count(objects.line(), '\n'), 1);
  const auto back = read_one(objects.line(), rde_contact);
  ASSERT_TRUE(back) << back.error().context;
  EXPECT_TRUE(*back == person());
}

TEST_F(Rde, AnIssuedRoidIsNotKeptAndAHeldOneIs) {
  RdeObjects objects(naming);
  Contact contact = person();
  objects.contact(contact);
  EXPECT_THAT(objects.line(), ::testing::ContainsRegex("<rdeContact:roid>C[0-9A-F]{16}-REGDATA</rdeContact:roid>"));
  EXPECT_EQ(read_one(objects.line(), rde_contact)->roid, "");
  EXPECT_TRUE(is_issued_roid(rde_roid({}, 'C', "C-1", {.roid_suffix = "OTHER", .iana_id = 1}), 'C', "C-1"))
      << "with any suffix";
  EXPECT_FALSE(is_issued_roid(rde_roid({}, 'C', "C-1", naming), 'C', "C-2"));
  EXPECT_FALSE(is_issued_roid(rde_roid({}, 'C', "C-1", naming), 'D', "C-1"));
  contact.roid = "SH8013-REP";
  objects.contact(contact);
  EXPECT_EQ(read_one(objects.line(), rde_contact)->roid, "SH8013-REP");
  EXPECT_TRUE(check_roid(rde_roid({}, 'D', "a.example", naming)));
  EXPECT_NE(rde_roid({}, 'D', "a.example", naming), rde_roid({}, 'D', "b.example", naming));
}

TEST_F(Rde, LongHandlesStandAsSixteenCharacters) {
  const std::string longer = "a-handle-of-more-than-16";
  EXPECT_EQ(rde_contact_id("C-1"), "C-1");
  EXPECT_EQ(rde_contact_id(longer).size(), 16U);
  EXPECT_EQ(rde_contact_id(rde_contact_id(longer)), rde_contact_id(longer)) << "a restored store has the same deposit";
}

TEST_F(Rde, WhatTheSchemaDemandsAndIsNotHeldIsTold) {
  RdeObjects objects(naming);
  EXPECT_THAT(objects.contact({}), ::testing::ElementsAre("contact name", "contact city", "contact country", "contact email"));
}

RegistrationData registration() {
  RegistrationData data{{.name = DomainName::parse("bluehen.example").value()}, {}, {}, {}};
  Registration& r = data.registration;
  r.registrar = "example";
  r.roid = "D1-EXAMPLE";
  r.created = parse_rfc3339("2020-01-31T12:00:00.123Z").value();
  r.registry_expires = parse_rfc3339("2027-01-31T12:00:00Z").value();
  r.updated = parse_rfc3339("2025-01-31T12:00:00Z").value();
  r.transferred = parse_rfc3339("2024-01-31T12:00:00Z").value();
  for (const Status status : {Status::client_hold, Status::redemption_period, Status::pending_delete})
    r.statuses.insert(status);
  r.hosts = {DomainName::parse("ns1.other.example").value(), DomainName::parse("ns2.bluehen.example").value()};
  r.dnssec = DnssecState::signed_delegation;
  r.ds = {{12345, 13, 2, "ABCDEF01"}, {1, 8, 1, "00FF"}};
  r.registrant = "C-1";
  r.technical = "C-2";
  r.administrative = "C-3";
  r.billing = "C-1";
  r.provenance.source = "restore";
  return data;
}

TEST_F(Rde, ADomainComesBack) {
  RdeObjects objects(naming);
  EXPECT_TRUE(objects.domain(registration()).empty());
  const auto back = read_one(objects.line(), rde_domain);
  ASSERT_TRUE(back) << back.error().context;
  EXPECT_EQ(back->registration, registration().registration);
}

TEST_F(Rde, ADomainWithoutStatusesIsOkOrInactive) {
  RdeObjects objects(naming);
  RegistrationData data = registration();
  data.registration.statuses = {};
  objects.domain(data);
  EXPECT_THAT(objects.line(), HasSubstr("<rdeDomain:status s=\"ok\"/>"));
  EXPECT_TRUE(read_one(objects.line(), rde_domain)->registration.statuses.empty()) << "not held before, and not after";
  data.registration.hosts.clear();
  data.registration.statuses.insert(Status::add_period);
  objects.domain(data);
  EXPECT_THAT(objects.line(), HasSubstr("<rdeDomain:status s=\"inactive\"/><rdeDomain:rgpStatus s=\"addPeriod\"/>"));
  EXPECT_EQ(read_one(objects.line(), rde_domain)->registration.statuses, data.registration.statuses);
  data.registration.statuses.insert(Status::ok);  // as stated, although nothing is delegated
  objects.domain(data);
  const std::string stated = objects.line();
  objects.domain({read_one(stated, rde_domain)->registration, {}, {}, {}});
  EXPECT_EQ(objects.line(), stated);
}

TEST_F(Rde, AHostComesBack) {
  RdeObjects objects(naming);
  const Host host{DomainName::parse("ns1.bluehen.example").value(), "H1-TEST", {"192.0.2.1", "2001:db8::1"}, origin.provenance};
  objects.host(host, true);
  EXPECT_THAT(objects.line(), HasSubstr("<rdeHost:addr ip=\"v6\">2001:db8::1</rdeHost:addr>"));
  EXPECT_TRUE(read_one(objects.line(), rde_host).value() == host);
}

TEST_F(Rde, BehindServicesThatAreConfiguredAllIsWithheld) {
  catalog.privacy_services.emplace_back().id = "shield";
  RdeObjects objects(naming);
  objects.domain(registration());
  EXPECT_EQ(read_one(objects.line(), rde_domain)->registration.privacy_service, service_not_told);
}

/// A line with one text in another's place.
std::string changed(std::string line, const std::string& from, const std::string& to) {
  const auto at = line.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return line.replace(at, from.size(), to);
}

TEST_F(Rde, WhatWouldNotComeBackIsRefusedWithoutItsValue) {
  RdeObjects objects(naming);
  objects.contact(person());
  const std::string contact = objects.line();
  objects.domain(registration());
  const std::string domain = objects.line();
  const auto refused = [&](const std::string& why, const std::string& context) {
    EXPECT_THAT(context, HasSubstr(why));
    EXPECT_THAT(context, ::testing::Not(::testing::ContainsRegex("[sS]ecret")));
  };
  refused("email", read_one(changed(contact, "a+b_c%d@", "secret"), rde_contact).error().context);
  refused("cc", read_one(changed(contact, ">DE<", ">Secretland<"), rde_contact).error().context);
  refused("cc", read_one(changed(contact, ">DE<", ">de<"), rde_contact).error().context);
  refused("voice", read_one(changed(contact, "+49.301234567", "secret"), rde_contact).error().context);
  refused("rdeContact:id", read_one(changed(contact, ">C-1<", ">secret person<"), rde_contact).error().context);
  refused("postalInfo",
          read_one("<rdeContact:contact><rdeContact:id>C-1</rdeContact:id></rdeContact:contact>", rde_contact).error().context);
  refused("RDE_DOMAIN_HAS_INVALID_NAME",
          read_one(changed(domain, "bluehen.example", "secret person"), rde_domain).error().context);
  refused("no TLD", read_one(changed(domain, "bluehen.example", "bluehen.invalid"), rde_domain).error().context);
  refused("RDE_DOMAIN_HAS_INVALID_STATUS", read_one(changed(domain, "clientHold", "secret"), rde_domain).error().context);
  refused("clID", read_one(changed(domain, "iana-9999", "iana-1"), rde_domain).error().context);
  refused("crDate", read_one(changed(domain, "2020-01-31T12:00:00.123Z", "secret"), rde_domain).error().context);
  refused("registrant",
          read_one(changed(domain, "<rdeDomain:registrant>C-1", "<rdeDomain:registrant>"), rde_domain).error().context);
  refused("contact", read_one(changed(domain, "type=\"tech\"", "type=\"secret\""), rde_domain).error().context);
  refused("ns", read_one(changed(domain, "ns1.other.example", "secret!"), rde_domain).error().context);
  refused("secDNS", read_one(changed(domain, "ABCDEF01", "secret"), rde_domain).error().context);
}

TEST_F(Rde, AnyPrefixAndOrderIsTaken) {
  const std::string text =
      "<deposit xmlns=\"urn:ietf:params:xml:ns:rde-1.0\" xmlns:c='urn:ietf:params:xml:ns:rdeContact-1.0' "
      "xmlns:p=\"urn:ietf:params:xml:ns:contact-1.0\" id=\"1\" type=\"FULL\">\n"
      "<!-- a note --><contents>\n <c:contact><c:id>C-1</c:id><c:roid>C1-X</c:roid><c:status s='ok'/><c:postalInfo "
      "type='int'><p:name>A"
      "<![CDATA[ & "
      "B]]></p:name>\n<p:addr><p:city>B</p:city><p:cc>DE</p:cc></p:addr></c:postalInfo><c:email>a@b.example</c:email>"
      "<c:clID>x12</c:clID></c:contact></contents>\n<watermark>2026-11-27T00:00:00Z</watermark></deposit>";
  MemorySource bytes(as_bytes(text));
  RdeReader reader(bytes);
  const auto object = reader.next();
  ASSERT_TRUE(object && *object) << object.error().context;
  const auto contact = rde_contact(**object, origin);
  ASSERT_TRUE(contact) << contact.error().context;
  EXPECT_EQ(contact->name.reveal(), "A & B");
  EXPECT_EQ(contact->roid, "C1-X");
  EXPECT_FALSE(reader.next().value());
  EXPECT_EQ(reader.deposit().watermark, time("2026-11-27T00:00:00Z"));
}

TEST_F(Rde, WhatIsNoDepositIsRefused) {
  RdeObjects objects(naming);
  objects.domain(registration());
  const std::string good = document({objects.line()});
  EXPECT_EQ(error_of(good).value(), "none");
  EXPECT_THAT(error_of("").value(), HasSubstr("RDE_XML_PARSE_ERROR"));
  EXPECT_THAT(error_of("secret").value(), HasSubstr("RDE_XML_PARSE_ERROR"));
  EXPECT_THAT(error_of("<a/>").value(), HasSubstr("no deposit"));
  EXPECT_THAT(error_of(good.substr(0, good.size() - 5)).value(), HasSubstr("RDE_XML_PARSE_ERROR"));
  EXPECT_THAT(error_of(good + "<a/>").value(), HasSubstr("RDE_XML_PARSE_ERROR"));
  EXPECT_THAT(error_of(changed(good, "clientHold", "&secret;")).value(), HasSubstr("RDE_XML_PARSE_ERROR"));
  EXPECT_THAT(error_of(changed(good, "</rdeDomain:domain>", "")).value(), HasSubstr("RDE_XML_PARSE_ERROR"));
  EXPECT_THAT(error_of(changed(good, "<rde:rdeMenu>", "<rde:secret/><rde:rdeMenu>")).value(),
              HasSubstr("an element that a deposit has not"));
  EXPECT_THAT(error_of(changed(good, "2026-11-27T12:00:00Z", "secret")).value(), HasSubstr("watermark"));
  const std::string bomb = "<!DOCTYPE a [<!ENTITY a \"secret\"><!ENTITY b \"&a;&a;&a;\">]>";
  const auto declared = error_of(changed(good, "<rde:deposit", bomb + "<rde:deposit")).value();
  EXPECT_THAT(declared, HasSubstr("document type declaration"));
  EXPECT_THAT(declared, ::testing::Not(HasSubstr("secret")));
}

RC_GTEST_FIXTURE_PROP(Rde, AnyBytesAreReadOrRefused, ()) {
  RdeObjects objects(naming);
  objects.domain(registration());
  std::string text = document({objects.line()});
  const auto changes = *rc::gen::inRange(1, 5);
  for (int i = 0; i < changes; ++i) text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  MemorySource bytes(as_bytes(text));
  RdeReader reader(bytes);
  while (true) {
    const auto object = reader.next();
    if (!object || !*object) break;
    if ((*object)->kind() == RdeObject::Kind::domain) {
      const auto put = rde_domain(**object, origin);
      if (!put) RC_ASSERT(put.error().code == Errc::invalid);
    }
  }
}

RC_GTEST_FIXTURE_PROP(Rde, WhateverAContactHoldsComesBack, ()) {
  const auto text =
      rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
                       "a", "B", "7", " ", ",", "\"", "'", ";", "é", "山", "\xd7\xa9", "&", "<", ">", "]]>", "%", "\t"})),
                   [](const std::vector<std::string>& parts) {
                     std::string all = "x";
                     for (const auto& part : parts) all += part;
                     all.erase(all.find_last_not_of(" \t") + 1);  // what no store holds
                     return all;
                   });
  Contact contact = person();
  contact.name = PersonalText(*text);
  contact.organization = PersonalText(*text);
  contact.city = PersonalText(*text);
  contact.street = {PersonalText(*text)};
  RdeObjects objects(naming);
  objects.contact(contact);
  const auto back = read_one(objects.line(), rde_contact);
  const bool valid = check_postal_line(contact.name.reveal()) && check_postal_line(contact.organization.reveal()) &&
                     check_postal_line(contact.city.reveal()) && check_postal_line(contact.street[0].reveal());
  RC_CLASSIFY(valid, "valid");
  RC_ASSERT(back.has_value() == valid);
  if (back) RC_ASSERT(*back == contact);
}

}  // namespace
}  // namespace regdata::escrow
