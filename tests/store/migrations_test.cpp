// Any schema to the latest, a backup first, killed or not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "store/migrations.hpp"
#include "store/sqlite.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

using ::testing::HasSubstr;

const UtcTime migration_day = StoreWorld::time("2026-03-01T12:00:00Z");

/// Steps of a longer history than this program has: what is tested is the climb.
constexpr std::array made_up_steps{
    Migration{1, "CREATE TABLE name (text TEXT PRIMARY KEY) STRICT, WITHOUT ROWID; INSERT INTO name VALUES ('a.test');",
              "CREATE TABLE key (id INTEGER PRIMARY KEY, bytes BLOB) STRICT; INSERT INTO key VALUES (1, x'01');"},
    Migration{2, "ALTER TABLE name ADD COLUMN ended INTEGER; INSERT INTO name VALUES ('b.test', 1);", ""},
    Migration{3,
              "CREATE TABLE again (text TEXT) STRICT; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i "
              "< 20000) "
              "INSERT INTO again SELECT 'name ' || i FROM n;",
              "INSERT INTO key VALUES (2, x'02');"},
};

struct Files {
  Files() : paths{directory.path() / "registrations.db", directory.path() / "keys.db"} {
    expect(create_file(paths.database, FileKind::database));
    expect(create_file(paths.keys, FileKind::keys));
  }
  [[nodiscard]] std::uint32_t schema(const std::filesystem::path& file, FileKind kind) const {
    auto opened = expect(open_file(file, kind, Access::schema_change));
    return schema_of(opened);
  }
  [[nodiscard]] std::string value(const std::filesystem::path& file, const std::string& sql) const {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
    return database.execAndGet(sql).getString();
  }
  TemporaryDirectory directory;
  StorePaths paths;
};

constexpr const char* whole = "SELECT (SELECT count(*) FROM name) || ' ' || (SELECT count(*) FROM again)";

TEST(Migrations, AreNumberedWithoutAGapAndNeverEmpty) {
  std::uint32_t version = 0;
  for (const Migration& step : schema_migrations()) {
    EXPECT_EQ(step.version, ++version);
    EXPECT_FALSE(step.database.empty() && step.keys.empty());
  }
  EXPECT_EQ(latest_schema(), version);
}

TEST(Migrations, BringAnyVersionToTheLatestWithABackupFirst) {
  for (std::size_t held = 0; held < made_up_steps.size(); ++held) {
    const Files files;
    if (held > 0)
      expect(migrate_by(std::span(made_up_steps).first(held), files.paths, files.directory.path(),
                        migration_day - std::chrono::hours{1}));
    const MigrationReport report = expect(migrate_by(made_up_steps, files.paths, files.directory.path(), migration_day));
    EXPECT_EQ(report.from, held);
    EXPECT_EQ(report.to, 3U);
    EXPECT_EQ(files.schema(files.paths.database, FileKind::database), 3U);
    EXPECT_EQ(files.schema(files.paths.keys, FileKind::keys), 3U);
    EXPECT_EQ(files.value(files.paths.database, whole), "2 20000");
    EXPECT_EQ(files.value(files.paths.keys, "SELECT count(*) FROM key"), "2");
    ASSERT_TRUE(report.backup.has_value());
    EXPECT_EQ(files.schema(report.backup->database, FileKind::database), held);
    EXPECT_EQ(files.schema(report.backup->keys, FileKind::keys), held);
    const MigrationReport nothing = expect(migrate_by(made_up_steps, files.paths, files.directory.path(), migration_day));
    EXPECT_FALSE(nothing.backup.has_value());
    EXPECT_EQ(nothing.from, 3U);
  }
}

TEST(Migrations, RefuseWhatIsNewerAndLeaveItAlone) {
  const Files files;
  expect(migrate_by(made_up_steps, files.paths, files.directory.path(), migration_day));
  const auto refused =
      migrate_by(std::span(made_up_steps).first(2), files.paths, files.directory.path(), migration_day + std::chrono::hours{1});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::version);
  EXPECT_EQ(files.schema(files.paths.database, FileKind::database), 3U);
}

TEST(Migrations, AStepThatFailsLeavesTheFilesWhole) {
  const Files files;
  auto broken = made_up_steps;
  broken[2].database = "CREATE TABLE again (text TEXT) STRICT; INSERT INTO nowhere VALUES (1);";
  EXPECT_FALSE(migrate_by(broken, files.paths, files.directory.path(), migration_day).has_value());
  EXPECT_EQ(files.schema(files.paths.database, FileKind::database), 2U);
  EXPECT_EQ(files.value(files.paths.database, "SELECT count(*) FROM sqlite_schema WHERE name = 'again'"), "0");
  expect(migrate_by(made_up_steps, files.paths, files.directory.path(), migration_day + std::chrono::hours{1}));
  EXPECT_EQ(files.value(files.paths.database, whole), "2 20000");
}

