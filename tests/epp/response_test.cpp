// What registries say: the RFCs' examples, and what they should not say.
#include "epp/response.hpp"

#include <gmock/gmock.h>

#include "epp/contact.hpp"
#include "epp/domain.hpp"
#include "epp/greeting.hpp"
#include "epp/host.hpp"
#include "epp/namespaces.hpp"
#include "tests/epp/schemas.hpp"

namespace regdata::epp {
namespace {

using ::testing::ElementsAre;
using testing::file_text;
using ::testing::HasSubstr;
using testing::reference;

Response response_of(const std::string& xml) { return Response::read(XmlDocument::parse(xml).value()).value(); }

std::string answer(const std::string& inside) {
  return "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response>" + inside + "</response></epp>";
}

class RfcExamples : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!reference()) GTEST_SKIP() << "REGDATA_REFERENCE is not set: no examples here";
  }
  static std::string example(const std::string& name) { return file_text(*reference() / "vectors/epp-rfc" / (name + ".xml")); }
};

TEST_F(RfcExamples, EveryAnswerIsRead) {
  std::size_t responses = 0;
  std::size_t greetings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*reference() / "vectors/epp-rfc")) {
    const std::string name = entry.path().stem().string();
    if (!name.ends_with("-S")) continue;
    const auto document = XmlDocument::parse(file_text(entry.path()));
    ASSERT_TRUE(document) << name;
    if (read_greeting(*document)) {
      ++greetings;
      continue;
    }
    const auto response = Response::read(*document);
    ASSERT_TRUE(response) << name << ": " << response.error().context;
    EXPECT_NE(response->server_id(), "") << name;
    ++responses;
  }
  EXPECT_EQ(greetings, 1U);
  EXPECT_GT(responses, 40U);
}

TEST_F(RfcExamples, AGreetingTellsWhatIsSpoken) {
  const Greeting greeting = read_greeting(XmlDocument::parse(example("rfc5730-02-S")).value()).value();
  EXPECT_EQ(greeting.server_id, "Example EPP server epp.example.com");
  EXPECT_THAT(greeting.versions, ElementsAre("1.0"));
  EXPECT_THAT(greeting.languages, ElementsAre("en", "fr"));
  EXPECT_EQ(greeting.services.objects.size(), 3U);
  EXPECT_EQ(greeting.services.extensions.size(), 1U);
  EXPECT_EQ(greeting.access, "all");
  Greeting other = greeting;
  EXPECT_TRUE(changes(greeting, other).empty());
  other.services.extensions = {"urn:other"};
  other.access = "none";
  EXPECT_EQ(changes(greeting, other).size(), 3U);
}

TEST_F(RfcExamples, ADomainIsReadWithAllThatIsTold) {
  const DomainData data = read_domain(response_of(example("rfc5731-05-S"))).value();
  EXPECT_EQ(data.name, "example.com");
  EXPECT_EQ(data.roid, "EXAMPLE1-REP");
  EXPECT_THAT(data.statuses, ElementsAre("ok"));
  EXPECT_EQ(data.registrant, "jd1234");
  EXPECT_THAT(data.contacts, ElementsAre(DomainContact{"admin", "sh8013"}, DomainContact{"tech", "sh8013"}));
  ASSERT_EQ(data.servers.servers.size(), 2U);
  EXPECT_EQ(data.servers.servers[0].name, "ns1.example.com");
  EXPECT_THAT(data.hosts, ElementsAre("ns1.example.com", "ns2.example.com"));
  EXPECT_EQ(data.sponsor, "ClientX");
  EXPECT_EQ(data.expires, parse_rfc3339("2005-04-03T22:00:00.0Z").value());
  EXPECT_TRUE(data.has_auth_info);
}

TEST_F(RfcExamples, GracePeriodsAndDnssecAreRead) {
  const DomainData grace = read_domain(response_of(example("rfc3915-01-S"))).value();
  EXPECT_THAT(grace.grace, ElementsAre("addPeriod"));
  const DomainData secure = read_domain(response_of(example("rfc5910-01-S"))).value();
  ASSERT_EQ(secure.ds.size(), 1U);
  EXPECT_EQ(secure.ds[0].key_tag, 12345);
  EXPECT_EQ(secure.ds[0].digest, "49FD46E6C4B45C55D4AC");
}

TEST_F(RfcExamples, AContactIsReadWithItsDisclosure) {
  const ContactData data = read_contact(response_of(example("rfc5733-04-S"))).value();
  EXPECT_EQ(data.id, "sh8013");
  ASSERT_EQ(data.postal.size(), 1U);
  EXPECT_EQ(data.postal[0].type, "int");
  EXPECT_EQ(data.postal[0].street.size(), 2U);
  EXPECT_EQ(data.voice_ext.reveal(), "1234");
  ASSERT_TRUE(data.disclosure);
  EXPECT_FALSE(data.disclosure->shows);
  EXPECT_EQ(data.disclosure->elements,
            (std::array<bool, disclosable_count>{false, false, false, false, false, false, true, false, true}));
}

