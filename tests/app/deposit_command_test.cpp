// regdata deposit …, as an operator gives it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <filesystem>

#include "escrow/manifest.hpp"
#include "tests/app/deposit_place.hpp"

namespace regdata::app {
namespace {

using ::testing::HasSubstr;

TEST_F(DepositCommands, KeysAreMadeOnceAndShownAfterwards) {
  const Said made = deposit({"keys"});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto certificate = escrow::openpgp::Certificate::read(escrow::as_bytes(made.out));
  ASSERT_TRUE(certificate) << certificate.error().context;
  EXPECT_EQ(certificate->primary().version(), 6);
  EXPECT_THAT(certificate->user_id(), HasSubstr("(IANA 9999)"));
  EXPECT_TRUE(certificate->signing_key(time_of_commands()));
  EXPECT_EQ(certificate->expires(time_of_commands()), time_of_commands() + std::chrono::days(3 * 365));
  EXPECT_THAT(made.err, HasSubstr(escrow::upper_hex(certificate->primary().fingerprint())));
  const fs::path file = place / "rd/secret/escrow/example-v6.key";
  EXPECT_EQ(fs::status(file).permissions() & fs::perms::all, fs::perms(0600));
  EXPECT_EQ(fs::status(file.parent_path()).permissions() & fs::perms::all, fs::perms(0700));
  EXPECT_THAT(read_file(file), ::testing::Not(HasSubstr("IANA 9999"))) << "it is sealed";
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
  EXPECT_THAT(map.out, ::testing::StartsWith("ICANN RDE Spec,Field Name,Abbreviation\n8.1.1,domain,domainname\n"));
  EXPECT_THAT(map.out, ::testing::EndsWith("3.4.1.3,bc-name,bc-name\n8.2,tc-name,tc-name\n8.2,ds,ds\n"));
}

TEST_F(Deposits, AreMadeVerifiedSentAndJudged) {
  const Said done = deposit({"make"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("deposit 1: 2 names, "));
  EXPECT_THAT(done.err, HasSubstr("the agent's certificate runs out on 2027-01-31, in 69 days"));
  const fs::path directory = made("2026-11-23_full_R0");
  EXPECT_THAT(in(directory),
              ::testing::ElementsAre(first_file, hash_file, "contacts.list", "manifest.json", "manifest.json.sig"));
  EXPECT_EQ(fs::status(directory).permissions() & fs::perms::all, fs::perms(0700));
  const auto rows = opened(directory / first_file, agent);
  ASSERT_EQ(rows.size(), 2U) << "neither the country code nor the name under another policy";
  EXPECT_THAT(rows[0],
              ::testing::ElementsAre("bluehen.example", "2027-01-31T12:00:00Z", "9999", "O'Brien, \"Blü\" Hen", "Henway 1",
                                     "Berlin", "", "", "DE", "+49.301234567", "hen@bluehen.example", "O'Brien, \"Blü\" Hen"));
  const std::string manifest = read_file(directory / "manifest.json");
  EXPECT_THAT(manifest, HasSubstr("\"two-letter TLD\": 1"));
  EXPECT_THAT(manifest, HasSubstr("\"policy cctld-example\": 1"));
  EXPECT_THAT(manifest, HasSubstr("\"before\": \"\""));
  EXPECT_THAT(manifest, ::testing::Not(HasSubstr("Hen")));

  EXPECT_EQ(deposit({"make"}).code, 1) << "one a day";
  EXPECT_EQ(deposit({"verify", "1"}).code, 0);
  EXPECT_EQ(deposit({"verdict", "1", "accepted"}).code, 1) << "it was not sent";
  const Said sent = deposit({"send", "1"});
  ASSERT_EQ(sent.code, 0) << sent.err;
  EXPECT_THAT(in(place / "agent"), ::testing::ElementsAre(first_file, hash_file));
  EXPECT_EQ(read_file(place / "agent" / first_file), read_file(directory / first_file));
  fs::remove(place / "agent" / hash_file);  // the agent takes files away
  const Said twice = deposit({"send", "1"});
  EXPECT_EQ(twice.code, 0);
  EXPECT_THAT(twice.out, HasSubstr("was sent to rehearsal already"));
  EXPECT_THAT(in(place / "agent"), ::testing::ElementsAre(first_file));
  EXPECT_EQ(deposit({"verdict", "1", "missing"}).code, 0);
  EXPECT_EQ(deposit({"send", "1"}).code, 0);
  EXPECT_THAT(in(place / "agent"), ::testing::ElementsAre(first_file, hash_file)) << "where it says that nothing came";
  EXPECT_EQ(deposit({"verdict", "1", "accepted", "--note", "portal"}).code, 0);
  const Said list = deposit({"list"});
  EXPECT_THAT(list.out, HasSubstr("accepted"));
  const Said show = deposit({"show", "1"});
  for (const char* word : {"planned", "written", "verified", "sending", "sent", "accepted", "portal", "merkleRoot"})
    EXPECT_THAT(show.out, HasSubstr(word));
  const auto data =
      boost::json::parse(say({"--json", "--config", (place / "rd/regdata.toml").string(), "deposit", "list"}).out);
  EXPECT_EQ(data.at("data").at("deposits").at(0).at("rows").to_number<int>(), 2);
}

TEST_F(Deposits, AChangedFileIsNotSent) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  place.write("rd/deposits/rehearsal/2026-11-23_full_R0/" + std::string(hash_file), "other\n");
  EXPECT_THAT(deposit({"verify", "1"}).err, HasSubstr("another digest"));
  const Said sent = deposit({"send", "1"});
  EXPECT_EQ(sent.code, 1);
  EXPECT_THAT(in(place / "agent"), ::testing::IsEmpty());
  EXPECT_THAT(deposit({"list"}).out, HasSubstr("verified"));
}

TEST_F(Deposits, AnotherFileOfThatNameAtTheAgentIsLeft) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  place.write("agent/" + std::string(hash_file), "somebody else's\n");
  const Said sent = deposit({"send", "1"});
  EXPECT_EQ(sent.code, 1);
  EXPECT_THAT(sent.err, HasSubstr("is there already"));
  EXPECT_EQ(read_file(place / "agent" / hash_file), "somebody else's\n");
  EXPECT_THAT(deposit({"list"}).out, HasSubstr("sending"));
  fs::remove(place / "agent" / hash_file);
  EXPECT_EQ(deposit({"send", "1"}).code, 0);
}

TEST_F(Deposits, AnotherFingerprintIsRefusedBeforeAByteIsWritten) {
  write_certificate("agent-v6.asc", identity(6));
  const Said refused = deposit({"make"});
  EXPECT_EQ(refused.code, 7);
  EXPECT_THAT(refused.err, HasSubstr("fingerprint"));
  EXPECT_FALSE(fs::exists(place / "rd/deposits/rehearsal"));
}

TEST_F(Deposits, BeforeTheSwitchTheFormerKeyIsUsed) {
  const std::string before = "former_certificate = \"" + (place / "agent-v4.asc").string() + "\"\nformer_fingerprint = \"" +
                             fingerprint(former) + "\"\n";
  configure(before + "switch_on = \"2026-11-24\"\n");
  EXPECT_THAT(deposit({"make"}).err, HasSubstr("deposit keys --registrar example --version 4"));
  ASSERT_EQ(deposit({"keys", "--version", "4"}).code, 0);
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_EQ(opened(made("2026-11-23_full_R0") / first_file, former).size(), 2U);
  configure(before + "switch_on = \"2026-11-23\"\n");
  ASSERT_EQ(deposit({"make", "--again"}).code, 0);
  EXPECT_EQ(opened(made("2026-11-23_full_R0") / first_file, agent).size(), 2U);
}

TEST_F(Deposits, DataThatMustStayAreNotSentAbroad) {
  configure({}, "region = \"US\"\nagreement = \"DPA-1\"\n");
  const Said refused = deposit({"make"});
  EXPECT_EQ(refused.code, 7);
  EXPECT_THAT(refused.err, HasSubstr("transfer basis"));
  configure({}, "region = \"US\"\nagreement = \"DPA-1\"\ntransfer_basis = \"SCC\"\n");
  ASSERT_EQ(deposit({"make"}).code, 0);
  place.write("bound.jsonl", line_of("bound.example", R"(,"region":"EU")"));
  ASSERT_EQ(regdata({"import", (place / "bound.jsonl").string()}).code, 0);
  const Said bound = deposit({"make", "--again"});
  EXPECT_EQ(bound.code, 7);
  EXPECT_THAT(bound.err, HasSubstr("contact C-bound.example must stay in EU"));
  EXPECT_FALSE(fs::exists(made("2026-11-23_full_R0")));
  EXPECT_THAT(deposit({"list"}).out, HasSubstr("failed"));
}

TEST_F(Deposits, WithoutAnAgreementNothingIsMade) {
  configure({}, "region = \"EU\"\n");
  const Said refused = deposit({"make"});
  EXPECT_EQ(refused.code, 7);
  EXPECT_THAT(refused.err, HasSubstr("agreement"));
}

TEST_F(Deposits, WhatWasMadeIsNotSentOnceTheAgreementIsGone) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  configure({}, "region = \"EU\"\n");
  EXPECT_EQ(deposit({"send", "1"}).code, 7);
  configure({}, "region = \"US\"\nagreement = \"DPA-1\"\n");
  EXPECT_EQ(deposit({"send", "1"}).code, 7);
  EXPECT_THAT(in(place / "agent"), ::testing::IsEmpty());
  EXPECT_THAT(deposit({"list"}).out, HasSubstr("verified"));
}

