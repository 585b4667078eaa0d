// The promises of sealing: nothing in clear, nothing exchanged, nothing rolled back, erased is erased.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "store/vault.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

using ::testing::HasSubstr;

RoleContact contact(StoreWorld& world, std::string_view handle) {
  auto found = expect(world.store().find_contact(handle));
  if (!found) throw std::runtime_error("no contact " + std::string(handle));
  return std::move(*found);
}

void put(StoreWorld& world, std::string_view name, const Contact& holder) {
  expect(world.store().put({registration(name, holder)}, "import:test", world.now));
}

/// Copies the sealed columns of one contact over another's, as somebody with access to the file could.
void copy_sealed(StoreWorld& world, const std::string& from, const std::string& to) {
  world.close();
  world.tamper(world.paths().database,
               "UPDATE contact SET (sealed, version) = (SELECT sealed, version FROM contact WHERE handle = '" + from +
                   "') WHERE handle = '" + to + "'");
  world.reopen();
}

void expect_unreadable(StoreWorld& world, std::string_view handle, std::string_view why) {
  const RoleContact found = contact(world, handle);
  EXPECT_EQ(found.state, ContactState::unreadable);
  EXPECT_THAT(found.problem, HasSubstr("contact " + std::string(handle)));
  EXPECT_THAT(found.problem, HasSubstr(std::string(why)));
  EXPECT_TRUE(found.contact.name.empty() && found.contact.email.empty() && found.contact.country.empty());
  EXPECT_EQ(found.contact.handle, handle) << "its handle and nothing else";
}

TEST(Vault, AnyTwoBlobsExchangedAreRefused) {
  const auto master = [] {
    const TemporaryDirectory directory;
    expect(MasterKey::create(directory.path() / "k"));
    return std::make_shared<const MasterKey>(expect(MasterKey::load(directory.path() / "k")));
  }();
  Vault vault(master, "EU");
  Vault elsewhere(master, "US");
  struct Sealed {
    Contact contact;
    std::uint64_t version;
    std::vector<std::uint8_t> bytes;
  };
  // All under one data key: what keeps them apart is what they are bound to, and nothing else.
  DataKey key;
  std::vector<Sealed> all;
  for (int i = 0; i < 100; ++i) {
    Sealed sealed{person("C-" + std::to_string(i / 4), "mark" + std::to_string(i)), static_cast<std::uint64_t>(1 + i % 2), {}};
    if ((i / 2) % 2 == 1) sealed.contact.region = "CH";
    const auto bytes = vault.seal(sealed.contact, sealed.version, key);
    sealed.bytes.assign(bytes.begin(), bytes.end());
    all.push_back(std::move(sealed));
  }
  for (const Sealed& row : all) {
    for (const Sealed& blob : all) {
      Contact opened;
      opened.handle = row.contact.handle;
      opened.region = row.contact.region;
      const auto result = vault.open(blob.bytes, row.version, key, opened);
      ASSERT_EQ(result.has_value(), &row == &blob);
      ASSERT_TRUE(result.has_value() || result.error().code == Errc::damaged);
    }
    Contact carried;
    carried.handle = row.contact.handle;
    carried.region = row.contact.region;
    EXPECT_EQ(elsewhere.open(row.bytes, row.version, key, carried).has_value(), !row.contact.region.empty())
        << "a store of another region opens only what was sealed for a region of its own";
  }
}

TEST(Vault, TheSameContactSealedTwiceIsNeverTheSameBytes) {
  StoreWorld world;
  Vault vault(world.master(), "EU");
  DataKey key;
  std::set<std::vector<std::uint8_t>> nonces;
  for (int i = 0; i < 1000; ++i) {
    const auto sealed = vault.seal(person("C-1", "alphaalphaalpha"), 1, key);
    nonces.insert({sealed.begin(), sealed.begin() + 24});
  }
  EXPECT_EQ(nonces.size(), 1000U);
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  put(world, "b.test", person("C-2", "alphaalphaalpha"));
  EXPECT_EQ(world.query(world.paths().keys, "SELECT count(DISTINCT wrapped) FROM data_key"), "2");
  EXPECT_EQ(world.query(world.paths().keys, "SELECT count(*) FROM data_key WHERE wrapped = zeroblob(72)"), "0");
}

TEST(Vault, EveryFlippedBitIsRefused) {
  StoreWorld world;
  Vault vault(world.master(), "EU");
  DataKey key;
  const auto sealed = vault.seal(person("C-1", "alphaalphaalpha"), 1, key);
  const std::vector<std::uint8_t> bytes(sealed.begin(), sealed.end());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    Contact opened;
    opened.handle = "C-1";
    ASSERT_FALSE(vault.open(damaged, 1, key, opened).has_value());
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Contact opened;
    opened.handle = "C-1";
    ASSERT_FALSE(vault.open(std::span(bytes).first(size), 1, key, opened).has_value());
  }
}

TEST(Vault, RowsExchangedInTheStoreAreRefused) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  put(world, "b.test", person("C-2", "betabetabeta"));
  copy_sealed(world, "C-1", "C-2");
  expect_unreadable(world, "C-2", "do not authenticate");
  EXPECT_EQ(contact(world, "C-1").state, ContactState::opened);
  // The name is found all the same, and says so.
  const auto data = expect(world.store().find(name_of("b.test")));
  EXPECT_EQ(data->contacts.at(0).state, ContactState::unreadable);
}

