// Which of the deposits that lie here hold a contact: also of those that the ledger does not know, or not any more.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "tests/app/deposit_place.hpp"

namespace regdata::app {
namespace {

class Whereabouts : public Deposits {
 protected:
  boost::json::array where(const std::string& handle) const {
    const Said said = regdata({"--json", "deposit", "where", handle});
    EXPECT_EQ(said.code, 0) << said.err;
    return boost::json::parse(said.out).at("data").at("deposits").as_array();
  }
  void end(const std::string& name) const {
    place.write("end.jsonl", R"({"op":"end","name":")" + name + R"(","reason":"deleted","at":"2026-11-22T00:00:00Z"})" + "\n");
    ASSERT_EQ(regdata({"import", (place / "end.jsonl").string()}).code, 0);
  }
};

TEST_F(Whereabouts, OneThatWasPutAsideIsAskedByItsOwnList) {
  fs::copy(place / "rd/store", place / "before");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  fs::remove_all(place / "rd/store");
  fs::rename(place / "before", place / "rd/store");
  end("bluehen.example");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_TRUE(fs::exists(made("2026-11-23_full_R1"))) << "the next revision, whatever the ledger remembers";
  fs::rename(made("2026-11-23_full_R0"), made("2026-11-23_full_R1.before-1"));
  const auto gone = where("C-bluehen.example");
  ASSERT_EQ(gone.size(), 1U) << "it is in the one that was put aside alone";
  EXPECT_EQ(gone[0].at("number"), 1);
  EXPECT_EQ(gone[0].at("state"), "forgotten");
  EXPECT_EQ(gone[0].at("holds"), "yes");
  EXPECT_EQ(gone[0].at("here"), true);
  EXPECT_TRUE(gone[0].at("left").is_null()) << "nobody knows";
  EXPECT_EQ(where("C-second.example").size(), 2U);
  EXPECT_TRUE(where("C-nobody").empty());
  fs::remove(made("2026-11-23_full_R1.before-1") / "contacts.list");
  ASSERT_EQ(where("C-nobody").size(), 1U);
  EXPECT_EQ(where("C-nobody")[0].at("holds"), "maybe");
}

TEST_F(Whereabouts, OneThatTheLedgerForgotAndNobodyPutAsideCounts) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  SQLite::Database(place / "rd/store/registrations.db", SQLite::OPEN_READWRITE)
      .exec("UPDATE deposit SET state = 0, manifest = NULL, made = NULL WHERE id = 1");
  const auto held = where("C-bluehen.example");
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].at("holds"), "yes");
  EXPECT_TRUE(where("C-nobody").empty());
}

TEST_F(Whereabouts, OneThatStandsWhileTheNextIsMadeCounts) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  fs::rename(made("2026-11-23_full_R0"), made(".2026-11-23_full_R0.standing"));
  SQLite::Database(place / "rd/store/registrations.db", SQLite::OPEN_READWRITE)
      .exec("UPDATE deposit SET state = 0, manifest = NULL, made = NULL WHERE id = 1");
  const auto standing = where("C-bluehen.example");
  ASSERT_EQ(standing.size(), 1U);
  EXPECT_EQ(standing[0].at("state"), "standing");
  EXPECT_EQ(standing[0].at("holds"), "yes");
  EXPECT_EQ(standing[0].at("left"), false);
  EXPECT_TRUE(where("C-nobody").empty());
  // what a maker that was cut off left behind may hold anybody
  fs::create_directory(made("2026-11-23_full_R0"));
  place.write("rd/deposits/rehearsal/2026-11-23_full_R0/.9999_RDE.part", "sealed");
  const auto begun = where("C-nobody");
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun[0].at("state"), "planned");
  EXPECT_EQ(begun[0].at("holds"), "maybe");
  EXPECT_EQ(where("C-bluehen.example").size(), 2U);
}

}  // namespace
}  // namespace regdata::app
