// What the registration store keeps, and what it tells about changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/outbox.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// "registration_put example.test hides"
std::vector<std::string> feed(SqliteStore& store, std::uint64_t after = 0) {
  static constexpr std::array kinds{"registration_put", "registration_ended", "contact_put",  "contact_erased",
                                    "choice",           "host_put",           "host_removed", "look_again"};
  std::vector<std::string> lines;
  for (const Change& change : expect(store.changes_after(after, 1000))) {
    lines.push_back(std::string(kinds.at(static_cast<std::size_t>(change.kind))) + " " + change.subject +
                    (change.hides ? " hides" : ""));
  }
  return lines;
}

PutOutcome put_one(StoreWorld& world, const RegistrationPut& put, std::string_view reason = "import:test") {
  return expect(world.store().put({put}, reason, world.now)).at(0);
}

RegistrationData found(StoreWorld& world, std::string_view name) {
  auto data = expect(world.store().find(name_of(name)));
  if (!data) throw std::runtime_error("not held: " + std::string(name));
  return std::move(*data);
}

TEST(SqliteStore, GivesBackWhatWasPut) {
  StoreWorld world;
  RegistrationPut put = registration("example.test", person("C-1", "alphaalphaalpha"));
  Registration& r = put.registration;
  r.updated = StoreWorld::time("2025-05-06T07:08:09.123Z");
  r.registrar_expires = StoreWorld::time("2027-01-03T00:00:00Z");
  r.transferred = StoreWorld::time("2021-01-01T00:00:00Z");
  r.statuses.insert(Status::client_transfer_prohibited);
  r.hosts.push_back(name_of("ns1.example.test"));
  r.dnssec = DnssecState::signed_delegation;
  r.ds = {{12345, 13, 2, "ABCDEF0123456789"}, {1, 8, 1, "00FF"}};
  r.technical = "C-2";
  r.billing = "C-1";
  r.reseller = Reseller{"Reseller of tests", "https://reseller.example/"};
  r.privacy_service = "shield";
  r.region = "US";
  put.contacts.push_back(person("C-2", "betabetabeta"));
  put.contacts[1].region = "CH";
  put.hosts = {Host{name_of("ns1.example.test"), "H1-TEST", {"192.0.2.1", "2001:db8::1"}, from(SourceClass::panel)}};
  EXPECT_EQ(put_one(world, put), PutOutcome::added);
  world.reopen();

  const RegistrationData data = found(world, "example.test");
  EXPECT_EQ(data.registration, put.registration);
  ASSERT_EQ(data.contacts.size(), 3U);
  EXPECT_EQ(data.contacts[0].role, Role::registrant);
  EXPECT_EQ(data.contacts[0].state, ContactState::opened);
  EXPECT_TRUE(data.contacts[0].contact == put.contacts[0]);
  EXPECT_EQ(data.contacts[1].role, Role::technical);
  EXPECT_TRUE(data.contacts[1].contact == put.contacts[1]);
  EXPECT_EQ(data.contacts[2].role, Role::billing);
  EXPECT_TRUE(data.contacts[2].contact == put.contacts[0]);
  ASSERT_EQ(data.subordinate_hosts.size(), 1U);
  EXPECT_TRUE(data.subordinate_hosts[0] == put.hosts[0]);
  EXPECT_EQ(data.relay_token.size(), 16U);
  EXPECT_TRUE(std::ranges::all_of(data.relay_token, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); }));
  EXPECT_EQ(expect(world.store().count()), 1U);
  EXPECT_FALSE(expect(world.store().find(name_of("other.test"))).has_value());
  EXPECT_FALSE(expect(world.store().find_contact("C-9")).has_value());
  EXPECT_TRUE(expect(world.store().find_contact("C-2"))->contact == put.contacts[1]);
}

