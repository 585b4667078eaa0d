#include "epp/contact_push.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/epp/rehearsal.hpp"

namespace regdata::epp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Contact person() {
  Contact contact;
  contact.handle = "C-17";
  contact.name = PersonalText("Zwiebelturm Quastenflosser");
  contact.street = {PersonalText("Kupferkesselgasse 7"), PersonalText("2. Stock")};
  contact.city = PersonalText("Grossdorf");
  contact.postal_code = PersonalText("10115");
  contact.country = "DE";
  contact.phone = PersonalText("+49.301234567");
  contact.email = PersonalText("quastenflosser@planted.example");
  return contact;
}

ContactTarget target(const Contact& contact, const Elements& chosen) {
  ContactTarget made = target_of(contact, {}, "", PostalForm::by_script).value();
  made.chosen = chosen;
  return made;
}

/// Our settings for a registry that is like this.
DisclosureRules rules_for(const SandboxDisclosure& registry) {
  using Polarity = DisclosureRules::Polarity;
  DisclosureRules rules;
  rules.shown_by_default = registry.shows ? Elements().set() : Elements();
  rules.polarity = registry.polarity == SandboxDisclosure::Polarity::allow  ? Polarity::allow
                   : registry.polarity == SandboxDisclosure::Polarity::deny ? Polarity::deny
                                                                            : Polarity::both;
  rules.on_update = registry.replaces         ? DisclosureRules::OnUpdate::replace
                    : registry.silence_resets ? DisclosureRules::OnUpdate::unknown
                                              : DisclosureRules::OnUpdate::merge;
  rules.on_info = registry.tells_all_shown ? DisclosureRules::OnInfo::complete : DisclosureRules::OnInfo::exceptions;
  return rules;
}

struct Attempt {
  Expected<void> done;
  PushPlan plan;
};
Attempt push(Rehearsal& rehearsal, const ContactTarget& what, const DisclosureRules& rules, const Break& breaks = {}) {
  PushPlan plan;
  const auto never_more = [&] { EXPECT_EQ(rehearsal.shown(what.data.id) & ~what.chosen, Elements()); };
  auto done = push_contact(what, rules, Rehearsal::account, rehearsal.talk(never_more, breaks), plan);
  return {std::move(done), std::move(plan)};
}

/// All choices, with every registry that the sandbox can be: nothing is shown that was not chosen, not even between two
/// commands.
TEST(ContactPush, ShowsWhatWasChosenAndNeverMore) {
  const unsigned step = std::getenv("REGDATA_LONG") != nullptr ? 1 : 73;
  std::size_t pushed = 0;
  std::size_t refused = 0;
  for (unsigned behaviour = 0; behaviour < 48; ++behaviour) {
    const SandboxDisclosure registry{.shows = (behaviour & 1U) != 0,
                                     .replaces = (behaviour & 2U) != 0,
                                     .silence_resets = (behaviour & 4U) != 0,
                                     .tells_all_shown = (behaviour & 8U) != 0,
                                     .polarity = static_cast<SandboxDisclosure::Polarity>(behaviour / 16)};
    Rehearsal rehearsal(true, registry);
    Contact contact = person();
    for (unsigned chosen = behaviour % step; chosen < 1U << disclosable_count; chosen += step) {
      contact.phone_ext = PersonalText(std::to_string(chosen));  // each time something to be written
      const ContactTarget what = target(contact, chosen);
      const Elements before = rehearsal.shown("C-17");
      PushPlan plan;
      std::size_t said = 0;
      const auto watched = [&] {
        ++said;
        EXPECT_TRUE(said == 1 || (rehearsal.shown("C-17") & ~what.chosen).none()) << behaviour << ' ' << chosen;
      };
      const auto done = push_contact(what, rules_for(registry), Rehearsal::account, rehearsal.talk(watched), plan);
      if (!done) {
        ASSERT_EQ(done.error().code, Errc::refused) << done.error().context;
        ASSERT_EQ(rehearsal.shown("C-17"), before);
        ++refused;
        continue;
      }
      ++pushed;
      ASSERT_EQ(rehearsal.shown("C-17") & ~what.chosen, Elements());
      // where silence is all that can be said, more of what was chosen can be shown than is sure
      const Elements sure = what.chosen & ~plan.not_shown;
      ASSERT_EQ(rehearsal.shown("C-17") & sure, sure) << behaviour << ' ' << chosen;
    }
  }
  EXPECT_GT(pushed, 100U);
  EXPECT_GT(refused, 10U);
}