TEST(Vault, ARowMovedWithItsKeyIsRefused) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  put(world, "b.test", person("C-2", "betabetabeta"));
  world.close();
  world.tamper(
      world.paths().database,
      "UPDATE contact SET (sealed, version, data_key) = (SELECT sealed, version, data_key FROM contact WHERE handle = 'C-1') "
      "WHERE handle = 'C-2'");
  world.reopen();
  expect_unreadable(world, "C-2", "data key is missing");
  world.close();
  world.tamper(world.paths().keys, "UPDATE data_key SET handle = 'C-2' WHERE id = 1");
  world.reopen();
  expect_unreadable(world, "C-2", "data key does not authenticate");
}

TEST(Vault, ARolledBackRowIsRefusedUntilItIsAdopted) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "oldoldoldoldold"));
  world.close();
  std::filesystem::copy(world.paths().database, world.directory() / "old.db");
  world.reopen();
  put(world, "a.test", person("C-1", "newnewnewnewnew"));
  world.close();
  world.tamper(
      world.paths().database,
      "ATTACH '" + (world.directory() / "old.db").string() +
          "' AS old; UPDATE contact SET (sealed, version) = (SELECT sealed, version FROM old.contact WHERE handle = 'C-1')");
  world.reopen();
  expect_unreadable(world, "C-1", "version 1 was rolled back, version 2 is current");
  std::size_t unreadable = 0;
  expect(world.store().for_each({}, [&](const RegistrationData& data) {
    unreadable += data.contacts.at(0).state == ContactState::unreadable ? 1 : 0;
    return true;
  }));
  EXPECT_EQ(unreadable, 1U);
  // An operator who restored an older database on purpose says so.
  EXPECT_EQ(expect(world.store().adopt_restored()).rolled_back, 1U);
  EXPECT_EQ(contact(world, "C-1").contact.name.reveal(), "Name oldoldoldoldold");
  EXPECT_EQ(expect(world.store().adopt_restored()).rolled_back, 0U);
}

TEST(Vault, ARegionInTheRowThatIsNotTheSealedOneIsRefused) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  world.close();
  world.tamper(world.paths().database, "UPDATE contact SET region = 'US'");
  world.reopen();
  expect_unreadable(world, "C-1", "do not authenticate");
}

TEST(Vault, AMissingKeyNamesTheContact) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  world.close();
  world.tamper(world.paths().keys, "DELETE FROM data_key");
  world.reopen();
  expect_unreadable(world, "C-1", "data key is missing");
  EXPECT_EQ(world.store().seal_for("C-1", "test", {}).error().code, Errc::key_missing);
}

TEST(Vault, ADamagedRowIsMendedByASourceThatIsBelievedAsFar) {
  StoreWorld world;
  Contact holder = person("C-1", "alphaalphaalpha", SourceClass::own);
  RegistrationPut stated = registration("a.test", holder, SourceClass::own);
  stated.choices = {choice("C-1", Element::email, ChoiceAct::given, StoreWorld::time("2025-12-01T00:00:00Z"))};
  expect(world.store().put({stated}, "import:test", world.now));
  world.close();
  world.tamper(world.paths().database, "UPDATE contact SET sealed = zeroblob(100)");
  world.reopen();
  put(world, "a.test", person("C-1", "csvcsvcsvcsv", SourceClass::csv));
  expect_unreadable(world, "C-1", "do not authenticate");
  put(world, "a.test", holder);
  EXPECT_EQ(contact(world, "C-1").contact.name.reveal(), "Name alphaalphaalpha");
  EXPECT_FALSE(contact(world, "C-1").choices.allows(Element::email)) << "whether it is the same holder cannot be known";
}

TEST(Vault, AnotherMasterKeyIsToldAtOnce) {
  StoreWorld world;
  put(world, "a.test", person("C-1", "alphaalphaalpha"));
  expect(MasterKey::create(world.directory() / "other.key"));
  const auto other = std::make_shared<const MasterKey>(expect(MasterKey::load(world.directory() / "other.key")));
  const auto opened = SqliteStore::open(world.paths(), other, "EU", [&] { return world.now; });
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Errc::configuration);
  EXPECT_EQ(opened.error().context, "master key does not belong to this key store");
  const auto foreign = SqliteStore::open(world.paths(), world.master(), "US", [&] { return world.now; });
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error().code, Errc::configuration);
  EXPECT_THAT(foreign.error().context, HasSubstr("region EU"));
  const StoreWorld second;
  const auto mixed =
      SqliteStore::open({world.paths().database, second.paths().keys}, second.master(), "EU", [&] { return world.now; });
  ASSERT_FALSE(mixed.has_value());
  EXPECT_EQ(mixed.error().context, "key store and registration store do not belong together");
}

TEST(Vault, NoFileHoldsAPersonInClear) {
  StoreWorld world;
  for (int i = 0; i < 50; ++i) {
    put(world, "n" + std::to_string(i) + ".test", person("C-" + std::to_string(i), "Zqxcanary" + std::to_string(1000 + i)));
    if (i % 3 == 0)
      put(world, "n" + std::to_string(i) + ".test", person("C-" + std::to_string(i), "Zqxcanary" + std::to_string(2000 + i)));
  }
  EXPECT_TRUE(any_file_holds(world.directory(), "n17.test")) << "the search finds what is there";
  EXPECT_TRUE(std::filesystem::exists(world.paths().database.string() + "-wal"));
  for (const bool closed : {false, true}) {
    if (closed) world.close();
    EXPECT_FALSE(any_file_holds(world.directory(), "Zqxcanary")) << "closed: " << closed;
    EXPECT_FALSE(any_file_holds(world.directory(), "zqxcanary")) << "closed: " << closed;
    EXPECT_FALSE(any_file_holds(world.directory(), "301234567")) << "closed: " << closed;
  }
}

}  // namespace
}  // namespace regdata::store