TEST(SqliteStore, RepeatingAPutWritesNothing) {
  StoreWorld world;
  RegistrationPut put = registration("example.test", person("C-1", "alphaalphaalpha"));
  put.hosts = {Host{name_of("ns1.provider.example"), "H1-TEST", {}, from(SourceClass::panel)}};
  put.choices = {choice("C-1", Element::email, ChoiceAct::given, StoreWorld::time("2025-12-01T00:00:00Z"))};
  EXPECT_EQ(put_one(world, put), PutOutcome::added);
  const auto last = expect(world.store().last_sequence());
  // The same facts, stated later and under another label.
  put.registration.provenance = {SourceClass::panel, "import:again", StoreWorld::time("2026-02-01T00:00:00Z")};
  put.contacts[0].provenance = put.registration.provenance;
  put.hosts[0].provenance = put.registration.provenance;
  world.now += std::chrono::hours{1};
  EXPECT_EQ(put_one(world, put), PutOutcome::unchanged);
  EXPECT_EQ(expect(world.store().last_sequence()), last);
  EXPECT_THAT(expect(world.store().difference(put)), IsEmpty());
  EXPECT_EQ(world.query(world.paths().database, "SELECT count(*) FROM choice"), "1");
  EXPECT_EQ(world.query(world.paths().keys, "SELECT count(*) FROM data_key"), "1");
  EXPECT_EQ(world.query(world.paths().database, "SELECT max(version) FROM contact"), "1");
}

TEST(SqliteStore, TheFeedSaysWhatChangedAndWhatHides) {
  StoreWorld world;
  RegistrationPut put = registration("example.test", person("C-1", "alphaalphaalpha"));
  put_one(world, put);
  EXPECT_THAT(feed(world.store()), ElementsAre("contact_put C-1", "registration_put example.test",
                                               "host_put ns1.provider.example", "host_put ns2.provider.example"));
  auto last = expect(world.store().last_sequence());
  put.contacts[0].phone = PersonalText("+49.301111111");
  EXPECT_EQ(put_one(world, put), PutOutcome::changed);
  EXPECT_THAT(feed(world.store(), last), ElementsAre("contact_put C-1 hides"));

  last = expect(world.store().last_sequence());
  put.registration.statuses.insert(Status::client_hold);
  put_one(world, put);
  EXPECT_THAT(feed(world.store(), last), ElementsAre("registration_put example.test"));

  last = expect(world.store().last_sequence());
  put.registration.privacy_service = "shield";
  put_one(world, put);
  EXPECT_THAT(feed(world.store(), last), ElementsAre("registration_put example.test hides"));

  last = expect(world.store().last_sequence());
  put.contacts.push_back(person("C-2", "betabetabeta"));
  put.registration.registrant = "C-2";
  put_one(world, put, "import:holder");
  EXPECT_THAT(feed(world.store(), last), ElementsAre("contact_put C-2", "registration_put example.test hides"));
  const Change change = expect(world.store().changes_after(last, 10)).at(1);
  EXPECT_EQ(change.reason, "import:holder");
  EXPECT_EQ(change.roid, "D1-TEST");
  EXPECT_EQ(change.at, world.now);
  EXPECT_EQ(expect(world.store().changes_after(last, 1)).size(), 1U);
}

/// A name of ours is delegated to a host below another one, which comes only then.
void put_host_before_its_name(StoreWorld& world) {
  RegistrationPut user = registration("user.test", person("C-1", "alphaalphaalpha"));
  user.registration.hosts = {name_of("ns1.later.test")};
  user.hosts = {Host{name_of("ns1.later.test"), "H1-TEST", {"192.0.2.1"}, from(SourceClass::panel)}};
  put_one(world, user);
  RegistrationPut later = registration("later.test", person("C-1", "alphaalphaalpha"));
  later.registration.hosts = {name_of("ns.other.example")};
  put_one(world, later);
}

TEST(SqliteStore, ANameThatComesAfterHostsBelowItHasThem) {
  StoreWorld world;
  put_host_before_its_name(world);
  const RegistrationData data = found(world, "later.test");
  ASSERT_EQ(data.subordinate_hosts.size(), 1U);
  EXPECT_EQ(data.subordinate_hosts[0].addresses, std::vector<std::string>{"192.0.2.1"});
}

TEST(SqliteStore, NamesThatWereNotMarkedWithTheirHostsAreMendedOnce) {
  StoreWorld world;
  put_host_before_its_name(world);
  const auto last = expect(world.store().last_sequence());
  world.close();
  world.tamper(world.paths().database,
               "UPDATE registration SET has_hosts_below = 0; DELETE FROM meta WHERE key = 'hosts_marked'");
  world.reopen();
  EXPECT_EQ(found(world, "later.test").subordinate_hosts.size(), 1U);
  EXPECT_THAT(feed(world.store(), last), ElementsAre("look_again later.test")) << "what was published of it lacks the host";
  EXPECT_TRUE(found(world, "user.test").subordinate_hosts.empty());
  world.reopen();
  EXPECT_EQ(feed(world.store(), last).size(), 1U);
}

