// One of the two files is put back from a backup: it is told, and what was hidden does not come back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "store/backup.hpp"
#include "store/key_store.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

using ::testing::HasSubstr;
using Mismatch = SqliteStore::Mismatch;

class Restore : public ::testing::Test {
 protected:
  void put(std::string_view name, const Contact& holder) {
    world.now += std::chrono::minutes{1};
    expect(world.store().put({registration(name, holder)}, "import:test", world.now));
  }
  void choose(std::string_view handle, Element element, ChoiceAct act) {
    world.now += std::chrono::minutes{1};
    expect(world.store().add_choices({choice(handle, element, act, world.now)}, "choice:test", world.now));
  }
  StorePaths copy(const std::string& name) {
    const auto directory = world.directory() / name;
    std::filesystem::create_directory(directory);
    StorePaths paths{directory / "registrations.db", directory / "keys.db"};
    expect(backup(world.paths(), paths.database, paths.keys));
    return paths;
  }
  RoleContact contact(std::string_view handle) {
    auto found = expect(world.store().find_contact(handle));
    if (!found) throw std::runtime_error("no contact " + std::string(handle));
    return std::move(*found);
  }
  void expect_refused(std::string_view what) {
    const auto opened = world.open();
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, Errc::conflict);
    EXPECT_THAT(opened.error().context, HasSubstr(std::string(what)));
    EXPECT_THAT(opened.error().hint, HasSubstr("`regdata db adopt`"));
  }

  StoreWorld world;
};

TEST_F(Restore, AnOlderDatabaseIsRefusedAndShowsNothingThatWasWithdrawnSince) {
  for (const char* handle : {"C-1", "C-2", "C-3"}) put(std::string(handle) + ".test", person(handle, "markmarkmark"));
  for (const char* handle : {"C-1", "C-2"}) {
    choose(handle, Element::email, ChoiceAct::given);
    choose(handle, Element::phone, ChoiceAct::given);
  }
  const StorePaths before = copy("before");
  choose("C-1", Element::email, ChoiceAct::withdrawn);
  choose("C-3", Element::name, ChoiceAct::declined);
  put("new.test", person("C-9", "newnewnewnew"));
  world.put_back(before.database, world.paths().database);
  const std::string content = content_of(world.paths().database);
  expect_refused("the registration store is older");
  EXPECT_EQ(content_of(world.paths().database), content);

  world.reopen(Mismatch::adopt);
  EXPECT_TRUE(contact("C-1").choices.allows(Element::email)) << "this is what must not be published";
  EXPECT_EQ(world.store().add_choices({choice("C-2", Element::fax, ChoiceAct::given, world.now)}, "t", world.now).error().code,
            Errc::conflict)
      << "nothing is written before it is adopted";
  const std::uint64_t followed = expect(world.store().last_sequence());
  const auto adopted = expect(world.store().adopt_restored());
  EXPECT_EQ(adopted.choices_ended, 2U);
  EXPECT_EQ(adopted.unreadable, 0U);
  std::set<std::string> told;
  for (const Change& change : expect(world.store().changes_after(followed, 100))) {
    EXPECT_EQ(change.kind, ChangeKind::choice);
    EXPECT_TRUE(change.hides);
    told.insert(change.subject);
  }
  EXPECT_EQ(told, (std::set<std::string>{"C-1", "C-3"}));
  const auto check = [&] {
    EXPECT_FALSE(contact("C-1").choices.allows(Element::email));
    EXPECT_FALSE(contact("C-1").choices.allows(Element::phone)) << "nobody knows whether it was this one";
    EXPECT_TRUE(contact("C-2").choices.allows(Element::email)) << "the keys prove that nothing of C-2 is lost";
    EXPECT_TRUE(contact("C-2").choices.allows(Element::phone));
    // An objection to publication on another basis than consent is heard where the last word is a no of the person.
    EXPECT_EQ(contact("C-3").choices.find(Element::name)->act, ChoiceAct::withdrawn);
    EXPECT_EQ(contact("C-3").choices.find(Element::name)->method, "restored-backup");
    EXPECT_GT(expect(world.store().verify_choices()), 4U);
  };
  check();
  world.reopen();
  check();
  choose("C-1", Element::email, ChoiceAct::given);
  EXPECT_TRUE(contact("C-1").choices.allows(Element::email));
  EXPECT_FALSE(contact("C-1").choices.allows(Element::phone));
}

