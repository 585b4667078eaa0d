// Kill -9 at random moments, and a disk without space: what was acknowledged is there, and the rest is as if never begun.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <set>

#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

constexpr int people = 12;

/// State `state` of the world: two names whose contacts all carry the state, so that half a transaction shows.
std::vector<RegistrationPut> batch(int state) {
  std::vector<RegistrationPut> puts;
  for (int i = 0; i < people; ++i) {
    const std::string number = std::to_string(i);
    puts.push_back(registration("n" + number + ".test", person("C-" + number, "state" + std::to_string(state))));
  }
  const std::string number = std::to_string(state);
  puts.push_back(registration("new" + number + ".test", person("N-" + number, "state" + number)));
  return puts;
}

UtcTime due_of(const StoreWorld& world, int state) { return world.now + std::chrono::hours{state}; }

/// Writes one state after the other and tells each that was acknowledged; now and then erases, ends and chooses.
[[noreturn]] void write_for_ever(const StoreWorld& world, int tell, int state) {
  auto store = world.open();
  if (!store) ::_exit(3);
  while (true) {
    ++state;
    if (!(*store)->put(batch(state), "import:kill", world.now)) ::_exit(4);
    std::vector<DueTime> due;
    for (int i = 0; i < people; ++i) due.push_back({name_of("n" + std::to_string(i) + ".test"), due_of(world, state)});
    if (!(*store)->set_due(due)) ::_exit(8);
    if (state % 3 == 0 && !(*store)->erase_contact("N-" + std::to_string(state), "erase:test", world.now)) ::_exit(5);
    if (state % 2 == 0) {
      const auto entry = choice("C-0", Element::email, ChoiceAct::declined, world.now + std::chrono::milliseconds{state});
      if (!(*store)->add_choices({entry}, "choice:test", world.now)) ::_exit(6);
    }
    if (state % 5 == 0 && !(*store)->rotate_keys(20)) ::_exit(8);
    if (state % 4 == 0) {
      (*store).reset();  // settles what waits for it
      store = world.open();
      if (!store) ::_exit(9);
    }
    if (::write(tell, &state, sizeof state) != sizeof state) ::_exit(7);
  }
}

/// Everything that must hold in a store after a kill; returns the state that it is in.
int check(StoreWorld& world) {
  SqliteStore& store = world.store();
  std::set<std::string> states;
  std::size_t walked = 0;
  int newest = 0;
  expect(store.for_each({}, [&](const RegistrationData& data) {
    ++walked;
    const RoleContact& contact = data.contacts.at(0);
    EXPECT_NE(contact.state, ContactState::unreadable) << contact.problem;
    const std::string& name = data.registration.name.ascii();
    if (name.starts_with("new")) {
      newest = std::max(newest, std::stoi(name.substr(3)));
    } else if (name.starts_with("n") && contact.state == ContactState::opened) {
      states.insert(contact.contact.name.reveal());
    }
    return true;
  }));
  EXPECT_EQ(states.size(), newest == 0 ? 0U : 1U) << "half a transaction";
  if (newest > 0) {
    EXPECT_EQ(*states.begin(), "Name state" + std::to_string(newest));
  }
  EXPECT_EQ(expect(store.count()), walked);
  EXPECT_TRUE(store.verify_choices().has_value());

  // Feed and data agree: every name and contact has its entry, and no entry is without its object.
  std::set<std::string> put;
  std::set<std::string> erased;
  for (const Change& change : expect(store.changes_after(0, 1'000'000))) {
    if (change.kind == ChangeKind::registration_put) put.insert(change.subject);
    if (change.kind == ChangeKind::contact_erased) erased.insert(change.subject);
  }
  EXPECT_EQ(put.size(), walked);
  for (const std::string& handle : erased) EXPECT_EQ(expect(store.find_contact(handle))->state, ContactState::erased) << handle;

  // Each row has its key, and no key is without a row.
  const std::string contacts = world.query(world.paths().database, "SELECT count(*) FROM contact");
  EXPECT_EQ(world.query(world.paths().keys, "SELECT count(*) FROM data_key"), contacts);
  EXPECT_EQ(world.query(world.paths().keys, "SELECT count(*) FROM data_key WHERE settled = 0"), "0");
  const std::string destroyed = world.query(world.paths().keys, "SELECT count(*) FROM data_key WHERE destroyed_at IS NOT NULL");
  EXPECT_EQ(world.query(world.paths().database, "SELECT count(*) FROM contact WHERE erased_at IS NOT NULL"), destroyed);
  EXPECT_EQ(std::to_string(erased.size()), destroyed);
  return newest;
}

/// The state whose due times are set: those of all names, or the state before's.
int due_state(StoreWorld& world) {
  const auto next = expect(world.store().next_due());
  if (!next) return 0;
  EXPECT_EQ(expect(world.store().due_names(*next, 1000)).size(), std::size_t{people}) << "half a transaction";
  return static_cast<int>((*next - world.now) / std::chrono::hours{1});
}

