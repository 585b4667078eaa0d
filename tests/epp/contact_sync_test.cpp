// Contacts that are at a registry follow what their persons chose, whatever happens to them here or there.
#include "epp/contact_sync.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "epp/observation.hpp"
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
    RecordedContact recorded;
    recorded.handle = "C-17";
    recorded.id = target.data.id;
    expect(record->add(sandbox_id, {recorded}));
    PushPlan plan;
    expect(push_contact(target, rules_, Rehearsal::account, rehearsal.talk(), plan));
    note_as_wanted(expect(store().last_sequence()));
  }
  void note_as_wanted(std::uint64_t sequence) {
    auto recorded = expect(record->find(sandbox_id, "C-17"));
    recorded->standing = ContactStanding::as_wanted;
    expect(record->note(sandbox_id, *recorded, sequence, rehearsal.now));
  }
  void choose(ChoiceAct act, Element element = Element::email) {
    rehearsal.now += std::chrono::minutes(1);
    expect(store().add_choices({store::choice("C-17", element, act, rehearsal.now)}, "choice:test", rehearsal.now));
  }
  ContactSync sync(Break breaks = {}) { return sync_by(rehearsal.talk({}, breaks)); }
  ContactSync sync_by(Talk talk) {
    ContactSyncRules rules{.registry = sandbox_id,
                           .account = Rehearsal::account,
                           .disclosure = rules_,
                           .prefix = "RD-",
                           .digest = digest,
                           .may_be_there = [this](const Contact&) {
                             return may_be_there ? Expected<void>() : make_error(Errc::refused, "it must stay in EU");
                           }};
    return {std::move(rules), {store(), *record, rehearsal.journal()}, std::move(talk), [this] { return rehearsal.now; }};
  }
  ContactReport run(Break breaks = {}) {
    ContactReport report;
    failed.reset();
    if (auto done = sync(breaks).run(report, [] { return true; }); !done) failed = done.error();
    for (const std::string& line : report.lines) EXPECT_THAT(line, Not(HasSubstr(planted)));
    return report;
  }
  Elements shown() { return rehearsal.shown("RD-C-17"); }
  std::vector<RecordedContact> doubtful() { return expect(record->doubtful(sandbox_id, 10)); }
  std::uint64_t held() { return expect(record->figures(sandbox_id)).held; }

  Rehearsal rehearsal;
  std::unique_ptr<store::SqliteContactRecord> record;
  bool may_be_there = true;
  std::string digest = "rules";
  void use(const DisclosureRules& rules) { rules_ = rules; }
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
  EXPECT_EQ(report.figures.shown_against, 0U);
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
  EXPECT_EQ(report.figures.shown_against, 1U);
  ASSERT_EQ(world.doubtful().size(), 1U);
  EXPECT_EQ(world.doubtful()[0].standing, ContactStanding::shown_against);
  EXPECT_EQ(expect(world.record->figures(sandbox_id)).shown_against, 1U);
  // it is looked at again soon, and then there is only to be hidden
  EXPECT_EQ(world.run().looked, 0U);
  world.rehearsal.now += std::chrono::seconds(16);
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
  EXPECT_EQ(report.figures.in_doubt, 1U);
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
  EXPECT_EQ(world.run().figures.in_doubt, 1U);
  ASSERT_EQ(world.doubtful().size(), 1U);
  EXPECT_EQ(world.doubtful()[0].note, "it was erased");
  ASSERT_TRUE(world.rehearsal.say(ContactDelete{"RD-C-17"})->response->is_success());
  world.rehearsal.now += std::chrono::hours(2);
  world.run();
  EXPECT_EQ(world.held(), 1U) << "one look proves nothing";
  world.rehearsal.now += std::chrono::minutes(1);
  world.run();
  EXPECT_EQ(world.held(), 0U);
}

