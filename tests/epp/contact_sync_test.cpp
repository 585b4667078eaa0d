// Contacts that are at a registry follow what their persons chose, whatever happens to them here or there.
#include "epp/contact_sync.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/epp_contact_record.hpp"
#include "tests/epp/rehearsal.hpp"

namespace regdata::epp {
namespace {

using store::expect;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* sandbox_id = "sandbox";
constexpr const char* planted = "markmarkmark";

Elements only(Disclosable element) { return Elements().set(static_cast<std::size_t>(element)); }

/// Of a registry that keeps what an update does not list.
const DisclosureRules merging{.on_update = DisclosureRules::OnUpdate::merge};

/// One contact of ours at a registry that holds contacts, and its record.
class ContactWorld {
 public:
  explicit ContactWorld(SandboxDisclosure registry = {}, DisclosureRules rules = merging)
      : rehearsal(true, registry), rules_(rules) {
    expect(store().put({store::registration("a.test", person())}, "import:test", rehearsal.now));
    record = expect(store::SqliteContactRecord::open(rehearsal.world().paths()));
  }

  static Contact person() {
    Contact one = store::person("C-17", planted);
    one.phone = PersonalText("+49.301234567");
    one.country = "DE";
    return one;
  }
  RegistrationStore& store() { return rehearsal.world().store(); }

  /// As `epp push` does.
  void push() {
    const auto held = expect(store().find_contact("C-17"));
    const auto target = expect(target_of(held->contact, held->choices, "RD-", PostalForm::by_script));
    expect(record->add(sandbox_id, {{"C-17", target.data.id, {}, {}}}));
    PushPlan plan;
    expect(push_contact(target, rules_, Rehearsal::account, rehearsal.talk(), plan));
    expect(record->note(sandbox_id, {"C-17", target.data.id, ContactStanding::as_wanted, {}}, expect(store().last_sequence()),
                        rehearsal.now));
  }
  void choose(ChoiceAct act, Element element = Element::email) {
    rehearsal.now += std::chrono::minutes(1);
    expect(store().add_choices({store::choice("C-17", element, act, rehearsal.now)}, "choice:test", rehearsal.now));
  }
  ContactSync sync(Break breaks = {}) {
    ContactSyncRules rules{.registry = sandbox_id,
                           .account = Rehearsal::account,
                           .disclosure = rules_,
                           .prefix = "RD-",
                           .may_be_there = [this](const Contact&) {
                             return may_be_there ? Expected<void>() : make_error(Errc::refused, "it must stay in EU");
                           }};
    return {std::move(rules), store(), *record, rehearsal.talk({}, breaks), [this] { return rehearsal.now; }};
  }
  ContactReport run(Break breaks = {}) {
    ContactReport report;
    failed.reset();
    if (auto done = sync(breaks).run(report, 1000, [] { return true; }); !done) failed = done.error();
    for (const std::string& line : report.lines) EXPECT_THAT(line, Not(HasSubstr(planted)));
    return report;
  }
  Elements shown() { return rehearsal.shown("RD-C-17"); }
  std::vector<RecordedContact> doubtful() { return expect(record->doubtful(sandbox_id, 10)); }
  std::uint64_t held() { return expect(record->figures(sandbox_id)).held; }

  Rehearsal rehearsal;
  std::unique_ptr<store::SqliteContactRecord> record;
  bool may_be_there = true;
  std::optional<Error> failed;