TEST(Migrations, GoOnWhereAKillLeftThem) {
  int killed = 0;
  for (int round = 0; round < 30; ++round) {
    const Files files;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      (void)migrate_by(made_up_steps, files.paths, files.directory.path(), migration_day);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(1000 + round * 1500));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
    const auto report = migrate_by(made_up_steps, files.paths, files.directory.path(), migration_day + std::chrono::seconds{1});
    ASSERT_TRUE(report.has_value()) << report.error().context;
    ASSERT_EQ(files.value(files.paths.database, whole), "2 20000");
    ASSERT_EQ(files.value(files.paths.keys, "SELECT count(*) FROM key"), "2");
  }
  EXPECT_GT(killed, 3) << "the kills came too late to prove anything";
}

/// Takes back what the steps behind version 1 did, so that a store with data stands at version 1.
void take_back_to_1(StoreWorld& world) {
  world.close();
  world.tamper(world.paths().database,
               "DROP TABLE epp_absence; DROP TABLE epp_contact; DROP TABLE epp_registry; DROP TABLE epp_look; DROP TABLE "
               "epp_message; DROP TABLE "
               "epp_journal; DROP TABLE "
               "policy_in_force; DROP TABLE deposit_event; DROP TABLE deposit; DROP TABLE "
               "relay_token_before; DROP INDEX "
               "registration_by_relay_drawn; ALTER TABLE registration DROP COLUMN "
               "relay_drawn; DROP TABLE letter; DROP TABLE letter_asked; DROP TABLE accuracy_note; DROP INDEX "
               "registration_by_relay_token; "
               "DROP TABLE feed_mark; DELETE FROM meta WHERE key = 'key_epoch'; PRAGMA user_version=1");
  world.tamper(world.paths().keys,
               "ALTER TABLE data_key DROP COLUMN last_choice; DELETE FROM meta WHERE key IN ('epoch', 'base', 'adopted'); "
               "PRAGMA user_version=1");
}

/// Two names; one contact with a choice that was given and taken back.
void fill(StoreWorld& world) {
  for (const char* number : {"1", "2"}) {
    const Contact holder = person(std::string("C-") + number, "markmarkmark");
    expect(world.store().put({registration(std::string("n") + number + ".test", holder)}, "import:test", migration_day));
    expect(world.store().add_choices({choice(holder.handle, Element::email, ChoiceAct::given, migration_day)}, "choice:test",
                                     migration_day));
  }
  const UtcTime later = migration_day + std::chrono::minutes{1};
  expect(world.store().add_choices({choice("C-1", Element::email, ChoiceAct::withdrawn, later)}, "choice:test", later));
}

void check_filled(StoreWorld& world) {
  EXPECT_EQ(expect(world.store().count()), 2U);
  EXPECT_EQ(expect(world.store().verify_choices()), 3U);
  EXPECT_FALSE(expect(world.store().find_contact("C-1"))->choices.allows(Element::email));
  EXPECT_TRUE(expect(world.store().find_contact("C-2"))->choices.allows(Element::email));
  EXPECT_EQ(expect(world.store().find_contact("C-2"))->contact.name.reveal(), "Name markmarkmark");
  EXPECT_EQ(world.query(world.paths().keys, "SELECT count(*) FROM data_key WHERE last_choice IS NOT NULL"), "2");
  const FeedMark mark = expect(world.store().feed_mark());
  EXPECT_EQ(mark.sequence, expect(world.store().last_sequence()));
  EXPECT_TRUE(expect(world.store().was_at(mark)));
}