TEST_F(Deposits, OnlyContactsThatAreDepositedHoldItBack) {
  std::string line = line_of("bound.example");
  line.insert(line.find("}},\"as_of\"") + 1,
              R"(,"technical":{"handle":"T-1","kind":"natural","name":"Tech","email":"tech@bound.example","region":"US"})");
  place.write("bound.jsonl", line);
  const Said imported = regdata({"import", (place / "bound.jsonl").string()});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(deposit({"make"}).code, 0);
  configure("columns = [\"tc-name\"]\n");
  const Said refused = deposit({"make", "--again"});
  EXPECT_EQ(refused.code, 7);
  EXPECT_THAT(refused.err, HasSubstr("contact T-1 must stay in US"));
}

TEST_F(Deposits, TellWhichOfThemHoldAContact) {
  configure("keep_days = 30\n");
  EXPECT_THAT(deposit({"where", "C-bluehen.example"}).err, HasSubstr("no deposit"));
  ASSERT_EQ(deposit({"make"}).code, 0);
  const auto where = [&](const std::string& handle) {
    const auto said = boost::json::parse(regdata({"--json", "deposit", "where", handle}).out);
    return said.at("data").at("deposits").as_array();
  };
  const auto only_here = where("C-bluehen.example");
  ASSERT_EQ(only_here.size(), 1U);
  EXPECT_EQ(only_here[0].at("left"), false);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  const auto sent = where("C-bluehen.example");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].at("holds"), "yes");
  EXPECT_EQ(sent[0].at("region"), "EU");
  EXPECT_EQ(sent[0].at("left"), true);
  EXPECT_EQ(sent[0].at("destroyedOn"), "2026-12-23");
  EXPECT_TRUE(where("C-other.test").empty()) << "of another policy: not deposited";
  EXPECT_TRUE(where("C-nobody").empty());
  // the next one holds it no more, the former one still does
  place.write("end.jsonl", R"({"op":"end","name":"bluehen.example","reason":"deleted","at":"2026-11-22T00:00:00Z"})"
                           "\n");
  ASSERT_EQ(regdata({"import", (place / "end.jsonl").string()}).code, 0);
  ASSERT_EQ(deposit({"make", "--again"}).code, 0);
  ASSERT_EQ(where("C-bluehen.example").size(), 1U);
  EXPECT_EQ(where("C-bluehen.example")[0].at("number"), 1);
  EXPECT_EQ(where("C-second.example").size(), 2U);
  // without its list a deposit may hold anybody
  fs::remove(made("2026-11-23_full_R1") / "contacts.list");
  EXPECT_EQ(where("C-nobody")[0].at("holds"), "maybe");
  EXPECT_EQ(deposit({"where", "no handle"}).code, 2);
}