TEST(SqliteStore, HostsThatNobodyUsesAreRemovedUnlessBelowANameOfOurs) {
  StoreWorld world;
  RegistrationPut put = registration("example.test", person("C-1", "alphaalphaalpha"));
  put.registration.hosts = {name_of("ns1.example.test"), name_of("ns.other.example")};
  put.hosts = {Host{name_of("ns1.example.test"), "H1-TEST", {"192.0.2.1"}, from(SourceClass::panel)}};
  put_one(world, put);
  RegistrationPut second = registration("second.test", person("C-1", "alphaalphaalpha"));
  second.registration.hosts = {name_of("ns.other.example"), name_of("ns1.example.test")};
  put_one(world, second);
  EXPECT_EQ(expect(world.store().find_host(name_of("ns1.example.test")))->addresses, std::vector<std::string>{"192.0.2.1"});
  EXPECT_EQ(expect(world.store().sponsored_ancestor(name_of("a.ns1.example.test")))->ascii(), "example.test");
  EXPECT_FALSE(expect(world.store().sponsored_ancestor(name_of("ns.other.example"))).has_value());

  auto last = expect(world.store().last_sequence());
  put.registration.hosts = {name_of("ns2.provider.example")};
  put.hosts.clear();
  put_one(world, put);
  EXPECT_THAT(feed(world.store(), last), ElementsAre("registration_put example.test", "host_put ns2.provider.example"));
  EXPECT_EQ(found(world, "example.test").subordinate_hosts.size(), 1U)
      << "a host below our own name stays, second.test uses it";

  last = expect(world.store().last_sequence());
  second.registration.hosts = {name_of("ns2.provider.example")};
  put_one(world, second);
  EXPECT_THAT(feed(world.store(), last), ElementsAre("registration_put second.test", "host_removed ns.other.example hides"));

  last = expect(world.store().last_sequence());
  EXPECT_EQ(expect(world.store().end(name_of("example.test"), {EndReason::deleted, world.now}, "test", world.now)),
            PutOutcome::changed);
  EXPECT_THAT(feed(world.store(), last),
              ElementsAre("registration_ended example.test hides", "host_removed ns1.example.test hides"));
  EXPECT_FALSE(expect(world.store().find_host(name_of("ns1.example.test"))).has_value());
  EXPECT_EQ(expect(world.store().changes_after(last, 10)).at(1).roid, "H1-TEST") << "the feed keeps what names a deletion";
}

TEST(SqliteStore, AHostStatedAsABareNameBelowItsOwnDomainHasNoGlueAnyMore) {
  StoreWorld world;
  RegistrationPut put = registration("example.test", person("C-1", "alphaalphaalpha"));
  put.registration.hosts = {name_of("ns1.example.test")};
  put.hosts = {Host{name_of("ns1.example.test"), {}, {"192.0.2.1"}, from(SourceClass::panel)}};
  put_one(world, put);
  put.hosts.clear();
  EXPECT_EQ(put_one(world, put), PutOutcome::changed);
  EXPECT_THAT(expect(world.store().find_host(name_of("ns1.example.test")))->addresses, IsEmpty());
}

