// The sandbox registry, without a socket: what it keeps, what it refuses, and that its answers are valid.
#include "epp/sandbox_registry.hpp"

#include <gmock/gmock.h>

#include "epp/command.hpp"
#include "epp/namespaces.hpp"
#include "tests/epp/schemas.hpp"
#include "tests/temporary_directory.hpp"

namespace regdata::epp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Sandboxes : public ::testing::Test {
 protected:
  explicit Sandboxes(bool holds_contacts = true)
      : store(SandboxStore::open(place.path() / "objects.db").value()),
        registry(*store, {"REG-TEST", "s3cr3t-word", holds_contacts}, [this] { return now; }) {}

  Response say(const Command& command) { return say_raw(write(command, "RD-1").value()); }
  /// Every answer must be valid by the published schemas.
  Response say_raw(const std::string& xml) {
    last = registry.answer(client, xml);
    if (schemas) {
      EXPECT_THAT(schemas->problems(last.xml), IsEmpty()) << last.xml;
    }
    return Response::read(XmlDocument::parse(last.xml).value()).value();
  }
  unsigned code(const Command& command) { return say(command).code(); }
  Login login(const std::string& password = "s3cr3t-word") const {
    const Greeting greeting = read_greeting(XmlDocument::parse(registry.greeting()).value()).value();
    return login_for(greeting, greeting.services, "REG-TEST", Password(password), "en").value();
  }
  void log_in() { ASSERT_EQ(code(login()), 1000U); }
  static ContactCreate contact(const std::string& id) {
    ContactCreate create;
    create.id = id;
    PostalInfo postal;
    postal.type = "loc";
    postal.name = PersonalText("Blü <Hen> & \"Sons\"");
    postal.street = {PersonalText("Henway 1")};
    postal.city = PersonalText("Berlin");
    postal.country = "DE";
    create.postal.push_back(std::move(postal));
    create.voice = PersonalText("+49.301234567");
    create.voice_ext = PersonalText("17");
    create.email = PersonalText("hen@bluehen.example");
    create.auth_info = Password("s3cr3t");
    create.disclosure = Disclosure{.shows = false, .elements = {true, true, true, true, true, true, true, true, true}};
    return create;
  }
  static DomainCreate domain(const std::string& name) {
    DomainCreate create;
    create.name = name;
    create.period = Period{1, false};
    create.registrant = "C-17";
    create.contacts = {{"tech", "C-17"}};
    create.servers.servers = {{"ns1.other.example", {}}};
    create.auth_info = Password("s3cr3t");
    create.ds = {{12345, 13, 2, std::string(64, 'A')}};
    return create;
  }

  regdata::testing::TemporaryDirectory place;
  UtcTime now = parse_rfc3339("2026-11-27T12:00:00Z").value();
  std::unique_ptr<SandboxStore> store;
  SandboxRegistry registry;
  SandboxRegistry::Client client;
  SandboxRegistry::Answer last;
  const std::unique_ptr<testing::Schemas> schemas = testing::reference() ? std::make_unique<testing::Schemas>() : nullptr;
};

TEST_F(Sandboxes, GreetAndLogIn) {
  if (schemas) {
    EXPECT_THAT(schemas->problems(registry.greeting()), IsEmpty());
  }
  EXPECT_EQ(code(DomainCheck{{"a.example"}}), 2002U) << "not logged in";
  EXPECT_EQ(code(login("wrong-word")), 2200U);
  EXPECT_EQ(code(login()), 1000U);
  EXPECT_EQ(code(login()), 2002U) << "a second time";
  EXPECT_EQ(code(Logout{}), 1500U);
  EXPECT_TRUE(last.closes);
}

TEST_F(Sandboxes, CloseAfterTooManyGuesses) {
  for (int guess = 0; guess < 3; ++guess) EXPECT_EQ(code(login("wrong-word")), 2200U);
  EXPECT_EQ(code(login("wrong-word")), 2501U);
  EXPECT_TRUE(last.closes);
}

TEST_F(Sandboxes, WantServicesThatTheyHave) {
  Login odd = login();
  odd.services.objects.insert("urn:odd");
  EXPECT_EQ(code(Command(std::move(odd))), 2307U);
  Login odder = login();
  odder.services.extensions.insert("urn:odd");
  EXPECT_EQ(code(Command(std::move(odder))), 2103U);
  Login long_word = login("a word that is longer than sixteen");
  EXPECT_EQ(code(Command(std::move(long_word))), 2200U) << "by RFC 8807, and wrong";
}

