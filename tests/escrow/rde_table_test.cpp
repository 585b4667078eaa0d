// Tables of RFC 9022's CSV model, joined to objects.
#include "escrow/rde_table_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "escrow/rde_tables.hpp"

namespace regdata::escrow {
namespace {

using ::testing::HasSubstr;

class Tables : public ::testing::Test {
 protected:
  Tables() {
    content["registrar.csv"] = "REG-1,Example,9999,ok,,,,,,,,,,\r\n";
    content["domain.csv"] =
        "a.example,D1-X,C-1,REG-1,2020-01-31T12:00:00Z,,2027-01-31T12:00:00Z,\r\nb.example,D2-X,C-2,REG-1,,,,\r\n";
    content["domainContacts.csv"] = "a.example,C-2,tech\r\n";
    content["domainStatuses.csv"] = "a.example,ok,\r\nb.example,pendingDelete,\r\nb.example,pendingDelete,redemptionPeriod\r\n";
    content["domainNameServers.csv"] = "a.example,ns1.a.example\r\na.example,ns2.other.example\r\n";
    content["dnssec.csv"] = "b.example,12345,13,2,AB01\r\n";
    content["host.csv"] = "ns1.a.example,H1-X,REG-1\r\nns2.other.example,H2-X,REG-1\r\n";
    content["hostStatuses.csv"] = "H1-X,linked\r\nH2-X,linked\r\n";
    content["hostAddresses.csv"] = "H1-X,192.0.2.1,v4\r\nH1-X,2001:db8::1,v6\r\n";
    content["contact.csv"] = "C-1,C1-X,+49.1,7,,,hen@bluehen.example,REG-1\r\nC-2,C2-X,,,,,fox@redfox.example,REG-1\r\n";
    content["contactStatuses.csv"] = "C-1,linked\r\nC-2,linked\r\n";
    content["contactPostal.csv"] =
        "C-1,loc,\"O'Brien, \"\"Blü\"\" & <b>\",,Street 1,,,City,,,DE\r\nC-2,int,Red Fox,,,,,City,,,FR\r\n";
    const RdeFrame frame{
        .has_tables = true, .id = "20261127001", .watermark = parse_rfc3339("2026-11-27T00:00:00Z").value(), .iana_id = 9999};
    document =
        rde_opening(frame) +
        rde_contents(frame, {.registrars = 1, .domains = 2, .hosts = 2, .contacts = 2, .domains_by_tld = {{"example", 2}}}) +
        rde_definitions({}) + std::string(rde_closing());
  }
  Expected<std::string> objects() const {
    const auto tables = read_table_document(document);
    if (!tables) return make_error(Errc::invalid, "no document of tables");
    const auto source = objects_of_tables(*tables, [&](const std::string& name) -> Expected<std::unique_ptr<ByteSource>> {
      return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(as_bytes(content.at(name))));
    });
    std::string text;
    Bytes piece(777);
    while (true) {
      const auto size = source->read(piece);
      if (!size) return size.error();
      if (*size == 0) return text;
      text += as_text(ByteView(piece).first(*size));
    }
  }
  std::string why() const { return objects().error().context; }