TEST(SqliteStore, EndingIsNoMatchAtOnceAndKeepsTheData) {
  StoreWorld world;
  put_one(world, registration("example.test", person("C-1", "alphaalphaalpha")));
  const std::string token = found(world, "example.test").relay_token;
  const auto missing = world.store().end(name_of("none.test"), {EndReason::deleted, world.now}, "test", world.now);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  const auto last = expect(world.store().last_sequence());
  const Ended ended{EndReason::transferred, world.now};
  EXPECT_EQ(expect(world.store().end(name_of("example.test"), ended, "test", world.now)), PutOutcome::changed);
  EXPECT_EQ(
      expect(world.store().end(name_of("example.test"), {ended.reason, world.now + std::chrono::hours{1}}, "test", world.now)),
      PutOutcome::unchanged);
  EXPECT_THAT(feed(world.store(), last),
              ElementsAre("registration_ended example.test hides", "host_removed ns1.provider.example hides",
                          "host_removed ns2.provider.example hides"));
  EXPECT_EQ(expect(world.store().count()), 0U);
  const RegistrationData data = found(world, "example.test");
  EXPECT_EQ(data.registration.ended, ended);
  EXPECT_EQ(data.contacts.at(0).state, ContactState::opened);
  std::size_t walked = 0;
  expect(world.store().for_each({}, [&](const RegistrationData&) { return ++walked > 0; }));
  EXPECT_EQ(walked, 0U);
  EXPECT_THAT(expect(world.store().names_of_contact("C-1", {}, 10)), ElementsAre(name_of("example.test")));

  RegistrationPut stale = registration("example.test", person("C-1", "alphaalphaalpha"));
  EXPECT_EQ(put_one(world, stale), PutOutcome::unchanged) << "stated before the end";
  stale.registration.provenance.as_of = world.now + std::chrono::hours{2};
  EXPECT_EQ(put_one(world, stale), PutOutcome::changed) << "stated after the end: sponsored again";
  EXPECT_EQ(expect(world.store().count()), 1U);
  EXPECT_NE(found(world, "example.test").relay_token, token) << "a new sponsorship may have a new holder";
}

TEST(SqliteStore, RelayTokensAreRenewedAndFormerOnesLeadToTheHolderForAWhile) {
  StoreWorld world;
  put_one(world, registration("one.test", person("C-1", "alphaalphaalpha")));
  put_one(world, registration("two.test", person("C-1", "alphaalphaalpha")));
  const auto outbox = expect(SqliteOutbox::open(world.store(), world.paths()));
  const UtcTime drawn = world.now;
  const UtcTime later = drawn + std::chrono::hours(24 * 91);
  const UtcTime until = later + std::chrono::hours(24 * 30);
  const auto renew = [&](UtcTime before, std::size_t limit) {
    return expect(world.store().renew_relay_tokens(before, until, limit, later));
  };
  const std::string one = found(world, "one.test").relay_token;
  const auto last = expect(world.store().last_sequence());
  EXPECT_EQ(renew(drawn, 10), 0U) << "not old enough";
  EXPECT_EQ(renew(later - std::chrono::hours(24 * 90), 1), 1U);
  EXPECT_EQ(renew(later - std::chrono::hours(24 * 90), 10), 1U);
  EXPECT_EQ(renew(later - std::chrono::hours(24 * 90), 10), 0U);
  EXPECT_THAT(feed(world.store(), last), UnorderedElementsAre("look_again one.test", "look_again two.test"));
  const std::string fresh = found(world, "one.test").relay_token;
  EXPECT_NE(fresh, one);
  EXPECT_EQ(fresh.size(), 16U);
  const auto leads_to = [&](const std::string& token, UtcTime at) {
    return expect(outbox->domain_of_relay_token(token, at)).value_or("");
  };
  EXPECT_EQ(leads_to(fresh, later), "one.test");
  EXPECT_EQ(leads_to(one, later), "one.test");
  EXPECT_EQ(leads_to(one, until), "") << "run out";
  // an import of the same facts leaves the new token alone
  put_one(world, registration("one.test", person("C-1", "alphaalphaalpha")));
  EXPECT_EQ(found(world, "one.test").relay_token, fresh);
  // nor does another registrant of a name that goes on
  const std::string two = found(world, "two.test").relay_token;
  RegistrationPut traded = registration("two.test", person("C-3", "gammagammagamma"));
  traded.registration.provenance.as_of = later;
  put_one(world, traded);
  EXPECT_NE(found(world, "two.test").relay_token, two);
  EXPECT_EQ(leads_to(two, later), "");
  // whoever holds the name next gets nothing that was meant for the one before
  expect(world.store().end(name_of("one.test"), {EndReason::deleted, later}, "test", later));
  EXPECT_EQ(leads_to(one, later), "");
  RegistrationPut again = registration("one.test", person("C-2", "betabetabeta"));
  again.registration.provenance.as_of = later + std::chrono::hours(1);
  put_one(world, again);
  EXPECT_EQ(leads_to(one, later), "");
  EXPECT_EQ(leads_to(fresh, later), "");
  EXPECT_EQ(leads_to(found(world, "one.test").relay_token, later), "one.test");
}