std::string notification(const std::string& status, const std::string& day, const std::string& iana = "9999") {
  return "<n:notification xmlns:n=\"urn:ietf:params:xml:ns:rdeNotification-1.0\"><n:status>" + status +
         "</n:status><n:report><n:resend>0</n:resend><n:watermark>" + day + "T00:00:00Z</n:watermark><n:header><n:registrar>" +
         iana + "</n:registrar></n:header></n:report></n:notification>";
}

TEST_F(Deposits, VerdictsAreTakenFromAFolder) {
  configure("verdicts = \"" + (place / "verdicts").string() +
            "\"\nmail_server = \"mx.example\"\nmail_domain = \"agent.example\"\n");
  EXPECT_EQ(deposit({"collect"}).code, 4) << "the folder is not there";
  fs::create_directory(place / "verdicts");
  ASSERT_EQ(deposit({"make"}).code, 0);
  const auto state = [&] {
    return boost::json::parse(regdata({"--json", "deposit", "list"}).out).at("data").at("deposits").at(0).at("state");
  };
  place.write("verdicts/0-early.xml", notification("DVPN", "2026-11-23"));
  const Said early = deposit({"collect"});
  EXPECT_EQ(early.code, 6);
  EXPECT_THAT(early.err, HasSubstr("none of that date was sent"));
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  place.write("verdicts/.being-written", notification("DVPN", "2026-11-23"));
  place.write("verdicts/1-other.xml", notification("DVPN", "2026-11-23", "1"));
  place.write("verdicts/2-day.xml", notification("DVPN", "2026-11-22"));
  place.write("verdicts/3-nonsense", std::string("\x00\xff", 2));
  place.write("verdicts/4-mail", "From: a@agent.example\n\n9999_RDE_2026-11-23_full: DVPN\n");
  const Said doubtful = deposit({"collect", "rehearsal"});
  EXPECT_EQ(doubtful.code, 6);
  for (const char* why : {"is about another registrar", "none of that date was sent", "not proven to be the agent's"})
    EXPECT_THAT(doubtful.err, HasSubstr(why));
  EXPECT_EQ(state(), "sent");
  EXPECT_EQ(in(place / "verdicts/not-taken").size(), 5U);
  place.write("verdicts/mail",
              "Authentication-Results: mx.example; dkim=pass header.d=agent.example\n"
              "From: a@agent.example\n\n9999_RDE_2026-11-23_full: DVFN\n");
  EXPECT_EQ(deposit({"collect"}).code, 0);
  EXPECT_EQ(state(), "rejected");
  place.write("verdicts/mail", notification("DVPN", "2026-11-23"));
  EXPECT_THAT(deposit({"collect"}).out, HasSubstr("deposit 1: accepted"));
  EXPECT_EQ(state(), "accepted");
  EXPECT_EQ(in(place / "verdicts/taken"), (std::vector<std::string>{"mail", "mail.1"}));
  EXPECT_EQ(in(place / "verdicts"), (std::vector<std::string>{".being-written", "not-taken", "taken"}));
  EXPECT_EQ(deposit({"collect", "nobody"}).code, 2);
}