TEST_F(Restore, ADatabaseThatIsOneWithdrawalOlderIsToldEvenAfterAKill) {
  put("a.test", person("C-1", "markmarkmark"));
  choose("C-1", Element::email, ChoiceAct::given);
  const StorePaths before = copy("before");
  choose("C-1", Element::email, ChoiceAct::withdrawn);
  const StorePaths killed = copy("killed");  // the files as they are, no store was closed
  world.put_back(before.database, world.paths().database);
  world.put_back(killed.keys, world.paths().keys);
  expect_refused("the registration store is older");
}

TEST_F(Restore, ADatabaseThatIsOneConsentOlderIsToldBesideABackupOfTheKeys) {
  put("a.test", person("C-1", "markmarkmark"));
  const StorePaths before = copy("before");
  choose("C-1", Element::email, ChoiceAct::given);
  const StorePaths after = copy("after");
  world.put_back(before.database, world.paths().database);
  world.put_back(after.keys, world.paths().keys);
  expect_refused("the registration store is older");
  world.put_back(after.database, world.paths().database);
  world.reopen();
}

TEST_F(Restore, OlderKeysAreRefusedAndNoIdIsGivenTwice) {
  put("a.test", person("C-1", "alphaalphaalpha"));
  put("gone.test", person("C-0", "gonegonegone"));
  choose("C-1", Element::email, ChoiceAct::given);
  const StorePaths before = copy("before");
  put("b.test", person("C-2", "betabetabeta"));
  choose("C-2", Element::email, ChoiceAct::given);
  choose("C-1", Element::phone, ChoiceAct::given);
  put("a.test", [] {
    Contact moved = person("C-1", "alphaalphaalpha");
    moved.city = PersonalText("elsewhere");
    return moved;
  }());
  expect(world.store().erase_contact("C-0", "erase:request", world.now));
  const StorePaths newest = copy("newest");
  world.put_back(before.keys, world.paths().keys);
  expect_refused("the key store is older");

  world.reopen(Mismatch::adopt);
  const auto adopted = expect(world.store().adopt_restored());
  EXPECT_EQ(adopted.unreadable, 1U);
  EXPECT_EQ(adopted.choices_ended, 0U) << "older keys know of no choice that the database does not have";
  EXPECT_EQ(adopted.erased_again, 1U);
  EXPECT_EQ(world.query(world.paths().keys, "SELECT group_concat(handle) FROM data_key WHERE destroyed_at IS NOT NULL"), "C-0");
  EXPECT_EQ(contact("C-1").state, ContactState::opened);
  EXPECT_TRUE(contact("C-1").choices.allows(Element::phone));
  EXPECT_EQ(contact("C-2").state, ContactState::unreadable);

  put("c.test", person("C-3", "gammagammagamma"));
  EXPECT_EQ(world.query(world.paths().keys, "SELECT id FROM data_key WHERE handle = 'C-3'"), "4") << "3 was C-2's";
  put("b.test", person("C-2", "betabetabeta"));
  EXPECT_EQ(contact("C-2").state, ContactState::opened);
  EXPECT_FALSE(contact("C-2").choices.allows(Element::email)) << "whether it is the same person cannot be known";
  world.reopen();
  // The newest keys turn up: they know nothing of what came since.
  world.put_back(newest.keys, world.paths().keys);
  expect_refused("the key store is older");
}

TEST_F(Restore, TwoHistoriesAreNotTakenForOne) {
  put("a.test", person("C-1", "markmarkmark"));
  choose("C-1", Element::email, ChoiceAct::given);
  const StorePaths parted = copy("parted");
  choose("C-1", Element::email, ChoiceAct::withdrawn);
  const StorePaths one = copy("one");
  world.put_back(parted.database, world.paths().database);
  world.put_back(parted.keys, world.paths().keys);
  world.reopen();
  choose("C-1", Element::phone, ChoiceAct::given);  // as many commits, as many entries
  world.put_back(one.keys, world.paths().keys);
  expect_refused("apart from each other");
  world.reopen(Mismatch::adopt);
  EXPECT_EQ(expect(world.store().adopt_restored()).choices_ended, 1U);
  EXPECT_FALSE(contact("C-1").choices.allows(Element::email));
  EXPECT_FALSE(contact("C-1").choices.allows(Element::phone));
}