TEST(SqliteStore, NamesOfAContactComeInOrderAndInPages) {
  StoreWorld world;
  const Contact contact = person("C-1", "alphaalphaalpha");
  std::vector<RegistrationPut> batch;
  for (const char* name : {"d.test", "b.test", "a.test", "c.test", "e.test"}) batch.push_back(registration(name, contact));
  batch[4].contacts.push_back(person("C-2", "betabetabeta"));
  batch[4].registration.registrant = "C-2";
  batch[4].registration.billing = "C-1";
  expect(world.store().put(batch, "import:test", world.now));
  EXPECT_THAT(expect(world.store().names_of_contact("C-1", {}, 2)), ElementsAre(name_of("a.test"), name_of("b.test")));
  EXPECT_THAT(expect(world.store().names_of_contact("C-1", "b.test", 9)),
              ElementsAre(name_of("c.test"), name_of("d.test"), name_of("e.test")));
  EXPECT_THAT(expect(world.store().names_of_contact("C-9", {}, 9)), IsEmpty());
  batch[4].registration.billing.clear();
  put_one(world, batch[4]);
  EXPECT_THAT(expect(world.store().names_of_contact("C-1", "d.test", 9)), IsEmpty());
}

TEST(SqliteStore, FindsHandlesByEmailWithoutOpening) {
  StoreWorld world;
  Contact contact = person("C-2", "alphaalphaalpha");
  contact.email = PersonalText("Someone@xn--mller-kva.example");
  put_one(world, registration("b.test", contact));
  contact.handle = "C-1";
  put_one(world, registration("a.test", contact));
  EXPECT_THAT(expect(world.store().handles_by_email("SOMEONE@müller.example")), ElementsAre("C-1", "C-2"));
  EXPECT_THAT(expect(world.store().handles_by_email("someone@other.example")), IsEmpty());
  EXPECT_THAT(expect(world.store().handles_by_email("no address")), IsEmpty());
  contact.email = PersonalText("other@example.test");
  put_one(world, registration("a.test", contact));
  EXPECT_THAT(expect(world.store().handles_by_email("someone@xn--mller-kva.example")), ElementsAre("C-2"));
}

TEST(SqliteStore, WalksInOrderFromOneSnapshot) {
  StoreWorld world;
  std::vector<RegistrationPut> batch;
  for (int i = 0; i < 700; ++i) {
    const std::string number = std::to_string(1000 + (i * 37) % 700);
    batch.push_back(registration("n" + number + ".test", person("C-" + number, "mark" + number)));
  }
  expect(world.store().put(batch, "import:test", world.now));
  std::vector<std::string> names;
  expect(world.store().for_each("n1001.test", [&](const RegistrationData& data) {
    if (names.empty()) {
      // Written in the middle of the walk: not seen by it.
      put_one(world, registration("n1005a.test", person("C-new", "newnewnewnew")));
      RegistrationPut changed = registration("n1500.test", person("C-1500", "changedchanged"));
      put_one(world, changed);
    }
    EXPECT_EQ(data.contacts.at(0).state, ContactState::opened) << data.contacts.at(0).problem;
    EXPECT_EQ(data.contacts.at(0).contact.name.reveal(), "Name mark" + data.registration.name.ascii().substr(1, 4));
    names.push_back(data.registration.name.ascii());
    return true;
  }));
  EXPECT_EQ(names.size(), 698U);
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(names.front(), "n1002.test");
  std::size_t visited = 0;
  expect(world.store().for_each({}, [&](const RegistrationData&) { return ++visited < 3; }));
  EXPECT_EQ(visited, 3U);
  EXPECT_EQ(found(world, "n1500.test").contacts.at(0).contact.name.reveal(), "Name changedchanged");
}