const std::string proven_mail =
    "Authentication-Results: mx.example; dkim=pass header.d=agent.example\nFrom: a@agent.example\n\n";

TEST_F(Deposits, OnlyAllFilesAreTheDeposit) {
  configure("rows_per_file = 1\nverdicts = \"" + (place / "verdicts").string() +
            "\"\nmail_server = \"mx.example\"\nmail_domain = \"agent.example\"\n");
  fs::create_directory(place / "verdicts");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  ASSERT_TRUE(fs::exists(made("2026-11-23_full_R0") / "9999_RDE_2026-11-23_full_2.csv.gz.gpg"));
  const std::string stem = "9999_RDE_2026-11-23_";
  for (const std::string& names : {stem + "full_2.csv", stem + "hash.txt", stem + "full_77.csv"}) {
    place.write("verdicts/mail", proven_mail + names + ": DVPN");
    const Said collected = deposit({"collect"});
    EXPECT_EQ(collected.code, 6) << names;
    EXPECT_THAT(collected.err, HasSubstr("accepts ")) << names;
  }
  std::string all = stem + "hash.txt";
  for (const fs::directory_entry& file : fs::directory_iterator(made("2026-11-23_full_R0")))
    if (const std::string name = file.path().filename().string(); name.starts_with(stem)) all += "\n" + name;
  place.write("verdicts/mail", proven_mail + all + ": DVPN");
  EXPECT_EQ(deposit({"collect"}).code, 0);
}

