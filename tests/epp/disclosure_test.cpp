#include "epp/disclosure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <vector>

namespace regdata::epp {
namespace {

using ::testing::HasSubstr;
using Polarity = DisclosureRules::Polarity;
using OnUpdate = DisclosureRules::OnUpdate;
using OnInfo = DisclosureRules::OnInfo;

constexpr unsigned all_choices = 1U << disclosable_count;

/// A registry of its own making: nothing of it is shared with what is tested.
struct Server {
  unsigned policy = 0;      ///< shown where nobody says otherwise, a bit an element
  unsigned adjustable = 0;  ///< what it lets clients say
  Polarity polarity = Polarity::both;
  bool replaces = false;         ///< what an update does not list follows the policy again
  bool silence_resets = false;   ///< so does all, where an update lists nothing
  bool tells_all_shown = false;  ///< an info lists what is shown, not exceptions
  unsigned shown = 0;

  static unsigned bits(const Disclosure& said) {
    unsigned listed = 0;
    for (unsigned one = 0; one < disclosable_count; ++one) listed |= (said.elements.at(one) ? 1U : 0U) << one;
    return listed;
  }
  /// False: refused.
  bool take(const std::optional<Disclosure>& said, bool is_new) {
    if (!said) {
      if (is_new || silence_resets) shown = policy;
      return true;
    }
    const unsigned listed = bits(*said);
    if (listed == 0 || (said->shows ? polarity == Polarity::deny : polarity == Polarity::allow)) return false;
    if (is_new || replaces) shown = policy;
    shown = said->shows ? shown | (listed & adjustable) : shown & ~(listed & adjustable);
    return true;
  }
  [[nodiscard]] std::optional<Disclosure> info() const {
    const auto told = [](bool shows, unsigned listed) {
      Disclosure said{.shows = shows};
      for (unsigned one = 0; one < disclosable_count; ++one) said.elements.at(one) = (listed >> one & 1U) != 0;
      return listed == 0 ? std::optional<Disclosure>() : std::optional(said);
    };
    if (tells_all_shown) return told(true, shown);
    const unsigned more = shown & ~policy;
    return more != 0 ? told(true, more) : told(false, policy & ~shown);
  }
  /// An info without a place for both kinds of exceptions.
  [[nodiscard]] bool tells_the_truth() const { return tells_all_shown || (shown & ~policy) == 0 || (policy & ~shown) == 0; }
};

struct Behaviour {
  DisclosureRules rules;
  std::vector<Server> servers;  ///< all that it may be
};

std::vector<Behaviour> behaviours() {
  std::vector<Behaviour> all;
  for (const unsigned policy : {0U, all_choices - 1, 0b000110011U})
    for (const unsigned adjustable : {all_choices - 1, 0b111001100U, 0U})
      for (const Polarity polarity : {Polarity::both, Polarity::allow, Polarity::deny})
        for (const OnUpdate on_update : {OnUpdate::replace, OnUpdate::merge, OnUpdate::unknown})
          for (const OnInfo on_info : {OnInfo::exceptions, OnInfo::complete}) {
            Behaviour one{.rules = {.shown_by_default = policy,
                                    .adjustable = adjustable,
                                    .polarity = polarity,
                                    .on_update = on_update,
                                    .on_info = on_info},
                          .servers = {}};
            for (const bool replaces : {false, true})
              for (const bool silence_resets : {false, true}) {
                if (on_update == OnUpdate::merge && (replaces || silence_resets)) continue;
                if (on_update == OnUpdate::replace && !replaces) continue;
                one.servers.push_back({.policy = policy,
                                       .adjustable = adjustable,
                                       .polarity = polarity,
                                       .replaces = replaces,
                                       .silence_resets = silence_resets,
                                       .tells_all_shown = on_info == OnInfo::complete});
              }
            all.push_back(std::move(one));
          }
  return all;
}

/// Says it, and looks after every step.
void follow(const DisclosurePlan& plan, Server& server, unsigned chosen, bool is_new) {
  ASSERT_TRUE(server.take(plan.first, is_new)) << "the registry does not take that";
  ASSERT_EQ(server.shown & ~chosen, 0U) << "more is shown than was chosen";
  if (plan.second) {
    ASSERT_TRUE(server.take(plan.second, false));
    ASSERT_EQ(server.shown & ~chosen, 0U) << "more is shown than was chosen";
  }
  ASSERT_EQ(server.shown & ~plan.shown.to_ulong(), 0U) << "more than the plan says";
  ASSERT_EQ(chosen & ~plan.not_shown.to_ulong() & ~server.shown, 0U) << "less than the plan says";
}

TEST(Disclosure, NeverMoreIsShownThanWasChosen) {  // all choices, all behaviours; then all others after each
  const unsigned step = std::getenv("REGDATA_LONG") != nullptr ? 1 : 37;
  std::size_t refused = 0;
  std::size_t followed = 0;
  for (const Behaviour& behaviour : behaviours())
    for (unsigned chosen = 0; chosen < all_choices; ++chosen) {
      const auto plan = plan_creation(behaviour.rules, chosen);
      if (!plan) {
        ++refused;
        ASSERT_EQ(plan.error().code, Errc::refused);
        continue;
      }
      for (Server server : behaviour.servers) {
        ASSERT_NO_FATAL_FAILURE(follow(*plan, server, chosen, true));
        if (!server.tells_the_truth()) continue;
        ASSERT_EQ(shown_by(behaviour.rules, server.info()).to_ulong(), server.shown);
        for (unsigned other = chosen % step; other < all_choices; other += step) {
          const auto next = plan_update(behaviour.rules, other, shown_by(behaviour.rules, server.info()));
          ++(next ? followed : refused);
          if (!next) continue;
          Server after = server;
          ASSERT_NO_FATAL_FAILURE(follow(*next, after, other, false)) << chosen << " then " << other;
        }
      }
    }
  EXPECT_GT(refused, 1000U);
  EXPECT_GT(followed, 100000U);
}

/// What one saying could have done, found by trying every one that there is.
TEST(Disclosure, NothingThatOneSayingCanSayIsLeftUnsaid) {
  std::size_t looked_at = 0;
  unsigned chosen = 0;
  for (const Behaviour& behaviour : behaviours())
    for (int turn = 0; turn < 8; ++turn, chosen = (chosen * 5 + 77) % all_choices) {
      int best = -1;
      for (unsigned listed = 0; listed < all_choices; ++listed)
        for (const bool shows : {false, true}) {
          Disclosure said{.shows = shows};
          for (unsigned one = 0; one < disclosable_count; ++one) said.elements.at(one) = (listed >> one & 1U) != 0;
          Server server = behaviour.servers.front();
          if (!server.take(listed == 0 ? std::nullopt : std::optional(said), true) || (server.shown & ~chosen) != 0) continue;
          best = std::max(best, std::popcount(server.shown));
        }
      const auto plan = plan_creation(behaviour.rules, chosen);
      ASSERT_EQ(plan.has_value(), best >= 0) << chosen;
      if (plan) {
        ASSERT_GE(static_cast<int>(plan->shown.count()), best) << chosen;
      }
      ++looked_at;
    }
  EXPECT_GT(looked_at, 1000U);
}

/// Of registries that change what is listed and nothing else, any choice can be had: hide first, then show.
TEST(Disclosure, MixedChoicesAreSaidInTwoSteps) {
  const DisclosureRules rules{.shown_by_default = 0b000000011, .on_update = OnUpdate::merge};
  for (unsigned chosen = 0; chosen < all_choices; ++chosen) {
    const auto plan = plan_creation(rules, chosen).value();
    EXPECT_EQ(plan.shown, chosen);
    EXPECT_TRUE(plan.not_shown.none());
  }
  const auto plan = plan_creation(rules, 0b000000101).value();
  ASSERT_TRUE(plan.first && plan.second);
  EXPECT_FALSE(plan.first->shows);
  EXPECT_TRUE(plan.second->shows);
}

TEST(Disclosure, WhereBothCannotBeSaidHidingWins) {
  const DisclosureRules rules{.shown_by_default = 0b000000011, .on_update = OnUpdate::replace};
  const auto plan = plan_creation(rules, 0b000000101).value();
  EXPECT_EQ(plan.shown, 0b000000001);
  EXPECT_EQ(plan.not_shown, 0b000000100);
  EXPECT_EQ(names_of(plan.not_shown), "organization (int)");
}

/// A change of the address alone must not publish again what was hidden (epp.md §1.7, a registry that resets on silence).
TEST(Disclosure, WhatIsHiddenIsSaidAgainWithEveryUpdate) {
  for (const OnUpdate on_update : {OnUpdate::replace, OnUpdate::unknown}) {
    const auto plan = plan_update({.on_update = on_update}, 0, 0).value();
    ASSERT_TRUE(plan.first);
    EXPECT_FALSE(plan.first->shows);
    for (const bool element : plan.first->elements) EXPECT_TRUE(element);
  }
  EXPECT_FALSE(plan_update({.shown_by_default = 0, .on_update = OnUpdate::merge}, 0, 0).value().first);
}

TEST(Disclosure, WhatTheRegistryShowsWhateverIsSaidIsRefused) {
  const DisclosureRules rules{.adjustable = Elements().set().reset(8)};
  const auto plan = plan_creation(rules, 0b000000001);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Errc::refused);
  EXPECT_THAT(plan.error().context, HasSubstr(": email"));
  EXPECT_TRUE(plan_creation(rules, 0b100000001));
  // one that can only be allowed cannot be taken back from a registry that keeps what is not listed
  EXPECT_FALSE(plan_update({.shown_by_default = 0, .polarity = Polarity::allow, .on_update = OnUpdate::merge}, 0, 1));
}

TEST(Disclosure, InDoubtAnInfoTellsThatItIsShown) {
  Disclosure hidden{.shows = false};
  hidden.elements[0] = true;
  EXPECT_EQ(shown_by({.on_info = OnInfo::complete}, hidden), 0b111111110);
  EXPECT_TRUE(shown_by({.on_info = OnInfo::complete}, std::nullopt).none());
  EXPECT_TRUE(shown_by({}, std::nullopt).all());
}

std::vector<ChoiceEntry> entries_of(const std::vector<Element>& elements) {
  std::vector<ChoiceEntry> entries;
  for (const Element element : elements) {
    ChoiceEntry entry;
    entry.handle = "C-1";
    entry.element = element;
    entry.act = ChoiceAct::given;
    entry.at = UtcTime(std::chrono::hours(1));
    entry.method = "portal";
    entry.notice_version = "1";
    entry.evidence_id = "e";
    entries.push_back(entry);
  }
  return entries;
}

ContactChoices given(const std::vector<Element>& elements) { return ContactChoices::fold(entries_of(elements)); }

TEST(Disclosure, ChoicesBecomeElements) {
  Contact contact;
  contact.handle = "C-1";
  contact.name = PersonalText("Zwiebelturm");
  contact.street = {PersonalText("Gasse 7")};
  contact.city = PersonalText("Großdorf");
  contact.phone = PersonalText("+49.301234567");
  contact.email = PersonalText("a@planted.example");
  EXPECT_TRUE(chosen_elements(contact, {}).none()) << "silence is never consent";
  EXPECT_EQ(names_of(chosen_elements(contact, given({Element::name}))), "name (int), name (loc)");
  EXPECT_TRUE(chosen_elements(contact, given({Element::street, Element::city})).none()) << "an address is one element there";
  EXPECT_EQ(names_of(chosen_elements(contact, given({Element::street, Element::city, Element::postal_code}))),
            "address (int), address (loc)");
  std::vector<ChoiceEntry> no_state = entries_of({Element::street, Element::city, Element::postal_code, Element::state});
  no_state.back().act = ChoiceAct::declined;
  EXPECT_TRUE(chosen_elements(contact, ContactChoices::fold(no_state)).none()) << "the state would go with the address";
  EXPECT_TRUE(chosen_elements(contact, given({Element::organization, Element::fax})).none()) << "what is not held";
  EXPECT_EQ(names_of(chosen_elements(contact, given({Element::phone, Element::email}))), "voice, email");
  contact.phone_ext = PersonalText("12");
  EXPECT_EQ(names_of(chosen_elements(contact, given({Element::phone}))), "") << "the extension goes with the number";
}

TEST(Disclosure, WordsOfSettingsAreKnown) {
  EXPECT_EQ(disclosable_from("name-int"), Disclosable::name_int);
  EXPECT_EQ(disclosable_from("email"), Disclosable::email);
  EXPECT_FALSE(disclosable_from("name"));
}

}  // namespace
}  // namespace regdata::epp
