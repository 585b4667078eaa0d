// What registries want and tell beside a command, and those that do not speak as the RFCs have it.
#include <gmock/gmock.h>

#include "epp/namespaces.hpp"
#include "epp/observation.hpp"
#include "epp/sandbox_extensions.hpp"
#include "epp/sandbox_registry.hpp"
#include "epp/session.hpp"
#include "tests/epp/schemas.hpp"
#include "tests/temporary_directory.hpp"

namespace regdata::epp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

/// A sandbox registry without contacts, logged in to; every answer has to be valid by the published schemas.
class ExtendedSandbox : public ::testing::Test {
 protected:
  ExtendedSandbox() {
    const Greeting greeting = read_greeting(XmlDocument::parse(registry.greeting()).value()).value();
    say(login_for(greeting, greeting.services, "REG-TEST", Password("s3cr3t-word"), "en").value());
  }
  Response say(const Command& command) {
    const std::string answer = registry.answer(client, write(command, "RD-1").value()).xml;
    if (schemas) {
      EXPECT_THAT(schemas->problems(answer), IsEmpty()) << answer;
    }
    return Response::read(XmlDocument::parse(answer).value()).value();
  }
  static DomainCreate create(const std::string& name) {
    DomainCreate made;
    made.name = name;
    made.period = Period{2, false};
    return made;
  }

  regdata::testing::TemporaryDirectory place;
  UtcTime now = parse_rfc3339("2026-11-28T12:00:00Z").value();
  std::unique_ptr<SandboxStore> store = SandboxStore::open(place.path() / "objects.db").value();
  SandboxRegistry registry{*store, {"REG-TEST", "s3cr3t-word", false}, [this] { return now; }};
  SandboxRegistry::Client client;
  const std::unique_ptr<testing::Schemas> schemas = testing::reference() ? std::make_unique<testing::Schemas>() : nullptr;
};

TEST_F(ExtendedSandbox, FeesAreToldAndTakenAsAgreed) {
  const auto fees = read_fees(say(DomainCheck{
      {"bluehen.example", "premium-hen.example"}, FeeQuestion{{}, {{"create", Period{2, false}}, {"delete", {}}}}, {}, {}}));
  ASSERT_TRUE(fees);
  EXPECT_EQ(fees->currency, "EUR");
  ASSERT_EQ(fees->names.size(), 2U);
  ASSERT_EQ(fees->names[0].offers.size(), 2U);
  EXPECT_EQ(fees->names[0].offers[0].fees.at(0).amount, "20.00");
  EXPECT_TRUE(fees->names[0].offers[0].is_standard);
  EXPECT_EQ(fees->names[0].offers[0].period->number, 2U);
  EXPECT_THAT(fees->names[0].offers[1].fees, IsEmpty());
  EXPECT_EQ(fees->names[1].fee_class, "premium");
  EXPECT_EQ(fees->names[1].offers[0].fees.at(0).amount, "200.00");

  const auto premium = [](std::optional<FeeTerms> fee) {
    DomainCreate made = create("premium-hen.example");
    made.fee = std::move(fee);
    return made;
  };
  EXPECT_EQ(say(premium({})).code(), 2003U) << "its fee has to be told";
  EXPECT_EQ(say(premium(FeeTerms{"EUR", "199.99"})).code(), 2004U);
  EXPECT_EQ(say(premium(FeeTerms{"USD", "200"})).code(), 2004U);
  const Response made = say(premium(FeeTerms{"EUR", "200"}));
  EXPECT_EQ(made.code(), 1000U);
  const auto charge = read_charge(made);
  ASSERT_TRUE(charge);
  EXPECT_EQ(charge->fees.at(0).amount, "200.00");
  EXPECT_FALSE(read_charge(say(create("bluehen.example")))) << "nobody asked";
  const auto renew = [](FeeTerms fee) {
    DomainRenew command{"bluehen.example", "2028-11-28", Period{1, false}};
    command.fee = std::move(fee);
    return command;
  };
  EXPECT_EQ(say(renew({"EUR", "9.99"})).code(), 2004U);
  EXPECT_EQ(read_charge(say(renew({{}, "10"})))->currency, "EUR");
}