/// A file that cannot be moved away is looked at each time: what a person noted since holds all the same.
TEST_F(Deposits, AVerdictThatIsStuckIsTakenOnce) {
  configure("verdicts = \"" + (place / "verdicts").string() + "\"\n");
  fs::create_directory(place / "verdicts");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  fs::create_symlink(place / "nowhere", place / "verdicts/taken");
  place.write("verdicts/1.xml", notification("DVPN", "2026-11-23"));
  place.write("verdicts/2.xml", notification("DVPN", "2026-11-22"));
  const auto written = fs::file_time_type::clock::now() - std::chrono::hours(24 * 3650);
  for (const char* name : {"1.xml", "2.xml"}) fs::last_write_time(place / "verdicts" / name, written);
  const auto state = [&] {
    return boost::json::parse(regdata({"--json", "deposit", "list"}).out).at("data").at("deposits").at(0).at("state");
  };
  const Said stuck = deposit({"collect"});
  EXPECT_EQ(stuck.code, 4);
  EXPECT_THAT(stuck.out, HasSubstr("deposit 1: accepted"));
  EXPECT_THAT(stuck.err, HasSubstr("none of that date was sent")) << "those behind it are looked at";
  EXPECT_EQ(state(), "accepted");
  now += std::chrono::minutes(1);
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  now += std::chrono::minutes(1);
  const Said again = deposit({"collect"});
  EXPECT_EQ(again.code, 6);
  EXPECT_THAT(again.err, HasSubstr("1.xml: is older than what is known of deposit 1, which is rejected"));
  EXPECT_EQ(state(), "rejected");
  // nor is it about what was sent behind it
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "2"}).code, 0);
  now += std::chrono::minutes(1);
  place.write("verdicts/3.xml", notification("DVPN", "2026-11-23"));
  fs::last_write_time(place / "verdicts/3.xml", written);
  EXPECT_EQ(deposit({"collect"}).code, 6);
  EXPECT_EQ(state(), "sent");
}

/// Several that wait are all heard, in their order: the last word holds.
TEST_F(Deposits, TheLastOfSeveralVerdictsHolds) {
  configure("verdicts = \"" + (place / "verdicts").string() + "\"\n");
  fs::create_directory(place / "verdicts");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  now += std::chrono::minutes(1);
  for (const auto& [name, status] : {std::pair("1.xml", "DVPN"), std::pair("2.xml", "DVFN"), std::pair("3.xml", "DVPN")})
    place.write(std::string("verdicts/") + name, notification(status, "2026-11-23"));
  EXPECT_EQ(deposit({"collect"}).code, 0);
  EXPECT_EQ(boost::json::parse(regdata({"--json", "deposit", "list"}).out).at("data").at("deposits").at(0).at("state"),
            "accepted");
}

TEST_F(Deposits, TheConfigurationIsCheckedWithWhatItNames) {
  EXPECT_EQ(regdata({"config", "check"}).err, "");
  fs::remove(place / "agent");
  EXPECT_THAT(regdata({"config", "check"}).err, HasSubstr("escrow_agent rehearsal:"));
  EXPECT_THAT(regdata({"doctor"}).out, HasSubstr("rehearsal: door"));
  fs::create_directory(place / "agent");
  place.write("agent-v6.asc", "nonsense");
  EXPECT_THAT(regdata({"config", "check"}).err, HasSubstr("agent-v6.asc"));
}

