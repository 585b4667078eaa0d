// What is made once more, what stands meanwhile, and what goes when it is old.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include "escrow/manifest.hpp"
#include "tests/app/deposit_place.hpp"

namespace regdata::app {
namespace {

using ::testing::HasSubstr;

TEST_F(Deposits, TheNextRevisionNamesTheManifestBefore) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  ASSERT_EQ(deposit({"verdict", "1", "rejected", "--note", "2004"}).code, 0);
  const Said again = deposit({"make"});
  ASSERT_EQ(again.code, 0) << again.err;
  const auto next = boost::json::parse(read_file(made("2026-11-23_full_R1") / "manifest.json"));
  EXPECT_EQ(next.at("before").as_string(), escrow::hash_of(read_file(made("2026-11-23_full_R0") / "manifest.json")));
  ASSERT_EQ(deposit({"send", "2"}).code, 0) << "a resend replaces what was there";
  EXPECT_EQ(read_file(place / "agent" / first_file), read_file(made("2026-11-23_full_R1") / first_file));
}

TEST_F(Deposits, ADepositThatTheLedgerHasForgottenKeepsItsRevision) {
  fs::copy(place / "rd/store", place / "before");
  ASSERT_EQ(deposit({"make"}).code, 0);
  const std::string manifest = read_file(made("2026-11-23_full_R0") / "manifest.json");
  fs::remove_all(place / "rd/store");
  fs::rename(place / "before", place / "rd/store");
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_EQ(read_file(made("2026-11-23_full_R0") / "manifest.json"), manifest);
  EXPECT_NE(read_file(made("2026-11-23_full_R1") / "manifest.json"), manifest);
}

/// A copy of the database from while it was being made was put back.
TEST_F(Deposits, ASentDepositThatTheLedgerHasAsBeingMadeIsPutAside) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  const std::string manifest = read_file(made("2026-11-23_full_R0") / "manifest.json");
  const auto put_back = [&](const std::string& change) {
    SQLite::Database(place / "rd/store/registrations.db", SQLite::OPEN_READWRITE)
        .exec("UPDATE deposit SET manifest = NULL, made = NULL, " + change +
              "; DELETE FROM deposit_event WHERE state <> 0; DELETE FROM deposit_event WHERE number > 1");
  };
  put_back("state = 0");
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_EQ(read_file(made("2026-11-23_full_R0.before-1") / "manifest.json"), manifest);
  EXPECT_NE(read_file(made("2026-11-23_full_R1") / "manifest.json"), manifest) << "the agent has the first revision";
  // an attempt before that one was cut off later
  put_back("state = 1, watermark = watermark - 60000");
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_TRUE(fs::exists(made("2026-11-23_full_R1.before-1") / first_file));
  // the attempt itself, cut off while it was compared: or it was compared, sent and accepted before the database was put back
  put_back("state = 1");
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_TRUE(fs::exists(made("2026-11-23_full_R1.before-2") / first_file));
}

/// The ledger is from before `make --again`, which was cut off.
TEST_F(Deposits, TheStandingOneIsPutBackWhereTheLedgerKnowsNoOther) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  const std::string manifest = read_file(made("2026-11-23_full_R0") / "manifest.json");
  fs::rename(made("2026-11-23_full_R0"), made(".2026-11-23_full_R0.standing"));
  fs::create_directory(made("2026-11-23_full_R0"));
  EXPECT_EQ(deposit({"make"}).code, 1) << "it is there";
  EXPECT_EQ(read_file(made("2026-11-23_full_R0") / "manifest.json"), manifest);
  EXPECT_FALSE(fs::exists(made(".2026-11-23_full_R0.standing")));
  EXPECT_EQ(deposit({"send", "1"}).code, 0);
}

TEST_F(Deposits, OnesThatAreMadeOnceMoreTakeTheirOwnPlace) {
  for (int turn = 0; turn < 3; ++turn) ASSERT_EQ(deposit({"make", "--again"}).code, 0);
  EXPECT_EQ(in(place / "rd/deposits/rehearsal"), (std::vector<std::string>{".lock", "2026-11-23_full_R0"}));
}

TEST_F(Deposits, ARevisionWithFewerFilesLeavesNoneOfTheFormerBehind) {
  configure("rows_per_file = 1\n");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  ASSERT_EQ(in(place / "agent").size(), 3U);
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  configure();
  ASSERT_EQ(deposit({"make"}).code, 0);
  const Said sent = deposit({"send", "2"});
  ASSERT_EQ(sent.code, 0) << sent.err;
  EXPECT_EQ(in(place / "agent"), (std::vector<std::string>{first_file, hash_file}));
}