TEST(SqliteStore, ASnapshotIsOneStateHoweverOftenItIsWalked) {
  StoreWorld world;
  std::vector<RegistrationPut> batch;
  for (int i = 0; i < 600; ++i) {
    const std::string number = std::to_string(1000 + i);
    batch.push_back(registration("n" + number + ".test", person("C-" + number, "mark" + number)));
    batch.back().registration.billing = "C-shared";
    batch.back().contacts.push_back(person("C-shared", "sharedshared"));
  }
  expect(world.store().put(batch, "import:test", world.now));
  expect(world.store().put_contacts({person("C-unused", "unusedunused")}, "test", world.now));
  const std::uint64_t before = expect(world.store().last_sequence());
  std::vector<std::string> handles;
  const auto mark = expect(world.store().read_snapshot([&](StoreSnapshot& snapshot) {
    std::size_t walked = 0;
    expect(snapshot.for_each({}, [&](const RegistrationData&) { return ++walked > 0; }));
    EXPECT_EQ(walked, 600U);
    put_one(world, registration("later.test", person("C-later", "laterlater")));
    put_one(world, registration("n1001.test", person("C-1001", "changedchanged")));
    expect(world.store().end(name_of("n1002.test"), {EndReason::deleted, world.now}, "test", world.now));
    expect(snapshot.for_each("n1598.test", [&](const RegistrationData&) { return ++walked > 0; }));
    EXPECT_EQ(walked, 601U);
    return snapshot.for_each_contact([](const DomainName&, std::string_view) { return true; },
                                     [&](const RoleContact& one) {
                                       EXPECT_EQ(one.state, ContactState::opened) << one.problem;
                                       if (one.contact.handle == "C-1001") {
                                         EXPECT_EQ(one.contact.name.reveal(), "Name mark1001");
                                       }
                                       handles.push_back(one.contact.handle);
                                       return true;
                                     });
  }));
  EXPECT_EQ(mark.sequence, before);
  EXPECT_EQ(handles.size(), 601U) << "each once, whoever shares it; what nothing uses is not there";
  EXPECT_TRUE(std::ranges::is_sorted(handles));
  EXPECT_EQ(std::ranges::count(handles, "C-shared"), 1);
  EXPECT_EQ(std::ranges::count(handles, "C-unused"), 0);
}

TEST(SqliteStore, ContactsOfASnapshotAreThoseWithAUseThatCounts) {
  StoreWorld world;
  put_one(world, registration("a.test", person("C-1", "alphaalphaalpha")));
  put_one(world, registration("b.test", person("C-1", "alphaalphaalpha")));
  put_one(world, registration("c.test", person("C-2", "betabetabeta")));
  put_one(world, registration("d.test", person("C-3", "gammagammagamma")));
  expect(world.store().end(name_of("d.test"), {EndReason::deleted, world.now}, "test", world.now));
  std::vector<std::string> asked;
  const auto handles = [&](const StoreSnapshot::ContactUse& counts) {
    std::vector<std::string> seen;
    expect(world.store().read_snapshot([&](StoreSnapshot& snapshot) {
      return snapshot.for_each_contact(counts, [&](const RoleContact& one) {
        seen.push_back(one.contact.handle);
        return true;
      });
    }));
    return seen;
  };
  EXPECT_THAT(handles([&](const DomainName& name, std::string_view registrar) {
                EXPECT_EQ(registrar, registration("x.test", person("C-1", "x")).registration.registrar);
                asked.push_back(name.ascii());
                return name.ascii() != "a.test";
              }),
              ElementsAre("C-1", "C-2"));
  EXPECT_THAT(asked, ElementsAre("a.test", "b.test", "c.test")) << "until one counts, and not where the name has ended";
  EXPECT_THAT(handles([](const DomainName&, std::string_view) { return false; }), IsEmpty());
  EXPECT_THAT(handles({}), ElementsAre("C-1", "C-2", "C-3"));
  std::size_t seen = 0;
  expect(world.store().read_snapshot(
      [&](StoreSnapshot& snapshot) { return snapshot.for_each_contact({}, [&](const RoleContact&) { return ++seen < 2; }); }));
  EXPECT_EQ(seen, 2U);
}

