// The publisher's order of work, with a store in memory. Views are always compared with redact() of what the store holds.
#include "redaction/publisher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>

#include "redaction/publish_plan.hpp"
#include "tests/redaction/publisher_place.hpp"

namespace regdata {
namespace {

using namespace std::chrono_literals;
using redaction::PublishReport;
using redaction::ResumeNote;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::numbered;
using testing::open_registration;
using ::testing::SizeIs;

class PublisherTest : public testing::PublisherTest {};

TEST_F(PublisherTest, PublishesWhatIsHeld) {
  for (std::size_t i = 0; i < 50; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  run();
  EXPECT_EQ(published(), wanted());
  EXPECT_EQ(views->state().value().sequence, 50U);
  EXPECT_EQ(views->state().value().views, 50U);

  store.hold(open_registration(numbered(60), "C-60"));
  const PublishReport report = step();
  EXPECT_EQ(report.published, 1U);
  EXPECT_EQ(report.sequence, 51U);
  EXPECT_TRUE(report.caught_up);
  EXPECT_EQ(published(), wanted());
}

TEST_F(PublisherTest, AHiddenChangeMovesTheSequenceAndNothingThatThePublicSees) {
  RegistrationData data = open_registration("a.example", "C-1");
  data.contacts[0].choices = ContactChoices();
  store.hold(data);
  run();
  const auto before = views->state().value();
  const auto view_before = view("a.example");
  store.edit_contact("C-1", [](RoleContact& contact) { contact.contact.email = PersonalText("a-much-longer@person.example"); });
  store.say(ChangeKind::contact_put, "C-1");
  now += 10s;
  const PublishReport report = step();
  EXPECT_EQ(report.published, 0U);
  EXPECT_EQ(report.changes, 1U);
  const auto after = views->state().value();
  EXPECT_EQ(after.sequence, before.sequence + 1);
  EXPECT_EQ(after.applied_until, before.applied_until);
  EXPECT_EQ(view("a.example"), view_before);
}

TEST_F(PublisherTest, HidesGoFirstWithinAllThatWaits) {
  store.hold(open_registration("victim.example", "C-V"));
  run();
  for (std::size_t i = 0; i < 100; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  store.edit_contact("C-V", [](RoleContact& contact) { contact.choices = ContactChoices(); });
  store.say(ChangeKind::choice, "C-V", true);
  const PublishReport first = step(10);
  EXPECT_FALSE(first.caught_up);
  EXPECT_EQ(email("victim.example"), "(withheld)");
  EXPECT_LT(first.sequence, 20U);  // it was applied ahead of the feed, which has only begun
  store.found.clear();
  run(10);
  EXPECT_THAT(store.found, ::testing::Not(Contains("victim.example")));  // and once is enough
  EXPECT_EQ(views->state().value().sequence, 102U);
  EXPECT_EQ(views->resume_note().value(), "");
  EXPECT_EQ(published(), wanted());
}

TEST_F(PublisherTest, AFanOutWithinTheLimitIsOneTransaction) {
  for (std::size_t i = 0; i < 40; ++i) store.hold(open_registration(numbered(i), "C-shared"));
  run();
  for (std::size_t i = 50; i < 55; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  store.edit_contact("C-shared", [](RoleContact& contact) { contact.contact.email = PersonalText("new@person.example"); });
  store.say(ChangeKind::contact_put, "C-shared");
  // 5 + 40 do not fit into one transaction of 42, and the 40 are not torn apart.
  EXPECT_EQ(step(42).published, 5U);
  EXPECT_EQ(email(numbered(0)), "planted-" + numbered(0) + "@person.example");
  EXPECT_EQ(step(42).published, 40U);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(email(numbered(i)), "new@person.example");
}

TEST_F(PublisherTest, ALargeFanOutGoesOnAfterARestart) {
  for (std::size_t i = 0; i < 95; ++i) store.hold(open_registration(numbered(i), "C-shared"));
  run();
  store.edit_contact("C-shared", [](RoleContact& contact) { contact.choices = ContactChoices(); });
  store.say(ChangeKind::choice, "C-shared", true);
  store.found.clear();
  int steps = 0;
  for (bool done = false; !done; ++steps) {
    restart();
    const PublishReport report = step(10);
    done = report.caught_up;
    if (!done) {
      EXPECT_EQ(report.sequence, 95U) << "the sequence moves when all is applied, not before";
    }
  }
  EXPECT_EQ(steps, 10);
  EXPECT_THAT(store.found, SizeIs(95));  // each name once
  EXPECT_EQ(published(), wanted());
  EXPECT_EQ(views->state().value().sequence, 96U);
}

TEST_F(PublisherTest, AHideOvertakesAFanOutUnderWay) {
  for (std::size_t i = 0; i < 60; ++i) store.hold(open_registration(numbered(i), "C-show"));
  for (std::size_t i = 100; i < 160; ++i) store.hold(open_registration(numbered(i), "C-hide"));
  run();
  store.edit_contact("C-show", [](RoleContact& contact) { contact.contact.email = PersonalText("new@person.example"); });
  store.say(ChangeKind::contact_put, "C-show");
  step(10);
  step(10);
  EXPECT_EQ(email(numbered(19)), "new@person.example");
  EXPECT_NE(email(numbered(20)), "new@person.example");
  store.edit_contact("C-hide", [](RoleContact& contact) { contact.choices = ContactChoices(); });
  store.say(ChangeKind::choice, "C-hide", true);
  for (int i = 0; i < 6; ++i) {
    restart();
    step(10);
  }
  EXPECT_EQ(email(numbered(159)), "(withheld)");
  EXPECT_NE(email(numbered(20)), "new@person.example");  // the older change waited
  store.found.clear();
  run(10);
  EXPECT_THAT(store.found, SizeIs(40));
  EXPECT_EQ(published(), wanted());
}

TEST_F(PublisherTest, EndedNamesGoAndTakeTheirHostsAlong) {
  store.hold(open_registration("a.example", "C-1"));
  store.hold(open_registration("b.example", "C-1"));
  store.add_host("ns1.a.example", {"192.0.2.1"});
  store.add_host("ns1.b.example", {"192.0.2.2"});
  store.add_host("ns1.elsewhere.example", {"192.0.2.3"});
  run();
  EXPECT_EQ(views->find_host("ns1.a.example").value()->addresses, std::vector<std::string>{"192.0.2.1"});
  EXPECT_TRUE(views->find_host("ns1.b.example").value().has_value());
  EXPECT_FALSE(views->find_host("ns1.elsewhere.example").value().has_value());

  store.end_registration("a.example");
  EXPECT_EQ(step().removed, 1U);
  EXPECT_FALSE(view("a.example").has_value());
  EXPECT_FALSE(views->find_host("ns1.a.example").value().has_value());
  EXPECT_TRUE(views->find_host("ns1.b.example").value().has_value());
  EXPECT_TRUE(views->hides_pending_since().value().has_value());

  store.remove_host("ns1.b.example");
  store.add_host("ns2.b.example", {"2001:db8::2"});
  step();
  EXPECT_FALSE(views->find_host("ns1.b.example").value().has_value());
  EXPECT_EQ(views->find_host("ns2.b.example").value()->addresses, std::vector<std::string>{"2001:db8::2"});
  EXPECT_EQ(views->find_host("ns2.b.example").value()->registrar, store.registrations.at("b.example").registration.registrar);
}

TEST_F(PublisherTest, ANameUnderNoPolicyIsNotPublished) {
  store.hold(open_registration("a.invalid", "C-1"));
  store.hold(open_registration("a.example", "C-2"));
  EXPECT_THAT(run().problems, Contains(HasSubstr("a.invalid: no policy")));
  EXPECT_FALSE(view("a.invalid").has_value());
  store.hold(open_registration("b.invalid", "C-1"));
  EXPECT_THAT(run().problems, Contains(HasSubstr("b.invalid: no policy")));
  EXPECT_FALSE(view("b.invalid").has_value());
  EXPECT_TRUE(view("a.example").has_value());
}

// House.md §3: a name that cannot be opened is published with every contact element withheld, never left as it was.
TEST_F(PublisherTest, ANameThatCannotBeReadIsNotLeftAsItWas) {
  for (const char* name : {"a.example", "b.example"}) store.hold(open_registration(name, "C-1"));
  run();
  EXPECT_EQ(email("a.example"), "planted-a.example@person.example");
  store.broken_names = {"a.example", "b.example", "new.example"};
  store.say(ChangeKind::contact_put, "C-1");
  store.say(ChangeKind::registration_ended, "b.example", true);
  store.say(ChangeKind::registration_put, "new.example");
  const PublishReport report = step();
  EXPECT_TRUE(report.caught_up);
  EXPECT_EQ(report.unreadable, 3U);
  EXPECT_THAT(report.problems, Contains(HasSubstr("a.example: cannot be read")));
  EXPECT_EQ(email("a.example"), "(withheld)");
  EXPECT_FALSE(view("b.example").has_value());
  EXPECT_FALSE(view("new.example").has_value());
  EXPECT_TRUE(views->hides_pending_since().value().has_value());
  for (const auto& problem : report.problems) EXPECT_THAT(problem, ::testing::Not(HasSubstr("planted")));
}

TEST_F(PublisherTest, AContactThatCannotBeOpenedIsWithheldWhole) {
  store.hold(open_registration("a.example", "C-1"));
  run();
  store.edit_contact("C-1", [](RoleContact& contact) {
    contact.state = ContactState::unreadable;
    contact.contact = Contact{};
    contact.contact.handle = "C-1";
    contact.problem = "contact C-1: data key is missing";
  });
  store.say(ChangeKind::contact_put, "C-1");
  const PublishReport report = step();
  EXPECT_EQ(report.unreadable, 1U);
  EXPECT_THAT(report.problems, Contains(HasSubstr("C-1")));
  EXPECT_EQ(email("a.example"), "(withheld)");
  EXPECT_EQ(published(), wanted());
}

TEST_F(PublisherTest, AStoreThatIsDownChangesNothing) {
  store.hold(open_registration("a.example", "C-1"));
  run();
  const auto before = published();
  store.hold(open_registration("b.example", "C-1"));
  store.down = true;
  now += 5min;
  const auto failed = publisher->step();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  EXPECT_EQ(published(), before);
  EXPECT_LT(views->state().value().heartbeat, now - 4min);  // nobody says that all is well
  store.down = false;
  run();
  EXPECT_EQ(published(), wanted());
}

TEST_F(PublisherTest, EqualsRedactionAfterAnySequenceOfChanges) {
  EXPECT_TRUE(rc::check("random changes, limits and restarts", [this] {
    testing::Chance chance(*testing::seeds());
    for (std::size_t i = 0, changes = 5 + chance.below(40); i < changes; ++i) {
      const std::string name = numbered(chance.below(12));
      const std::string handle = "C-" + std::to_string(chance.below(4));
      const bool held = store.registrations.contains(name) && !store.registrations.at(name).registration.ended;
      switch (chance.below(6)) {
        case 0:
        case 1: {
          RegistrationData data =
              chance.one_in(2) ? open_registration(name, handle) : testing::random_registration(chance.next(), name);
          data.registration.ended.reset();
          store.hold(data, chance.one_in(3));
          break;
        }
        case 2:
          if (held) store.end_registration(name);
          break;
        case 3:
          store.edit_contact(handle, [&](RoleContact& contact) { contact.choices = testing::random_choices(chance, handle); });
          store.say(ChangeKind::choice, handle, chance.one_in(2));
          break;
        case 4:
          if (chance.one_in(2)) {
            store.add_host("ns" + std::to_string(chance.below(3)) + "." + name, {"192.0.2.1"});
          } else {
            store.remove_host("ns" + std::to_string(chance.below(3)) + "." + name);
          }
          break;
        default:
          store.edit_contact(handle, [&](RoleContact& contact) {
            contact.state = chance.one_in(4) ? ContactState::unreadable : ContactState::opened;
            contact.contact.email = PersonalText("planted-" + chance.letters(8) + "@person.example");
          });
          store.say(ChangeKind::contact_put, handle);
      }
      if (chance.one_in(4)) step(1 + chance.below(6));
      if (chance.one_in(10)) restart();
      if (chance.one_in(20)) now += 2min;
    }
    run(1 + chance.below(6));
    RC_ASSERT(published() == wanted());
    std::map<std::string, std::string> hosts;
    for (const auto& [name, host] : store.host_objects) {
      const auto above = store.sponsored_ancestor(host.name).value();
      RC_ASSERT(views->find_host(name).value().has_value() == above.has_value());
    }
  }));
}

TEST(ResumeNoteTest, ComesBackOrReadsAsEmpty) {
  EXPECT_EQ(ResumeNote{}.encode(), "");
  const ResumeNote note{77, {78, "m.example"}, {12, "a.example"}};
  const std::string bytes = note.encode();
  EXPECT_EQ(ResumeNote::decode(bytes), note);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_EQ(ResumeNote::decode(bytes.substr(0, length)), ResumeNote{});
  EXPECT_EQ(ResumeNote::decode("h=77"), ResumeNote{});
}

}  // namespace
}  // namespace regdata