TEST(Migrations, AStoreOfVersion1GoesOnAndTellsFilesOfBefore) {
  StoreWorld world;
  fill(world);
  take_back_to_1(world);
  for (const auto& file : {world.paths().database, world.paths().keys}) {
    std::filesystem::copy_file(file, world.directory() / (file.filename().string() + ".1"));
  }
  EXPECT_EQ(world.open().error().code, Errc::version);
  const MigrationReport report = expect(migrate(world.paths(), world.directory(), migration_day));
  EXPECT_EQ(report.from, 1U);
  EXPECT_EQ(report.to, latest_schema());
  ASSERT_TRUE(report.backup.has_value());
  world.reopen();
  check_filled(world);
  world.now = migration_day + std::chrono::hours{1};
  expect(world.store().add_choices({choice("C-2", Element::email, ChoiceAct::withdrawn, world.now)}, "t", world.now));
  world.close();
  for (const auto& file : {world.paths().database, world.paths().keys}) {
    const auto held = world.directory() / "held.db";
    std::filesystem::copy_file(file, held, std::filesystem::copy_options::overwrite_existing);
    world.put_back(world.directory() / (file.filename().string() + ".1"), file);
    expect(migrate(world.paths(), world.directory(), world.now += std::chrono::hours{1}));
    EXPECT_EQ(world.open().error().code, Errc::conflict) << file.filename();
    if (file == world.paths().database) {
      world.reopen(SqliteStore::Mismatch::adopt);
      EXPECT_EQ(expect(world.store().adopt_restored()).choices_ended, 1U);
      EXPECT_FALSE(expect(world.store().find_contact("C-2"))->choices.allows(Element::email));
    }
    world.put_back(held, file);
    if (file == world.paths().database) {
      world.reopen(SqliteStore::Mismatch::adopt);
      expect(world.store().adopt_restored());
      world.close();
    }
  }
}

TEST(Migrations, AStoreOfVersion1IsWholeWhereverAKillFalls) {
  StoreWorld world;
  fill(world);
  take_back_to_1(world);
  std::vector<std::filesystem::path> copies;
  for (const auto& file : {world.paths().database, world.paths().keys}) {
    copies.push_back(world.directory() / (file.filename().string() + ".1"));
    std::filesystem::copy_file(file, copies.back());
  }
  int killed = 0;
  for (int round = 0; round < 50; ++round) {
    world.put_back(copies[0], world.paths().database);
    world.put_back(copies[1], world.paths().keys);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      (void)migrate(world.paths(), world.directory(), migration_day + std::chrono::hours{2 * round});
      (void)world.open();
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(200 + round * 400));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
    expect(migrate(world.paths(), world.directory(), migration_day + std::chrono::hours{2 * round + 1}));
    world.reopen();
    check_filled(world);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  EXPECT_GT(killed, 5) << "the kills came too late to prove anything";
}

TEST(Migrations, TheStoreRefusesASchemaThatIsNotItsOwn) {
  StoreWorld world;
  world.close();
  for (const auto& file : {world.paths().database, world.paths().keys}) {
    for (const std::uint32_t schema : {latest_schema() - 1, latest_schema() + 1}) {
      world.tamper(file, "PRAGMA user_version=" + std::to_string(schema));
      const auto opened = world.open();
      ASSERT_FALSE(opened.has_value());
      EXPECT_EQ(opened.error().code, Errc::version);
      EXPECT_THAT(opened.error().hint, HasSubstr(schema < latest_schema() ? "regdata db migrate" : "newer program"));
      world.tamper(file, "PRAGMA user_version=" + std::to_string(latest_schema()));
    }
  }
  EXPECT_TRUE(world.open().has_value());
}

TEST(Migrations, AFileOfSomebodyElseIsRefused) {
  StoreWorld world;
  world.close();
  for (const auto& file : {world.paths().database, world.paths().keys}) {
    const std::string kind = world.query(file, "PRAGMA application_id");
    world.tamper(file, "PRAGMA application_id=0");
    EXPECT_EQ(world.open().error().code, Errc::damaged);
    world.tamper(file, "PRAGMA application_id=" + kind);
  }
  const auto none =
      SqliteStore::open({world.directory() / "none.db", world.paths().keys}, world.master(), "EU", [&] { return world.now; });
  EXPECT_EQ(none.error().code, Errc::not_found);
}

TEST(Migrations, InitRefusesToOverwriteAndEndsWhatAKillLeft) {
  StoreWorld world;
  world.close();
  EXPECT_EQ(SqliteStore::create(world.paths(), world.master(), "EU", migration_day).error().code, Errc::conflict);
  EXPECT_EQ(SqliteStore::create({world.directory() / "x.db", world.directory() / "y.db"}, world.master(), "eu", migration_day)
                .error()
                .code,
            Errc::invalid);
  EXPECT_FALSE(std::filesystem::exists(world.directory() / "x.db"));
  expect(create_file(world.directory() / "x.db.part", FileKind::database));  // of a killed call
  expect(SqliteStore::create({world.directory() / "x.db", world.directory() / "y.db"}, world.master(), "EU", migration_day));
  for (const char* file : {"x.db", "y.db", "registrations.db", "keys.db"}) {
    EXPECT_EQ(std::filesystem::status(world.directory() / file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << file;
  }
}

}  // namespace
}  // namespace regdata::store
