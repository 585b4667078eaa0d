// What answers of registries make of a registration that is held, and what is not believed.
#include "epp/observation.hpp"

#include <gmock/gmock.h>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

DomainName named(const char* text) { return DomainName::parse(text).value(); }
UtcTime at(const char* text) { return parse_rfc3339(text).value(); }

/// As a registry gives it that writes in its own way.
DomainData told(const std::string& more = "", const std::string& extension = "") {
  const std::string xml =
      "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response><result code=\"1000\"><msg>ok</msg></result><resData><d:infData "
      "xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\"><d:name>BLUEHEN.Example</d:name><d:roid>D1-TEST</d:roid><d:status "
      "s=\"ok\"/><d:ns><d:hostObj>NS1.BlueHen.Example</d:hostObj><d:hostObj>ns2.other.example</d:hostObj></d:ns><d:clID>REG</"
      "d:clID>" +
      more + "</d:infData></resData>" + extension + "</response></epp>";
  return read_domain(Response::read(XmlDocument::parse(xml).value()).value()).value();
}

std::string ds(const std::string& type, const std::string& digest) {
  return "<extension><s:infData xmlns:s=\"urn:ietf:params:xml:ns:secDNS-1.1\"><s:dsData><s:keyTag>1</s:keyTag><s:alg>13</s:alg>"
         "<s:digestType>" +
         type + "</s:digestType><s:digest>" + digest + "</s:digest></s:dsData></s:infData></extension>";
}

Registration held() {
  Registration registration{.name = named("bluehen.example")};
  registration.registrant = "C-1";
  registration.roid = "D0-TEST";
  registration.dnssec = DnssecState::signed_delegation;
  registration.ds = {{1, 13, 2, std::string(64, 'A')}};
  registration.created = at("2020-01-01T00:00:00Z");
  return registration;
}

const Provenance from{SourceClass::registry, "epp:test", at("2026-11-28T00:00:00Z")};

TEST(Facts, NamesAndAddressesAreOurs) {
  const DomainData data = told();
  EXPECT_EQ(data.name, "bluehen.example");
  EXPECT_THAT(glue_hosts(data), ElementsAre("ns1.bluehen.example"));
  HostData glue;
  glue.name = "ns1.bluehen.example";
  glue.addresses = {"2001:DB8:0::1", "192.0.2.1", "192.0.2.1", "nonsense"};
  const RegistrationPut put = facts_of(held(), data, {glue}, true, from);
  EXPECT_THAT(put.registration.hosts, ElementsAre(named("ns1.bluehen.example"), named("ns2.other.example")));
  ASSERT_EQ(put.hosts.size(), 1U);
  EXPECT_THAT(put.hosts.front().addresses, ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_EQ(put.hosts.front().provenance, from);
  EXPECT_EQ(put.registration.provenance, from);
  EXPECT_EQ(put.registration.registrant, "C-1");
  EXPECT_EQ(put.registration.created, at("2020-01-01T00:00:00Z")) << "what is left out stays";
}

TEST(Facts, NoDsDataMeansNoneOnlyWhereDnssecIsSpoken) {
  EXPECT_EQ(facts_of(held(), told(), {}, false, from).registration.dnssec, DnssecState::signed_delegation);
  const RegistrationPut put = facts_of(held(), told(), {}, true, from);
  EXPECT_EQ(put.registration.dnssec, DnssecState::unsigned_delegation);
  EXPECT_THAT(put.registration.ds, IsEmpty());
}

TEST(Doubts, WhatCannotBeIsNotBelieved) {
  const UtcTime now = at("2026-11-28T00:00:00Z");
  EXPECT_EQ(doubt_about(told("<d:crDate>2020-01-01T00:00:00Z</d:crDate><d:exDate>2027-01-01T00:00:00Z</d:exDate>",
                             ds("2", std::string(64, 'a'))),
                        now),
            "");
  EXPECT_THAT(doubt_about(told("<d:crDate>1969-12-31T23:59:59Z</d:crDate>"), now), HasSubstr("1969"));
  EXPECT_THAT(doubt_about(told("<d:crDate>2027-01-01T00:00:00Z</d:crDate>"), now), HasSubstr("2027"));
  EXPECT_THAT(doubt_about(told("<d:exDate>9999-01-01T00:00:00Z</d:exDate>"), now), HasSubstr("9999"));
  EXPECT_THAT(doubt_about(told("", ds("2", "AB;CD")), now), HasSubstr("DS"));
  EXPECT_THAT(doubt_about(told("", ds("2", std::string(62, 'A'))), now), HasSubstr("DS"));
  EXPECT_THAT(doubt_about(told("", ds("9", std::string(64, 'A'))), now), HasSubstr("DS"));
  DomainData data = told();
  data.roid = std::string(200, 'D');
  EXPECT_THAT(doubt_about(data, now), HasSubstr("ROID"));
}

TEST(Messages, TellWhatTheyAreAboutAndNoPerson) {
  const auto subject = [](const std::string& inside) {
    const std::string xml =
        "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response><result code=\"1301\"><msg>x</msg></result><msgQ count=\"1\" "
        "id=\"A-1\"/>" +
        inside + "</response></epp>";
    return subject_of(Response::read(XmlDocument::parse(xml).value()).value());
  };
  EXPECT_TRUE(subject("").is_understood);
  EXPECT_FALSE(subject("<resData><x:y xmlns:x=\"urn:x\"/></resData>").is_understood);
  const MessageSubject changed = subject(
      "<resData><d:infData xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\"><d:name>BlueHen.example</d:name></d:infData></resData>"
      "<extension><c:changeData xmlns:c=\"urn:ietf:params:xml:ns:changePoll-1.0\" "
      "state=\"after\"><c:operation>update</c:operation>"
      "<c:date>2026-11-28T00:00:00Z</c:date><c:svTRID>S</c:svTRID><c:who>Marit Henway</c:who><c:caseId "
      "type=\"urs\">URS-17</c:caseId>"
      "</c:changeData></extension>");
  EXPECT_THAT(changed.names, ElementsAre("bluehen.example"));
  EXPECT_EQ(changed.note, "infData, changed there: update, case urs URS-17");
  const MessageSubject pending = subject(
      "<resData><d:panData xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\"><d:name paResult=\"1\">a.example</d:name><d:paTRID>"
      "<clTRID>RD-7</clTRID><svTRID>S</svTRID></d:paTRID><d:paDate>2026-11-28T00:00:00Z</d:paDate></d:panData></resData>");
  ASSERT_TRUE(pending.pending);
  EXPECT_EQ(pending.pending->client_id, "RD-7");
  EXPECT_TRUE(pending.pending->was_done);
}

}  // namespace
}  // namespace regdata::epp