TEST_F(ExtendedSandbox, ClaimsTokensTablesAndResellers) {
  const auto claims = read_claims(say(DomainCheck{{"claimed-hen.example", "bluehen.example"}, {}, ClaimsQuestion{}, {}}));
  ASSERT_EQ(claims.size(), 2U);
  EXPECT_TRUE(claims[0].exists);
  EXPECT_EQ(claims[0].keys.at(0).validator, "tmch");
  EXPECT_FALSE(claims[1].exists);
  EXPECT_EQ(say(create("claimed-hen.example")).code(), 2003U);
  DomainCreate claimed = create("claimed-hen.example");
  claimed.launch = LaunchTerms{{"claims", {}}, {{"4711", "tmch", now, now}}};
  EXPECT_EQ(say(std::move(claimed)).code(), 1000U);

  const auto reserved = [](std::string token) {
    DomainCreate made = create("reserved-hen.example");
    made.token = Password(std::move(token));
    return made;
  };
  EXPECT_EQ(say(reserved("")).code(), 2304U);
  EXPECT_EQ(say(reserved("another")).code(), 2201U);
  EXPECT_EQ(say(reserved(std::string(sandbox_token))).code(), 1000U);

  DomainCreate idn = create("xn--bcher-kva.example");
  idn.idn = IdnTerms{"de", "bücher.example"};
  idn.organizations = {{"reseller", "RES-7"}};
  EXPECT_EQ(say(std::move(idn)).code(), 1000U);
  DomainUpdate update;
  update.name = "xn--bcher-kva.example";
  update.organizations.change = {{"reseller", "RES-8"}};
  EXPECT_EQ(say(std::move(update)).code(), 1000U);
  const auto held = read_domain(say(DomainInfo{"xn--bcher-kva.example", "all", {}}));
  EXPECT_EQ(held->extras.idn_table, "de");
  EXPECT_THAT(held->extras.organizations, ElementsAre(Organization{"reseller", "RES-8"}));
}

class Spoken : public ::testing::Test {
 protected:
  Session open(SessionRules rules, const std::string& greeting) {
    rules.account = "REG-TEST";
    Session session(
        std::move(rules), Password("s3cr3t"), [this] { return "RD-" + std::to_string(++ids); }, Moment{});
    session.on_frame(greeting, Moment{});
    login = session.next_frame(Moment{}).value_or("");
    return session;
  }
  static std::string answer(const std::string& client_id, const std::string& root = std::string(epp_namespace)) {
    return "<epp xmlns=\"" + root + "\"><response><result code=\"1000\"><msg>ok</msg></result><trID><clTRID>" + client_id +
           "</clTRID><svTRID>S</svTRID></trID></response></epp>";
  }
  static std::string greeting(const std::string& root, const std::string& domain, const std::string& extension) {
    return "<epp xmlns=\"" + root +
           "\"><greeting><svID>S</svID><svDate>2026-11-28T00:00:00Z</svDate><svcMenu><version>1.0</"
           "version><lang>en</lang><objURI>" +
           domain + "</objURI><svcExtension><extURI>" + extension +
           "</extURI></svcExtension></svcMenu><dcp><access><all/></access></dcp></greeting></epp>";
  }
  unsigned ids = 0;
  std::string login;
};

TEST_F(Spoken, WhatTheRegistryDoesNotSpeakIsNotSaid) {
  SessionRules rules;
  rules.known = {{std::string(domain_namespace)}, {std::string(fee_namespace), std::string(token_namespace)}};
  Session session =
      open(rules, greeting(std::string(epp_namespace), std::string(domain_namespace), std::string(fee_namespace)));
  session.on_frame(answer("RD-1"), Moment{});
  ASSERT_TRUE(session.is_ready());
  session.submit(DomainCheck{{"a.example"}, {}, {}, Password("token")});
  session.submit(DomainCheck{{"b.example"}, FeeQuestion{{}, {{"create", {}}}}, {}, {}});
  const std::string frame = session.next_frame(Moment{}).value_or("");
  EXPECT_THAT(frame, HasSubstr("b.example")) << "the other one is left out";
  const auto done = session.take_done();
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].outcome.kind, Outcome::Kind::not_sent);
  EXPECT_EQ(done[0].outcome.why.code, Errc::refused);
  EXPECT_THAT(done[0].outcome.why.context, HasSubstr("allocationToken-1.0"));
}

