// The ledger of choices: what ends consent, what cannot bring it back, and that nobody can rewrite it unseen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

UtcTime day(int number) { return StoreWorld::time("2026-01-01T00:00:00Z") + std::chrono::hours{24 * number}; }

class ChoiceLedgerTest : public ::testing::Test {
 protected:
  PutOutcome put(const RegistrationPut& put) { return expect(world.store().put({put}, "import:test", world.now)).at(0); }
  std::uint64_t add(const ChoiceEntry& entry) { return expect(world.store().add_choices({entry}, "choice:test", world.now)); }
  bool allows(Element element) { return expect(world.store().find_contact("C-1"))->choices.allows(element); }
  std::vector<std::string> acts() {
    std::vector<std::string> lines;
    for (const ChoiceEntry& entry : expect(world.store().choice_entries("C-1"))) {
      lines.push_back(std::string(to_string(entry.element)) + " " + std::string(to_string(entry.act)));
    }
    return lines;
  }

  StoreWorld world;
  Contact holder = person("C-1", "alphaalphaalpha");
  RegistrationPut stated = registration("example.test", holder);
};

TEST_F(ChoiceLedgerTest, GivenShowsAndWithdrawnHides) {
  put(stated);
  EXPECT_FALSE(allows(Element::email));
  const auto given = add(choice("C-1", Element::email, ChoiceAct::given, day(10)));
  EXPECT_EQ(given, expect(world.store().last_sequence()));
  EXPECT_FALSE(expect(world.store().changes_after(given - 1, 1)).at(0).hides);
  EXPECT_TRUE(allows(Element::email));
  EXPECT_EQ(add(choice("C-1", Element::email, ChoiceAct::given, day(10))), 0U) << "the same entry was there already";
  const auto withdrawn = add(choice("C-1", Element::email, ChoiceAct::withdrawn, day(11)));
  const Change change = expect(world.store().changes_after(withdrawn - 1, 1)).at(0);
  EXPECT_EQ(change.kind, ChangeKind::choice);
  EXPECT_EQ(change.subject, "C-1");
  EXPECT_TRUE(change.hides);
  EXPECT_FALSE(allows(Element::email));
  const auto entries = expect(world.store().choice_entries("C-1"));
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].sequence, 1U);
  EXPECT_EQ(entries[1].previous, entries[0].hash);
  EXPECT_EQ(entries[1].recorded, world.now);
  EXPECT_EQ(expect(world.store().verify_choices()), 2U);
}

TEST_F(ChoiceLedgerTest, AnOldConsentCannotUndoALaterNo) {
  put(stated);
  add(choice("C-1", Element::email, ChoiceAct::withdrawn, day(20)));
  const auto refused =
      world.store().add_choices({choice("C-1", Element::email, ChoiceAct::given, day(10), "EV-2")}, "t", world.now);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::invalid);
  stated.choices = {choice("C-1", Element::email, ChoiceAct::given, day(15), "EV-3")};
  EXPECT_EQ(put(stated), PutOutcome::unchanged);
  EXPECT_FALSE(allows(Element::email));
  add(choice("C-1", Element::email, ChoiceAct::given, day(21), "EV-4"));
  EXPECT_TRUE(allows(Element::email));
}

TEST_F(ChoiceLedgerTest, SilenceIsNeverConsent) {
  put(stated);
  for (int i = 0; i < 20; ++i) {
    add(choice("C-1", Element::email, ChoiceAct::not_given, day(i), {}));
    ASSERT_FALSE(allows(Element::email));
  }
  ChoiceEntry unproven = choice("C-1", Element::email, ChoiceAct::given, day(30));
  unproven.evidence_id.clear();
  EXPECT_EQ(world.store().add_choices({unproven}, "t", world.now).error().code, Errc::invalid);
  EXPECT_EQ(world.store().add_choices({choice("C-9", Element::email, ChoiceAct::given, day(1))}, "t", world.now).error().code,
            Errc::not_found);
}