/// The database as it was before a round beside the keys as the kill left them.
Expected<std::unique_ptr<SqliteStore>> open_older(const StoreWorld& world, const std::filesystem::path& older) {
  const std::filesystem::path keys = world.directory() / "keys-as-killed.db";
  for (const char* rest : {"", "-wal"}) {
    std::filesystem::remove(keys.string() + rest);
    if (std::filesystem::exists(world.paths().keys.string() + rest)) {
      std::filesystem::copy_file(world.paths().keys.string() + rest, keys.string() + rest);
    }
  }
  std::filesystem::remove(keys.string() + "-shm");
  return SqliteStore::open({older, keys}, world.master(), "EU", [&] { return world.now; });
}

TEST(Kill, WhatWasAcknowledgedIsThere) {
  StoreWorld world;
  std::mt19937 random(std::random_device{}());
  const int rounds = long_run() ? 1000 : 60;
  int state = 0;
  int in_the_middle = 0;
  int older_told = 0;
  // on a busy machine many kills come before anything was written: those are tried again, so that enough of the others are seen
  const auto enough = [&] { return older_told > rounds / 4 && state > rounds / 4; };
  for (int round = 0; round < rounds || (round < 5 * rounds && !enough()); ++round) {
    world.close();
    const std::filesystem::path older = world.directory() / "older.db";
    for (const char* rest : {"", "-wal", "-shm"}) std::filesystem::remove(older.string() + rest);
    std::filesystem::copy_file(world.paths().database, older);
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_for_ever(world, pipe_ends[1], state);
    ::close(pipe_ends[1]);
    ::usleep(std::uniform_int_distribution<useconds_t>(500, 40'000)(random));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer gave up by itself, code " << WEXITSTATUS(status);
    int acknowledged = state;
    for (int told = 0; ::read(pipe_ends[0], &told, sizeof told) == sizeof told;) acknowledged = told;
    ::close(pipe_ends[0]);

    // The first state hides nothing and changes no contact, so that the keys may not yet know that the database has it.
    if (acknowledged > std::max(state, 1)) {
      const auto told = open_older(world, older);
      ASSERT_FALSE(told.has_value()) << "round " << round;
      ASSERT_EQ(told.error().code, Errc::conflict);
      ++older_told;
    }
    world.reopen();  // and never a false alarm
    const int held = check(world);
    ASSERT_GE(held, acknowledged) << "round " << round;
    ASSERT_LE(held, acknowledged + 1) << "round " << round;
    ASSERT_FALSE(HasFailure()) << "round " << round;
    const int due = due_state(world);
    ASSERT_LE(due, held) << "round " << round;
    if (acknowledged > state) {
      ASSERT_GE(due, acknowledged) << "round " << round;
    }
    ASSERT_FALSE(HasFailure()) << "round " << round;
    in_the_middle += held != acknowledged ? 1 : 0;
    state = held;
  }
  EXPECT_GT(older_told, rounds / 4);
  EXPECT_GT(state, rounds / 4) << "the kills came before anything was written";
}

/// A file system of its own that fills up soon. Needs root.
class SmallDisk {
 public:
  explicit SmallDisk(const char* size) {
    mounted_ = ::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) == 0;
    if (!mounted_) {
      throw std::runtime_error(std::string("cannot mount a small tmpfs (") + std::strerror(errno) +
                               "): this test must run as root with the right to mount");
    }
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() { ::umount2(directory_.path().c_str(), MNT_DETACH); }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  bool mounted_ = false;
};

TEST(FullDisk, IsAClearErrorAndNothingChangesUntilThereIsSpace) {
  const SmallDisk disk("3m");
  StoreWorld world(disk.path(), "EU");
  int state = 0;
  // Room to give back later.
  std::string ballast(512 * 1024, 'x');
  std::ofstream(disk.path() / "ballast", std::ios::binary) << ballast;
  Expected<std::vector<PutOutcome>> failed = make_error(Errc::internal, "");
  int filler = 0;
  std::uint64_t last_good = 0;
  while (true) {
    std::vector<RegistrationPut> puts = batch(state + 1);
    for (int i = 0; i < 200; ++i) {
      ++filler;
      puts.push_back(
          registration("f" + std::to_string(filler) + ".test", person("F-" + std::to_string(filler), "fillfillfill")));
    }
    last_good = expect(world.store().last_sequence());
    failed = world.store().put(puts, "import:full", world.now);
    if (!failed) break;
    ++state;
    ASSERT_LT(state, 1000) << "the disk never filled up";
  }
  ASSERT_GT(state, 0);
  EXPECT_EQ(failed.error().code, Errc::unavailable) << failed.error().context;
  EXPECT_FALSE(failed.error().hint.empty());

  // Reading goes on, from the same object and after a restart.
  EXPECT_EQ(expect(world.store().find(name_of("n0.test")))->contacts.at(0).contact.name.reveal(),
            "Name state" + std::to_string(state));
  EXPECT_FALSE(expect(world.store().find(name_of("new" + std::to_string(state + 1) + ".test"))).has_value());
  EXPECT_EQ(expect(world.store().last_sequence()), last_good);

  std::filesystem::remove(disk.path() / "ballast");
  const int next = state + 2;
  const auto again = world.store().put(batch(next), "import:full", world.now);
  ASSERT_TRUE(again.has_value()) << again.error().context << " / " << again.error().hint;
  EXPECT_EQ(check(world), next);
  world.reopen();
  EXPECT_EQ(check(world), next);
}

}  // namespace
}  // namespace regdata::store