TEST(SqliteStore, ASnapshotGivesItsReadersErrorAndIsOneAtATime) {
  StoreWorld world;
  const auto failed =
      world.store().read_snapshot([](StoreSnapshot&) { return Expected<void>(make_error(Errc::refused, "enough")); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::refused);
  expect(world.store().read_snapshot([&](StoreSnapshot&) {
    const auto inner = world.store().for_each({}, [](const RegistrationData&) { return true; });
    EXPECT_FALSE(inner);
    return Expected<void>();
  }));
}

TEST(SqliteStore, ContactsArePutByThemselvesAsWithARegistration) {
  StoreWorld world;
  const auto put = [&](const Contact& contact) {
    return expect(world.store().put_contacts({contact}, "test", world.now)).at(0);
  };
  EXPECT_EQ(put(person("C-1", "alphaalphaalpha")), PutOutcome::added);
  EXPECT_EQ(put(person("C-1", "alphaalphaalpha")), PutOutcome::unchanged);
  EXPECT_TRUE(expect(world.store().find_contact("C-1"))->contact == person("C-1", "alphaalphaalpha"));
  EXPECT_THAT(feed(world.store()), ElementsAre("contact_put C-1"));
  ChoiceEntry given;
  given.handle = "C-1";
  given.element = Element::email;
  given.act = ChoiceAct::given;
  given.at = world.now;
  given.method = "portal";
  given.notice_version = "1";
  given.evidence_id = "EV-1";
  expect(world.store().add_choices({given}, "test", world.now));
  EXPECT_TRUE(expect(world.store().find_contact("C-1"))->choices.allows(Element::email));
  Contact other = person("C-1", "otherotherother");
  other.provenance.as_of = world.now + std::chrono::hours{1};
  EXPECT_EQ(put(other), PutOutcome::changed);
  EXPECT_FALSE(expect(world.store().find_contact("C-1"))->choices.allows(Element::email))
      << "another holder has chosen nothing";
}

TEST(SqliteStore, TheRegistryWinsForDomainsAndOurOwnStoreForContacts) {
  StoreWorld world;
  RegistrationPut put = registration("example.test", person("C-1", "ownownownown", SourceClass::own), SourceClass::own);
  put_one(world, put);
  RegistrationPut registry =
      registration("example.test", person("C-1", "registryregistry", SourceClass::registry), SourceClass::registry);
  registry.contacts.push_back(person("C-2", "registrysecond", SourceClass::registry));
  registry.registration.registrant = "C-2";
  registry.registration.statuses.insert(Status::server_hold);
  EXPECT_EQ(put_one(world, registry), PutOutcome::changed);
  RegistrationData data = found(world, "example.test");
  EXPECT_TRUE(data.registration.statuses.contains(Status::server_hold));
  EXPECT_EQ(data.registration.provenance.source_class, SourceClass::registry);
  EXPECT_EQ(data.registration.registrant, "C-1") << "who holds the name is ours to say";
  EXPECT_EQ(data.contacts.at(0).contact.name.reveal(), "Name ownownownown");
  EXPECT_EQ(expect(world.store().find_contact("C-2"))->contact.name.reveal(), "Name registrysecond")
      << "fills what is not held";

  RegistrationPut csv = registration("example.test", person("C-1", "csvcsvcsvcsv", SourceClass::csv), SourceClass::csv);
  csv.registration.registry_expires.reset();
  csv.registration.reseller = Reseller{"Other", {}};
  const auto differences = expect(world.store().difference(csv));
  const auto has = [&](const char* object, const char* element, const char* what) {
    return std::ranges::any_of(
        differences, [&](const Difference& d) { return d.object == object && d.element == element && d.what == what; });
  };
  EXPECT_TRUE(has("domain", "statuses", "kept (registry)"));
  EXPECT_TRUE(has("domain", "registry_expires", "kept (registry)"));
  EXPECT_TRUE(has("domain", "reseller", "kept (own)"));
  EXPECT_TRUE(has("contact C-1", "name", "kept (own)"));
  EXPECT_EQ(put_one(world, csv), PutOutcome::unchanged);
  csv.contacts[0] = person("C-2", "csvcsvcsvcsv", SourceClass::csv);
  csv.registration.registrant = "C-1";
  EXPECT_EQ(put_one(world, csv), PutOutcome::changed) << "a contact that only the registry stated is ours to correct";
  EXPECT_EQ(expect(world.store().find_contact("C-2"))->contact.name.reveal(), "Name csvcsvcsvcsv");
}

TEST(SqliteStore, DifferencesNameFieldsAndNeverValues) {
  StoreWorld world;
  RegistrationPut put = registration("example.test", person("C-1", "alphaalphaalpha"));
  const auto added = expect(world.store().difference(put));
  EXPECT_FALSE(expect(world.store().find(name_of("example.test"))).has_value()) << "writes nothing";
  EXPECT_EQ(expect(world.store().last_sequence()), 0U);
  EXPECT_FALSE(added.empty());
  put_one(world, put);
  put.contacts[0].email = PersonalText("changedchanged@example.test");
  put.contacts[0].fax = PersonalText();
  put.registration.hosts.pop_back();
  put.registration.updated = world.now;
  std::vector<std::string> lines;
  for (const Difference& d : expect(world.store().difference(put))) lines.push_back(d.object + ": " + d.element + " " + d.what);
  EXPECT_THAT(lines, ElementsAre("contact C-1: fax removed", "contact C-1: email changed", "domain: updated added",
                                 "domain: hosts changed"));
}

TEST(SqliteStore, ABatchIsPutAsAWholeOrNotAtAll) {
  StoreWorld world;
  RegistrationPut good = registration("good.test", person("C-1", "alphaalphaalpha"));
  RegistrationPut bad = registration("bad.test", person("C-2", "betabetabeta"));
  bad.registration.technical = "C-3";
  const auto failed = world.store().put({good, bad}, "import:test", world.now);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, Errc::invalid);
  EXPECT_EQ(failed.error().context, "registration bad.test: technical C-3 is not held");
  EXPECT_EQ(expect(world.store().last_sequence()), 0U);
  EXPECT_EQ(expect(world.store().count()), 0U);
  EXPECT_FALSE(expect(world.store().find_contact("C-1")).has_value());
  EXPECT_EQ(world.query(world.paths().keys, "SELECT count(*) FROM data_key"), "0") << "no key without a row";
  EXPECT_EQ(put_one(world, good), PutOutcome::added);
}