  std::map<std::string, std::string> content;
  std::string document;
};

TEST_F(Tables, AreJoinedToObjects) {
  const auto text = objects();
  ASSERT_TRUE(text) << text.error().context;
  EXPECT_THAT(*text, HasSubstr("<rde:objURI>urn:ietf:params:xml:ns:rdeDomain-1.0</rde:objURI>"));
  EXPECT_THAT(*text, HasSubstr("<rdeHeader:count uri=\"urn:ietf:params:xml:ns:rdeDomain-1.0\" rcdn=\"example\">2<"));
  MemorySource bytes(as_bytes(*text));
  RdeReader reader(bytes);
  Catalog catalog;
  catalog.registrars.emplace_back().id = "example";
  catalog.tlds.push_back({.name = "example", .registry = "r", .policy = "p"});
  const RdeOrigin origin{.catalog = &catalog, .provenance = {}, .registrars = {{"REG-1", "example"}}};
  std::vector<RegistrationPut> names;
  std::vector<Host> hosts;
  std::vector<Contact> contacts;
  while (true) {
    const auto object = reader.next();
    ASSERT_TRUE(object) << object.error().context;
    if (!*object) break;
    using Kind = RdeObject::Kind;
    if ((*object)->kind() == Kind::domain) names.push_back(rde_domain(**object, origin).value());
    if ((*object)->kind() == Kind::host) hosts.push_back(rde_host(**object, origin).value());
    if ((*object)->kind() == Kind::contact) contacts.push_back(rde_contact(**object, origin).value());
  }
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names[0].registration.hosts.size(), 2U);
  EXPECT_EQ(names[0].registration.technical, "C-2");
  EXPECT_EQ(names[0].registration.roid, "D1-X");
  EXPECT_TRUE(names[1].registration.statuses.contains(Status::redemption_period));
  EXPECT_TRUE(names[1].registration.statuses.contains(Status::pending_delete));
  EXPECT_EQ(names[1].registration.ds.size(), 1U);
  ASSERT_EQ(hosts.size(), 2U);
  EXPECT_EQ(hosts[0].addresses, (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  ASSERT_EQ(contacts.size(), 2U);
  EXPECT_EQ(contacts[0].name.reveal(), "O'Brien, \"Blü\" & <b>");
  EXPECT_EQ(contacts[0].phone_ext.reveal(), "7");
}

TEST_F(Tables, OtherColumnsAndLineEndsAreTaken) {
  content["hostStatuses.csv"] = "linked,H1-X\nlinked,H2-X\n";
  const std::string from = "<rdeCsv:fRoid parent=\"true\"/><csvHost:fStatus/>";
  const auto at = document.find(from);
  ASSERT_NE(at, std::string::npos);
  document.replace(at, from.size(), "<csvHost:fStatus/><rdeCsv:fRoid parent=\"true\"/>");
  const auto text = objects();
  ASSERT_TRUE(text) << text.error().context;
  EXPECT_THAT(*text, HasSubstr("<rdeHost:status s=\"linked\"/>"));
}

TEST_F(Tables, WhatCannotBeJoinedIsRefused) {
  const auto good = content;
  const auto refused = [&](const std::string& table, const std::string& text, const std::string& because) {
    content = good;
    content[table] = text;
    EXPECT_THAT(why(), HasSubstr(because)) << table;
    content = good;
  };
  refused("domainStatuses.csv", "b.example,ok,\r\na.example,ok,\r\n", "not in the order of the objects");
  refused("dnssec.csv", "c.example,1,13,2,AB01\r\n", "rows of no object");
  refused("domainContacts.csv", "a.example,C-2\r\n", "another number of fields");
  refused("domainContacts.csv", "a.example,\"C-2,tech\r\n", "RDE_INVALID_CSV");
  refused("domainContacts.csv", "a.example,C\"2,tech\r\n", "RDE_INVALID_CSV");
  refused("domainNameServers.csv", "a.example,\r\n", "by ROID");
  const auto at = document.find("<csvContact:fId parent=\"true\"/><csvContact:fPostalType/>");
  ASSERT_NE(at, std::string::npos);
  document.replace(at, 31, "");
  EXPECT_THAT(why(), HasSubstr("it has no field csvContact:fId"));
}

TEST_F(Tables, ADocumentOfTheOtherModelIsNone) {
  const RdeFrame frame{.id = "20261127001", .watermark = {}, .iana_id = 9999};
  EXPECT_FALSE(read_table_document(rde_opening(frame) + rde_contents(frame, {}) + std::string(rde_closing())));
  EXPECT_FALSE(read_table_document("<x"));
}

}  // namespace
}  // namespace regdata::escrow
