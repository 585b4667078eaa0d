// The journal, what became of commands, and wires that break at every octet.
#include "epp/journal.hpp"

#include <gmock/gmock.h>

#include <random>

#include "store/epp_sync_state.hpp"
#include "tests/epp/rehearsal.hpp"

namespace regdata::epp {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = Outcome::Kind;

DomainCreate new_name(const std::string& name) {
  DomainCreate create;
  create.name = name;
  create.period = Period{1, false};
  create.auth_info = Password("s3cr3t-auth");
  return create;
}

DomainRenew renewal(Rehearsal& rehearsal, const std::string& name) {
  return {name, format_rfc3339(*rehearsal.info(name).expires).substr(0, 10), Period{1, false}};
}

DomainTransfer transfer(TransferOperation operation, const std::string& name) {
  DomainTransfer command;
  command.operation = operation;
  command.name = name;
  command.auth_info = Password("s3cr3t-auth");
  return command;
}

/// Inside the answer to the only command of a session that gave so many octets.
Break inside_answer(const Rehearsal& rehearsal, bool kills) {
  return {Break::Way::to_client, rehearsal.octets_to_client() - 350, kills};
}

Entry last_of(Rehearsal& rehearsal) {
  const auto entries = store::expect(rehearsal.journal().list(false, 1));
  return store::expect(rehearsal.journal().find(entries.at(0).number));
}

TEST(TheJournal, HoldsWhatWasSaidAndAnsweredWithoutSecrets) {
  Rehearsal rehearsal(false);
  ASSERT_EQ(rehearsal.say(new_name("a.example"))->response->code(), 1000U);
  const Entry entry = last_of(rehearsal);
  EXPECT_EQ(entry.command, "domain:create");
  EXPECT_EQ(entry.object, "domain a.example");
  EXPECT_EQ(entry.state, EntryState::done);
  EXPECT_EQ(entry.code, 1000);
  EXPECT_THAT(*entry.frame, HasSubstr("<domain:name>a.example</domain:name>"));
  EXPECT_THAT(*entry.frame, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(*entry.answer, HasSubstr("creData"));
  EXPECT_THAT(store::expect(rehearsal.journal().list(true, 10)), IsEmpty());
  const auto known = store::expect(rehearsal.journal().find_by_client_id(entry.client_id));
  EXPECT_EQ(known->number, entry.number);
  EXPECT_FALSE(store::expect(rehearsal.journal().find_by_client_id("RD-NONE")));
}

TEST(TheJournal, IsSealedAndErasedWithItsContact) {
  store::StoreWorld world;
  store::expect(world.store().put_contacts({store::person("C-1", "markmark")}, "t", world.now));
  auto journal = store::expect(store::SqliteJournal::open(world.store(), world.paths()));
  NewEntry begun{.registry = "r",
                 .account = "a",
                 .client_id = "RD-1",
                 .command = "contact:update",
                 .object = "contact C-1",
                 .handle = "C-1",
                 .frame = "<epp>the-planted-person</epp>",
                 .answer_by = world.now};
  EXPECT_THAT(store::expect(journal->write({}, {begun}, world.now)), IsEmpty());
  EntryEnd end{.client_id = "RD-1",
               .state = EntryState::done,
               .code = 1000,
               .server_id = "S",
               .answer = "<epp>planted-too</epp>",
               .why = ""};
  store::expect(journal->write({end}, {}, world.now));
  EXPECT_THAT(*store::expect(journal->find(1)).frame, HasSubstr("planted-person"));
  EXPECT_FALSE(store::any_file_holds(world.directory(), "planted"));
  store::expect(world.store().erase_contact("C-1", "t", world.now));
  EXPECT_FALSE(store::expect(journal->find(1)).frame);
  EXPECT_FALSE(store::expect(journal->find(1)).answer);
  begun.client_id = "RD-2";
  EXPECT_EQ(journal->write({}, {begun}, world.now).error().code, Errc::refused);
}

/// A name that was changed while somebody looked at it is looked at once more: the answer may be older than the change.
TEST(TheJournal, MakesWhatWasChangedDueWhateverALookFoundMeanwhile) {
  using std::chrono::minutes;
  store::StoreWorld world;
  store::expect(world.store().put({store::registration("a.test", store::person("C-1", "mark"))}, "t", world.now));
  auto journal = store::expect(store::SqliteJournal::open(world.store(), world.paths()));
  auto state = store::expect(store::SqliteSyncState::open(world.store(), world.paths()));
  const UtcTime start = world.now;
  const auto look = [&](UtcTime asked, UtcTime now) {
    store::expect(state->apply("r", {}, {{"a.test", Sight::ours, "", asked}}, {}, "t", now));
  };
  const auto due = [&](UtcTime now) {
    SyncState::Due which{now, now, now, start - minutes(1), now, false};
    return store::expect(state->names_to_look_at(
                             "r", [](const DomainName&) { return true; }, which, 9))
        .size();
  };
  look(start, start + minutes(1));
  EXPECT_EQ(due(start + minutes(2)), 0U);
  for (const char* object : {"domain a.test", "host ns1.a.test"}) {
    const std::string id = std::string("RD-") + object;
    NewEntry begun{"r", "a", id, "domain:renew", object, "", "<epp/>", start + minutes(9)};
    ASSERT_THAT(store::expect(journal->write({}, {begun}, start + minutes(2))), IsEmpty());
    EXPECT_EQ(due(start + minutes(2)), 0U) << "nothing was changed yet";
    store::expect(journal->write({{id, EntryState::done, 1000, "S", "", ""}}, {}, start + minutes(3)));
    EXPECT_EQ(due(start + minutes(3)), 1U) << object;
    look(start + minutes(2), start + minutes(4));
    EXPECT_EQ(due(start + minutes(4)), 1U) << "that was asked before the change";
    look(start + minutes(4), start + minutes(5));
    EXPECT_EQ(due(start + minutes(5)), 0U);
  }
  EXPECT_EQ(store::expect(state->figures("r")).last_look, start + minutes(5));
  NewEntry begun{"r", "a", "RD-ahead", "domain:renew", "domain a.test", "", "<epp/>", start + minutes(9)};
  store::expect(journal->write({}, {begun}, start + minutes(90)));
  store::expect(journal->write({{"RD-ahead", EntryState::done, 1000, "S", "", ""}}, {}, start + minutes(90)));
  look(start + minutes(6), start + minutes(6));
  EXPECT_EQ(due(start + minutes(6)), 0U) << "a clock that was put back asks for nothing without an end";
}

TEST(TheJournal, KeepsALateAnswerAndItsFirstVerdict) {
  Rehearsal rehearsal(false);
  rehearsal.say(new_name("a.example"));
  rehearsal.say(new_name("b.example"), inside_answer(rehearsal, false));
  EXPECT_EQ(rehearsal.resolve_all().applied, 1U);
  const Entry entry = last_of(rehearsal);
  EntryEnd late{.client_id = entry.client_id,
                .state = EntryState::refused,
                .code = 2302,
                .server_id = "S",
                .answer = "<late/>",
                .why = ""};
  store::expect(rehearsal.journal().write({late}, {}, rehearsal.now));
  EXPECT_EQ(last_of(rehearsal).state, entry.state);
  EXPECT_EQ(*last_of(rehearsal).answer, "<late/>");
  late.client_id = "RD-NEVER";
  EXPECT_EQ(rehearsal.journal().write({late}, {}, rehearsal.now).error().code, Errc::not_found);
}

TEST(TheJournal, LetsNobodySayASecondCommandWhileOneIsUnknown) {
  Rehearsal rehearsal(false);
  ASSERT_EQ(rehearsal.say(new_name("a.example"))->response->code(), 1000U);
  const DomainRenew renew = renewal(rehearsal, "a.example");
  rehearsal.say(renew);
  const Break breaks = inside_answer(rehearsal, false);
  const DomainRenew again = renewal(rehearsal, "a.example");
  EXPECT_EQ(rehearsal.say(again, breaks)->kind, Kind::unknown);
  const auto refused = rehearsal.say(again);
  EXPECT_EQ(refused->kind, Kind::not_sent);
  EXPECT_EQ(refused->why.code, Errc::conflict);
  EXPECT_EQ(rehearsal.say(DomainDelete{"a.example"})->why.code, Errc::conflict);
  EXPECT_EQ(rehearsal.say(new_name("b.example"))->response->code(), 1000U) << "others go on";
  rehearsal.resolve_all();
  EXPECT_EQ(rehearsal.say(again)->response->code(), 2004U) << "it was done, and the registry says so";
}

TEST(TheJournal, WaitsBeforeItLooksAndLooksTwice) {
  Rehearsal rehearsal(false);
  rehearsal.say(new_name("b.example"));
  rehearsal.say(new_name("a.example"), {Break::Way::to_registry, rehearsal.octets_to_registry() - 250, false});
  ASSERT_EQ(last_of(rehearsal).state, EntryState::unknown);
  EXPECT_EQ(rehearsal.resolve_now().undecided, 0U) << "before it has settled";
  rehearsal.now += rehearsal.resolution.times.settle;
  EXPECT_EQ(rehearsal.resolve_now().undecided, 1U);
  EXPECT_EQ(last_of(rehearsal).state, EntryState::unknown);
  EXPECT_EQ(rehearsal.resolve_now().undecided, 0U) << "at once";
  rehearsal.now += rehearsal.resolution.times.second_look;
  EXPECT_EQ(rehearsal.resolve_now().not_applied, 1U);
  EXPECT_EQ(last_of(rehearsal).state, EntryState::not_applied);
  EXPECT_EQ(rehearsal.journal().resolve(last_of(rehearsal).number, EntryState::applied, "x", rehearsal.now).error().code,
            Errc::conflict);
}

TEST(TheJournal, LeavesToAPersonWhatReadingCannotTell) {
  Rehearsal rehearsal(false);
  ASSERT_EQ(rehearsal.say(new_name("a.example"))->response->code(), 1000U);
  const auto another_word = [] {
    DomainUpdate update;
    update.name = "a.example";
    update.auth_info = Password("another-word");
    return update;
  };
  rehearsal.say(another_word());
  rehearsal.say(another_word(), inside_answer(rehearsal, true));
  EXPECT_EQ(last_of(rehearsal).state, EntryState::open);
  EXPECT_EQ(rehearsal.resolve_all().for_a_person, 1U);
  const Entry entry = last_of(rehearsal);
  EXPECT_EQ(entry.state, EntryState::for_a_person);
  EXPECT_THAT(entry.why, HasSubstr("cannot be read"));
  EXPECT_EQ(rehearsal.say(DomainDelete{"a.example"})->why.code, Errc::conflict);
  store::expect(rehearsal.journal().resolve(entry.number, EntryState::not_applied, "by hand", rehearsal.now));
  EXPECT_EQ(rehearsal.say(DomainDelete{"a.example"})->response->code(), 1000U);
}

TEST(TheJournal, RefusesATransformWithoutOne) {
  Rehearsal rehearsal(false);
  SessionRules rules;
  Session session(
      std::move(rules), Password(), [] { return std::string("X-1"); }, Moment{});
  JournaledSession journaled(
      session, nullptr, {"r", "a", 1, Milliseconds(1)}, [] { return std::string("X-2"); }, [&] { return rehearsal.now; });
  journaled.submit({DomainDelete{"a.example"}});
  journaled.drain();
  session.on_broken(make_error(Errc::unavailable, "gone"));
  journaled.settle();
  EXPECT_EQ(journaled.take_done().at(0).outcome.kind, Kind::not_sent);
}

// ---------------------------------------------------------------------------------------------------------------------------
// Broken at every octet.

/// A command, and what must have been before it.
struct Scene {
  const char* name;
  void (*prepare)(Rehearsal&);
  Command (*command)(Rehearsal&);
  bool holds_contacts = false;
};

void one_name(Rehearsal& rehearsal) { ASSERT_EQ(rehearsal.say(new_name("a.example"))->response->code(), 1000U); }
void one_host(Rehearsal& rehearsal) {
  ASSERT_EQ(rehearsal.say(HostCreate{"ns1.other.example", {"192.0.2.1"}})->response->code(), 1000U);
}
void deleted_name(Rehearsal& rehearsal) {
  one_name(rehearsal);
  rehearsal.now += std::chrono::days(10);
  ASSERT_EQ(rehearsal.say(DomainDelete{"a.example"})->response->code(), 1000U);
}
void rivals_name(Rehearsal& rehearsal) { ASSERT_EQ(rehearsal.say_as_rival(Command(new_name("a.example"))), 1000U); }
void asked_for_ours(Rehearsal& rehearsal) {
  one_name(rehearsal);
  ASSERT_EQ(rehearsal.say_as_rival(Command(transfer(TransferOperation::request, "a.example"))), 1001U);
}
void asked_for_theirs(Rehearsal& rehearsal) {
  rivals_name(rehearsal);
  ASSERT_EQ(rehearsal.say(transfer(TransferOperation::request, "a.example"))->response->code(), 1001U);
}
ContactCreate new_contact() {
  ContactCreate create;
  create.id = "C-17";
  PostalInfo postal;
  postal.type = "loc";
  postal.name = PersonalText("Blü <Hen> & \"Sons\" $1 \\0 {{ ]]>");
  postal.street = {PersonalText("Henway 1")};
  postal.city = PersonalText("Berlin");
  postal.country = "DE";
  create.postal.push_back(std::move(postal));
  create.voice = PersonalText("+49.301234567");
  create.email = PersonalText("hen@bluehen.example");
  create.auth_info = Password("s3cr3t");
  create.disclosure = Disclosure{.shows = false, .elements = {true, true, true, true, true, true, true, true, true}};
  return create;
}
void one_contact(Rehearsal& rehearsal) { ASSERT_EQ(rehearsal.say(new_contact())->response->code(), 1000U); }

const std::vector<Scene>& scenes() {
  static const std::vector<Scene> all{
      {"domain:create", [](Rehearsal&) {}, [](Rehearsal&) { return Command(new_name("a.example")); }},
      {"domain:renew", one_name, [](Rehearsal& rehearsal) { return Command(renewal(rehearsal, "a.example")); }},
      {"domain:update",
       [](Rehearsal& rehearsal) {
         one_name(rehearsal);
         one_host(rehearsal);
       },
       [](Rehearsal&) {
         DomainUpdate update;
         update.name = "a.example";
         update.add.servers.servers = {{"ns1.other.example", {}}};
         update.add.statuses = {"clientHold"};
         update.add_ds = {{12345, 13, 2, "ABCDEF"}};
         return Command(std::move(update));
       }},
      {"domain:delete", one_name, [](Rehearsal&) { return Command(DomainDelete{"a.example"}); }},
      {"domain:delete, later",
       [](Rehearsal& rehearsal) {
         one_name(rehearsal);
         rehearsal.now += std::chrono::days(10);
       },
       [](Rehearsal&) { return Command(DomainDelete{"a.example"}); }},
      {"restore", deleted_name,
       [](Rehearsal&) {
         DomainUpdate update;
         update.name = "a.example";
         update.restores = true;
         return Command(std::move(update));
       }},
      {"transfer request", rivals_name, [](Rehearsal&) { return Command(transfer(TransferOperation::request, "a.example")); }},
      {"transfer approve", asked_for_ours,
       [](Rehearsal&) { return Command(transfer(TransferOperation::approve, "a.example")); }},
      {"transfer reject", asked_for_ours, [](Rehearsal&) { return Command(transfer(TransferOperation::reject, "a.example")); }},
      {"transfer cancel", asked_for_theirs,
       [](Rehearsal&) { return Command(transfer(TransferOperation::cancel, "a.example")); }},
      {"host:create", [](Rehearsal&) {},
       [](Rehearsal&) {
         return Command(HostCreate{"ns1.other.example", {"192.0.2.1"}});
       }},
      {"host:update", one_host,
       [](Rehearsal&) {
         return Command(HostUpdate{"ns1.other.example", {{"2001:db8::1"}, {}}, {{"192.0.2.1"}, {}}, ""});
       }},
      {"host:update, renamed", one_host,
       [](Rehearsal&) {
         return Command(HostUpdate{"ns1.other.example", {}, {}, "ns2.other.example"});
       }},
      {"host:delete", one_host, [](Rehearsal&) { return Command(HostDelete{"ns1.other.example"}); }},
      {"contact:create", [](Rehearsal&) {}, [](Rehearsal&) { return Command(new_contact()); }, true},
      {"contact:update", one_contact,
       [](Rehearsal&) {
         ContactCreate whole = new_contact();
         ContactUpdate update;
         update.id = whole.id;
         update.postal = std::move(whole.postal);
         update.postal.front().city = PersonalText("München");
         update.voice = whole.voice;
         update.email = whole.email;
         update.disclosure = whole.disclosure;
         return Command(std::move(update));
       },
       true},
      {"contact:delete", one_contact, [](Rehearsal&) { return Command(ContactDelete{"C-17"}); }, true},
  };
  return all;
}

bool was_done(const Rehearsal& rehearsal, const std::string& client_id) {
  const auto code = rehearsal.truth().find(client_id);
  return code != rehearsal.truth().end() && code->second < 2000;
}

/// The journal tells of the last command what really happened, and it can be said again exactly where it was not done.
void expect_truth(Rehearsal& rehearsal, const Scene& scene, std::uint64_t entries_before, std::size_t changes_before) {
  rehearsal.reopen();
  rehearsal.resolve_all();
  const auto entries = store::expect(rehearsal.journal().list(false, 1));
  const bool is_noted = !entries.empty() && entries.front().number > entries_before;
  if (!is_noted) {  // it did not get so far
    EXPECT_EQ(rehearsal.changes(), changes_before) << scene.name << " was said and not journaled";
    return;
  }
  const Entry& entry = entries.front();
  const bool done = was_done(rehearsal, entry.client_id);
  const bool says_done =
      entry.state == EntryState::done || entry.state == EntryState::applied || entry.state == EntryState::pending;
  const bool says_not =
      entry.state == EntryState::refused || entry.state == EntryState::not_applied || entry.state == EntryState::not_sent;
  EXPECT_TRUE(says_done || says_not) << scene.name << ": " << to_string(entry.state) << " " << entry.why;
  EXPECT_EQ(says_done, done) << scene.name << ": " << to_string(entry.state) << " " << entry.why;
  if (!says_not) return;
  const auto again = rehearsal.say(scene.command(rehearsal));
  EXPECT_TRUE(again->response && again->response->is_success()) << scene.name << " could not be said again";
}

class AtEveryOctet : public ::testing::TestWithParam<std::size_t> {};

TEST_P(AtEveryOctet, NothingIsLostAndNothingDoneTwice) {
  const Scene& scene = scenes().at(GetParam());
  std::size_t whole_out = 0;
  std::size_t whole_in = 0;
  {
    Rehearsal rehearsal(scene.holds_contacts);
    scene.prepare(rehearsal);
    ASSERT_TRUE(rehearsal.say(scene.command(rehearsal))->response->is_success()) << scene.name;
    whole_out = rehearsal.octets_to_registry();
    whole_in = rehearsal.octets_to_client();
  }
  // logins look alike: every octet of the command itself and a sample before it
  const std::size_t step = store::long_run() ? 1 : 17;
  std::size_t rounds = 0;
  for (const auto& [way, whole] : {std::pair(Break::Way::to_registry, whole_out), std::pair(Break::Way::to_client, whole_in)}) {
    for (std::size_t at = (rounds + GetParam()) % step; at < whole; at += step) {
      for (const bool kills : {false, true}) {
        if (!store::long_run() && kills != (at % 2 == 0)) continue;
        Rehearsal rehearsal(scene.holds_contacts);
        scene.prepare(rehearsal);
        const auto before = store::expect(rehearsal.journal().list(false, 1));
        const std::uint64_t number = before.empty() ? 0 : before.front().number;
        const std::size_t changes = rehearsal.changes();
        rehearsal.say(scene.command(rehearsal), {way, at, kills});
        ++rounds;
        expect_truth(rehearsal, scene, number, changes);
        ASSERT_FALSE(HasFailure()) << scene.name << ", " << (kills ? "killed" : "broken") << " at octet " << at
                                   << (way == Break::Way::to_client ? " of the answers" : " of the commands");
      }
    }
  }
  EXPECT_GT(rounds, store::long_run() ? 1000U : 60U);
}

INSTANTIATE_TEST_SUITE_P(Scenes, AtEveryOctet, ::testing::Range<std::size_t>(0, 17));

// ---------------------------------------------------------------------------------------------------------------------------
// A registry that misbehaves.

TEST(Chaos, EveryOutcomeIsFoundOrHandedOver) {
  const unsigned many = store::long_run() ? 100'000 : 4'000;
  std::mt19937 random(20261127);
  auto plan = store::expect(
      MischiefPlan::parse({"close-before:11", "close-after:13", "cut:17", "fail-before:19", "fail-after:23", "close-2500:29",
                           "limit:31", "late:37", "large:7", "wrong-id:41", "no-id:43", "no-result:47", "not-well-formed:53",
                           "undeclared:9", "order:10", "mark:8", "length:59", "utf16:12", "doctype:61"}));
  Rehearsal rehearsal(false);
  std::map<std::string, unsigned> renewed;  // by name: renewals that the journal says were done
  std::uint64_t unknown = 0;
  for (unsigned i = 0; i < many; ++i) {
    const std::string name = "n" + std::to_string(random() % 12) + ".example";
    Command command = Command(DomainDelete{name});
    const unsigned what = random() % 10;
    if (what < 3) {
      command = Command(new_name(name));
    } else if (what < 7) {
      const auto seen = rehearsal.say(DomainInfo{name, "all", {}});
      if (!seen->response || !seen->response->is_success()) continue;
      command =
          Command(DomainRenew{name, format_rfc3339(*read_domain(*seen->response)->expires).substr(0, 10), Period{1, false}});
    } else if (what < 9) {
      DomainUpdate update;
      update.name = name;
      (random() % 2 == 0 ? update.add : update.remove).statuses = {"clientHold"};
      command = Command(std::move(update));
    }
    const bool is_update = std::holds_alternative<DomainUpdate>(command) || std::holds_alternative<DomainDelete>(command);
    const auto before = store::expect(rehearsal.journal().list(false, 1));
    const Break breaks = random() % 20 == 0   ? Break{Break::Way::to_client, random() % 2500, random() % 2 == 0}
                         : random() % 20 == 0 ? Break{Break::Way::to_registry, random() % 1500, random() % 2 == 0}
                                              : Break{};
    rehearsal.say(std::move(command), breaks, &plan);
    auto entries = store::expect(rehearsal.journal().list(false, 1));
    if (entries.empty() || (!before.empty() && entries.front().number == before.front().number)) continue;
    if (is_unresolved(entries.front().state)) {
      ++unknown;
      rehearsal.resolve_all();
      entries = store::expect(rehearsal.journal().list(false, 1));
    }
    const Entry& entry = entries.front();
    ASSERT_FALSE(is_unresolved(entry.state)) << to_string(entry.state) << " " << entry.command << " " << entry.why;
    const bool done = was_done(rehearsal, entry.client_id);
    const bool says_done = entry.state == EntryState::done || entry.state == EntryState::applied;
    // a delete of what was gone already, or a status that was there, holds at the registry without having been done
    if (is_update && entry.state == EntryState::applied) continue;
    ASSERT_EQ(says_done, done) << to_string(entry.state) << " " << entry.command << " " << entry.why;
  }
  EXPECT_THAT(store::expect(rehearsal.journal().list(true, 10)), IsEmpty());
  EXPECT_GT(unknown, many / 20);
  RecordProperty("unknown", static_cast<int>(unknown));
}

}  // namespace
}  // namespace regdata::epp