TEST(SqliteStore, RemembersNamesToLookAtAgain) {
  StoreWorld world;
  EXPECT_FALSE(expect(world.store().next_due()).has_value());
  const auto set = [&](std::vector<DueTime> times) { expect(world.store().set_due(times)); };
  set({});
  set({{name_of("b.test"), world.now + std::chrono::hours{2}}, {name_of("a.test"), world.now + std::chrono::hours{1}}});
  set({{name_of("c.test"), world.now + std::chrono::hours{1}}});
  EXPECT_EQ(expect(world.store().next_due()), world.now + std::chrono::hours{1});
  EXPECT_THAT(expect(world.store().due_names(world.now, 10)), IsEmpty());
  EXPECT_THAT(expect(world.store().due_names(world.now + std::chrono::hours{1}, 10)),
              ElementsAre(name_of("a.test"), name_of("c.test")));
  EXPECT_THAT(expect(world.store().due_names(world.now + std::chrono::hours{3}, 2)),
              ElementsAre(name_of("a.test"), name_of("c.test")));
  // The later of two times holds, also where it is the one that is set already.
  set({{name_of("a.test"), std::nullopt},
       {name_of("b.test"), world.now + std::chrono::hours{9}},
       {name_of("c.test"), world.now + std::chrono::hours{5}},
       {name_of("b.test"), world.now + std::chrono::hours{2}}});
  world.reopen();
  EXPECT_EQ(expect(world.store().next_due()), world.now + std::chrono::hours{2});
  EXPECT_THAT(expect(world.store().due_names(world.now + std::chrono::hours{9}, 10)),
              ElementsAre(name_of("b.test"), name_of("c.test")));
}

TEST(SqliteStore, TwoObjectsOnOneStoreSeeEachOthersWork) {
  StoreWorld world;
  auto other = expect(world.open());
  put_one(world, registration("a.test", person("C-1", "alphaalphaalpha")), "first:label");
  expect(other->put({registration("b.test", person("C-2", "betabetabeta"))}, "second:label", world.now));
  put_one(world, registration("c.test", person("C-3", "gammagammagamma")), "third:label");
  for (SqliteStore* store : {&world.store(), other.get()}) {
    EXPECT_EQ(expect(store->count()), 3U);
    for (const char* name : {"a.test", "b.test", "c.test"}) {
      EXPECT_EQ(expect(store->find(name_of(name)))->contacts.at(0).state, ContactState::opened);
    }
    EXPECT_EQ(expect(store->changes_after(0, 100)).back().reason, "third:label");
  }
}

}  // namespace
}  // namespace regdata::store