TEST_F(Spoken, NamespacesOfTheirOwnAreTranslatedBothWays) {
  const std::string their_epp = "https://epp.registry.test/schema/epp-rt-1.0.xsd";
  const std::string their_domain = "https://epp.registry.test/schema/domain-rt-1.2.xsd";
  SessionRules rules;
  rules.known = {{std::string(domain_namespace)}, {}};
  rules.dialect.namespaces = {{std::string(epp_namespace), their_epp}, {std::string(domain_namespace), their_domain}};
  Session session = open(rules, greeting(their_epp, their_domain, "urn:other"));
  EXPECT_THAT(login, HasSubstr("<epp xmlns=\"" + their_epp + "\">"));
  EXPECT_THAT(login, HasSubstr("<objURI>" + their_domain + "</objURI>"));
  session.on_frame(answer("RD-1", their_epp), Moment{});
  ASSERT_TRUE(session.is_ready()) << session.trouble().value_or(Error{}).context;
  session.submit(DomainInfo{"a.example", "all", {}});
  EXPECT_THAT(session.next_frame(Moment{}).value_or(""), HasSubstr("xmlns:domain=\"" + their_domain + "\""));
  session.on_frame("<epp xmlns=\"" + their_epp +
                       "\"><response><result code=\"1000\"><msg>ok</msg></result><resData><d:infData "
                       "xmlns:d=\"" +
                       their_domain +
                       "\"><d:name>a.example</d:name><d:clID>REG-TEST</d:clID></d:infData></resData>"
                       "<trID><clTRID>RD-2</clTRID><svTRID>S</svTRID></trID></response></epp>",
                   Moment{});
  const auto done = session.take_done();
  ASSERT_EQ(done.size(), 1U);
  ASSERT_EQ(done[0].outcome.kind, Outcome::Kind::answered);
  EXPECT_EQ(read_domain(*done[0].outcome.response)->sponsor, "REG-TEST");
}

TEST_F(Spoken, TheProductOfANameIsTold) {
  SessionRules rules;
  rules.known = {{std::string(domain_namespace)}, {std::string(name_store_namespace)}};
  rules.dialect.sub_products = {{"", "dotOTHER"}, {"example", "dotEXAMPLE"}};
  for (const bool offers : {true, false}) {
    Session session = open(rules, greeting(std::string(epp_namespace), std::string(domain_namespace),
                                           offers ? std::string(name_store_namespace) : "urn:other"));
    session.on_frame(answer("RD-" + std::to_string(ids)), Moment{});
    session.submit(DomainInfo{"a.example", "all", {}});
    const std::string frame = session.next_frame(Moment{}).value_or("");
    if (offers)
      EXPECT_THAT(frame, HasSubstr("<namestoreExt:subProduct>dotEXAMPLE</namestoreExt:subProduct>"));
    else
      EXPECT_THAT(frame, Not(HasSubstr("subProduct")));
  }
  EXPECT_EQ(sub_product_for("ns1.hen.test", rules.dialect), "dotOTHER");
  EXPECT_EQ(sub_product_for("C-17", rules.dialect), "dotOTHER");
}

TEST(RawCommands, AreTakenAsTheyAreAndGetAnIdOfOurs) {
  const auto raw = read_raw_command(
      "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><delete><x:delete xmlns:x=\"urn:x\">"
      "<x:name>hen</x:name></x:delete></delete><extension><y:y xmlns:y=\"urn:y\"/></extension>"
      "<clTRID>THEIRS</clTRID></command></epp>");
  ASSERT_TRUE(raw) << raw.error().context;
  EXPECT_TRUE(raw->changes_something);
  EXPECT_EQ(raw->object, "hen");
  const std::string frame = write(std::move(*raw), "RD-9").value();
  EXPECT_THAT(frame, HasSubstr("<x:name>hen</x:name>"));
  EXPECT_THAT(frame, HasSubstr("<y:y xmlns:y=\"urn:y\"/>"));
  EXPECT_THAT(frame, HasSubstr("<clTRID>RD-9</clTRID>"));
  EXPECT_THAT(frame, Not(HasSubstr("THEIRS")));
  EXPECT_TRUE(XmlDocument::parse(frame));
}

