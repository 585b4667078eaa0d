// regdata deposit keys | header-map, as an operator gives them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "escrow/openpgp/certificate.hpp"
#include "tests/app/place.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DepositCommands : public testing::Test {
 protected:
  DepositCommands() { EXPECT_EQ(say({"init", "--directory", (place / "rd").string()}).code, 0); }
  Said deposit(std::vector<std::string> words) const {
    words.insert(words.begin(), {"--config", (place / "rd/regdata.toml").string(), "deposit"});
    return say(words);
  }
  const Place place;
};

TEST_F(DepositCommands, KeysAreMadeOnceAndShownAfterwards) {
  const Said made = deposit({"keys"});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto certificate = escrow::openpgp::Certificate::read(escrow::as_bytes(made.out));
  ASSERT_TRUE(certificate) << certificate.error().context;
  EXPECT_EQ(certificate->primary().version(), 6);
  EXPECT_THAT(certificate->user_id(), HasSubstr("(IANA 9999)"));
  EXPECT_TRUE(certificate->signing_key(time_of_commands()));
  EXPECT_EQ(certificate->expires(time_of_commands()), time_of_commands() + std::chrono::days(3 * 365));
  EXPECT_THAT(made.err, HasSubstr(escrow::openpgp::to_hex(certificate->primary().fingerprint())));
  const fs::path file = place / "rd/secret/escrow/example-v6.key";
  EXPECT_EQ(fs::status(file).permissions() & fs::perms::all, fs::perms(0600));
  EXPECT_EQ(fs::status(file.parent_path()).permissions() & fs::perms::all, fs::perms(0700));
  EXPECT_THAT(read_file(file), testing::Not(HasSubstr("IANA 9999"))) << "it is sealed";
  const Said again = deposit({"keys", "--days", "10"});
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(again.out, made.out);
  EXPECT_THAT(again.err, HasSubstr("there already"));
}

TEST_F(DepositCommands, AKeyOfAnotherMasterKeyIsToldAndLeft) {
  ASSERT_EQ(deposit({"keys"}).code, 0);
  const fs::path file = place / "rd/secret/escrow/example-v6.key";
  const std::string before = read_file(file);
  const Place other;
  ASSERT_EQ(say({"init", "--directory", (other / "rd").string()}).code, 0);
  fs::copy_file(other / "rd/secret/master.key", place / "rd/secret/master.key", fs::copy_options::overwrite_existing);
  const Said told = deposit({"keys"});
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.err, HasSubstr("does not open"));
  EXPECT_EQ(read_file(file), before);
}

TEST_F(DepositCommands, MisuseSaysWhatIsAllowed) {
  EXPECT_EQ(deposit({"keys", "--registrar", "nobody"}).code, 2);
  EXPECT_THAT(deposit({"keys", "--registrar", "nobody"}).err, HasSubstr("--registrar takes one of example"));
  for (const char* days : {"0", "-1", "3651", "ten"}) EXPECT_EQ(deposit({"keys", "--days", days}).code, 2) << days;
  EXPECT_EQ(deposit({"keys", "--version", "5"}).code, 2);
  EXPECT_THAT(deposit({"header-map", "--column", "fax"}).err, HasSubstr("rt-fax"));
  EXPECT_FALSE(fs::exists(place / "rd/secret/escrow"));
}

TEST_F(DepositCommands, TheHeaderMapHasTheFurtherColumns) {
  const Said map = deposit({"header-map", "--column", "tc-name", "--column", "ds"});
  EXPECT_EQ(map.code, 0);
  EXPECT_THAT(map.out, testing::StartsWith("ICANN RDE Spec,Field Name,Abbreviation\n8.1.1,domain,domainname\n"));
  EXPECT_THAT(map.out, testing::EndsWith("3.4.1.3,bc-name,bc-name\n8.2,tc-name,tc-name\n8.2,ds,ds\n"));
}

}  // namespace
}  // namespace regdata::app
