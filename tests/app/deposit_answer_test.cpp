// What an agent has and says, told apart: verdicts, names that are taken, certificates that were changed.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <thread>

#include "escrow/manifest.hpp"
#include "tests/app/deposit_place.hpp"

namespace regdata::app {
namespace {

using ::testing::HasSubstr;

/// A full deposit and a differential one of the same day, both sent.
class TwoKindsOfADay : public Deposits {
 protected:
  TwoKindsOfADay() {
    fs::create_directory(place / "verdicts");
    configure("specification = \"rfc9022\"\nbetween = \"differential\"\nverdicts = \"" + (place / "verdicts").string() +
              "\"\n");
    EXPECT_EQ(deposit({"make"}).code, 0);
    EXPECT_EQ(deposit({"send", "1"}).code, 0);
    place.write("change.jsonl", line_of("third.example"));
    EXPECT_EQ(regdata({"import", (place / "change.jsonl").string()}).code, 0);
    const Said made = deposit({"make", "--kind", "differential"});
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_EQ(deposit({"send", "2"}).code, 0);
  }
  /// A report with these elements more.
  Said told(const std::string& more) const {
    place.write("verdicts/one.xml",
                "<n:notification xmlns:n=\"urn:ietf:params:xml:ns:rdeNotification-1.0\"><n:status>DVFN</n:status><n:report>" +
                    more +
                    "<n:watermark>2026-11-23T00:00:00Z</n:watermark><n:header><n:registrar>9999</n:registrar></n:header>"
                    "</n:report></n:notification>");
    return deposit({"collect"});
  }
  std::string state(unsigned number) const {
    const auto all = boost::json::parse(regdata({"--json", "deposit", "list"}).out).at("data").at("deposits").as_array();
    for (const auto& one : all)
      if (one.at("number").to_number<unsigned>() == number) return std::string(one.at("state").as_string());
    return {};
  }
  /// Of the deposit with this number, as its document has it.
  std::string id_of(unsigned number) const {
    const fs::path directory = made(number == 1 ? "2026-11-23_full_R0" : "2026-11-23_diff_R0");
    return escrow::read_manifest(read_file(directory / "manifest.json")).value().facts.rde_id;
  }
};

TEST_F(TwoKindsOfADay, AVerdictGoesToTheOneOfItsKind) {
  const Said full = told("<n:kind>FULL</n:kind>");
  EXPECT_THAT(full.out, HasSubstr("deposit 1: rejected")) << full.err;
  EXPECT_EQ(state(2), "sent");
  EXPECT_THAT(told("<n:id>" + id_of(2) + "</n:id><n:kind>DIFF</n:kind>").out, HasSubstr("deposit 2: rejected"));
}

TEST_F(TwoKindsOfADay, AVerdictGoesToTheOneOfItsIdentifier) {
  EXPECT_THAT(told("<n:id>" + id_of(1) + "</n:id>").out, HasSubstr("deposit 1: rejected"));
  EXPECT_EQ(state(2), "sent");
}

TEST_F(TwoKindsOfADay, AVerdictThatFitsNoneOrSeveralIsNotTaken) {
  for (const std::string& doubtful :
       {std::string(), std::string("<n:kind>INCR</n:kind>"), std::string("<n:kind>FULL</n:kind><n:resend>1</n:resend>"),
        "<n:id>" + id_of(1) + "</n:id><n:kind>DIFF</n:kind>", std::string("<n:id>20261123009</n:id><n:kind>FULL</n:kind>")}) {
    const Said said = told(doubtful);
    EXPECT_EQ(said.code, 6) << doubtful;
    EXPECT_THAT(said.err, HasSubstr(doubtful.empty() ? "does not say which" : "none of its kind, revision and identifier"));
    EXPECT_EQ(state(1), "sent") << doubtful;
    EXPECT_EQ(state(2), "sent") << doubtful;
  }
  EXPECT_EQ(in(place / "verdicts/not-taken").size(), 5U);
}

/// Two revisions of a day, both sent; by ICANN's specification their files are called alike.
class TwoRevisionsOfADay : public Deposits {
 protected:
  TwoRevisionsOfADay() {
    fs::create_directory(place / "verdicts");
    configure("verdicts = \"" + (place / "verdicts").string() + "\"\n");
    for (const char* number : {"1", "2"}) {
      EXPECT_EQ(deposit({"make", "--again"}).code, 0);
      EXPECT_EQ(deposit({"send", number}).code, 0);
    }
  }
  void write(const std::string& file, const std::string& status, const std::string& more = "") const {
    place.write("verdicts/" + file,
                "<n:notification xmlns:n=\"urn:ietf:params:xml:ns:rdeNotification-1.0\"><n:status>" + status +
                    "</n:status><n:report>" + more +
                    "<n:watermark>2026-11-23T00:00:00Z</n:watermark><n:header><n:registrar>9999</n:registrar></n:header>"
                    "</n:report></n:notification>");
  }
  [[nodiscard]] std::string told() const { return deposit({"list"}).out; }
};

TEST_F(TwoRevisionsOfADay, WhatNamesNoneAndMayBeAboutTheFirstIsNotTaken) {
  write("one.xml", "DVPN");
  const Said said = deposit({"collect"});
  EXPECT_EQ(said.code, 6);
  EXPECT_THAT(said.err, HasSubstr("does not say which of its revisions"));
  EXPECT_THAT(told(), ::testing::Not(HasSubstr("accepted")));
  write("two.xml", "DVPN", "<n:resend>1</n:resend>");
  EXPECT_THAT(deposit({"collect"}).out, HasSubstr("deposit 2: accepted"));
}

TEST_F(TwoRevisionsOfADay, OnceItIsKnownWhatBecameOfTheFirstItIsAboutTheSecond) {
  ASSERT_EQ(deposit({"verdict", "1", "rejected"}).code, 0);
  write("one.xml", "DVPN");
  EXPECT_THAT(deposit({"collect"}).out, HasSubstr("deposit 2: accepted"));
}

TEST_F(TwoRevisionsOfADay, TheLastWordStandsWhateverItsFileIsCalled) {
  write("b.xml", "DVPN", "<n:resend>1</n:resend>");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  write("a.xml", "DVFN", "<n:resend>1</n:resend>");
  EXPECT_EQ(deposit({"collect"}).code, 0);
  EXPECT_THAT(told(), HasSubstr("rejected"));
  EXPECT_THAT(told(), ::testing::Not(HasSubstr("accepted")));
}

class AtTheDoor : public Deposits {
 protected:
  /// The agent has another certificate, and the configuration knows it.
  void exchange_certificate() const {
    std::string text = read_file(place / "rd/conf.d/escrow.toml");
    for (const auto& [from, to] : {std::pair((place / "agent-v6.asc").string(), (place / "agent-v4.asc").string()),
                                   std::pair(fingerprint(agent), fingerprint(former))})
      text.replace(text.find(from), from.size(), to);
    place.write("rd/conf.d/escrow.toml", text);
    ASSERT_EQ(deposit({"keys", "--version", "4"}).code, 0);
  }
};

TEST_F(AtTheDoor, WhatIsSealedToACertificateThatIsNotTheAgentsAnyMoreIsNotSent) {
  ASSERT_EQ(deposit({"make"}).code, 0);
  exchange_certificate();
  const Said said = deposit({"send", "1"});
  EXPECT_EQ(said.code, 7) << said.err;
  EXPECT_THAT(said.err, HasSubstr("is another one now"));
  EXPECT_THAT(said.err, HasSubstr("make it again"));
  EXPECT_TRUE(in(place / "agent").empty());
  EXPECT_THAT(deposit({"list"}).out, HasSubstr("verified")) << "nothing was begun";
  ASSERT_EQ(deposit({"make", "--again"}).code, 0);
  EXPECT_EQ(deposit({"send", "1"}).code, 0) << "the same row: nothing of it had left";
}

TEST_F(AtTheDoor, AfterTheSwitchWhatIsSealedToTheFormerCertificateIsNotSent) {
  configure("former_certificate = \"" + (place / "agent-v4.asc").string() + "\"\nformer_fingerprint = \"" +
            fingerprint(former) + "\"\nswitch_on = \"2026-11-24\"\n");
  ASSERT_EQ(deposit({"keys", "--version", "4"}).code, 0);
  ASSERT_EQ(deposit({"make"}).code, 0);
  now += std::chrono::days(1);
  EXPECT_EQ(deposit({"send", "1"}).code, 7);
  now -= std::chrono::days(1);
  EXPECT_EQ(deposit({"send", "1"}).code, 0);
}

TEST_F(AtTheDoor, AnotherRevisionDoesNotOverwriteWhatIsSomebodyElses) {
  const std::string theirs = "somebody else's\n";
  for (const char* name : {first_file, hash_file}) {
    ASSERT_EQ(deposit({"make", "--again"}).code, 0);
    place.write("agent/" + std::string(name), theirs);
    const std::string number = name == first_file ? "1" : "2";
    EXPECT_EQ(deposit({"send", number}).code, 1);
    ASSERT_EQ(deposit({"make", "--again"}).code, 0) << "the next revision: something of this one may have left";
    const std::string next = name == first_file ? "2" : "3";
    const Said said = deposit({"send", next});
    EXPECT_EQ(said.code, 1);
    EXPECT_THAT(said.err, HasSubstr("is another file"));
    EXPECT_EQ(read_file(place / "agent" / name), theirs);
    fs::remove(place / "agent" / name);
    EXPECT_EQ(deposit({"send", next}).code, 0);
    ASSERT_EQ(deposit({"verdict", next, "rejected"}).code, 0);
  }
}

TEST_F(AtTheDoor, ARevisionReplacesWhatTheLedgerHasForgottenAndIsOurs) {
  fs::copy(place / "rd/store", place / "before");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  fs::remove_all(place / "rd/store");
  fs::rename(place / "before", place / "rd/store");
  ASSERT_EQ(deposit({"make"}).code, 0);
  EXPECT_EQ(deposit({"send", "1"}).code, 0) << "the mark of the first one makes it the second revision";
  EXPECT_EQ(read_file(place / "agent" / first_file), read_file(made("2026-11-23_full_R1") / first_file));
}

TEST_F(AtTheDoor, WhatABrokenAttemptOfAFormerRevisionLeftIsTakenAway) {
  configure("rows_per_file = 1\n");
  ASSERT_EQ(deposit({"make"}).code, 0);
  ASSERT_EQ(deposit({"send", "1"}).code, 0);
  place.write("agent/.9999_RDE_2026-11-23_full_2.csv.gz.gpg.part", "half");
  place.write("agent/.somebody-elses.part", "");
  configure("rows_per_file = 100\n");
  ASSERT_EQ(deposit({"make", "--again"}).code, 0);
  ASSERT_EQ(deposit({"send", "2"}).code, 0);
  EXPECT_EQ(in(place / "agent"), (std::vector<std::string>{".somebody-elses.part", first_file, hash_file}));
}

/// Settings that would lose a deposit or a verdict.
class AgentSettings : public Deposits {
 protected:
  void expect_refused(const std::string& why) const {
    const Said said = regdata({"config", "check"});
    EXPECT_EQ(said.code, 3) << why;
    EXPECT_THAT(said.err, HasSubstr(why));
  }
  /// In place of the folder.
  void configure_sftp(const std::string& address) const {
    configure("ssh_key = \"key\"\nhost_key = \"y\"\nsftp = \"" + address + "\"\n");
    std::string text = read_file(place / "rd/conf.d/escrow.toml");
    const auto folder = text.find("folder = ");
    place.write("rd/conf.d/escrow.toml", text.erase(folder, text.find('\n', folder) - folder));
  }
  void add_agent(const std::string& more) const {
    place.write("rd/conf.d/second.toml",
                "[[escrow_agent]]\nid = \"second\"\nrecipient = \"folder\"\nregistrar = \"example\"\n"
                "certificate = \"x\"\nfingerprint = \"" +
                    fingerprint(agent) + "\"\n" + more);
  }
  static std::string quoted(const fs::path& path) { return "\"" + path.string() + "\"\n"; }
};

TEST_F(AgentSettings, MailsNeedADomainAndSentencesThatTellVerdictsApart) {
  configure("mail_server = \"mx.example\"\nmail_domain = \"no domain!\"\n");
  expect_refused("mail_domain is no domain");
  const std::string mails = "mail_server = \"mx.example\"\nmail_domain = \"agent.example\"\n";
  configure(mails + "mail_accepted = \"{deposit} is fine.\"\nmail_rejected = \"{deposit} is  Fine\"\n");
  expect_refused("mail_accepted and mail_rejected are the same sentence");
  for (const char* said : {"accepted", "{deposit}", "{deposit}: {deposit} accepted", " {deposit} ."}) {
    configure(mails + "mail_accepted = \"" + said + "\"\n");
    expect_refused("mail_accepted does not say of which deposit");
  }
  configure(mails +
            "mail_accepted = \"{deposit} accepted\"\nmail_rejected = \"{deposit} not accepted\"\nmail_missing = \"\"\n");
  EXPECT_EQ(regdata({"config", "check"}).code, 0) << "whole sentences are looked for";
  configure(mails + "mail_rejected = \" \"\n");
  expect_refused("mail_rejected is empty");
}

TEST_F(AgentSettings, NamesAreDepositedUnderSomePolicy) {
  configure("policies = []\n");
  expect_refused("no name would be deposited");
}

TEST_F(AgentSettings, DirectoriesDoNotMix) {
  configure("verdicts = " + quoted(place / "agent"));
  expect_refused("verdicts is the folder of rehearsal");
  configure("verdicts = " + quoted(place / "rd/../rd/deposits"));
  expect_refused("verdicts lies where our own deposits do");
  configure();
  add_agent("folder = " + quoted(place / "rd/deposits"));
  expect_refused("folder lies where our own deposits do");
  add_agent("folder = " + quoted(place / "rd/deposits/rehearsal"));
  expect_refused("folder lies where our own deposits do");
  fs::create_directory_symlink(place / "agent", place / "link");
  add_agent("folder = " + quoted(place / "link"));
  expect_refused("rehearsal has the same folder, for deposits of the same IANA id");
  configure("verdicts = " + quoted(place / "verdicts"));
  add_agent("folder = " + quoted(place / "other") + "verdicts = " + quoted(place / "verdicts"));
  expect_refused("rehearsal has the same directory of verdicts");
  add_agent("folder = " + quoted(place / "other"));
  EXPECT_EQ(regdata({"config", "check"}).code, 0);
}

TEST_F(AgentSettings, OneFolderBySftpIsOneHoweverItIsWritten) {
  configure_sftp("sftp://user@host.example/in");
  const std::string door = "ssh_key = \"key\"\nhost_key = \"y\"\nsftp = \"sftp://";
  for (const char* same : {"user@host.example:22/in", "user@HOST.example/in/", "user@host.example/x/../in"}) {
    add_agent(door + same + "\"\n");
    expect_refused("rehearsal has the same folder, for deposits of the same IANA id");
  }
  add_agent(door + "user@host.example:2222/in\"\n");
  EXPECT_THAT(regdata({"config", "check"}).err, ::testing::Not(HasSubstr("has the same folder")));
}

TEST_F(AgentSettings, ABadAddressIsRefusedAndAPasswordNeverShown) {
  for (const char* bad : {"http://x", "sftp://host/folder", "sftp://", "sftp://u@", "sftp://u@h:port/f"}) {
    configure_sftp(bad);
    expect_refused("sftp: it ");
  }
  for (const char* with : {"sftp://user:hidden@host/folder", "sftp://user:hid@hidden/hidden@host/folder"}) {
    configure_sftp(with);
    for (const auto& words : {std::vector<std::string>{"config", "check"},
                              {"config", "show"},
                              {"config", "show", "--origin"},
                              {"--json", "config", "show"},
                              {"doctor"},
                              {"deposit", "doctor"}}) {
      const Said said = regdata(words);
      EXPECT_EQ(said.code, 3) << words.back();
      EXPECT_THAT(said.out + said.err, ::testing::Not(HasSubstr("hid"))) << words.back();
    }
  }
  configure_sftp("sftp://user@host:22/~/in%20box");
  EXPECT_EQ(regdata({"config", "check"}).code, 0);
  EXPECT_THAT(regdata({"config", "show"}).out, HasSubstr("sftp://user@host:22/~/in%20box"));
}

}  // namespace
}  // namespace regdata::app