TEST(RawCommands, SessionsAndPersonsAreNotTheirs) {
  const auto refused = [](const std::string& inside) {
    const auto raw = read_raw_command(
        "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\" "
        "xmlns:c=\"urn:ietf:params:xml:ns:contact-1.0\"><command>" +
        inside + "</command></epp>");
    return raw ? Errc::internal : raw.error().code;
  };
  EXPECT_EQ(refused("<login/>"), Errc::usage);
  EXPECT_EQ(refused("<logout/>"), Errc::usage);
  EXPECT_EQ(refused("<poll op=\"ack\" msgID=\"1\"/>"), Errc::usage);
  EXPECT_EQ(refused("<poll op=\"req\"/>"), Errc::internal) << "is taken";
  EXPECT_EQ(refused("<create><c:create><c:id>C-1</c:id><c:email>hen@bluehen.example</c:email></c:create></create>"),
            Errc::refused);
  EXPECT_EQ(refused("<update><x/></update><extension><q><c:disclose flag=\"1\"><c:email/></c:disclose></q></extension>"),
            Errc::refused)
      << "wherever it stands";
  EXPECT_EQ(refused("<update><c:update><c:id>C-1</c:id><c:chg/></c:update></update>"), Errc::refused);
  EXPECT_EQ(refused("<create><c:create><c:id>C-1</c:id></c:create></create>"), Errc::refused);
  EXPECT_EQ(refused("<update><x/></update><extension><a:update xmlns:a=\"urn:addlEmail\"><a:email>hen@bluehen.example</a:email>"
                    "</a:update></extension>"),
            Errc::refused)
      << "whatever the namespace";
  EXPECT_EQ(refused("<create><o:create xmlns:o=\"urn:ietf:params:xml:ns:epp:org-1.0\"><o:id>R-1</o:id><o:email>desk@reseller."
                    "example</o:email></o:create></create>"),
            Errc::internal)
      << "an organization is taken";
  const Dialect dialect{{{std::string(contact_namespace), "https://epp.registry.test/contact"}}, {}};
  const auto theirs = read_raw_command(
      "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><create><c:create xmlns:c=\"https://epp.registry.test/contact\">"
      "<c:id>C-1</c:id><c:city>Berlin</c:city></c:create></create></command></epp>",
      dialect);
  ASSERT_FALSE(theirs) << "in the registry's words too";
  EXPECT_EQ(theirs.error().code, Errc::refused);
  EXPECT_EQ(refused("<update><c:update><c:id>C-1</c:id><c:add><c:status s=\"clientHold\"/></c:add></c:update></update>"),
            Errc::internal)
      << "statuses are nobody's";
  EXPECT_EQ(refused("<info><c:info><c:id>C-1</c:id></c:info></info>"), Errc::internal) << "is taken";
  EXPECT_EQ(refused(""), Errc::invalid);
  EXPECT_FALSE(read_raw_command("<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><hello/></epp>"));
  EXPECT_FALSE(read_raw_command("<!DOCTYPE epp><epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><x/></command></epp>"));
}

MessageSubject subject(const std::string& inside, const std::string& result = "") {
  const std::string xml = "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response><result code=\"1301\"><msg>x</msg>" +
                          result + "</result><msgQ count=\"1\" id=\"A-1\"/>" + inside + "</response></epp>";
  return subject_of(Response::read(XmlDocument::parse(xml).value()).value());
}

