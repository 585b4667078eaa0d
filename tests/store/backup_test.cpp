// Copies of a store in use: of one instant, whole or not there.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <set>
#include <thread>

#include "store/backup.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

RegistrationPut numbered(int number, int state) {
  return registration("n" + std::to_string(number) + ".test",
                      person("C-" + std::to_string(number), "state" + std::to_string(state)));
}

TEST(Backup, CopiesAreOfOneInstantUnderWrites) {
  StoreWorld world;
  constexpr int names = 40;
  std::vector<RegistrationPut> batch;
  for (int i = 0; i < names; ++i) batch.push_back(numbered(i, 0));
  expect(world.store().put(batch, "import:test", world.now));

  // One transaction moves all contacts to the next state and adds one name: a copy of one instant has them all in one state.
  std::atomic<bool> stop = false;
  std::atomic<int> states = 0;
  std::thread writer([&] {
    auto store = expect(world.open());
    for (int state = 1; !stop; ++state) {
      std::vector<RegistrationPut> next;
      for (int i = 0; i < names + std::min(state, 60); ++i) next.push_back(numbered(i, state));
      if (store->put(next, "import:test", world.now)) states = state;
    }
  });
  constexpr int copies = 12;
  for (int i = 0; i < copies; ++i) {
    const auto directory = world.directory() / ("copy" + std::to_string(i));
    std::filesystem::create_directory(directory);
    const auto done = backup(world.paths(), directory / "registrations.db", directory / "keys.db");
    EXPECT_TRUE(done.has_value()) << done.error().context;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  stop = true;
  writer.join();
  EXPECT_GT(states, 2) << "nothing was written meanwhile";

  for (int i = 0; i < copies; ++i) {
    const auto directory = world.directory() / ("copy" + std::to_string(i));
    const StorePaths copy{directory / "registrations.db", directory / "keys.db"};
    for (const auto& file : {copy.database, copy.keys}) {
      struct stat status {};
      ASSERT_EQ(::stat(file.c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 0777U, 0600U);
      EXPECT_EQ(world.query(file, "PRAGMA integrity_check"), "ok");
    }
    auto store = expect(SqliteStore::open(copy, world.master(), "EU", [&] { return world.now; }));
    std::set<std::string> found;
    std::size_t walked = 0;
    expect(store->for_each({}, [&](const RegistrationData& data) {
      EXPECT_EQ(data.contacts.at(0).state, ContactState::opened) << data.contacts.at(0).problem;
      if (std::stoi(data.registration.name.ascii().substr(1)) < names) found.insert(data.contacts.at(0).contact.name.reveal());
      ++walked;
      return true;
    }));
    EXPECT_GE(walked, static_cast<std::size_t>(names));
    EXPECT_EQ(found.size(), 1U) << "copy " << i << " is not of one instant";
    EXPECT_EQ(expect(store->count()), walked);
  }
}

TEST(Backup, RefusesToOverwriteAndLeavesNothingHalfDone) {
  StoreWorld world;
  expect(world.store().put({numbered(1, 1)}, "import:test", world.now));
  const auto database = world.directory() / "b.db";
  const auto keys = world.directory() / "k.db";
  expect(backup(world.paths(), database, keys));
  EXPECT_EQ(backup(world.paths(), database, world.directory() / "k2.db").error().code, Errc::conflict);
  EXPECT_EQ(backup(world.paths(), world.directory() / "b2.db", keys).error().code, Errc::conflict);
  EXPECT_FALSE(std::filesystem::exists(world.directory() / "k2.db"));
  EXPECT_EQ(backup(world.paths(), world.directory() / "none" / "b.db", world.directory() / "k3.db").error().code,
            Errc::unavailable);
  for (const auto& entry : std::filesystem::directory_iterator(world.directory())) {
    EXPECT_EQ(entry.path().string().find(".part"), std::string::npos) << entry.path().filename();
  }
  EXPECT_FALSE(any_file_holds(world.directory(), "state1"));
}

TEST(Backup, ACopyOfTheDataIsClosedWithoutTheKeys) {
  StoreWorld world;
  expect(world.store().put({numbered(1, 1)}, "import:test", world.now));
  expect(backup(world.paths(), world.directory() / "b.db", world.directory() / "k.db"));
  expect(world.store().erase_contact("C-1", "erase:request", world.now));
  // Yesterday's data with today's keys: the erased person is gone there too.
  auto restored = expect(SqliteStore::open(
      {world.directory() / "b.db", world.paths().keys}, world.master(), "EU", [&] { return world.now; },
      SqliteStore::Mismatch::adopt));
  EXPECT_EQ(expect(restored->find_contact("C-1"))->state, ContactState::erased);
}

}  // namespace
}  // namespace regdata::store