TEST_F(ChoiceLedgerTest, AChangeOfNameOrOrganizationEndsWhatWasGiven) {
  stated.choices = {choice("C-1", Element::email, ChoiceAct::given, day(2)),
                    choice("C-1", Element::phone, ChoiceAct::declined, day(2)),
                    choice("C-1", Element::name, ChoiceAct::given, day(2))};
  put(stated);
  stated.contacts[0].phone = PersonalText("+49.309999999");
  put(stated);
  EXPECT_TRUE(allows(Element::email)) << "a new phone number is the same person";
  const auto last = expect(world.store().last_sequence());
  stated.contacts[0].name = PersonalText("Somebody Else");
  EXPECT_EQ(put(stated), PutOutcome::changed);
  EXPECT_FALSE(allows(Element::email));
  EXPECT_FALSE(allows(Element::name));
  EXPECT_THAT(acts(), ElementsAre("email given", "phone declined", "name given", "name ended", "email ended"));
  const auto changes = expect(world.store().changes_after(last, 10));
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_TRUE(changes[0].hides && changes[1].hides);
  EXPECT_EQ(put(stated), PutOutcome::unchanged) << "the old choices of the file do not come back";
  EXPECT_FALSE(allows(Element::email));
  EXPECT_EQ(expect(world.store().verify_choices()), 5U);
}

TEST_F(ChoiceLedgerTest, ChoicesThatComeWithANewHolder) {
  holder.provenance.as_of = day(5);
  stated.contacts[0] = holder;
  put(stated);
  stated.contacts[0].organization = PersonalText("Another organization");
  stated.contacts[0].provenance.as_of = day(20);
  stated.choices = {choice("C-1", Element::email, ChoiceAct::given, day(15), "EV-new"),
                    choice("C-1", Element::fax, ChoiceAct::given, day(3), "EV-old")};
  put(stated);
  EXPECT_TRUE(allows(Element::email)) << "given after the old holder was last seen, stated with the new one";
  EXPECT_FALSE(allows(Element::fax)) << "given while the old holder was there";
  EXPECT_THAT(acts(), ElementsAre("fax given", "fax ended", "email given"));
}

TEST_F(ChoiceLedgerTest, TheNewHoldersConsentCountsAndTheOldOnesDoesNot) {
  holder.provenance.as_of = day(5);
  stated.contacts[0] = holder;
  stated.choices = {choice("C-1", Element::email, ChoiceAct::given, day(4), "EV-old"),
                    choice("C-1", Element::fax, ChoiceAct::given, day(4), "EV-old")};
  put(stated);
  EXPECT_TRUE(allows(Element::email) && allows(Element::fax));
  stated.contacts[0].name = PersonalText("Somebody Else");
  stated.choices[0] = choice("C-1", Element::email, ChoiceAct::given, day(15), "EV-new");
  put(stated);
  EXPECT_TRUE(allows(Element::email));
  EXPECT_FALSE(allows(Element::fax));
  // An export of the old holder's time that arrives late.
  stated.choices = {choice("C-1", Element::fax, ChoiceAct::given, day(16), "EV-late")};
  put(stated);
  EXPECT_FALSE(allows(Element::fax));
}

TEST_F(ChoiceLedgerTest, WhatHeldAtATimeCanBeAsked) {
  put(stated);
  world.now = day(100);
  add(choice("C-1", Element::email, ChoiceAct::given, day(99)));
  world.now = day(110);
  add(choice("C-1", Element::email, ChoiceAct::withdrawn, day(109)));
  const auto entries = expect(world.store().choice_entries("C-1"));
  EXPECT_FALSE(ContactChoices::fold(entries, day(99)).allows(Element::email));
  EXPECT_TRUE(ContactChoices::fold(entries, day(105)).allows(Element::email));
  EXPECT_FALSE(ContactChoices::fold(entries, day(111)).allows(Element::email));
}

TEST_F(ChoiceLedgerTest, TheTableRefusesToBeRewritten) {
  put(stated);
  add(choice("C-1", Element::email, ChoiceAct::given, day(10)));
  world.close();
  EXPECT_ANY_THROW(world.tamper(world.paths().database, "UPDATE choice SET act = 2"));
  EXPECT_ANY_THROW(world.tamper(world.paths().database, "DELETE FROM choice"));
  world.reopen();
  EXPECT_EQ(expect(world.store().verify_choices()), 1U);
}