 private:
  DisclosureRules rules_;
};

TEST(ContactSync, AChoiceIsBroughtThereAndSoIsItsEnd) {
  ContactWorld world;
  world.push();
  EXPECT_EQ(world.run().looked, 1U);  // the feed was not followed before
  EXPECT_EQ(world.run().looked, 0U);
  world.choose(ChoiceAct::given);
  const ContactReport given = world.run();
  EXPECT_THAT(given.lines, ElementsAre(AllOf(HasSubstr("contact C-17 (RD-C-17): updated"), HasSubstr("shows: email"))));
  EXPECT_EQ(world.shown(), only(Disclosable::email));
  world.choose(ChoiceAct::withdrawn);
  const ContactReport withdrawn = world.run();
  EXPECT_EQ(withdrawn.changed, 1U);
  EXPECT_EQ(world.shown(), Elements());
  EXPECT_EQ(world.run().looked, 0U);
  EXPECT_THAT(world.doubtful(), IsEmpty());
}

TEST(ContactSync, DataFollowAndOtherContactsDoNot) {
  ContactWorld world;
  world.push();
  world.run();
  Contact moved = ContactWorld::person();
  moved.city = PersonalText("Kleindorf");
  Contact other = ContactWorld::person();
  other.handle = "C-18";
  world.rehearsal.now += std::chrono::minutes(1);
  expect(world.store().put({store::registration("a.test", moved), store::registration("b.test", other)}, "import:test",
                           world.rehearsal.now));
  const ContactReport report = world.run();
  EXPECT_EQ(report.looked, 1U);
  EXPECT_THAT(report.lines, ElementsAre(HasSubstr("because: address")));
}

/// A registry that publishes by itself, as one does that changes its policy.
TEST(ContactSync, WhatTheRegistryShowsByItselfIsFoundAndHidden) {
  ContactWorld world;
  world.push();
  world.run();
  ContactUpdate update;
  update.id = "RD-C-17";
  update.disclosure.emplace();
  update.disclosure->shows = true;
  update.disclosure->elements.at(static_cast<std::size_t>(Disclosable::voice)) = true;
  ASSERT_TRUE(world.rehearsal.say(Command(std::move(update)))->response->is_success());
  ASSERT_EQ(world.shown(), only(Disclosable::voice));
  EXPECT_EQ(world.run().looked, 0U);
  world.rehearsal.now += std::chrono::hours(24 * 31);
  const ContactReport report = world.run();
  EXPECT_THAT(report.found_shown, ElementsAre(HasSubstr("was shown against the choice: voice")));
  EXPECT_EQ(report.shown_against, 0U);
  EXPECT_EQ(world.shown(), Elements());
}

TEST(ContactSync, AMessageAboutItIsAReasonToLook) {
  ContactWorld world;
  world.push();
  world.run();
  expect(world.sync().note_message("RD-C-17"));
  EXPECT_EQ(world.run().looked, 1U);
  expect(world.sync().note_message("somebody-elses"));
  EXPECT_EQ(world.run().looked, 0U);
}

TEST(ContactSync, WhatIsShownAllTheSameIsToldUntilItIsNot) {
  ContactWorld world({.silence_resets = true});  // and our settings say that it keeps what is not listed
  world.push();
  world.run();
  Contact moved = ContactWorld::person();
  moved.city = PersonalText("Kleindorf");
  world.rehearsal.now += std::chrono::minutes(1);
  expect(world.store().put({store::registration("a.test", moved)}, "import:test", world.rehearsal.now));
  const ContactReport report = world.run();
  EXPECT_EQ(report.shown_against, 1U);
  ASSERT_EQ(world.doubtful().size(), 1U);
  EXPECT_EQ(world.doubtful()[0].standing, ContactStanding::shown_against);
  EXPECT_EQ(expect(world.record->figures(sandbox_id)).shown_against, 1U);
  // it is looked at again in an hour, and then there is only to be hidden
  EXPECT_EQ(world.run().looked, 0U);
  world.rehearsal.now += std::chrono::hours(2);
  EXPECT_THAT(world.run().found_shown, ElementsAre(HasSubstr("was shown against the choice")));
  EXPECT_EQ(world.shown(), Elements());
  EXPECT_THAT(world.doubtful(), IsEmpty());
}

TEST(ContactSync, OneThatMustNotBeThereIsToldAndNotTouched) {
  ContactWorld world;
  world.push();
  world.run();
  const std::size_t changes = world.rehearsal.changes();
  world.may_be_there = false;
  world.choose(ChoiceAct::given);
  const ContactReport report = world.run();
  EXPECT_EQ(report.in_doubt, 1U);
  ASSERT_EQ(world.doubtful().size(), 1U);
  EXPECT_EQ(world.doubtful()[0].standing, ContactStanding::must_go);
  EXPECT_EQ(world.doubtful()[0].note, "it must stay in EU");
  EXPECT_EQ(world.rehearsal.changes(), changes);
}

TEST(ContactSync, AnErasedOneIsToldUntilItIsGone) {
  ContactWorld world;
  world.push();
  world.run();
  expect(world.store().erase_contact("C-17", "erased:request", world.rehearsal.now));
  EXPECT_EQ(world.run().in_doubt, 1U);
  ASSERT_EQ(world.doubtful().size(), 1U);
  EXPECT_EQ(world.doubtful()[0].note, "it was erased");
  ASSERT_TRUE(world.rehearsal.say(ContactDelete{"RD-C-17"})->response->is_success());
  world.rehearsal.now += std::chrono::hours(2);
  world.run();
  EXPECT_EQ(world.held(), 0U);
}

TEST(ContactSync, NoContactIsMadeByItself) {
  ContactWorld world;
  world.push();
  ASSERT_TRUE(world.rehearsal.say(ContactDelete{"RD-C-17"})->response->is_success());
  const std::size_t changes = world.rehearsal.changes();
  world.choose(ChoiceAct::given);
  EXPECT_THAT(world.run().lines, ElementsAre(HasSubstr("is no longer there")));
  EXPECT_EQ(world.rehearsal.changes(), changes);
  EXPECT_EQ(world.held(), 0U);
}

TEST(ContactSync, OneThatANameHasThereIsFollowed) {
  ContactWorld world;
  const auto held = expect(world.store().find(store::name_of("a.test")));
  DomainData there;
  there.registrant = "OTHER-9";
  ContactSync sync = world.sync();
  sync.note_name(held->registration, there);
  expect(sync.keep_names());
  EXPECT_EQ(world.held(), 0U);
  there.contacts.push_back({"tech", "RD-C-17"});
  sync.note_name(held->registration, there);
  expect(sync.keep_names());
  EXPECT_EQ(world.held(), 1U);
  EXPECT_EQ(expect(sync.handle_of("RD-C-17")), "C-17");
}

/// Wherever the line is cut, the no arrives in the end, and without a wait where nothing of it was said.
TEST(ContactSync, ANoThatWasCutOffArrives) {
  for (const Break::Way way : {Break::Way::to_registry, Break::Way::to_client})
    for (const std::size_t octets : {0U, 700U, 1500U, 2500U}) {
      ContactWorld world;
      world.push();
      world.run();
      world.choose(ChoiceAct::given);
      world.run();
      ASSERT_EQ(world.shown(), only(Disclosable::email));
      world.choose(ChoiceAct::withdrawn);
      world.run({.way = way, .octets = octets});
      world.rehearsal.resolution.disclosure = merging;
      world.rehearsal.resolve_all();
      world.rehearsal.now += std::chrono::hours(2);
      world.run();
      EXPECT_FALSE(world.failed) << world.failed->context;
      EXPECT_EQ(world.shown(), Elements()) << octets;
      for (const RecordedContact& one : world.doubtful()) ADD_FAILURE() << octets << ' ' << one.note;
    }
}

TEST(ContactSync, AnotherHistoryOfTheStoreIsFollowedAnew) {
  ContactWorld world;
  world.push();
  world.run();
  expect(world.record->follow(sandbox_id, FeedMark{1'000'000, 4711}));
  EXPECT_EQ(world.run().looked, 1U);
  EXPECT_EQ(world.run().looked, 0U);
}

/// A push that read the store before a choice must not make sync forget the choice.
TEST(ContactSync, TwoWhoPushAtOnceForgetNoChange) {
  ContactWorld world;
  world.push();
  world.run();
  const std::uint64_t before = expect(world.store().last_sequence());
  world.choose(ChoiceAct::given);
  expect(world.record->note_changed(sandbox_id, {{"C-17", expect(world.store().last_sequence())}}));
  expect(world.record->note(sandbox_id, {"C-17", "RD-C-17", ContactStanding::as_wanted, {}}, before, world.rehearsal.now));
  EXPECT_EQ(world.run().changed, 1U);
  EXPECT_EQ(world.shown(), only(Disclosable::email));
}

TEST(ContactSync, ARehearsalSaysWhatAndWhyAndChangesNothing) {
  ContactWorld world;
  world.push();
  world.run();
  world.choose(ChoiceAct::given);
  const std::size_t changes = world.rehearsal.changes();
  ContactReport report;
  expect(world.sync().rehearse(report, 100));
  ASSERT_EQ(report.lines.size(), 2U) << ::testing::PrintToString(report.lines);
  EXPECT_THAT(report.lines[0], AllOf(HasSubstr("would be updated, because: chosen and not shown: email")));
  for (const std::string& line : report.lines) EXPECT_THAT(line, Not(HasSubstr(planted)));
  EXPECT_THAT(report.lines[1], HasSubstr("<contact:disclose flag="));
  EXPECT_EQ(world.rehearsal.changes(), changes);
  EXPECT_EQ(world.run().changed, 1U);
}

}  // namespace
}  // namespace regdata::epp