TEST_F(Restore, AContactThatWasMadeAgainUnderAnotherKeyIsStillHeard) {
  const StorePaths empty = copy("empty");
  put("a.test", person("C-1", "markmarkmark"));
  put("b.test", person("C-2", "markmarkmark"));
  choose("C-1", Element::email, ChoiceAct::given);
  choose("C-2", Element::email, ChoiceAct::given);
  const StorePaths newest = copy("newest");
  world.put_back(empty.database, world.paths().database);
  world.reopen(Mismatch::adopt);
  expect(world.store().adopt_restored());
  put("a.test", person("C-1", "markmarkmark"));
  choose("C-1", Element::email, ChoiceAct::declined);
  // The database that was thought to be lost turns up.
  world.put_back(newest.database, world.paths().database);
  expect_refused("the registration store is older");
  world.reopen(Mismatch::adopt);
  EXPECT_EQ(expect(world.store().adopt_restored()).choices_ended, 1U);
  EXPECT_FALSE(contact("C-1").choices.allows(Element::email)) << "declined under the key that this database never had";
  EXPECT_TRUE(contact("C-2").choices.allows(Element::email)) << "nothing can have been said since: there was no such contact";
}

TEST_F(Restore, AnAdoptionThatIsKilledIsRefusedAndDoneAgain) {
  put("a.test", person("C-1", "markmarkmark"));
  choose("C-1", Element::email, ChoiceAct::given);
  const StorePaths before = copy("before");
  choose("C-1", Element::email, ChoiceAct::withdrawn);
  const StorePaths newest = copy("newest");
  world.put_back(before.database, world.paths().database);
  world.reopen(Mismatch::adopt);
  expect(world.store().adopt_restored());
  const auto entries = expect(world.store().choice_entries("C-1")).size();
  world.put_back(newest.keys, world.paths().keys);  // as it is when the second commit never came
  expect_refused("the key store is older");
  world.reopen(Mismatch::adopt);
  expect(world.store().adopt_restored());
  EXPECT_EQ(expect(world.store().choice_entries("C-1")).size(), entries);
  EXPECT_FALSE(contact("C-1").choices.allows(Element::email));
  EXPECT_EQ(expect(world.store().adopt_restored()).choices_ended, 0U);
  world.reopen();
}

TEST_F(Restore, ErasingReachesKeysThatAnAdoptionLeftWithoutARow) {
  const StorePaths before = copy("before");
  put("a.test", person("C-1", "markmarkmark"));
  world.put_back(before.database, world.paths().database);
  world.reopen(Mismatch::adopt);
  expect(world.store().adopt_restored());
  put("a.test", person("C-1", "markmarkmark"));
  put("b.test", person("C-2", "otherotherother"));
  const std::string live = "SELECT coalesce(group_concat(id || handle), '') FROM data_key WHERE destroyed_at IS NULL";
  EXPECT_EQ(world.query(world.paths().keys, live), "1C-1,2C-1,3C-2");
  expect(world.store().erase_contact("C-1", "erase:request", world.now));
  EXPECT_EQ(world.query(world.paths().keys, live), "3C-2");
  EXPECT_EQ(contact("C-2").state, ContactState::opened);
}

TEST_F(Restore, AKeyOfAnotherHandleIsNotDestroyed) {
  put("a.test", person("C-1", "markmarkmark"));
  put("b.test", person("C-2", "otherotherother"));
  world.close();
  world.tamper(world.paths().database, "UPDATE contact SET data_key = 2 WHERE handle = 'C-1'");
  world.reopen();
  expect(world.store().erase_contact("C-1", "erase:request", world.now));
  EXPECT_EQ(contact("C-2").state, ContactState::opened);
}

TEST_F(Restore, AMarkBelongsToOneHistory) {
  const FeedMark empty = expect(world.store().feed_mark());
  EXPECT_TRUE(expect(world.store().was_at(empty)));
  EXPECT_FALSE(expect(world.store().was_at({})));
  put("a.test", person("C-1", "markmarkmark"));
  const FeedMark first = expect(world.store().feed_mark());
  EXPECT_EQ(first.sequence, expect(world.store().last_sequence()));
  const StorePaths before = copy("before");
  put("b.test", person("C-2", "markmarkmark"));
  const FeedMark lost = expect(world.store().feed_mark());
  EXPECT_TRUE(expect(world.store().was_at(empty)));
  EXPECT_TRUE(expect(world.store().was_at(first)));

  world.put_back(before.database, world.paths().database);
  world.put_back(before.keys, world.paths().keys);
  world.reopen();  // both are put back: they belong together
  put("b.test", person("C-2", "markmarkmark"));
  EXPECT_EQ(expect(world.store().last_sequence()), lost.sequence) << "the feed is as long as it was";
  EXPECT_FALSE(expect(world.store().was_at(lost)));
  EXPECT_TRUE(expect(world.store().was_at(first)));
  expect(world.store().adopt_restored());
  EXPECT_FALSE(expect(world.store().was_at(first))) << "after an adoption everything is made anew";
}