TEST_F(ChoiceLedgerTest, EveryKindOfTamperingIsFound) {
  put(stated);
  EXPECT_EQ(expect(world.store().verify_choices()), 0U);
  for (int i = 0; i < 6; ++i) {
    add(choice("C-1", Element::email, i % 2 == 0 ? ChoiceAct::given : ChoiceAct::withdrawn, day(10 + i),
               "EV-" + std::to_string(i)));
  }
  world.close();
  const std::string whole = content_of(world.paths().database);
  struct Case {
    const char* what;
    const char* sql;
    const char* found;
  };
  for (const Case& c : {
           Case{"edited", "UPDATE choice SET act = 0 WHERE sequence = 6", "entry 6 was changed"},
           Case{"edited time", "UPDATE choice SET at = at + 1 WHERE sequence = 2", "entry 2 was changed"},
           Case{"edited evidence", "UPDATE choice SET evidence_id = 'EV-x' WHERE sequence = 3", "entry 3 was changed"},
           Case{"given to another", "UPDATE choice SET handle = 'C-2' WHERE sequence = 1", "entry 1 was changed"},
           Case{"nonsense", "UPDATE choice SET element = 99 WHERE sequence = 4", "entry 4 cannot be read"},
           Case{"removed", "DELETE FROM choice WHERE sequence = 3", "entry 3 is missing"},
           Case{"last removed", "DELETE FROM choice WHERE sequence = 6", "entry 6 is missing"},
           Case{"all removed", "DELETE FROM choice", "entry 1 is missing"},
           Case{"removed and closed up",
                "DELETE FROM choice WHERE sequence = 3; UPDATE choice SET sequence = sequence - 1 WHERE sequence > 3",
                "entry 3 does not follow"},
           Case{
               "inserted",
               "INSERT INTO choice SELECT 7, handle, element, 0, at, recorded, method, notice_version, evidence_id, hash, hash "
               "FROM choice WHERE sequence = 6",
               "entry 7 was changed"},
           Case{"moved",
                "UPDATE choice SET sequence = 99 WHERE sequence = 2; UPDATE choice SET sequence = 2 WHERE sequence = 3; "
                "UPDATE choice SET sequence = 3 WHERE sequence = 99",
                "entry 2 does not follow"},
           Case{"seal removed", "DELETE FROM meta WHERE key = 'ledger_head'", "its seal does not hold"},
       }) {
    world.tamper(world.paths().database,
                 std::string("DROP TRIGGER choice_is_never_changed; DROP TRIGGER choice_is_never_removed; ") + c.sql);
    world.reopen();
    const auto verified = world.store().verify_choices();
    EXPECT_FALSE(verified.has_value()) << c.what;
    if (!verified) {
      EXPECT_EQ(verified.error().code, Errc::damaged) << c.what;
      EXPECT_THAT(verified.error().context, HasSubstr(c.found)) << c.what;
    }
    EXPECT_FALSE(allows(Element::email)) << c.what << ": nothing is published that was not";
    world.close();
    std::ofstream(world.paths().database, std::ios::binary | std::ios::trunc) << whole;
  }
  world.reopen();
  EXPECT_EQ(expect(world.store().verify_choices()), 6U);
}

/// An entry that is appended must not heal a cut over.
TEST_F(ChoiceLedgerTest, ALedgerThatWasCutShortStaysBrokenAndTakesWhatHides) {
  put(stated);
  add(choice("C-1", Element::email, ChoiceAct::given, day(10), "EV-1"));
  add(choice("C-1", Element::email, ChoiceAct::withdrawn, day(11), "EV-2"));
  world.close();
  world.tamper(world.paths().database, "DROP TRIGGER choice_is_never_removed; DELETE FROM choice WHERE sequence = 2");
  world.reopen();
  const auto given =
      world.store().add_choices({choice("C-1", Element::phone, ChoiceAct::given, day(12), "EV-3")}, "test", world.now);
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, Errc::damaged);
  add(choice("C-1", Element::email, ChoiceAct::withdrawn, day(12), "EV-4"));
  EXPECT_FALSE(world.store().verify_choices()) << "still told";
  EXPECT_FALSE(allows(Element::email));
}

}  // namespace
}  // namespace regdata::store
