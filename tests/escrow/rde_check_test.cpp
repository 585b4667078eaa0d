// A good document, and what each rule finds in one that breaks it.
#include "escrow/rde_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "escrow/rde_objects.hpp"

namespace regdata::escrow {
namespace {

/// With an object of each kind, two of those that refer to each other.
constexpr std::string_view good_document = R"(<?xml version="1.0" encoding="UTF-8"?>
<deposit xmlns="urn:ietf:params:xml:ns:rde-1.0" xmlns:h="urn:ietf:params:xml:ns:rdeHeader-1.0"
 xmlns:r="urn:ietf:params:xml:ns:rdeRegistrar-1.0" xmlns:d="urn:ietf:params:xml:ns:rdeDomain-1.0"
 xmlns:o="urn:ietf:params:xml:ns:rdeHost-1.0" xmlns:c="urn:ietf:params:xml:ns:rdeContact-1.0"
 xmlns:i="urn:ietf:params:xml:ns:rdeIDN-1.0" xmlns:n="urn:ietf:params:xml:ns:rdeNNDN-1.0"
 xmlns:e="urn:ietf:params:xml:ns:rdeEppParams-1.0" xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"
 xmlns:contact="urn:ietf:params:xml:ns:contact-1.0" type="FULL" id="20261127001">
<watermark>2026-11-27T00:00:00Z</watermark>
<rdeMenu><version>1.0</version>
<objURI>urn:ietf:params:xml:ns:rdeRegistrar-1.0</objURI>
<objURI>urn:ietf:params:xml:ns:rdeDomain-1.0</objURI>
<objURI>urn:ietf:params:xml:ns:rdeHost-1.0</objURI>
<objURI>urn:ietf:params:xml:ns:rdeContact-1.0</objURI>
<objURI>urn:ietf:params:xml:ns:rdeIDN-1.0</objURI>
<objURI>urn:ietf:params:xml:ns:rdeNNDN-1.0</objURI>
<objURI>urn:ietf:params:xml:ns:rdeEppParams-1.0</objURI>
</rdeMenu>
<contents>
<h:header><h:registrar>9999</h:registrar>
<h:count uri="urn:ietf:params:xml:ns:rdeRegistrar-1.0">1</h:count>
<h:count uri="urn:ietf:params:xml:ns:rdeDomain-1.0">2</h:count>
<h:count uri="urn:ietf:params:xml:ns:rdeDomain-1.0" rcdn="example">2</h:count>
<h:count uri="urn:ietf:params:xml:ns:rdeHost-1.0">2</h:count>
<h:count uri="urn:ietf:params:xml:ns:rdeContact-1.0">2</h:count>
<h:count uri="urn:ietf:params:xml:ns:rdeIDN-1.0">1</h:count>
<h:count uri="urn:ietf:params:xml:ns:rdeNNDN-1.0">2</h:count>
<h:count uri="urn:ietf:params:xml:ns:rdeEppParams-1.0">1</h:count>
</h:header>
<r:registrar><r:id>REG-1</r:id><r:name>Example &amp; Sons</r:name><r:gurid>9999</r:gurid></r:registrar>
<i:idnTableRef id="de"><i:url>https://tables.example/de</i:url><i:urlPolicy>https://tables.example/</i:urlPolicy></i:idnTableRef>
<d:domain><d:name>a.example</d:name><d:roid>D1-EXAMPLE</d:roid><d:idnTableId>de</d:idnTableId><d:status s="ok"/>
<d:registrant>C-1</d:registrant><d:contact type="tech">C-2</d:contact><d:ns><domain:hostObj>ns1.a.example</domain:hostObj></d:ns>
<d:clID>REG-1</d:clID><d:crRr>REG-1</d:crRr><d:crDate>2020-01-31T12:00:00Z</d:crDate><d:exDate>2027-01-31T12:00:00Z</d:exDate>
<d:upRr>REG-1</d:upRr><d:trnData><d:trStatus state="pending"/><d:reRr>REG-1</d:reRr><d:acRr>REG-1</d:acRr></d:trnData></d:domain>
<d:domain><d:name>b.example</d:name><d:roid>D2-EXAMPLE</d:roid><d:status s="pendingDelete"/><d:rgpStatus s="redemptionPeriod"/>
<d:registrant>C-2</d:registrant>
<d:clID>REG-1</d:clID><d:crDate>2020-01-31T12:00:00Z</d:crDate><d:exDate>2026-01-31T12:00:00Z</d:exDate></d:domain>
<o:host><o:name>ns1.a.example</o:name><o:roid>H1-EXAMPLE</o:roid><o:status s="ok"/><o:status s="linked"/>
<o:addr ip="v4">192.0.2.1</o:addr><o:addr ip="v6">2001:db8::1</o:addr><o:clID>REG-1</o:clID></o:host>
<o:host><o:name>ns.other.example</o:name><o:roid>H2-EXAMPLE</o:roid><o:status s="linked"/><o:clID>REG-1</o:clID></o:host>
<c:contact><c:id>C-1</c:id><c:roid>C1-EXAMPLE</c:roid><c:status s="linked"/>
<c:postalInfo type="loc"><contact:name>Blue Hen</contact:name><contact:addr><contact:city>X</contact:city><contact:cc>DE</contact:cc></contact:addr></c:postalInfo>
<c:email>hen@bluehen.example</c:email><c:clID>REG-1</c:clID><c:crRr>REG-1</c:crRr><c:upRr>REG-1</c:upRr>
<c:trnData><c:reRr>REG-1</c:reRr><c:acRr>REG-1</c:acRr></c:trnData></c:contact>
<c:contact><c:id>C-2</c:id><c:roid>C2-EXAMPLE</c:roid><c:status s="ok"/>
<c:postalInfo type="int"><contact:name>Red Fox</contact:name><contact:addr><contact:city>X</contact:city><contact:cc>FR</contact:cc></contact:addr></c:postalInfo>
<c:email>fox@redfox.example</c:email><c:clID>REG-1</c:clID></c:contact>
<n:NNDN><n:aName>withheld.example</n:aName><n:idnTableId>de</n:idnTableId><n:nameState>withheld</n:nameState></n:NNDN>
<n:NNDN><n:aName>blocked.example</n:aName><n:nameState>blocked</n:nameState></n:NNDN>
<e:eppParams><e:version>1.0</e:version></e:eppParams>
</contents>
</deposit>
)";

std::set<std::string> findings(const std::string& text, const std::set<std::string, std::less<>>* ids = nullptr) {
  std::set<std::string> codes;
  const RdeSurroundings surroundings{.now = parse_rfc3339("2026-11-27T12:00:00Z").value(), .repository_ids = ids};
  RdeCheck check(surroundings, [&](const RdeFinding& finding) {
    codes.emplace(finding.code);
    EXPECT_TRUE(std::ranges::any_of(rde_rules(), [&](const RdeRule& rule) { return rule.code == finding.code; }))
        << finding.code << " is not in the table";
    EXPECT_THAT(finding.object, ::testing::Not(::testing::HasSubstr("Hen")));
  });
  MemorySource source(as_bytes(text));
  RdeReader reader(source);
  while (true) {
    const auto object = reader.next();
    if (!object) {
      codes.insert(object.error().context);
      return codes;
    }
    if (!*object) break;
    check.take(**object, reader.line(), reader.deposit());
  }
  check.finish(reader.deposit());
  return codes;
}

/// The good document with something else in the place of `from`.
std::string with(std::string_view from, std::string_view to) {
  std::string text(good_document);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// What is broken, and which rules find it: the first, and what follows from it.
struct Broken {
  std::string_view from;
  std::string_view to;
  std::set<std::string> codes;
};

const std::vector<Broken>& broken_documents() {
  static const std::vector<Broken> all{
      {"<r:id>REG-1</r:id>",
       "<r:id/>",
       {"RDE_REGISTRAR_HAS_MISSING_ID", "RDE_DOMAIN_HAS_INVALID_CLID", "RDE_DOMAIN_HAS_INVALID_CRRR",
        "RDE_DOMAIN_HAS_INVALID_UPRR", "RDE_DOMAIN_HAS_INVALID_RERR", "RDE_DOMAIN_HAS_INVALID_ACRR",
        "RDE_HOST_HAS_INVALID_CLID", "RDE_CONTACT_HAS_UNKNOWN_CLID", "RDE_CONTACT_HAS_UNKNOWN_CRRR",
        "RDE_CONTACT_HAS_UNKNOWN_UPRR", "RDE_CONTACT_HAS_UNKNOWN_RERR", "RDE_CONTACT_HAS_UNKNOWN_ACRR"}},
      {"<h:count uri=\"urn:ietf:params:xml:ns:rdeHost-1.0\">2",
       "<h:count uri=\"urn:ietf:params:xml:ns:rdeHost-1.0\">3",
       {"RDE_OBJECT_COUNT_MISMATCH"}},
      {"rcdn=\"example\">2", "rcdn=\"example\">1", {"RDE_OBJECT_COUNT_MISMATCH"}},
      {"<objURI>urn:ietf:params:xml:ns:rdeIDN-1.0</objURI>", "", {"RDE_MENU_AND_HEADER_URIS_DIFFER", "RDE_MISSING_OBJECT_URI"}},
      {"<version>1.0</version>",
       "<version>1.0</version><objURI>urn:x</objURI>",
       {"RDE_UNEXPECTED_OBJECT_URI", "RDE_MENU_AND_HEADER_URIS_DIFFER"}},
      {"<version>1.0</version>",
       "<version>1.0</version><objURI>urn:ietf:params:xml:ns:csvDomain-1.0</objURI>",
       {"RDE_OBJECT_HAS_MIXED_TYPES", "RDE_MENU_AND_HEADER_URIS_DIFFER"}},
      {"<e:eppParams>", "<x xmlns=\"urn:x\"/><e:eppParams>", {"RDE_UNEXPECTED_OBJECT"}},
      {"2026-11-27T00:00:00Z</watermark>", "2026-12-27T00:00:00Z</watermark>", {"RDE_SCHEMA_VALIDATION_ERROR"}},
      {"<h:header>", "<h:header/><h:header>", {"RDE_SCHEMA_VALIDATION_ERROR"}},
      {">9999</h:registrar>\n<h:count uri=\"urn:ietf:params:xml:ns:rdeRegistrar-1.0\">1",
       ">9999</h:registrar>\n<h:count uri=\"urn:ietf:params:xml:ns:rdeRegistrar-1.0\">x",
       {"RDE_SCHEMA_VALIDATION_ERROR", "RDE_OBJECT_COUNT_MISMATCH"}},
      {"<d:name>a.example</d:name>",
       "<d:name>A.example</d:name>",
       {"RDE_DOMAIN_HAS_INVALID_NAME", "RDE_OBJECT_COUNT_MISMATCH"}},
      {"<d:name>b.example</d:name>", "<d:name>a.example</d:name>", {"RDE_DOMAIN_HAS_NON_UNIQUE_NAME"}},
      {"<d:roid>D1-EXAMPLE</d:roid>", "", {"RDE_DOMAIN_HAS_MISSING_ROID"}},
      {"D1-EXAMPLE", "D1EXAMPLE", {"RDE_DOMAIN_HAS_INVALID_ROID"}},
      {"D2-EXAMPLE", "D1-EXAMPLE", {"RDE_DOMAIN_HAS_NON_UNIQUE_ROID"}},
      {"<d:status s=\"ok\"/>", "", {"RDE_DOMAIN_HAS_MISSING_STATUS"}},
      {"<d:status s=\"ok\"/>", "<d:status s=\"good\"/>", {"RDE_DOMAIN_HAS_INVALID_STATUS"}},
      {"<d:status s=\"ok\"/>", "<d:status s=\"ok\"/><d:status s=\"clientHold\"/>", {"RDE_DOMAIN_HAS_INVALID_STATUS"}},
      {"<d:rgpStatus s=\"redemptionPeriod\"/>", "<d:rgpStatus s=\"clientHold\"/>", {"RDE_DOMAIN_HAS_INVALID_STATUS"}},
      {"<d:registrant>C-1</d:registrant>", "", {"RDE_DOMAIN_HAS_MISSING_REGISTRANT"}},
      {"<d:registrant>C-1</d:registrant>", "<d:registrant>C-9</d:registrant>", {"RDE_DOMAIN_HAS_INVALID_REGISTRANT"}},
      {"<d:contact type=\"tech\">C-2", "<d:contact type=\"tech\">C-9", {"RDE_DOMAIN_HAS_MISSING_CONTACT"}},
      {"<domain:hostObj>ns1.a", "<domain:hostObj>ns2.a", {"RDE_DOMAIN_HAS_MISSING_NAMESERVER"}},
      {"<d:clID>REG-1</d:clID><d:crRr>", "<d:crRr>", {"RDE_DOMAIN_HAS_MISSING_CLID"}},
      {"<d:clID>REG-1</d:clID><d:crRr>", "<d:clID>REG-2</d:clID><d:crRr>", {"RDE_DOMAIN_HAS_INVALID_CLID"}},
      {"<d:crRr>REG-1", "<d:crRr>REG-2", {"RDE_DOMAIN_HAS_INVALID_CRRR"}},
      {"<d:upRr>REG-1", "<d:upRr>REG-2", {"RDE_DOMAIN_HAS_INVALID_UPRR"}},
      {"<d:reRr>REG-1", "<d:reRr>REG-2", {"RDE_DOMAIN_HAS_INVALID_RERR"}},
      {"<d:acRr>REG-1", "<d:acRr>REG-2", {"RDE_DOMAIN_HAS_INVALID_ACRR"}},
      {"<d:crDate>2020-01-31T12:00:00Z</d:crDate>", "", {"RDE_DOMAIN_HAS_MISSING_CRDATE"}},
      {"<d:crDate>2020", "<d:crDate>2027", {"RDE_DOMAIN_HAS_INVALID_CRDATE"}},
      {"<d:crDate>2020-01-31T12:00:00Z", "<d:crDate>2020-01-31T12:00:00+01:00", {"RDE_DOMAIN_HAS_INVALID_CRDATE"}},
      {"<d:exDate>2027-01-31T12:00:00Z</d:exDate>", "", {"RDE_DOMAIN_HAS_MISSING_EXDATE"}},
      {"<d:exDate>2027", "<d:exDate>2025", {"RDE_DOMAIN_HAS_INVALID_EXDATE"}},
      {"<d:status s=\"pendingDelete\"/>", "<d:status s=\"clientHold\"/>", {"RDE_DOMAIN_HAS_INVALID_EXDATE"}},
      {"<domain:hostObj>ns1.a.example</domain:hostObj>",
       "<domain:hostAttr><domain:hostName>ns1.a.example</domain:hostName></domain:hostAttr>",
       {"RDE_DOMAIN_HAS_UNEXPECTED_HOST_ATTRIBUTES"}},
      {"<objURI>urn:ietf:params:xml:ns:rdeHost-1.0</objURI>",
       "",
       {"RDE_DOMAIN_HAS_UNEXPECTED_HOST_OBJECTS", "RDE_MENU_AND_HEADER_URIS_DIFFER", "RDE_MISSING_OBJECT_URI"}},
      {"<d:idnTableId>de", "<d:idnTableId>fr", {"RDE_IDN_OBJECT_MISSING"}},
      {"<o:name>ns.other.example", "<o:name>ns_other", {"RDE_HOST_HAS_INVALID_NAME"}},
      {"<o:name>ns.other.example",
       "<o:name>ns1.a.example",
       {"RDE_HOST_HAS_NON_UNIQUE_NAME", "RDE_HOST_HAS_MISSING_IP_ADDRESS"}},
      {"<o:roid>H1-EXAMPLE</o:roid>", "", {"RDE_HOST_HAS_MISSING_ROID"}},
      {"H1-EXAMPLE", "H1-TOOLONGID", {"RDE_HOST_HAS_INVALID_ROID"}},
      {"H2-EXAMPLE", "H1-EXAMPLE", {"RDE_HOST_HAS_NON_UNIQUE_ROID"}},
      {"<o:status s=\"linked\"/><o:clID>", "<o:clID>", {"RDE_HOST_HAS_MISSING_STATUS"}},
      {"<o:status s=\"linked\"/><o:clID>", "<o:status s=\"inactive\"/><o:clID>", {"RDE_HOST_HAS_INVALID_STATUS"}},
      {"<o:status s=\"linked\"/>\n", "<o:status s=\"pendingUpdate\"/>\n", {"RDE_HOST_HAS_INVALID_STATUS"}},
      {"<o:name>ns.other.example", "<o:name>ns.b.example", {"RDE_HOST_HAS_MISSING_IP_ADDRESS"}},
      {"ip=\"v4\">192.0.2.1", "ip=\"v6\">192.0.2.1", {"RDE_HOST_HAS_INVALID_IP_ADDRESS"}},
      {"2001:db8::1", "2001:db8::g", {"RDE_HOST_HAS_INVALID_IP_ADDRESS"}},
      {"<o:status s=\"linked\"/><o:clID>REG-1</o:clID>", "<o:status s=\"linked\"/>", {"RDE_HOST_HAS_MISSING_CLID"}},
      {"<o:status s=\"linked\"/><o:clID>REG-1", "<o:status s=\"linked\"/><o:clID>REG-2", {"RDE_HOST_HAS_INVALID_CLID"}},
      {"<c:id>C-2",
       "<c:id>C-1",
       {"RDE_CONTACT_HAS_NON_UNIQUE_ID", "RDE_DOMAIN_HAS_INVALID_REGISTRANT", "RDE_DOMAIN_HAS_MISSING_CONTACT"}},
      {"C1-EXAMPLE", "C 1-EXAMPLE", {"RDE_CONTACT_HAS_INVALID_ROID"}},
      {"C2-EXAMPLE", "C1-EXAMPLE", {"RDE_CONTACT_HAS_NON_UNIQUE_ROID"}},
      {"<c:email>hen",
       "<c:postalInfo type=\"loc\"><contact:addr><contact:cc>DE</contact:cc></contact:addr></c:postalInfo><c:email>hen",
       {"RDE_CONTACT_HAS_MULTIPLE_POSTALINFO_TYPES"}},
      {"<contact:cc>DE", "<contact:cc>XX", {"RDE_CONTACT_HAS_INVALID_CC"}},
      {"<contact:cc>DE", "<contact:cc>de", {"RDE_CONTACT_HAS_INVALID_CC"}},
      {"hen@bluehen", "henbluehen", {"RDE_CONTACT_HAS_INVALID_EMAIL"}},
      {"<c:email>hen@bluehen.example</c:email>", "", {"RDE_CONTACT_HAS_INVALID_EMAIL"}},
      {"<c:clID>REG-1</c:clID><c:crRr>", "<c:clID>REG-2</c:clID><c:crRr>", {"RDE_CONTACT_HAS_UNKNOWN_CLID"}},
      {"<c:crRr>REG-1", "<c:crRr>REG-2", {"RDE_CONTACT_HAS_UNKNOWN_CRRR"}},
      {"<c:upRr>REG-1", "<c:upRr>REG-2", {"RDE_CONTACT_HAS_UNKNOWN_UPRR"}},
      {"<c:reRr>REG-1", "<c:reRr>REG-2", {"RDE_CONTACT_HAS_UNKNOWN_RERR"}},
      {"<c:acRr>REG-1", "<c:acRr>REG-2", {"RDE_CONTACT_HAS_UNKNOWN_ACRR"}},
      {"<i:idnTableRef",
       "<r:registrar><r:id>REG-1</r:id><r:name>X</r:name><r:gurid>1</r:gurid></r:registrar><i:idnTableRef",
       {"RDE_REGISTRAR_HAS_NON_UNIQUE_ID", "RDE_OBJECT_COUNT_MISMATCH"}},
      {"<i:idnTableRef",
       "<r:registrar><r:id>ab</r:id><r:name>X</r:name><r:gurid>1</r:gurid></r:registrar><i:idnTableRef",
       {"RDE_REGISTRAR_HAS_INVALID_ID", "RDE_OBJECT_COUNT_MISMATCH"}},
      {"<r:name>Example &amp; Sons</r:name>", "", {"RDE_REGISTRAR_HAS_MISSING_NAME"}},
      {"Example &amp; Sons", "a&#9;b", {"RDE_REGISTRAR_HAS_INVALID_NAME"}},
      {"<r:gurid>9999</r:gurid>", "", {"RDE_REGISTRAR_HAS_MISSING_GURID"}},
      {"<r:gurid>9999", "<r:gurid>99-99", {"RDE_REGISTRAR_HAS_INVALID_GURID"}},
      {"<r:gurid>9999", "<r:gurid>0", {"RDE_REGISTRAR_HAS_INVALID_GURID"}},
      {"<i:url>https", "<i:url>ftp", {"RDE_IDN_OBJECT_INVALID"}},
      {"<n:idnTableId>de", "<n:idnTableId>fr", {"RDE_IDN_OBJECT_MISSING"}},
      {"<n:aName>blocked", "<n:aName>withheld", {"RDE_NNDN_HAS_NON_UNIQUE_NAME"}},
      {"<n:aName>withheld", "<n:aName>a", {"RDE_NNDN_CONFLICTS_WITH_DOMAIN"}},
      {"<d:domain>",
       "<n:NNDN><n:aName>b.example</n:aName></n:NNDN><d:domain>",
       {"RDE_NNDN_CONFLICTS_WITH_DOMAIN", "RDE_OBJECT_COUNT_MISMATCH"}},
      {"<e:eppParams>", "<e:eppParams/><e:eppParams>", {"RDE_MULTIPLE_EPP_PARAMS_OBJECTS", "RDE_OBJECT_COUNT_MISMATCH"}},
  };
  return all;
}

TEST(RdeChecks, FindNothingInAGoodDocument) { EXPECT_EQ(findings(std::string(good_document)), (std::set<std::string>{})); }

TEST(RdeChecks, EachRuleFindsWhatBreaksIt) {
  std::set<std::string> tried;
  for (const Broken& broken : broken_documents()) {
    EXPECT_EQ(findings(with(broken.from, broken.to)), broken.codes) << broken.from << " -> " << broken.to;
    tried.insert(broken.codes.begin(), broken.codes.end());
  }
  // those of files, and of documents without objects, have tests of their own
  for (const char* code :
       {"RDE_INVALID_FILENAME", "RDE_INVALID_SIGNATURE", "RDE_DECRYPTION_FAILED", "RDE_MISSING_FILES", "RDE_INVALID_CSV",
        "RDE_XML_PARSE_ERROR", "RDE_DOMAIN_OBJECT_MISSING", "RDE_HOST_OBJECT_MISSING", "RDE_CONTACT_OBJECT_MISSING",
        "RDE_REGISTRAR_OBJECT_MISSING", "RDE_ISREQUIRED_ATTRIBUTE_IS_ABSENT", "RDE_ISREQUIRED_ATTRIBUTE_IS_FALSE"})
    tried.insert(code);
  for (const RdeRule& rule : rde_rules()) EXPECT_TRUE(tried.contains(std::string(rule.code))) << rule.code << " is not tried";
}

TEST(RdeChecks, KindsThatAreCountedAreThere) {
  const std::string text(good_document);
  const auto begin = text.find("<r:registrar>");
  const auto end = text.find("</contents>");
  EXPECT_EQ(findings(text.substr(0, begin) + text.substr(end)),
            (std::set<std::string>{"RDE_DOMAIN_OBJECT_MISSING", "RDE_HOST_OBJECT_MISSING", "RDE_CONTACT_OBJECT_MISSING",
                                   "RDE_REGISTRAR_OBJECT_MISSING", "RDE_OBJECT_COUNT_MISMATCH"}));
}

TEST(RdeChecks, ADifferenceMayReferToWhatStoodBefore) {
  std::string text = with("<d:registrant>C-1", "<d:registrant>C-9");
  text.replace(text.find("type=\"FULL\""), 11, "type=\"DIFF\" prevId=\"20261126001\"");
  text.replace(text.find("<contents>"), 10, "<deletes><d:delete><d:name>z.example</d:name></d:delete></deletes><contents>");
  EXPECT_EQ(findings(text), (std::set<std::string>{}));
}

TEST(RdeChecks, RepositoriesAreRegisteredOnesWhereTheyAreKnown) {
  const std::set<std::string, std::less<>> ids{"EXAMPLE"};
  EXPECT_EQ(findings(std::string(good_document), &ids), (std::set<std::string>{}));
  EXPECT_EQ(findings(with("D1-EXAMPLE", "D1-OTHER"), &ids), (std::set<std::string>{"RDE_DOMAIN_HAS_INVALID_ROID"}));
}

TEST(RdeChecks, BlanksAroundValuesDoNotCount) {
  std::string text = with("hen@bluehen.example", "\n  hen@bluehen.example\n ");
  text.replace(text.find(">9999<"), 6, ">\n9999\n<");
  EXPECT_EQ(findings(text), (std::set<std::string>{}));
}

}  // namespace
}  // namespace regdata::escrow