TEST_F(Deposits, TheDoctorExplainsWhatIsMissing) {
  EXPECT_EQ(deposit({"doctor", "nobody"}).code, 2);
  const Said fresh = deposit({"doctor"});
  EXPECT_EQ(fresh.code, 0) << fresh.err;
  for (const char* told : {"ledger: no deposit was ever made", "keys: sealed to", "door: ", "MB are free",
                           "before the first deposit, and mail it to ICANN", "verdicts: are noted by hand alone"})
    EXPECT_THAT(fresh.out, HasSubstr(told));
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  EXPECT_THAT(deposit({"doctor"}).out, HasSubstr("mapping: 12 columns, as in the deposit before"));
  configure("columns = [\"ds\"]\nevery = \"day\"\nverdicts = \"" + (place / "verdicts").string() + "\"\n");
  const Said changed = deposit({"doctor"});
  EXPECT_EQ(changed.code, 4) << "the folder of verdicts is not there";
  EXPECT_THAT(changed.out, HasSubstr("mapping: 13 columns, and not those of deposit 1"));
  EXPECT_THAT(changed.out, HasSubstr("the next one is due at 2026-11-24T00:00:00Z"));
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  EXPECT_THAT(deposit({"doctor"}).out, HasSubstr("deposit 1 waits for a person"));
  configure({}, "region = \"US\"\nagreement = \"\"\n");
  EXPECT_EQ(deposit({"doctor"}).code, 7);
  configure();
  fs::remove_all(place / "rd/secret/escrow");
  EXPECT_THAT(deposit({"doctor"}).err, HasSubstr("no key to sign deposits with"));
}

TEST_F(Deposits, TheDoctorNamesAWayOutOfTheFuture) {
  const UtcTime today = now;
  now += std::chrono::days(60);
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  now = today;
  const Said behind = deposit({"doctor"});
  EXPECT_EQ(behind.code, 4) << "the clock may be behind";
  EXPECT_THAT(behind.out + behind.err, HasSubstr("`regdata deposit verdict 1 rejected`"));
  ASSERT_EQ(deposit({"make"}).code, 0);
  const Said ahead = deposit({"doctor"});
  EXPECT_EQ(ahead.code, 0) << ahead.err;
  EXPECT_THAT(ahead.out, HasSubstr("made under a clock that was ahead"));
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  EXPECT_THAT(deposit({"doctor"}).out, ::testing::Not(HasSubstr("deposit 1 is of")));
}

TEST_F(Deposits, AGapInTheChainIsFoundOut) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  ASSERT_EQ(deposit({"make", "--again"}).code, 0);
  EXPECT_EQ(deposit({"verify", "2"}).code, 0);
  SQLite::Database(place / "rd/store/registrations.db", SQLite::OPEN_READWRITE)
      .exec("UPDATE deposit SET manifest = manifest || ' ' WHERE id = 1");
  const Said gap = deposit({"verify", "2"});
  EXPECT_EQ(gap.code, 1);
  EXPECT_THAT(gap.err, HasSubstr("is not in the ledger"));
}

TEST_F(Deposits, MissingValuesHoldTheDepositUnlessTheRuleSaysOtherwise) {
  std::string poor = line_of("poor.example");
  poor.erase(poor.find(R"("city":"Berlin",)"), 16);
  place.write("poor.jsonl", poor);
  ASSERT_EQ(regdata({"import", (place / "poor.jsonl").string()}).code, 0);
  const Said held = deposit({"make"});
  EXPECT_EQ(held.code, 5) << held.err;
  EXPECT_THAT(held.err, HasSubstr("rt-city 1"));
  EXPECT_THAT(held.err, HasSubstr("poor.example"));
  EXPECT_FALSE(fs::exists(made("2026-11-23_full_R0")));
  configure("when_missing = \"leave-empty\"\n");
  EXPECT_EQ(deposit({"make"}).code, 0);
}