TEST_F(Restore, WhatChangesNothingMovesNothing) {
  put("a.test", person("C-1", "markmarkmark"));
  world.reopen();
  const std::string keys = content_of(world.paths().keys);
  const std::string both = "SELECT group_concat(key || quote(value)) FROM meta";
  const std::string meta = world.query(world.paths().keys, both) + world.query(world.paths().database, both);
  expect(world.store().put({registration("a.test", person("C-1", "markmarkmark"))}, "import:test", world.now));
  world.reopen();
  EXPECT_EQ(world.query(world.paths().keys, both) + world.query(world.paths().database, both), meta);
  EXPECT_EQ(content_of(world.paths().keys), keys);
}

/// What is known of a store at one moment.
struct Moment {
  using Entries = std::set<std::array<std::uint8_t, 32>>;  ///< of the ledger, by their hashes

  std::map<std::string, std::map<Element, bool>> given;
  std::map<std::string, Entries> said;
  std::map<std::string, Entries> said_elsewhere;  ///< by contacts that the keys know and an adopted database lacked
  std::set<std::string> erased;
  std::set<std::string> unreadable;  ///< published withheld; its choices end when it is made anew
};

/// Random histories with backups of either file put back at any time. Two files that stand for the same moment open; others are
/// refused, and after an adoption nothing is shown of whom the database lacks a word that the keys know of, all else is shown
/// as before, and nobody is back who was erased.
class History {
 public:
  explicit History(StoreWorld& world) : world_(world) { moments_.push_back({}); }

  void step() {
    world_.now += std::chrono::minutes{1};
    const std::string handle = "C-" + std::to_string(pick(3));
    const bool held = expect(world_.store().find_contact(handle)).has_value();
    switch (pick(9)) {
      case 0:
      case 1:
        changed([&] { put(handle); });
        break;
      case 2:
      case 3:
        if (held) changed([&] { choose(handle); });
        break;
      case 4:
        if (held && pick(3) == 0) {
          RC_LOG() << "erase " << handle << std::endl;
          changed([&] { expect(world_.store().erase_contact(handle, "erase:test", world_.now)); });
        }
        break;
      case 5:
        RC_LOG() << "rotate" << std::endl;
        expect(world_.store().rotate_keys(2));
        break;
      case 6:
        keep();
        break;
      case 7:
        RC_LOG() << "reopen" << std::endl;
        world_.reopen();
        break;
      default:
        put_back();
    }
  }

 private:
  struct Copy {
    StorePaths paths;
    int moment = 0;
  };

  static int pick(int below) { return *rc::gen::inRange(0, below); }

  void put(const std::string& handle) {
    Contact holder = person(handle, "markmarkmark");
    const std::string phone = "+49.3000000" + std::to_string(pick(3));
    const std::string name = "n" + std::to_string(pick(3)) + ".test";
    RC_LOG() << "put " << handle << " with " << phone << " under " << name << std::endl;
    holder.phone = PersonalText(phone);
    expect(world_.store().put({registration(name, holder)}, "import:test", world_.now));
  }
  void choose(const std::string& handle) {
    const Element element = *rc::gen::element(Element::name, Element::email);
    const ChoiceAct act = *rc::gen::element(ChoiceAct::given, ChoiceAct::given, ChoiceAct::withdrawn, ChoiceAct::declined);
    RC_LOG() << "choose " << handle << " element " << static_cast<int>(element) << " act " << static_cast<int>(act)
             << std::endl;
    expect(world_.store().add_choices({choice(handle, element, act, world_.now)}, "choice:test", world_.now));
  }

  template <class Change>
  void changed(Change&& change) {
    const auto before = expect(world_.store().feed_mark());
    change();
    if (!(expect(world_.store().feed_mark()) == before)) record(in_database_);
  }
  void record(int parent) {
    Moment now = look();
    const Moment& keys = moment(in_keys_);
    if (in_keys_ == parent) {
      now.said_elsewhere = keys.said_elsewhere;
    } else {
      for (const auto* said : {&keys.said, &keys.said_elsewhere}) {
        for (const auto& [handle, entries] : *said) {
          if (!now.said.contains(handle)) now.said_elsewhere[handle].insert(entries.begin(), entries.end());
        }
      }
    }
    moments_.push_back(std::move(now));
    in_database_ = in_keys_ = static_cast<int>(moments_.size()) - 1;
    RC_LOG() << "moment " << in_database_ << " after " << parent << std::endl;
  }
  Moment look() {
    Moment moment;
    for (int i = 0; i < 3; ++i) {
      const std::string handle = "C-" + std::to_string(i);
      const auto contact = expect(world_.store().find_contact(handle));
      if (!contact) continue;
      if (contact->state == ContactState::erased) moment.erased.insert(handle);
      if (contact->state == ContactState::unreadable) moment.unreadable.insert(handle);
      Moment::Entries& said = moment.said[handle];
      for (const ChoiceEntry& entry : expect(world_.store().choice_entries(handle))) said.insert(entry.hash);
      for (const Element element : {Element::name, Element::email}) {
        moment.given[handle][element] = contact->state != ContactState::erased && contact->choices.allows(element);
      }
    }
    return moment;
  }