TEST(ContactSync, NoContactIsMadeByItself) {
  ContactWorld world;
  world.push();
  ASSERT_TRUE(world.rehearsal.say(ContactDelete{"RD-C-17"})->response->is_success());
  const std::size_t changes = world.rehearsal.changes();
  world.choose(ChoiceAct::given);
  EXPECT_THAT(world.run().lines, ElementsAre(HasSubstr("was not there")));
  world.rehearsal.now += std::chrono::minutes(1);
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
  EXPECT_EQ(expect(sync.note_name(held->registration, there)), "");  // nobody knows who that is
  expect(sync.keep_names());
  EXPECT_EQ(world.held(), 0U);
  there.contacts.push_back({"tech", "RD-C-17"});
  EXPECT_EQ(expect(sync.note_name(held->registration, there)), "the registrant there is OTHER-9, and not C-17");
  expect(sync.keep_names());
  EXPECT_EQ(world.held(), 1U);
  EXPECT_EQ(expect(sync.handle_of("RD-C-17")), "C-17");
  there.registrant = "RD-C-17";
  there.contacts = {{"tech", "OTHER-9"}};  // no technical contact is held here
  EXPECT_EQ(expect(sync.note_name(held->registration, there)), "");
}

TEST(ContactSync, AnotherHolderIsFoundByTheRecord) {
  ContactWorld world;
  const auto held = expect(world.store().find(store::name_of("a.test")));
  ContactSync sync = world.sync();
  expect(sync.record().add(sandbox_id, {{"C-17", "X-1", {}, {}, 0, {}}, {"C-18", "X-2", {}, {}, 0, {}}}));
  DomainData there;
  there.registrant = "X-1";
  EXPECT_EQ(expect(sync.note_name(held->registration, there)), "");
  there.registrant = "X-2";
  EXPECT_EQ(expect(sync.note_name(held->registration, there)), "the registrant there is X-2, C-18 here, and not C-17");
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
      world.rehearsal.now += std::chrono::minutes(1);
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
  world.note_as_wanted(before);
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

/// As a registry answers that folds case, forgets whose it is, or says two things.
Outcome told(const std::string& inside) {
  const std::string xml =
      R"(<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg>ok</msg></result><resData>)"
      R"(<c:infData xmlns:c="urn:ietf:params:xml:ns:contact-1.0">)" +
      inside + "</c:infData></resData><trID><svTRID>1</svTRID></trID></response></epp>";
  Outcome outcome;
  outcome.kind = Outcome::Kind::answered;
  outcome.response = Response::read(XmlDocument::parse(xml).value()).value();
  return outcome;
}

ContactTarget target_for() { return target_of(ContactWorld::person(), {}, "RD-", PostalForm::local).value(); }

TEST(ContactSync, AnAnswerThatIsNotAboutItIsNotBelieved) {
  for (const char* bad : {"<c:id>rd-c-17</c:id><c:clID>REG-TEST</c:clID>", "<c:id>OTHER</c:id><c:clID>REG-TEST</c:clID>",
                          "<c:id>RD-C-17</c:id>", "<c:id>RD-C-17</c:id><c:clID>REG-OTHER</c:clID>"}) {
    const auto plan = plan_push(target_for(), merging, Rehearsal::account, told(bad));
    ASSERT_FALSE(plan) << bad;
    EXPECT_EQ(plan.error().code, Errc::refused);
    EXPECT_EQ(shown_against(target_for(), merging, Rehearsal::account, told(bad)), Elements());
  }
}

/// In doubt it is shown.
TEST(ContactSync, WhatCannotBeUnderstoodIsShown) {
  const std::string hidden = "<c:disclose flag=\"0\"><c:email/></c:disclose>";
  const std::string begin = "<c:id>RD-C-17</c:id><c:clID>REG-TEST</c:clID>";
  const auto shows_email = [&](const std::string& disclosed) {
    const Elements against = shown_against(target_for(), merging, Rehearsal::account, told(begin + disclosed));
    return against[static_cast<std::size_t>(Disclosable::email)];
  };
  EXPECT_FALSE(shows_email(hidden));
  EXPECT_FALSE(shows_email("<c:disclose flag=\" false \"><c:email/></c:disclose>"));
  for (const char* doubtful : {"<c:disclose><c:email/></c:disclose>", "<c:disclose flag=\"yes\"><c:email/></c:disclose>"})
    EXPECT_TRUE(shows_email(doubtful)) << doubtful;
  EXPECT_TRUE(shows_email(hidden + hidden));
}

TEST(ContactSync, AFormerFormOfTheAddressIsHidden) {
  ContactTarget target = target_for();
  target.chosen.set();
  const std::string former =
      R"(<c:id>RD-C-17</c:id><c:postalInfo type="int"><c:name>Former Name</c:name><c:addr><c:city>X</c:city><c:cc>DE</c:cc>)"
      R"(</c:addr></c:postalInfo><c:clID>REG-TEST</c:clID>)";
  const Elements against = shown_against(target, merging, Rehearsal::account, told(former));
  EXPECT_TRUE(against[static_cast<std::size_t>(Disclosable::name_int)]);
  EXPECT_FALSE(against[static_cast<std::size_t>(Disclosable::name_loc)]);
}

TEST(ContactSync, WhatCanBeHiddenIsHiddenThoughNotAllCan) {
  DisclosureRules rules = merging;
  rules.adjustable[static_cast<std::size_t>(Disclosable::voice)] = false;  // nothing is to be had there, our settings say
  ContactWorld world;
  world.choose(ChoiceAct::given);
  world.choose(ChoiceAct::given, Element::phone);
  world.push();
  world.run();
  ASSERT_EQ(world.shown().count(), 2U);
  world.use(rules);
  world.choose(ChoiceAct::withdrawn);
  world.choose(ChoiceAct::withdrawn, Element::phone);
  const ContactReport report = world.run();
  EXPECT_EQ(world.shown(), only(Disclosable::voice));
  EXPECT_EQ(report.figures.shown_against, 1U);
}

TEST(ContactSync, AChoiceArrivesThoughTheDataCannot) {
  ContactWorld world;
  world.choose(ChoiceAct::given);
  world.push();
  world.run();
  ASSERT_EQ(world.shown(), only(Disclosable::email));
  Contact broken = ContactWorld::person();
  broken.city = {};
  world.rehearsal.now += std::chrono::minutes(1);
  expect(world.store().put({store::registration("a.test", broken)}, "import:test", world.rehearsal.now));
  world.choose(ChoiceAct::withdrawn);
  world.run();
  EXPECT_EQ(world.shown(), Elements());
  ASSERT_EQ(world.doubtful().size(), 1U);
  EXPECT_THAT(world.doubtful()[0].note, HasSubstr("city"));
}

TEST(ContactSync, OfOneThatMustNotBeThereNothingIsShown) {
  ContactWorld world;
  world.choose(ChoiceAct::given);
  world.push();
  world.run();
  ASSERT_EQ(world.shown(), only(Disclosable::email));
  expect(world.store().erase_contact("C-17", "erased:request", world.rehearsal.now));
  world.run();
  EXPECT_EQ(world.shown(), Elements());
  EXPECT_EQ(world.doubtful().at(0).standing, ContactStanding::must_go);
}

TEST(ContactSync, OtherRulesAndAStartAreReasonsToLook) {
  ContactWorld world;
  world.push();
  world.run();
  world.digest = "another";
  EXPECT_EQ(world.run().looked, 1U);
  EXPECT_EQ(world.run().looked, 0U);
  ContactReport report;
  ContactSync started = world.sync();
  started.look_at_all();
  expect(started.run(report, [] { return true; }));
  EXPECT_EQ(report.looked, 1U);
}

/// One that is still being made is not gone.
TEST(ContactSync, OneWhoseCreationIsNotResolvedStaysInTheRecord) {
  ContactWorld world;
  world.push();
  world.run();
  ASSERT_TRUE(world.rehearsal.say(ContactDelete{"RD-C-17"})->response->is_success());
  ContactCreate create;
  create.id = "RD-C-17";
  create.postal = target_for().data.postal;
  create.email = PersonalText("x@planted.example");
  static_cast<void>(world.rehearsal.say(Command(std::move(create)), {.way = Break::Way::to_registry, .octets = 1500}));
  ASSERT_TRUE(expect(world.rehearsal.journal().is_under_way(sandbox_id, "contact RD-C-17")));
  for (int hour = 0; hour < 3; ++hour) {
    world.rehearsal.now += std::chrono::hours(2);
    world.run();
    EXPECT_EQ(world.held(), 1U);
  }
}

/// Sync looked, somebody else pushed and noted, and then sync notes what it saw before.
TEST(ContactSync, WhoLookedEarlierDoesNotHaveTheLastWord) {
  ContactWorld world;
  world.push();
  world.run();
  const auto before = expect(world.record->find(sandbox_id, "C-17"));
  world.note_as_wanted(expect(world.store().last_sequence()));
  expect(world.record->note(sandbox_id, *before, expect(world.store().last_sequence()), world.rehearsal.now));
  EXPECT_EQ(world.run().looked, 1U);
}

/// A contact whose look breaks the line, each time.
TEST(ContactSync, OneThatBreaksTheLineStarvesNobody) {
  ContactWorld world;
  for (int number = 1; number <= 150; ++number) {
    RecordedContact recorded;
    recorded.handle = fmt::format("D-{:03}", number);
    recorded.id = "RD-" + recorded.handle;
    expect(world.record->add(sandbox_id, {recorded}));
  }
  std::set<std::string> asked;
  const Talk talk = [&](std::vector<Job> jobs, const OnDone& on_done) -> Expected<Greeting> {
    bool is_broken = false;
    for (std::size_t at = 0; at < jobs.size(); ++at) {
      const std::string id = std::get<ContactInfo>(jobs[at].command).id;
      Outcome outcome;
      outcome.kind = is_broken ? Outcome::Kind::not_sent : Outcome::Kind::unknown;
      outcome.why = make_error(Errc::unavailable, "the connection ended");
      if (!is_broken) asked.insert(id);
      if (!is_broken && id != "RD-D-001") outcome = told("<c:id>" + id + "</c:id><c:clID>REG-OTHER</c:clID>");
      is_broken = is_broken || id == "RD-D-001";
      if (const auto more = on_done(at, std::move(outcome)); !more) return more.error();
    }
    return Greeting();
  };
  ContactReport report;
  ContactSync sync = world.sync_by(talk);
  EXPECT_FALSE(sync.run(report, [] { return true; }));
  EXPECT_EQ(asked.size(), 150U);
}

TEST(ContactSync, ARefusedLoginIsSaidOnce) {
  ContactWorld world;
  for (int number = 1; number <= 350; ++number) {
    RecordedContact recorded;
    recorded.handle = recorded.id = fmt::format("D-{:03}", number);
    expect(world.record->add(sandbox_id, {recorded}));
  }
  unsigned logins = 0;
  ContactSync sync = world.sync_by([&](const std::vector<Job>&, const OnDone&) -> Expected<Greeting> {
    ++logins;
    return make_error(Errc::refused, "the registry refused the login: 2200");
  });
  ContactReport report;
  EXPECT_EQ(sync.run(report, [] { return true; }).error().code, Errc::refused);
  EXPECT_EQ(logins, 1U);
  EXPECT_EQ(report.looked, 0U);
}

TEST(ContactSync, AMessageOfSeveralContactsKeepsNobodysData) {
  const std::string xml =
      R"(<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1301"><msg>markmarkmark</msg></result>)"
      R"(<msgQ count="1" id="7"><qDate>2026-11-27T00:00:00Z</qDate><msg>of markmarkmark</msg></msgQ><resData>)"
      R"(<c:infData xmlns:c="urn:ietf:params:xml:ns:contact-1.0"><c:id>A-1</c:id><c:postalInfo type="loc" x="markmarkmark">)"
      R"(<c:name>markmarkmark</c:name><c:org><![CDATA[markmarkmark</c:org>]]></c:org></c:postalInfo><c:clID>R</c:clID></c:infData>)"
      R"(<c:infData xmlns:c="urn:ietf:params:xml:ns:contact-1.0"><c:id>A-2</c:id></c:infData>)"
      R"(<o:odd xmlns:o="urn:odd" id="markmarkmark">markmarkmark<o:id>markmarkmark</o:id></o:odd></resData>)"
      R"(<trID><svTRID>1</svTRID></trID></response></epp>)";
  const Response message = Response::read(XmlDocument::parse(xml).value()).value();
  EXPECT_THAT(contacts_of(message), ElementsAre("A-1", "A-2"));
  const std::string kept = without_persons(message);
  EXPECT_THAT(kept, Not(HasSubstr(planted)));
  const auto again = Response::read(XmlDocument::parse(kept).value());
  ASSERT_TRUE(again) << again.error().context;
  EXPECT_EQ(again->code(), 1301);
  EXPECT_EQ(again->queue()->id, "7");
  EXPECT_THAT(contacts_of(*again), ElementsAre("A-1", "A-2"));
}

}  // namespace
}  // namespace regdata::epp