TEST(ContactPush, WritesOnceAndThenHasNothingToSay) {
  Rehearsal rehearsal;
  const DisclosureRules rules = rules_for({});
  Contact contact = person();
  Attempt first = push(rehearsal, target(contact, 0), rules);
  ASSERT_TRUE(first.done) << first.done.error().context;
  EXPECT_EQ(first.plan.kind, PushPlan::Kind::create);
  const Attempt again = push(rehearsal, target(contact, 0), rules);
  ASSERT_TRUE(again.done);
  EXPECT_EQ(again.plan.kind, PushPlan::Kind::nothing);
  contact.email = PersonalText("other@planted.example");
  const Attempt other = push(rehearsal, target(contact, 0), rules);
  ASSERT_TRUE(other.done);
  EXPECT_THAT(other.plan.why, ElementsAre("email"));
  EXPECT_EQ(rehearsal.changes(), 2U);
}

/// A registry that publishes again whatever an update does not list, and is not known to: the look at the end finds it out.
TEST(ContactPush, ARegistryThatShowsMoreThanItWasToldIsFoundOut) {
  Rehearsal rehearsal(true, {.silence_resets = true});
  const DisclosureRules wrong{.on_update = DisclosureRules::OnUpdate::merge};
  Contact contact = person();
  ASSERT_TRUE(push(rehearsal, target(contact, 0), wrong).done);
  contact.city = PersonalText("Kleindorf");
  PushPlan plan;
  const auto done = push_contact(target(contact, 0), wrong, Rehearsal::account, rehearsal.talk(), plan);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::refused);
  EXPECT_THAT(done.error().context, HasSubstr("shows what the person did not choose: name (int)"));
  EXPECT_THAT(done.error().context, Not(HasSubstr("Zwiebel")));
}

TEST(ContactPush, AnothersContactIsLeft) {
  Rehearsal rehearsal;
  ContactCreate create;
  create.id = "C-17";
  create.postal = target(person(), 0).data.postal;
  create.email = PersonalText("x@rival.example");
  ASSERT_EQ(rehearsal.say_as_rival(Command(std::move(create))), 1000U);
  const Attempt pushed = push(rehearsal, target(person(), Elements().set()), rules_for({}));
  ASSERT_FALSE(pushed.done);
  EXPECT_EQ(pushed.done.error().code, Errc::refused);
  EXPECT_EQ(rehearsal.changes(), 0U);
}

TEST(ContactPush, WhatIsNotKnownIsInTheJournalAndNotSaidAgain) {
  Rehearsal rehearsal;
  const Break lost{.way = Break::Way::to_client, .octets = 3000};  // the login came through, the answer did not
  Attempt pushed = push(rehearsal, target(person(), 0), rules_for({}), lost);
  for (std::size_t octets = 3000; pushed.done && octets > 1000; octets -= 100) {
    Rehearsal other;
    pushed = push(other, target(person(), 0), rules_for({}), {.way = Break::Way::to_client, .octets = octets});
    if (pushed.done) continue;
    EXPECT_EQ(pushed.done.error().code, Errc::unavailable) << pushed.done.error().context;
    const auto resolved = other.resolve_all();
    EXPECT_EQ(resolved.applied + resolved.not_applied, 1U);
    EXPECT_EQ(push(other, target(person(), 0), rules_for({})).plan.kind, PushPlan::Kind::nothing);
  }
  EXPECT_FALSE(pushed.done);
}

TEST(ContactPush, FormsAndIds) {
  Contact contact = person();
  EXPECT_EQ(target(contact, 0).data.postal.front().type, "int");
  contact.city = PersonalText("Großdorf");
  EXPECT_EQ(target(contact, 0).data.postal.front().type, "loc");
  const auto ascii = target_of(contact, {}, "", PostalForm::international);
  ASSERT_FALSE(ascii);
  EXPECT_THAT(ascii.error().context, Not(HasSubstr("Großdorf")));
  contact.email = {};
  EXPECT_THAT(target_of(contact, {}, "", PostalForm::local).error().context, HasSubstr("email"));
  EXPECT_EQ(id_at_registry("RD-", "C-17"), "RD-C-17");
  const std::string derived = id_at_registry("RD-", "a-handle-that-is-longer-than-registries-take");
  EXPECT_EQ(derived.size(), 16U);
  EXPECT_EQ(derived, id_at_registry("RD-", "a-handle-that-is-longer-than-registries-take"));
  EXPECT_NE(derived, id_at_registry("RD-", "a-handle-that-is-longer-than-registries-tak"));
  EXPECT_EQ(id_at_registry("", "C1").size(), 16U);
}

}  // namespace
}  // namespace regdata::epp