TEST_F(Sandboxes, KeepObjectsAsTheyWereGiven) {
  log_in();
  EXPECT_EQ(code(contact("C-17")), 1000U);
  EXPECT_EQ(code(contact("C-17")), 2302U);
  EXPECT_EQ(code(domain("bluehen.example")), 2303U) << "its host is not there";
  EXPECT_EQ(code(HostCreate{"ns1.other.example", {"192.0.2.1", "2001:db8::1"}}), 1000U);
  EXPECT_EQ(code(domain("bluehen.example")), 1000U);
  const auto checked = read_availability(say(DomainCheck{{"bluehen.example", "free.example", "Bad.example"}})).value();
  ASSERT_EQ(checked.size(), 3U);
  EXPECT_FALSE(checked[0].is_available);
  EXPECT_TRUE(checked[1].is_available);
  EXPECT_FALSE(checked[2].is_available) << "upper case";
  const DomainData data = read_domain(say(DomainInfo{"bluehen.example", "all", {}})).value();
  EXPECT_EQ(data.registrant, "C-17");
  EXPECT_THAT(data.statuses, ElementsAre("ok"));
  EXPECT_EQ(data.expires, parse_rfc3339("2027-11-27T12:00:00Z").value());
  ASSERT_EQ(data.ds.size(), 1U);
  EXPECT_EQ(data.ds[0].key_tag, 12345);
  const ContactData person = read_contact(say(ContactInfo{"C-17", {}})).value();
  EXPECT_EQ(person.postal[0].name.reveal(), "Blü <Hen> & \"Sons\"");
  EXPECT_EQ(person.voice_ext.reveal(), "17");
  EXPECT_THAT(person.statuses, ElementsAre("linked", "ok"));
  ASSERT_TRUE(person.disclosure);
  EXPECT_FALSE(person.disclosure->shows);
  const HostData host = read_host(say(HostInfo{"ns1.other.example"})).value();
  EXPECT_THAT(host.addresses, ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_EQ(code(HostDelete{"ns1.other.example"}), 2305U);
  EXPECT_EQ(code(ContactDelete{"C-17"}), 2305U);
}

TEST_F(Sandboxes, ChangeWhatIsAskedAndNothingElse) {
  log_in();
  ASSERT_EQ(code(contact("C-17")), 1000U);
  ASSERT_EQ(code(contact("C-18")), 1000U);
  ASSERT_EQ(code(HostCreate{"ns1.other.example", {}}), 1000U);
  ASSERT_EQ(code(domain("bluehen.example")), 1000U);
  const auto update = [] {
    DomainUpdate command;
    command.name = "bluehen.example";
    command.add.statuses = {"clientHold"};
    command.registrant = "C-18";
    command.removes_all_ds = true;
    return command;
  };
  now += std::chrono::hours(1);
  EXPECT_EQ(code(update()), 1000U);
  const DomainData data = read_domain(say(DomainInfo{"bluehen.example", "all", {}})).value();
  EXPECT_THAT(data.statuses, ElementsAre("clientHold"));
  EXPECT_EQ(data.registrant, "C-18");
  EXPECT_TRUE(data.ds.empty());
  EXPECT_EQ(data.updated, now);
  EXPECT_EQ(code(update()), 2302U) << "it is on hold already";
  DomainUpdate by_server;
  by_server.name = "bluehen.example";
  by_server.add.statuses = {"serverHold"};
  EXPECT_EQ(code(std::move(by_server)), 2004U);
  DomainUpdate to_nobody;
  to_nobody.name = "bluehen.example";
  to_nobody.registrant = "C-99";
  EXPECT_EQ(code(std::move(to_nobody)), 2303U);
  EXPECT_EQ(read_domain(say(DomainInfo{"bluehen.example", "all", {}})).value().registrant, "C-18") << "nothing of it was done";
  EXPECT_EQ(code(DomainDelete{"bluehen.example"}), 1000U);
  EXPECT_EQ(code(DomainInfo{"bluehen.example", "all", {}}), 2303U);
}

TEST_F(Sandboxes, RenewOnce) {
  log_in();
  ASSERT_EQ(code(contact("C-17")), 1000U);
  ASSERT_EQ(code(HostCreate{"ns1.other.example", {}}), 1000U);
  ASSERT_EQ(code(domain("bluehen.example")), 1000U);
  EXPECT_EQ(code(DomainRenew{"bluehen.example", "2027-11-27", Period{1, false}}), 1000U);
  EXPECT_EQ(code(DomainRenew{"bluehen.example", "2027-11-27", Period{1, false}}), 2004U) << "curExpDate guards it";
  EXPECT_EQ(code(DomainRenew{"bluehen.example", "2028-11-27", Period{9, false}}), 2105U) << "ten years are the most";
}

TEST_F(Sandboxes, GiveMessagesInOrder) {
  log_in();
  EXPECT_EQ(code(PollRequest{}), 1300U);
  store->post(
      "REG-TEST",
      {.number = 0,
       .at = "2026-11-27T12:00:00Z",
       .text = "one",
       .payload =
           "<domain:trnData xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\"><domain:name>a.example</domain:name>"
           "<domain:trStatus>pending</domain:trStatus><domain:reID>REG-A</domain:reID><domain:reDate>2026-11-27T12:00:00Z"
           "</domain:reDate><domain:acID>REG-TEST</domain:acID><domain:acDate>2026-12-02T12:00:00Z</domain:acDate>"
           "</domain:trnData>"});
  store->post("REG-TEST", {.number = 0, .at = "2026-11-27T12:00:00Z", .text = "two", .payload = {}});
  const Response first = say(PollRequest{});
  ASSERT_TRUE(first.queue());
  EXPECT_EQ(first.queue()->text, "one");
  EXPECT_EQ(first.queue()->count, 2U);
  EXPECT_EQ(first.data(domain_namespace, "trnData").child("trStatus").text(), "pending");
  EXPECT_EQ(code(PollAcknowledgement{"S-99"}), 2303U);
  EXPECT_EQ(code(PollAcknowledgement{first.queue()->id}), 1000U);
  EXPECT_EQ(say(PollRequest{}).queue()->text, "two");
  EXPECT_TRUE(say(DomainCheck{{"a.example"}}).queue()) << "a hint that mail waits";
}

TEST_F(Sandboxes, BelieveNothing) {
  for (const char* bad : {"", "x", "<a/>", "<epp/>", "<!DOCTYPE a><epp/>", "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"/>",
                          "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command/></epp>"})
    EXPECT_GE(say_raw(bad).code(), 2000U) << bad;
  log_in();
  const auto command = [](const std::string& inside) {
    return "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command>" + inside + "<clTRID>RD-1</clTRID></command></epp>";
  };
  EXPECT_EQ(say_raw(command("<odd/>")).code(), 2000U);
  EXPECT_EQ(say_raw(command("<check/>")).code(), 2001U);
  EXPECT_EQ(say_raw(command("<check><x:check xmlns:x=\"urn:odd\"/></check>")).code(), 2307U);
  EXPECT_EQ(say_raw(command("<info><d:info xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\"/></info>")).code(), 2003U);
  EXPECT_EQ(say_raw(command("<poll op=\"odd\"/>")).code(), 2001U);
  ContactCreate bad = contact("C-17");
  bad.email = PersonalText("no address");
  EXPECT_EQ(code(std::move(bad)), 2005U);
  ContactCreate foreign = contact("C-17");
  foreign.postal[0].type = "int";
  EXPECT_EQ(code(Command(std::move(foreign))), 2005U) << "int is ASCII";
  EXPECT_EQ(code(HostCreate{"ns1.other.example", {"192.0.2.999"}}), 2005U);
}

class MinimumData : public Sandboxes {
 protected:
  MinimumData() : Sandboxes(false) {}
};

TEST_F(MinimumData, HoldsNoContacts) {
  log_in();
  EXPECT_EQ(code(contact("C-17")), 2101U);
  ASSERT_EQ(code(HostCreate{"ns1.other.example", {}}), 1000U);
  EXPECT_EQ(code(domain("bluehen.example")), 2306U);
  DomainCreate bare = domain("bluehen.example");
  bare.registrant.clear();
  bare.contacts.clear();
  EXPECT_EQ(code(Command(std::move(bare))), 1000U);
}

}  // namespace
}  // namespace regdata::epp
