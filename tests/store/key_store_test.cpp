// Keys: destroyed wherever they stood, rotated, and kept in step with the rows through kills and restores.
#include <gtest/gtest.h>

#include "registration/retention.hpp"
#include "store/key_store.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

RoleContact contact(StoreWorld& world, std::string_view handle) {
  auto found = expect(world.store().find_contact(handle));
  if (!found) throw std::runtime_error("no contact " + std::string(handle));
  return std::move(*found);
}

void put(StoreWorld& world, std::string_view name, const Contact& holder) {
  expect(world.store().put({registration(name, holder)}, "import:test", world.now));
}

TEST(KeyStore, ErasingDestroysTheKeyWhereverItStood) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  put(world, "b.test", person("C-2", "betabetabeta"));
  const std::string column = "SELECT hex(wrapped) FROM data_key WHERE id = 1";
  const std::string hex = world.query(world.paths().keys, column);
  std::string wrapped;
  for (std::size_t i = 0; i < hex.size(); i += 2) wrapped += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  ASSERT_EQ(wrapped.size(), 72U);
  ASSERT_TRUE(any_file_holds(world.directory(), wrapped));
  const auto sealed = expect(world.store().seal_for("C-1", "letter", std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_EQ(*expect(world.store().open_for("C-1", "letter", sealed)), (std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_EQ(world.store().open_for("C-1", "frame", sealed).error().code, Errc::damaged);
  EXPECT_EQ(world.store().open_for("C-2", "letter", sealed).error().code, Errc::damaged);

  expect(world.store().erase_contact("C-1", "erase:request", world.now));
  EXPECT_FALSE(any_file_holds(world.directory(), wrapped.substr(0, 24)));
  EXPECT_FALSE(any_file_holds(world.directory(), wrapped.substr(24, 32)));
  EXPECT_FALSE(any_file_holds(world.directory(), wrapped.substr(56)));
  const auto check = [&] {
    const RoleContact erased = contact(world, "C-1");
    EXPECT_EQ(erased.state, ContactState::erased);
    EXPECT_EQ(erased.erased_at, world.now);
    EXPECT_TRUE(erased.contact.name.empty());
    EXPECT_EQ(contact(world, "C-2").state, ContactState::opened);
    EXPECT_TRUE(expect(world.store().handles_by_email("alphaalphaalpha@alphaalphaalpha.example")).empty());
    EXPECT_FALSE(expect(world.store().open_for("C-1", "letter", sealed)).has_value());
    EXPECT_EQ(world.store().seal_for("C-1", "letter", {}).error().code, Errc::refused);
  };
  check();
  world.reopen();
  check();
  const auto last = expect(world.store().changes_after(0, 100)).back();
  EXPECT_EQ(last.kind, ChangeKind::contact_erased);
  EXPECT_EQ(last.roid, "RC-1-TEST") << "a later deposit must be able to name the deletion";
  EXPECT_TRUE(last.hides);
  expect(world.store().erase_contact("C-1", "erase:request", world.now));
  EXPECT_EQ(world.store().erase_contact("C-9", "erase:request", world.now).error().code, Errc::not_found);
  // The source still has the person: they do not come back.
  EXPECT_EQ(
      expect(world.store().put({registration("a.test", person("C-1", "alphaalphaalpha"))}, "import:test", world.now)).at(0),
      PutOutcome::unchanged);
  check();
}

TEST(KeyStore, AContactThatARegistrationNeedsIsNotErased) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  const auto erase = [&](UtcTime now) { return world.store().erase_contact_unless_needed("C-1", "erase:request", now); };
  EXPECT_EQ(erase(world.now).error().code, Errc::refused);
  const UtcTime ended = world.now + std::chrono::hours{1};
  expect(world.store().end(name_of("a.test"), {EndReason::deleted, ended}, "test", ended));
  EXPECT_EQ(erase(kept_until(ended) - std::chrono::milliseconds{1}).error().code, Errc::refused);
  EXPECT_EQ(contact(world, "C-1").state, ContactState::opened);
  expect(erase(kept_until(ended)));
  EXPECT_EQ(contact(world, "C-1").state, ContactState::erased);
  expect(erase(ended));  // completes what was begun, whatever needs it
}

TEST(KeyStore, AnErasureReachesADatabaseRestoredFromBefore) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  world.close();
  std::filesystem::copy(world.paths().database, world.directory() / "before.db");
  world.reopen();
  expect(world.store().erase_contact("C-1", "erase:request", world.now));
  world.put_back(world.directory() / "before.db", world.paths().database);
  world.reopen(SqliteStore::Mismatch::adopt);
  EXPECT_EQ(contact(world, "C-1").state, ContactState::erased) << "before anybody has adopted anything";
  EXPECT_EQ(expect(world.store().adopt_restored()).erased_again, 1U);
  EXPECT_EQ(contact(world, "C-1").state, ContactState::erased);
  EXPECT_EQ(
      world.query(world.paths().database, "SELECT count(*) FROM contact WHERE sealed IS NOT NULL OR email_index IS NOT NULL"),
      "0");
  EXPECT_EQ(expect(world.store().changes_after(0, 100)).back().kind, ChangeKind::contact_erased)
      << "publishers hear of it again";
}

TEST(KeyStore, ADatabaseRestoredFromBeforeCostsNoKeys) {
  StoreWorld world;
  for (int i = 0; i < 3; ++i) put(world, "n" + std::to_string(i) + ".test", person("C-" + std::to_string(i), "markmarkmark"));
  world.close();
  std::filesystem::copy(world.paths().database, world.directory() / "before.db");
  world.reopen();
  for (int i = 3; i < 6; ++i) put(world, "n" + std::to_string(i) + ".test", person("C-" + std::to_string(i), "markmarkmark"));
  world.close();
  std::filesystem::rename(world.paths().database, world.directory() / "newer.db");
  world.put_back(world.directory() / "before.db", world.paths().database);
  world.reopen(SqliteStore::Mismatch::adopt);
  expect(world.store().adopt_restored());
  world.put_back(world.directory() / "newer.db", world.paths().database);
  EXPECT_EQ(world.open().error().code, Errc::conflict);
  world.reopen(SqliteStore::Mismatch::adopt);
  EXPECT_EQ(expect(world.store().adopt_restored()).unreadable, 0U);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(contact(world, "C-" + std::to_string(i)).state, ContactState::opened) << i;
}

// The three places where a kill can fall between the two files.

TEST(KeyStore, AKeyThatNeverGotItsRowIsSweptAway) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  world.close();
  {
    auto keys = expect(KeyStore::open(world.paths().keys, world.master()));
    Transaction transaction = keys->begin_write();
    DataKey key;
    for (const char* handle : {"C-2", "C-3"}) keys->add(handle, key);
    transaction.commit();
  }
  world.reopen();
  EXPECT_EQ(world.query(world.paths().keys, "SELECT group_concat(handle) FROM data_key"), "C-1");
  put(world, "b.test", person("C-2", "betabetabeta"));
  EXPECT_EQ(contact(world, "C-2").state, ContactState::opened);
}

