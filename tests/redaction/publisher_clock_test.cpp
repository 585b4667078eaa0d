// What the publisher does by the clock, and when it makes a new generation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "redaction/publisher.hpp"
#include "redaction/shipped_policies.hpp"
#include "tests/redaction/publisher_place.hpp"

namespace regdata {
namespace {

using namespace std::chrono_literals;
using redaction::PublishReport;
using ::testing::IsEmpty;
using testing::numbered;
using testing::open_registration;
using ::testing::SizeIs;

class PublisherClock : public testing::PublisherTest {};

TEST_F(PublisherClock, AnIdlePublisherWritesOnceAMinute) {
  store.hold(open_registration("a.example", "C-1"));
  now = std::chrono::floor<std::chrono::minutes>(now) + 10s;
  run();
  const auto first = views->state().value();
  EXPECT_EQ(first.applied_until, std::chrono::floor<std::chrono::minutes>(now));
  now += 45s;
  EXPECT_TRUE(step().caught_up);
  EXPECT_EQ(views->state().value().heartbeat, first.heartbeat);
  now += 6s;
  step();
  EXPECT_EQ(views->state().value().heartbeat, now);
  EXPECT_EQ(views->state().value().applied_until, first.applied_until + 1min);
}

TEST_F(PublisherClock, BehindItDoesNotSayThatTheFeedIsApplied) {
  run();
  const auto before = views->state().value();
  for (std::size_t i = 0; i < 30; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  now += 2min;
  step(10);
  EXPECT_EQ(views->state().value().applied_until, before.applied_until);
  run(10);
  EXPECT_GT(views->state().value().applied_until, before.applied_until);
}

/// A policy that shows the registrant's e-mail by choice until `until`, and what redact() makes of it.
redaction::Policy until_policy(UtcTime until) {
  std::string toml(redaction::shipped_policy("icann-gtld")->toml);
  for (std::size_t at = 0; (at = toml.find("when = \"choice-given\"\n", at)) != std::string::npos;) {
    const std::string line = "until = " + format_rfc3339(until) + "\n";
    toml.insert(at, line);
    at += line.size() + 5;
  }
  auto policy = redaction::Policy::parse(toml, "until.toml");
  if (!policy) throw std::runtime_error(policy.error().context);
  return std::move(*policy);
}

class TimeBound : public testing::PublisherTest {
 protected:
  void SetUp() override {
    publication.policies.erase("icann-gtld");
    publication.policies.emplace("icann-gtld", until_policy(now + 1h));
    publisher->set_publication(publication);
    store.hold(open_registration("a.example", "C-1"));
    run();
    ASSERT_EQ(email("a.example"), "planted-a.example@person.example");
  }
};

TEST_F(TimeBound, RulesActWhenTheirTimeComes) {
  EXPECT_EQ(store.due.at("a.example"), testing::test_now() + 1h);
  now += 59min;
  EXPECT_EQ(step().published, 0U);
  now += 1min;
  EXPECT_EQ(step().published, 1U);
  EXPECT_EQ(email("a.example"), "(withheld)");
  EXPECT_TRUE(step().caught_up);
  EXPECT_THAT(store.due, IsEmpty());
  EXPECT_TRUE(views->hides_pending_since().value().has_value());  // though no change in the feed said so
}

// The due time is in another store than the view: whichever is written first, a kill between the two forgets no name.
TEST_F(TimeBound, ADueTimeIsNotLostToAKill) {
  store.hold(open_registration("b.example", "C-2"));
  const auto killed = [this] {
    store.before_set_due = [] { throw std::runtime_error("killed"); };
    EXPECT_THROW(step(), std::runtime_error);
    store.before_set_due = nullptr;
    restart();
  };
  killed();
  EXPECT_FALSE(view("b.example").has_value());  // not shown before its end is on record
  run();
  EXPECT_EQ(email("b.example"), "planted-b.example@person.example");
  EXPECT_TRUE(store.due.contains("b.example"));

  now += 1h;
  killed();
  EXPECT_TRUE(store.due.contains("b.example"));  // hidden already, and still due
  EXPECT_EQ(email("b.example"), "(withheld)");
  run();
  EXPECT_THAT(store.due, IsEmpty());
  EXPECT_EQ(published(), wanted());
}

// Due times of a rebuild are on record before its views can be opened, all names in one transaction of the store.
TEST_F(TimeBound, ARebuildForgetsNoDueTime) {
  store.hold(open_registration("b.example", "C-2"));
  store.due.clear();
  store.due_writes = 0;
  store.before_set_due = [] { throw std::runtime_error("killed"); };
  EXPECT_THROW((void)publisher->rebuild(), std::runtime_error);
  store.before_set_due = nullptr;
  restart();
  EXPECT_FALSE(view("b.example").has_value());
  ASSERT_TRUE(publisher->rebuild().has_value());
  EXPECT_EQ(email("b.example"), "planted-b.example@person.example");
  EXPECT_EQ(store.due.size(), 2U);
  EXPECT_EQ(store.due_writes, 1U);
}

TEST_F(PublisherClock, ANewGenerationFollowsAHideWithinFiveMinutes) {
  for (std::size_t i = 0; i < 20; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  run();
  const auto generation = views->state().value().generation;
  store.edit_contact("C-3", [](RoleContact& contact) { contact.choices = ContactChoices(); });
  store.say(ChangeKind::choice, "C-3", true);
  // No flag in the feed: a shown value was replaced, and the old one is as gone as the other.
  store.edit_contact("C-4", [](RoleContact& contact) { contact.contact.email = PersonalText("other@person.example"); });
  store.say(ChangeKind::contact_put, "C-4");
  run();
  const std::string hidden = "planted-" + numbered(3);
  const std::string replaced = "planted-" + numbered(4);
  EXPECT_THAT(testing::files_with(place.path(), hidden), SizeIs(1));  // in a freed page: else this test proves nothing
  now += 2min + 59s;
  EXPECT_TRUE(step().caught_up);
  EXPECT_EQ(views->state().value().generation, generation);
  now += 2s;
  run();
  EXPECT_EQ(views->state().value().generation, generation + 1);
  EXPECT_THAT(testing::files_with(place.path(), hidden), IsEmpty());
  EXPECT_THAT(testing::files_with(place.path(), replaced), IsEmpty());
  EXPECT_THAT(testing::files_with(place.path(), "planted-" + numbered(5)), SizeIs(1));
  now += 10min;
  run();
  EXPECT_EQ(views->state().value().generation, generation + 1);  // once
}

TEST_F(PublisherClock, AHideIsRememberedOverARestart) {
  store.hold(open_registration("a.example", "C-1"));
  run();
  store.end_registration("a.example");
  run();
  restart();
  now += 3min;
  run();
  EXPECT_THAT(testing::files_with(place.path(), "planted-a.example"), IsEmpty());
}

TEST_F(PublisherClock, SettleLeavesNothingBehind) {
  for (std::size_t i = 0; i < 20; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  ASSERT_TRUE(publisher->settle().has_value());
  store.end_registration(numbered(3));
  const auto report = publisher->settle();
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->removed, 1U);
  EXPECT_TRUE(report->caught_up);
  EXPECT_THAT(testing::files_with(place.path(), "planted-" + numbered(3)), IsEmpty());
}

TEST_F(PublisherClock, AnotherPolicyRebuildsAnotherTextDoesNot) {
  for (std::size_t i = 0; i < 20; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  run();
  const auto generation = views->state().value().generation;
  publication.texts.whois_disclaimer = "another text\n";
  publisher->set_publication(publication);
  run();
  EXPECT_EQ(views->state().value().generation, generation);
  EXPECT_EQ(views->texts().value()->whois_disclaimer, "another text\n");

  publication.policies.erase("icann-gtld");
  publication.policies.emplace("icann-gtld", testing::shipped("icann-gtld", {{"email", "relay"}}));
  publisher->set_publication(publication);
  run();
  EXPECT_EQ(views->state().value().generation, generation + 1);
  EXPECT_EQ(published(), wanted());
  restart();  // what the views were made with is on record
  run();
  EXPECT_EQ(views->state().value().generation, generation + 1);
}

TEST_F(PublisherClock, AStorePutBackToAnEarlierStateIsPublishedAfresh) {
  for (std::size_t i = 0; i < 20; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  run();
  store.registrations.erase(numbered(19));
  store.feed.pop_back();
  run();
  EXPECT_EQ(published(), wanted());
  EXPECT_EQ(views->state().value().sequence, 19U);
}

TEST_F(PublisherClock, AStorePutBackThatHasGoneOnSinceIsPublishedAfresh) {
  for (std::size_t i = 0; i < 20; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  run();
  const auto generation = views->state().value().generation;
  // What the views were made from is lost, and as many other changes came in before anybody published again.
  for (std::size_t i = 10; i < 20; ++i) store.registrations.erase(numbered(i));
  store.feed.resize(10);
  for (std::size_t i = 30; i < 45; ++i) store.hold(open_registration(numbered(i), "C-" + std::to_string(i)));
  run();
  EXPECT_EQ(published(), wanted());
  EXPECT_EQ(views->state().value().generation, generation + 1);
  restart();
  run();
  EXPECT_EQ(views->state().value().generation, generation + 1) << "the same history is carried on";
}

TEST_F(PublisherClock, AStateThatWasReadWhilePublishingIsNotCarriedOnFromAnEarlierOne) {
  store.hold(open_registration(numbered(0), "C-0"));
  run();
  const auto generation = views->state().value().generation;
  store.hold(open_registration(numbered(1), "C-1"));
  // Committed behind the plan and before the views: what is published may hold it, though its entry is not applied yet.
  bool once = true;
  store.before_find = [&] {
    if (std::exchange(once, false)) store.hold(open_registration(numbered(2), "C-2"));
  };
  ASSERT_TRUE(publisher->step().has_value());
  store.before_find = nullptr;
  ASSERT_FALSE(once);
  ASSERT_EQ(views->state().value().sequence, 2U);
  store.registrations.erase(numbered(2));
  store.feed.pop_back();
  run();
  EXPECT_EQ(published(), wanted());
  EXPECT_EQ(views->state().value().generation, generation + 1);
}

TEST_F(PublisherClock, ManyWaitingChangesAreARebuild) {
  store.hold(open_registration(numbered(0), "C-0"));
  run();
  const auto generation = views->state().value().generation;
  for (int i = 0; i < 20'001; ++i) store.say(ChangeKind::host_put, "ns1.elsewhere.example");
  store.hold(open_registration(numbered(1), "C-1"));
  run();
  EXPECT_EQ(views->state().value().generation, generation + 1);
  EXPECT_EQ(published(), wanted());
}

}  // namespace
}  // namespace regdata