TEST_F(Deposits, ADepositUnlikeTheOneBeforeIsHeld) {
  configure("least_rows = 1\n");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  place.write("end.jsonl", R"({"op":"end","name":"second.example","reason":"deleted","at":"2026-11-22T00:00:00Z"})"
                           "\n");
  ASSERT_EQ(regdata({"import", (place / "end.jsonl").string()}).code, 0);
  const Said held = deposit({"make", "--again"});
  EXPECT_EQ(held.code, 6);
  EXPECT_THAT(held.err, HasSubstr("rows: 1, before 2"));
  EXPECT_EQ(deposit({"send", "2"}).code, 1);
  EXPECT_EQ(deposit({"verify", "2"}).code, 0);
  EXPECT_EQ(deposit({"send", "2", "--accept-drift"}).code, 0);
  EXPECT_THAT(deposit({"show", "2"}).out, HasSubstr("drift accepted: rows: 1, before 2"));
}

TEST_F(Deposits, ARegistrarWithoutNamesStillDeposits) {
  place.write("end.jsonl", R"({"op":"end","name":"second.example","reason":"deleted","at":"2026-11-22T00:00:00Z"})"
                           "\n"
                           R"({"op":"end","name":"bluehen.example","reason":"deleted","at":"2026-11-22T00:00:00Z"})"
                           "\n");
  ASSERT_EQ(regdata({"import", (place / "end.jsonl").string()}).code, 0);
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_THAT(opened(made("2026-11-23_full_R0") / first_file, agent), ::testing::IsEmpty());
}

TEST_F(Deposits, WhoHoldsTheLockWorksAlone) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  const int other = ::open((place / "rd/deposits/rehearsal/.lock").c_str(), O_RDWR);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  const Said busy = deposit({"make", "--again"});
  EXPECT_EQ(busy.code, 1);
  EXPECT_THAT(busy.err, HasSubstr("another process"));
  EXPECT_EQ(deposit({"send", "1"}).code, 1);
  ::close(other);
  EXPECT_EQ(deposit({"send", "1"}).code, 0);
}

TEST_F(Deposits, AWrongConfigurationIsTold) {
  configure("columns = [\"tc-nane\"]\n");
  EXPECT_THAT(deposit({"make"}).err, HasSubstr("tc-nane"));
  EXPECT_THAT(regdata({"config", "check"}).err, HasSubstr("one of "));
  configure("switch_on = \"soon\"\n");
  EXPECT_THAT(regdata({"config", "check"}).err, HasSubstr("belong together"));
  configure("policies = [\"icann\"]\n");
  EXPECT_THAT(regdata({"config", "check"}).err, HasSubstr("no [[policy]] is named \"icann\""));
  configure();
  EXPECT_EQ(deposit({"make", "other"}).code, 2);
  EXPECT_EQ(deposit({"show", "one"}).code, 2);
  EXPECT_EQ(deposit({"show", "7"}).code, 1);
  EXPECT_EQ(deposit({"verdict", "1", "good"}).code, 2);
}

TEST_F(Deposits, WhatWasMadeForAnotherRegionIsNotSent) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  configure({}, "region = \"US\"\nagreement = \"DPA-1\"\ntransfer_basis = \"SCC\"\n");
  const Said refused = deposit({"send", "1"});
  EXPECT_EQ(refused.code, 7) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("in EU"));
  EXPECT_TRUE(in(place / "agent").empty());
}

TEST_F(Deposits, SettingsThatNobodyCouldRestoreAreRefused) {
  for (const char* bad :
       {"columns = [\"ds\", \"ds\"]\n", "street_separator = \"\\n\"\n", "street_separator = \"\"\n",
        "street_separator = \"a\"\n", "street_separator = \" \"\n", "specification = \"rfc9022\"\nrows_per_file = 100\n",
        "specification = \"rfc9022-csv\"\nrows_per_file = 1\n"}) {
    configure(bad);
    EXPECT_EQ(regdata({"config", "check"}).code, 3) << bad;
  }
  configure("columns = [\"ds\", \"tc-name\"]\nstreet_separator = \" | \"\n");
  EXPECT_EQ(regdata({"config", "check"}).code, 0);
}