TEST_F(RfcExamples, AHostIsRead) {
  const HostData data = read_host(response_of(example("rfc5732-04-S"))).value();
  EXPECT_EQ(data.name, "ns1.example.com");
  EXPECT_THAT(data.addresses, ElementsAre("192.0.2.2", "192.0.2.29", "1080::8:800:200c:417a"));
  EXPECT_THAT(data.statuses, ElementsAre("linked", "clientUpdateProhibited"));
}

TEST_F(RfcExamples, ChecksAreReadOfEveryKind) {
  for (const char* name : {"rfc5731-02-S", "rfc5732-02-S", "rfc5733-02-S"}) {
    const auto checked = read_availability(response_of(example(name))).value();
    ASSERT_EQ(checked.size(), 3U) << name;
    EXPECT_TRUE(checked[0].is_available);
    EXPECT_FALSE(checked[1].is_available);
    EXPECT_EQ(checked[1].reason, "In use");
  }
}

TEST(Responses, OrderPrefixAndStrangersDoNotMatter) {
  const Response response = response_of(
      "<q:epp xmlns:q=\"urn:other\"><q:response><q:trID><q:svTRID>S-1</q:svTRID></q:trID><q:unknown/>"
      "<q:resData><d:infData xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\"><d:exDate>2027-01-31T12:00:00.12Z</d:exDate>"
      "<d:name> bluehen.example </d:name></d:infData></q:resData><q:result code=\"1000\"/></q:response></q:epp>");
  EXPECT_EQ(response.code(), 1000);
  EXPECT_EQ(response.client_id(), "");
  EXPECT_EQ(response.server_id(), "S-1");
  EXPECT_EQ(read_domain(response).value().name, "bluehen.example");
  EXPECT_TRUE(read_domain(response).value().expires);
}

TEST(Responses, ResultsAreFoundWhereTheRestIsBroken) {
  const Response response = response_of(
      answer("<result code=\"2303\"><msg>no</msg><value><epp:poll op=\"ack\" msgID=\"5\"/></value></result><result "
             "code=\"2005\"><msg lang=\"en\"> a\n b "
             "</msg><extValue><value><x:y xmlns:x=\"urn:x\">1</x:y></value><reason>why</reason></extValue></result>"));
  ASSERT_EQ(response.results().size(), 2U);
  EXPECT_EQ(response.code(), 2303);
  EXPECT_THAT(response.results()[0].values, ElementsAre(HasSubstr("epp:poll")));
  EXPECT_EQ(response.results()[1].text, "a b");
  EXPECT_THAT(response.results()[1].reasons, ElementsAre("why"));
}

TEST(Responses, WithoutAResultNothingIsKnown) {
  for (const char* inside : {"", "<result/>", "<result code=\"\"/>", "<result code=\"99\"/>", "<result code=\"1000x\"/>",
                             "<result code=\"3000\"/>", "<result code=\"1000\"/><result code=\"no\"/>"})
    EXPECT_FALSE(Response::read(XmlDocument::parse(answer(inside)).value())) << inside;
  EXPECT_FALSE(Response::read(XmlDocument::parse("<epp><greeting/></epp>").value()));
}

TEST(Responses, MessagesKeepTheirIdAndWhatIsInThem) {
  const Response response = response_of(
      answer("<result code=\"1301\"/><msgQ count=\"5\" id=\"10072612074-2018\"><qDate>2026-11-01T00:00:00Z</qDate>"
             "<msg>Transfer <b>now</b></msg></msgQ><resData><u:unknown xmlns:u=\"urn:u\"><u:a/></u:unknown></resData>"));
  ASSERT_TRUE(response.queue());
  EXPECT_EQ(response.queue()->count, 5U);
  EXPECT_EQ(response.queue()->id, "10072612074-2018");
  EXPECT_EQ(response.queue()->text, "Transfer <b>now</b>");
  EXPECT_THAT(response.payloads(), ElementsAre(HasSubstr("urn:u")));
}

TEST(Responses, CodesHaveTheirMeaning) {
  EXPECT_EQ(class_of(1000), ResultClass::done);
  EXPECT_EQ(class_of(1001), ResultClass::pending);
  EXPECT_EQ(class_of(2400), ResultClass::uncertain);
  EXPECT_EQ(class_of(2500), ResultClass::uncertain);
  EXPECT_EQ(class_of(2502), ResultClass::limited);
  EXPECT_EQ(class_of(2501), ResultClass::locked_out);
  EXPECT_EQ(class_of(2003), ResultClass::wrong);
  EXPECT_TRUE(closes(1500) && closes(2500) && closes(2502) && !closes(2400));
}

}  // namespace
}  // namespace regdata::epp
