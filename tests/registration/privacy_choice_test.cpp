#include "registration/privacy_choice.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace regdata {
namespace {

using namespace std::chrono_literals;

const UtcTime now = parse_rfc3339("2026-11-23T21:06:52Z").value();

ChoiceEntry entry(Element element, ChoiceAct act, UtcTime at = now - 24h) {
  ChoiceEntry made;
  made.handle = "C-17";
  made.element = element;
  made.act = act;
  made.at = at;
  made.recorded = at;
  made.method = "portal";
  made.notice_version = "2026-03";
  made.evidence_id = "EV-1";
  return made;
}

rc::Gen<std::vector<ChoiceEntry>> ledger_of(std::vector<ChoiceAct> acts) {
  const auto one =
      rc::gen::map(rc::gen::tuple(rc::gen::elementOf(all_elements), rc::gen::elementOf(acts), rc::gen::arbitrary<bool>(),
                                  rc::gen::arbitrary<bool>(), rc::gen::arbitrary<bool>(), rc::gen::inRange(0, 1000)),
                   [](const std::tuple<Element, ChoiceAct, bool, bool, bool, int>& t) {
                     const auto& [element, act, has_time, has_notice, has_evidence, hours] = t;
                     ChoiceEntry made = entry(element, act, has_time ? now - std::chrono::hours{hours} : UtcTime{});
                     if (!has_notice) made.notice_version.clear();
                     if (!has_evidence) made.evidence_id.clear();
                     return made;
                   });
  return rc::gen::container<std::vector<ChoiceEntry>>(one);
}

// Promise P5: silence, refusal and withdrawal never add up to a yes, in whatever order and number.
RC_GTEST_PROP(PrivacyChoiceProperty, OnlyAGivenChoiceAllows, ()) {
  const auto entries = *ledger_of({ChoiceAct::declined, ChoiceAct::withdrawn, ChoiceAct::not_given, ChoiceAct::ended});
  const auto choices = ContactChoices::fold(entries);
  for (const Element element : all_elements) RC_ASSERT(!choices.allows(element));
}

// The rule said once more, in other words: the last entry about the element decides, only a proven yes is a yes, and a yes
// that is not later than the no before it is none.
RC_GTEST_PROP(PrivacyChoiceProperty, TheLastEntryDecides, ()) {
  const auto entries = *ledger_of(
      {ChoiceAct::given, ChoiceAct::given, ChoiceAct::declined, ChoiceAct::withdrawn, ChoiceAct::not_given, ChoiceAct::ended});
  const auto choices = ContactChoices::fold(entries);
  RC_ASSERT(choices.empty() == entries.empty());
  for (const Element element : all_elements) {
    const ChoiceEntry* last = nullptr;
    UtcTime spoke{};
    for (const auto& one : entries) {
      if (one.element != element) continue;
      const bool stale_yes = last != nullptr && one.act == ChoiceAct::given && last->act != ChoiceAct::given && one.at <= spoke;
      if (!stale_yes) last = &one;
      spoke = std::max(spoke, one.at);
    }
    const ChoiceEntry* found = choices.find(element);
    RC_ASSERT((found == nullptr) == (last == nullptr));
    if (last != nullptr) RC_ASSERT(*found == *last);
    const bool proven = last != nullptr && last->act == ChoiceAct::given && !last->notice_version.empty() &&
                        !last->evidence_id.empty() && last->at != UtcTime{};
    RC_ASSERT(choices.allows(element) == (proven && is_choosable(element)));
  }
}

// What the store takes in can count, and what cannot count is not taken in.
RC_GTEST_PROP(PrivacyChoiceProperty, AnEntryThatPassesIsOneThatCounts, ()) {
  for (const auto& one : *ledger_of({ChoiceAct::given, ChoiceAct::not_given, ChoiceAct::declined})) {
    const bool allows = ContactChoices::fold({one}).allows(one.element);
    const bool passes = check_choice(one, now).has_value();
    if (one.act == ChoiceAct::given) RC_ASSERT(allows == passes);
    if (one.act != ChoiceAct::given) RC_ASSERT(!allows && passes == is_choosable(one.element));
  }
}

TEST(PrivacyChoice, WithdrawalEndsAGivenChoiceAndCanBeGivenAgain) {
  std::vector<ChoiceEntry> entries{entry(Element::email, ChoiceAct::given)};
  EXPECT_TRUE(ContactChoices::fold(entries).allows(Element::email));
  EXPECT_FALSE(ContactChoices::fold(entries).allows(Element::phone)) << "a choice is for one element";
  entries.push_back(entry(Element::email, ChoiceAct::withdrawn));
  EXPECT_FALSE(ContactChoices::fold(entries).allows(Element::email));
  entries.push_back(entry(Element::email, ChoiceAct::given));
  EXPECT_FALSE(ContactChoices::fold(entries).allows(Element::email)) << "an old yes that arrives late undoes no withdrawal";
  entries.back().at = entries[1].at + 1s;
  EXPECT_TRUE(ContactChoices::fold(entries).allows(Element::email));
}

TEST(PrivacyChoice, LooksBackByWhatWasRecorded) {
  auto late = entry(Element::email, ChoiceAct::given, now - 48h);
  late.recorded = now - 1h;  // the person agreed two days ago, we learned of it an hour ago
  const std::vector<ChoiceEntry> entries{entry(Element::phone, ChoiceAct::given, now - 24h), late};
  const auto yesterday = ContactChoices::fold(entries, now - 24h);
  EXPECT_TRUE(yesterday.allows(Element::phone)) << "up to and including";
  EXPECT_EQ(yesterday.find(Element::email), nullptr);
  EXPECT_TRUE(ContactChoices::fold(entries, now).allows(Element::email));
}

TEST(PrivacyChoice, RefusesWhatCouldNotCount) {
  const auto refused = [](const ChoiceEntry& one) { return !check_choice(one, now).has_value(); };
  EXPECT_FALSE(refused(entry(Element::email, ChoiceAct::given)));
  EXPECT_FALSE(refused(entry(Element::organization, ChoiceAct::given)));
  for (const Element element : {Element::state, Element::country, Element::contact_id, Element::domain_name}) {
    EXPECT_TRUE(refused(entry(element, ChoiceAct::given))) << to_string(element);
  }
  auto one = entry(Element::email, ChoiceAct::given);
  one.evidence_id.clear();
  EXPECT_TRUE(refused(one));
  one.act = ChoiceAct::declined;
  EXPECT_FALSE(refused(one)) << "a no needs no proof";
  one = entry(Element::email, ChoiceAct::given);
  one.notice_version.clear();
  EXPECT_TRUE(refused(one));
  EXPECT_TRUE(refused(entry(Element::email, ChoiceAct::given, UtcTime{})));
  EXPECT_FALSE(refused(entry(Element::email, ChoiceAct::given, now + 5min))) << "clocks differ";
  EXPECT_TRUE(refused(entry(Element::email, ChoiceAct::given, now + 5min + 1ms)));
  for (const std::string& label : {std::string("a\nb"), std::string("\xc3\xbc"), std::string(129, 'a'), std::string(1, '\0')}) {
    one = entry(Element::email, ChoiceAct::declined);
    one.method = label;
    EXPECT_TRUE(refused(one));
  }
}

TEST(PrivacyChoice, ActsReadBack) {
  for (int i = 0; i < 5; ++i) {
    const auto act = static_cast<ChoiceAct>(i);
    EXPECT_EQ(choice_act_from(to_string(act)), act);
  }
  EXPECT_EQ(to_string(ChoiceAct::not_given), "not_given");
  EXPECT_FALSE(choice_act_from("yes"));
  EXPECT_FALSE(choice_act_from("Given"));
  EXPECT_FALSE(choice_act_from(""));
}

}  // namespace
}  // namespace regdata