TEST(MessagesOfExtensions, MaintenanceIsTimesAndWhatIsAway) {
  const auto told = [](const std::string& type, const std::string& end, const std::string& impact) {
    return subject(
        "<resData><m:infData xmlns:m=\"urn:ietf:params:xml:ns:epp:maintenance-1.0\"><m:item><m:id>M-1</m:id><m:pollType>" +
        type + "</m:pollType><m:systems><m:system><m:name>EPP</m:name><m:host>epp.registry.test</m:host><m:impact>" + impact +
        "</m:impact></m:system></m:systems><m:environment type=\"production\"/><m:start>2026-12-01T00:00:00Z</m:start><m:end>" +
        end + "</m:end><m:reason>planned</m:reason><m:crDate>2026-11-01T00:00:00Z</m:crDate></m:item></m:infData></resData>");
  };
  const MessageSubject planned = told("create", "2026-12-01T04:00:00Z", "full");
  ASSERT_EQ(planned.maintenance.size(), 1U);
  EXPECT_TRUE(planned.is_understood);
  EXPECT_TRUE(planned.maintenance[0].concerns_us());
  EXPECT_FALSE(planned.maintenance[0].is_off());
  EXPECT_THAT(planned.note, HasSubstr("away 2026-12-01T00:00:00"));
  EXPECT_TRUE(told("delete", "2026-12-01T04:00:00Z", "full").maintenance.at(0).is_off());
  for (const char* impact : {"none", "partial"})
    EXPECT_FALSE(told("create", "2026-12-01T04:00:00Z", impact).maintenance.at(0).concerns_us());
  Maintenance whois = planned.maintenance[0];
  whois.systems[0].name = "Whois";
  EXPECT_FALSE(whois.concerns_us());
  EXPECT_THAT(told("create", "2027-12-01T04:00:00Z", "full").maintenance, IsEmpty()) << "a year: that cannot be";
  EXPECT_THAT(told("create", "2026-11-01T04:00:00Z", "full").maintenance, IsEmpty()) << "it ends before it begins";
}

TEST(MessagesOfExtensions, WhatNobodyLoggedInForIsReadWhereItStands) {
  const MessageSubject unhandled = subject(
      "",
      "<extValue><value><d:infData xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\"><d:name>bluehen.example</d:name></d:infData>"
      "</value><reason>urn:ietf:params:xml:ns:domain-1.0 not in login services</reason></extValue>");
  EXPECT_THAT(unhandled.names, ElementsAre("bluehen.example"));
  EXPECT_FALSE(subject("",
                       "<extValue><value><x:y xmlns:x=\"urn:x\"/></value><reason>urn:x not in login services</reason></"
                       "extValue>")
                   .is_understood);
  const std::string contact =
      "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response><result code=\"1301\"><msg>x</msg><extValue><value><c:infData "
      "xmlns:c=\"urn:ietf:params:xml:ns:contact-1.0\"><c:id>C-9</c:id></c:infData></value><reason>r</reason></extValue></"
      "result>"
      "</response></epp>";
  const Response message = Response::read(XmlDocument::parse(contact).value()).value();
  EXPECT_THAT(contacts_of(message), ElementsAre("C-9")) << "sealed for that person, like all others";
  EXPECT_THAT(outline_of(message), ElementsAre(StartsWith("infData"), HasSubstr("id")));
  EXPECT_EQ(message.payloads().size(), 1U);
}

TEST(MessagesOfExtensions, VerisignsPollPayloads) {
  const MessageSubject redeemed = subject(
      "<resData><r:pollData xmlns:r=\"http://www.verisign.com/epp/rgp-poll-1.0\"><r:name>BLUEHEN.example</r:name><r:rgpStatus "
      "s=\"pendingRestore\"/><r:reqDate>2026-11-28T00:00:00Z</r:reqDate><r:reportDueDate>2026-12-05T00:00:00Z</"
      "r:reportDueDate></r:pollData></resData>");
  EXPECT_THAT(redeemed.names, ElementsAre("bluehen.example"));
  EXPECT_TRUE(redeemed.is_understood);
  const MessageSubject poor = subject(
      "<resData><l:pollData xmlns:l=\"http://www.verisign.com/epp/lowbalance-poll-1.0\"><l:registrarName>Test</l:registrarName>"
      "<l:creditLimit>1000</l:creditLimit><l:creditThreshold type=\"PERCENT\">10</l:creditThreshold><l:availableCredit>80</"
      "l:availableCredit></l:pollData></resData>");
  EXPECT_FALSE(poor.is_understood) << "a person has to pay";
  EXPECT_THAT(poor.note, HasSubstr("balance is low"));
}

}  // namespace
}  // namespace regdata::epp