TEST(KeyStore, AVersionThatWasAnnouncedAndNeverWrittenIsTakenBack) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  const auto announce = [&] {
    auto keys = expect(KeyStore::open(world.paths().keys, world.master()));
    Transaction transaction = keys->begin_write();
    keys->expect_version(1, 2);
    transaction.commit();
  };
  announce();
  EXPECT_EQ(contact(world, "C-1").state, ContactState::opened) << "before anybody has tidied";
  put(world, "a.test", person("C-1", "betabetabeta"));
  EXPECT_EQ(contact(world, "C-1").contact.name.reveal(), "Name betabetabeta");
  world.close();
  world.tamper(world.paths().keys,
               "UPDATE data_key SET contact_version = 1 + (SELECT max(contact_version) FROM data_key), settled = 0");
  world.reopen();
  EXPECT_EQ(world.query(world.paths().keys, "SELECT settled FROM data_key"), "1");
  EXPECT_EQ(contact(world, "C-1").state, ContactState::opened);
  EXPECT_EQ(world.query(world.paths().keys, "SELECT contact_version FROM data_key"),
            world.query(world.paths().database, "SELECT version FROM contact"));
}

TEST(KeyStore, AnErasureThatWasCutShortIsCompleted) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  world.close();
  {
    auto keys = expect(KeyStore::open(world.paths().keys, world.master()));
    Transaction transaction = keys->begin_write();
    keys->destroy(1, "C-1", "erase:request", world.now);
    transaction.commit();
  }
  world.now += std::chrono::hours{1};
  world.reopen();
  EXPECT_EQ(contact(world, "C-1").state, ContactState::erased);
  EXPECT_EQ(contact(world, "C-1").erased_at, world.now - std::chrono::hours{1});
  EXPECT_EQ(
      world.query(world.paths().database, "SELECT count(*) FROM contact WHERE sealed IS NOT NULL OR email_index IS NOT NULL"),
      "0");
  const Change last = expect(world.store().changes_after(0, 100)).back();
  EXPECT_EQ(last.kind, ChangeKind::contact_erased);
  EXPECT_TRUE(last.hides);
}

TEST(KeyStore, KeysAreRotatedInPiecesAndNothingElseMoves) {
  StoreWorld world;
  for (int i = 0; i < 25; ++i)
    put(world, "n" + std::to_string(i) + ".test", person("C-" + std::to_string(i), "mark" + std::to_string(i)));
  const std::string sealed = world.query(world.paths().database, "SELECT hex(group_concat(sealed)) FROM contact");
  const std::string first = world.query(world.paths().keys, "SELECT hex(wrapped) FROM data_key WHERE id = 1");
  const KeyRotation begun = expect(world.store().rotate_keys(10));
  EXPECT_EQ(begun.version, 2U);
  EXPECT_EQ(begun.rewrapped, 10U);
  EXPECT_EQ(begun.left, 15U);
  EXPECT_TRUE(begun.log_wiped);
  world.reopen();  // as after a kill between two pieces
  put(world, "new.test", person("C-new", "newnewnewnew"));
  EXPECT_EQ(expect(world.store().rotate_keys(10)).left, 6U);
  const KeyRotation ended = expect(world.store().rotate_keys(10));
  EXPECT_EQ(ended.version, 2U);
  EXPECT_EQ(ended.rewrapped, 5U) << "a key made since the rotation began is wrapped under the new one already";
  EXPECT_EQ(ended.left, 0U);
  EXPECT_EQ(world.query(world.paths().keys, "SELECT min(wrapping_version) || '-' || max(wrapping_version) FROM data_key"),
            "2-2");
  EXPECT_NE(world.query(world.paths().keys, "SELECT hex(wrapped) FROM data_key WHERE id = 1"), first);
  EXPECT_EQ(world.query(world.paths().database, "SELECT hex(group_concat(sealed)) FROM contact WHERE handle <> 'C-new'"),
            sealed);
  for (int i = 0; i < 25; ++i) EXPECT_EQ(contact(world, "C-" + std::to_string(i)).state, ContactState::opened);
  EXPECT_EQ(expect(world.store().rotate_keys(1000)).left, 0U);
  EXPECT_EQ(world.query(world.paths().keys, "SELECT min(wrapping_version) FROM data_key"), "3") << "the next rotation";
}

}  // namespace
}  // namespace regdata::store