TEST_F(Deposits, OldFilesGoOnceANewerFullOneWasSent) {
  configure("keep_days = 30\nkeep_here_days = 10\n");
  const auto make_and_send = [&](const std::string& number) {
    EXPECT_EQ(deposit({"make"}).code, 0);
    const Said sent = deposit({"send", number});
    EXPECT_EQ(sent.code, 0) << sent.err;
    return sent.err;
  };
  const auto where = [&] {
    return boost::json::parse(regdata({"--json", "deposit", "where", "C-bluehen.example"}).out)
        .at("data")
        .at("deposits")
        .as_array();
  };
  const std::vector<std::string> lasting{"contacts.list", "left", "manifest.json", "manifest.json.sig"};
  make_and_send("1");
  fs::copy(made("2026-11-23_full_R0"), made("2026-11-23_full_R0.before-1"));
  now += std::chrono::days(11);
  make_and_send("2");
  EXPECT_EQ(in(made("2026-11-23_full_R0")), lasting);
  EXPECT_EQ(in(made("2026-11-23_full_R0.before-1")), lasting) << "the agent may have that one too";
  EXPECT_TRUE(fs::exists(made("2026-12-04_full_R0") / "9999_RDE_2026-12-04_hash.txt"));
  EXPECT_EQ(deposit({"verify", "1"}).code, 1);
  EXPECT_THAT(deposit({"verify", "1"}).err, HasSubstr("keep_here_days"));
  ASSERT_EQ(where().size(), 2U);
  EXPECT_EQ(where()[1].at("number"), 1);
  EXPECT_EQ(where()[1].at("here"), false);
  EXPECT_EQ(where()[1].at("holds"), "yes") << "the agent has it still";
  // what the agent took stays, however old; what is newer than it stays too
  ASSERT_EQ(deposit({"verdict", "2", "accepted"}).code, 0);
  now += std::chrono::days(20);
  make_and_send("3");
  EXPECT_TRUE(fs::exists(made("2026-12-04_full_R0") / "9999_RDE_2026-12-04_hash.txt")) << "the last that was accepted";
  EXPECT_FALSE(fs::exists(made("2026-11-23_full_R0"))) << "the agent has destroyed it too";
  EXPECT_FALSE(fs::exists(made("2026-11-23_full_R0.before-1")));
  // a copy that is here is told, whatever the agent has destroyed
  now += std::chrono::days(40);
  ASSERT_EQ(where().size(), 2U);
  EXPECT_EQ(where()[1].at("number"), 2);
  EXPECT_EQ(where()[1].at("here"), true);
}

TEST_F(Deposits, AClockThatRunsAheadTakesNoFiles) {
  configure("keep_days = 60\nkeep_here_days = 20\n");
  for (const char* const number : {"1", "2", "3", "4"}) {
    ASSERT_EQ(deposit({"make"}).code, 0);
    if (number == std::string("4")) now += std::chrono::days(3650);
    const Said sent = deposit({"send", number});
    ASSERT_EQ(sent.code, 0) << sent.err;
    EXPECT_THAT(sent.err, ::testing::Not(HasSubstr("removed")));
    ASSERT_EQ(deposit({"verdict", number, "accepted"}).code, 0);
    now += std::chrono::days(1);
  }
  for (const char* const day : {"23", "24", "25", "26"})
    EXPECT_EQ(in(made(std::string("2026-11-") + day + "_full_R0")).size(), 6U) << day;
}

TEST_F(Deposits, ARejectedOneIsMadeOnceMoreWithItsDateDaysLater) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_EQ(deposit({"make", "--resend", "1"}).code, 1) << "nobody asked for it";
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  now += std::chrono::days(2);
  const Said again = deposit({"make", "--resend", "1"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("2026-11-23_full_R1"));
  EXPECT_EQ(in(made("2026-11-23_full_R1")).front(), first_file);
  EXPECT_EQ(escrow::read_manifest(read_file(made("2026-11-23_full_R1") / "manifest.json")).value().date, "2026-11-23");
  ASSERT_EQ(deposit({"send", "2"}).code, 0);
  EXPECT_EQ(deposit({"verify", "2"}).code, 0);
  EXPECT_EQ(opened(place / "agent" / first_file, agent).size(), 2U);
  ASSERT_EQ(deposit({"verdict", "2", "missing"}).code, 0);
  EXPECT_EQ(deposit({"make", "--resend", "2"}).code, 0);
  EXPECT_TRUE(fs::exists(made("2026-11-23_full_R2")));
  EXPECT_EQ(deposit({"make", "other", "--resend", "2"}).code, 2);
  EXPECT_EQ(deposit({"make"}).code, 0) << "today's is another one";
  configure("specification = \"rfc9022\"\n");
  ASSERT_EQ(deposit({"make", "--again"}).code, 0);
}