  void keep() {
    const auto directory = world_.directory() / ("copy" + std::to_string(copies_.size()));
    std::filesystem::create_directory(directory);
    copies_.push_back({{directory / "registrations.db", directory / "keys.db"}, in_database_});
    RC_LOG() << "copy of moment " << in_database_ << std::endl;
    expect(backup(world_.paths(), copies_.back().paths.database, copies_.back().paths.keys));
  }
  void put_back() {
    if (copies_.empty()) return;
    const Copy& copy = copies_.at(static_cast<std::size_t>(pick(static_cast<int>(copies_.size()))));
    const int files = pick(3);
    world_.close();
    if (files != 0) {
      world_.put_back(copy.paths.database, world_.paths().database);
      in_database_ = copy.moment;
    }
    if (files != 1) {
      world_.put_back(copy.paths.keys, world_.paths().keys);
      in_keys_ = copy.moment;
    }
    RC_LOG() << "database of moment " << in_database_ << " with keys of moment " << in_keys_ << std::endl;
    const auto opened = world_.open();
    RC_ASSERT(opened.has_value() == (in_database_ == in_keys_));
    if (opened) {
      world_.reopen();
      const Moment now = look();
      RC_ASSERT(now.given == moment(in_database_).given);
      RC_ASSERT(now.erased == moment(in_database_).erased);
    } else {
      RC_ASSERT(opened.error().code == Errc::conflict);
      world_.reopen(Mismatch::adopt);
      expect(world_.store().adopt_restored());
      compare_adopted();
      record(in_database_);
    }
  }
  void compare_adopted() {
    Moment now = look();
    const Moment& database = moment(in_database_);
    const Moment& keys = moment(in_keys_);
    for (const auto& [handle, given] : now.given) {
      const auto shown = [](const auto& choice) { return choice.second; };
      if (now.unreadable.contains(handle)) continue;
      if (lacks_a_word(database, keys, handle)) {
        RC_ASSERT(std::ranges::none_of(given, shown));
      } else if (same_key(handle) && !now.erased.contains(handle)) {
        RC_ASSERT(given == database.given.at(handle));
      } else {
        for (const auto& [element, is_given] : given) RC_ASSERT(!is_given || database.given.at(handle).at(element));
      }
    }
    for (const std::string& handle : database.erased) RC_ASSERT(now.erased.contains(handle));
    for (const std::string& handle : keys.erased) {
      if (now.given.contains(handle) && same_key(handle)) RC_ASSERT(now.erased.contains(handle));
    }
  }
  static bool lacks_a_word(const Moment& database, const Moment& keys, const std::string& handle) {
    const auto lacking = [&](const std::map<std::string, Moment::Entries>& said) {
      const auto known = said.find(handle);
      return known != said.end() && !std::ranges::includes(database.said.at(handle), known->second);
    };
    return lacking(keys.said) || lacking(keys.said_elsewhere);
  }
  /// Two histories may each have made a key of their own for a handle.
  bool same_key(const std::string& handle) const {
    const std::string id =
        world_.query(world_.paths().database, "SELECT data_key FROM contact WHERE handle = '" + handle + "'");
    return world_.query(world_.paths().keys, "SELECT count(*) FROM data_key WHERE handle = '" + handle + "' AND id = " + id) ==
           "1";
  }
  [[nodiscard]] const Moment& moment(int index) const { return moments_.at(static_cast<std::size_t>(index)); }

  StoreWorld& world_;
  std::vector<Moment> moments_;
  std::vector<Copy> copies_;
  int in_database_ = 0;
  int in_keys_ = 0;
};

TEST(RestoreModel, FilesOfTwoMomentsAreToldAndHideWhatEitherHides) {
  EXPECT_TRUE(rc::check("random restores", [] {
    StoreWorld world;
    History history(world);
    const int steps = *rc::gen::inRange(1, long_run() ? 120 : 50);
    for (int step = 0; step < steps; ++step) history.step();
  }));
}

}  // namespace
}  // namespace regdata::store