TEST_F(Deposits, TheMappingFileOfAnAgentHasItsColumns) {
  configure("columns = [\"ds\", \"tc-name\"]\n");
  const Said own = deposit({"header-map", "rehearsal"});
  ASSERT_EQ(own.code, 0) << own.err;
  EXPECT_EQ(own.out, deposit({"header-map", "--column", "ds", "--column", "tc-name"}).out);
  EXPECT_EQ(deposit({"header-map", "rehearsal", "--column", "ds"}).code, 2);
  EXPECT_EQ(deposit({"header-map", "other"}).code, 2);
  configure("specification = \"2007\"\n");
  EXPECT_EQ(deposit({"header-map", "rehearsal"}).code, 2);
}

TEST_F(Deposits, AFileThatIsGoneIsDamage) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  for (const char* name : {first_file, hash_file, "manifest.json.sig"}) {
    const fs::path file = made("2026-11-23_full_R0") / name;
    fs::rename(file, place / "aside");
    const Said said = deposit({"verify", "1"});
    EXPECT_EQ(said.code, 1) << said.err;
    EXPECT_THAT(said.err, HasSubstr("not there any more"));
    fs::rename(place / "aside", file);
  }
}

/// The agent's own certificate is of 69 days here, so ours must end before.
TEST_F(Deposits, AKeyThatEndsHasOneThatFollows) {
  const auto fingerprint_now = [&](std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"--json", "deposit", "keys"});
    const Said said = regdata(more);
    EXPECT_EQ(said.code, 0) << said.err << said.out;
    return std::string(boost::json::parse(said.out).at("data").at("fingerprint").as_string());
  };
  EXPECT_EQ(deposit({"keys", "--next", "--now"}).code, 1) << "none follows yet";
  EXPECT_EQ(deposit({"keys", "--now"}).code, 2);
  ASSERT_EQ(deposit({"make"}).code, 0);
  const std::string first = fingerprint_now();
  const std::string second = fingerprint_now({"--next", "--days", "20"});
  EXPECT_NE(first, second);
  EXPECT_EQ(fingerprint_now({"--next"}), second) << "there already";
  EXPECT_EQ(fingerprint_now(), first) << "not in force yet";
  EXPECT_EQ(fingerprint_now({"--next", "--now"}), second);
  EXPECT_EQ(fingerprint_now(), second);
  ASSERT_EQ(deposit({"send", "1"}).code, 0) << "what the former one signed is good";
  // the second has 20 days; the third takes over by itself
  const std::string third = fingerprint_now({"--next"});
  now += std::chrono::days(19);
  ASSERT_EQ(deposit({"make"}).code, 0);
  const auto signer_of = [&](const std::string& directory) {
    return escrow::read_manifest(read_file(made(directory) / "manifest.json")).value().signer;
  };
  EXPECT_EQ(signer_of("2026-12-12_full_R0"), second);
  now += std::chrono::days(2);
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_EQ(signer_of("2026-12-14_full_R0"), third);
  EXPECT_EQ(deposit({"verify", "1"}).code, 0);
  EXPECT_EQ(deposit({"verify", "2"}).code, 0);
  // a fourth: the third takes the place of the one that has ended
  const std::string fourth = fingerprint_now({"--next"});
  EXPECT_EQ(fingerprint_now(), third);
  EXPECT_NE(fourth, third);
  EXPECT_EQ(deposit({"verify", "2"}).code, 0) << "the second is kept";
}

TEST_F(Deposits, AKeyThatHasEndedSaysWhatToDo) {
  ASSERT_EQ(deposit({"keys", "--next", "--days", "5"}).code, 0);
  ASSERT_EQ(deposit({"keys", "--next", "--now"}).code, 0);
  now += std::chrono::days(6);
  const Said said = deposit({"make"});
  EXPECT_EQ(said.code, 7) << said.err;
  EXPECT_THAT(said.err, HasSubstr("deposit keys --next"));
}

}  // namespace
}  // namespace regdata::app