TEST_F(Deposits, AGoodOneStandsUntilTheNextOneDoes) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  const std::string manifest = read_file(made("2026-11-23_full_R0") / "manifest.json");
  std::string without_email = line_of("third.example");
  without_email.replace(without_email.find(R"(,"email":"hen@bluehen.example")"), 30, "");
  place.write("bad.jsonl", without_email);
  ASSERT_EQ(regdata({"import", (place / "bad.jsonl").string()}).code, 0);
  EXPECT_EQ(deposit({"make", "--again"}).code, 5);
  EXPECT_EQ(read_file(made("2026-11-23_full_R0") / "manifest.json"), manifest);
  EXPECT_EQ(deposit({"verify", "1"}).code, 0);
  EXPECT_THAT(deposit({"show", "1"}).out, HasSubstr("was not made"));
  EXPECT_FALSE(fs::exists(made(".2026-11-23_full_R0.standing")));
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  // cut off while the place was being taken: the next command puts it back
  now += std::chrono::days(1);
  std::string good = line_of("third.example");
  good.replace(good.find("2026-11-01"), 10, "2026-11-05");
  place.write("good.jsonl", good);
  ASSERT_EQ(regdata({"import", (place / "good.jsonl").string()}).code, 0);
  ASSERT_EQ(deposit({"make"}).code, 0);
  const std::string second = read_file(made("2026-11-24_full_R0") / "manifest.json");
  fs::rename(made("2026-11-24_full_R0"), made(".2026-11-24_full_R0.standing"));
  fs::create_directory(made("2026-11-24_full_R0"));
  SQLite::Database(place / "rd/store/registrations.db", SQLite::OPEN_READWRITE)
      .exec(
          "UPDATE deposit SET state = 0, manifest = NULL, made = NULL WHERE id = 2;"
          "INSERT INTO deposit_event (deposit, number, at, state, reason) VALUES (2, 99, 0, 0, '')");
  EXPECT_EQ(deposit({"make"}).code, 1) << "it is there";
  EXPECT_EQ(read_file(made("2026-11-24_full_R0") / "manifest.json"), second);
  EXPECT_EQ(deposit({"verify", "2"}).code, 0);
}

/// A person has to look at it: a kill must not send it instead.
TEST_F(Deposits, AHeldOneThatWasToBeMadeAgainIsNotSentAfterAKill) {
  configure("least_rows = 1\nfewer_rows = 1\n");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  now += std::chrono::days(1);
  place.write("end.jsonl", R"({"op":"end","name":"bluehen.example","reason":"deleted","at":"2026-11-22T00:00:00Z"})"
                           "\n");
  ASSERT_EQ(regdata({"import", (place / "end.jsonl").string()}).code, 0);
  ASSERT_EQ(deposit({"make"}).code, 6) << "held";
  SQLite::Database(place / "rd/store/registrations.db", SQLite::OPEN_READWRITE)
      .exec(
          "UPDATE deposit SET state = 0, manifest = NULL, made = NULL WHERE id = 2;"
          "INSERT INTO deposit_event (deposit, number, at, state, reason) VALUES (2, 99, 0, 0, '')");
  EXPECT_EQ(deposit({"make"}).code, 6) << "made anew, and held again";
  EXPECT_EQ(deposit({"send", "2"}).code, 1);
}

TEST_F(Deposits, WhatALaterRevisionTookThePlaceOfIsNeitherMadeNorSentAgain) {
  for (const char* const specification : {"2024", "rfc9022"}) {
    configure("specification = \"" + std::string(specification) + "\"\n");
    ASSERT_EQ(deposit({"make"}).code, 0);
    const std::string number = specification == std::string("2024") ? "1" : "3";
    const std::string next = specification == std::string("2024") ? "2" : "4";
    ASSERT_EQ(deposit({"send", number}).code, 0);
    ASSERT_EQ(deposit({"verdict", number, "missing"}).code, 0);
    ASSERT_EQ(deposit({"make", "--again"}).code, 0);
    ASSERT_EQ(deposit({"send", next}).code, 0);
    for (const char* const verdict : {"", "accepted"}) {
      if (*verdict != 0) {
        ASSERT_EQ(deposit({"verdict", next, verdict}).code, 0);
      }
      const Said made_again = deposit({"make", "--resend", number});
      EXPECT_NE(made_again.code, 0) << made_again.out;
      const Said sent = deposit({"send", number});
      EXPECT_EQ(sent.code, 1) << sent.out;
      EXPECT_THAT(sent.err, HasSubstr("later revision"));
    }
    EXPECT_THAT(deposit({"list"}).out, ::testing::Not(HasSubstr("planned")));
    now += std::chrono::days(1);
  }
}

TEST_F(Deposits, AnEarlierRevisionDoesNotOverwriteALaterOne) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  ASSERT_EQ(deposit({"make", "--again"}).code, 0);
  ASSERT_EQ(deposit({"send", "2"}).code, 0);
  ASSERT_EQ(deposit({"verdict", "1", "missing"}).code, 0);
  const Said said = deposit({"send", "1"});
  EXPECT_EQ(said.code, 1) << said.out;
  EXPECT_THAT(said.err, HasSubstr("later revision"));
  EXPECT_THAT(deposit({"list"}).out, HasSubstr("missing")) << "nothing was begun";
}

}  // namespace
}  // namespace regdata::app
