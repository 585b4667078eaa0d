// What an agent says, and what is believed of it.
#include "escrow/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace regdata::escrow {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

std::string notification(const std::string& status) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<rdeNotification:notification xmlns:rdeNotification="urn:ietf:params:xml:ns:rdeNotification-1.0"
    xmlns:rdeReport="urn:ietf:params:xml:ns:rdeReport-1.0" xmlns:rdeHeader="urn:ietf:params:xml:ns:rdeHeader-1.0"
    xmlns:iirdea="urn:ietf:params:xml:ns:iirdea-1.0">
  <rdeNotification:deaName>Agent of Example</rdeNotification:deaName>
  <rdeNotification:version>1</rdeNotification:version>
  <rdeNotification:repDate>2026-11-28</rdeNotification:repDate>
  <rdeNotification:status>)" +
         status + R"(</rdeNotification:status>
  <rdeNotification:results>
    <iirdea:result code="2004"><iirdea:msg>secret person</iirdea:msg></iirdea:result>
    <iirdea:result code="2007"><iirdea:msg>more</iirdea:msg></iirdea:result>
  </rdeNotification:results>
  <rdeNotification:reDate>2026-11-27</rdeNotification:reDate>
  <rdeReport:report>
    <rdeReport:id>20261127001</rdeReport:id>
    <rdeReport:version>1</rdeReport:version>
    <rdeReport:rydeSpecEscrow>RFC8909</rdeReport:rydeSpecEscrow>
    <rdeReport:resend>3</rdeReport:resend>
    <rdeReport:kind>FULL</rdeReport:kind>
    <rdeReport:watermark>2026-11-27T00:00:00Z</rdeReport:watermark>
    <rdeHeader:header>
      <rdeHeader:registrar>
        9999
      </rdeHeader:registrar>
      <rdeHeader:count uri="urn:ietf:params:xml:ns:rdeDomain-1.0" rcdn="example">2</rdeHeader:count>
    </rdeHeader:header>
  </rdeReport:report>
</rdeNotification:notification>
)";
}

TEST(Notification, ItsThreeWordsAreTaken) {
  using S = DepositState;
  for (const auto& [word, state] :
       {std::pair("DVPN", S::accepted), std::pair("DVFN", S::rejected), std::pair("DRFN", S::missing)}) {
    const auto read = read_notification(notification(word));
    ASSERT_TRUE(read) << read.error().context;
    EXPECT_EQ(read->state, state);
    EXPECT_EQ(read->iana_id, 9999U);
    EXPECT_EQ(read->date, "2026-11-27");
    EXPECT_EQ(read->revision, 3U);
    EXPECT_EQ(read->kind, DepositKind::full);
    EXPECT_EQ(read->id, "20261127001");
    EXPECT_EQ(read->reason, std::string(word) + ", codes 2004, 2007") << "numbers, and no words of theirs";
  }
}

TEST(Notification, PrefixesAreFreeAndNamespacesAreNot) {
  std::string own = notification("DVPN");
  for (auto at = own.find("rdeNotification:"); at != std::string::npos; at = own.find("rdeNotification:", at))
    own.replace(at, 16, "x:");
  own = replaced(own, "xmlns:rdeNotification", "xmlns:x");
  EXPECT_TRUE(read_notification(own));
  EXPECT_FALSE(read_notification(replaced(own, "rdeNotification-1.0", "rdeNotification-2.0")));
}

TEST(Notification, KindAndIdentifierMayBeLeftOut) {
  std::string short_one = replaced(notification("DVFN"), "<rdeReport:id>20261127001</rdeReport:id>", "");
  const auto read = read_notification(replaced(short_one, "<rdeReport:kind>FULL</rdeReport:kind>", ""));
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_FALSE(read->kind);
  EXPECT_EQ(read->id, "");
  EXPECT_EQ(read_notification(replaced(short_one, "FULL", "DIFF"))->kind, DepositKind::differential);
  EXPECT_EQ(read_notification(replaced(short_one, "FULL", "INCR"))->kind, DepositKind::incremental);
}

TEST(Notification, WhateverElseIsAnError) {
  const std::string good = notification("DVPN");
  const std::vector<std::string> bad{
      "",
      "<",
      "<a/>",
      good.substr(0, good.size() / 2),
      notification("DVPX"),
      notification(""),
      notification("DVPN DVFN"),
      notification("&#68;VPM"),
      replaced(good, "9999", ""),
      replaced(good, "9999", "-1"),
      replaced(good, "9999", "99999999999"),
      replaced(good, "2026-11-27T00:00:00Z", "yesterday"),
      replaced(good, "FULL", "BRDA"),
      replaced(good, "<rdeReport:resend>3", "<rdeReport:resend>third"),
      replaced(good, "2026-11-27T00:00:00Z", "2026-02-30T00:00:00Z"),
      replaced(good, "<rdeNotification:deaName>", "<!DOCTYPE x [<!ENTITY a 'DVPN'>]><rdeNotification:deaName>"),
      replaced(good, "Agent of", std::string(70000, 'x'))};
  for (const std::string& one : bad) {
    const auto read = read_notification(one);
    ASSERT_FALSE(read) << one.substr(0, 200);
    EXPECT_EQ(read.error().code, Errc::invalid);
  }
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "<a>";
  EXPECT_FALSE(read_notification(deep));
}

const MailRules rules{.server = "mx.registrar.example",
                      .domain = "agent.example",
                      .accepted = "{deposit} was validated successfully.",
                      .rejected = "{deposit} failed validation",
                      .missing = "{deposit} was not received"};

std::string mail(const std::string& results, const std::string& from, const std::string& body) {
  return "Return-Path: <escrow@agent.example>\r\nAuthentication-Results: " + results + "\r\nFrom: " + from +
         "\r\nSubject: Deposit\r\n\r\n" + body + "\r\n";
}
/// `rest`: further fields, an empty line, and the body.
std::string mail_of(const std::string& rest) {
  return "Authentication-Results: mx.registrar.example; dkim=pass header.d=agent.example\r\nFrom: escrow@agent.example\r\n" +
         rest;
}
std::string html_mail(const std::string& body) {
  return mail_of("Subject: Deposit\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>" + body +
                 "</body></html>\r\n");
}
const std::string proven =
    "mx.registrar.example;\r\n\tspf=pass smtp.mailfrom=agent.example;\r\n\tdkim=pass (2048-bit key) header.d=agent.example "
    "header.s=a";
const std::string agent = "\"Escrow; Agent\" <escrow@agent.example>";
const std::string passed = "9999_RDE_2026-11-27_full_1.csv.gz.gpg was validated successfully.";

TEST(VerdictMail, OneThatIsProvenIsTaken) {
  const auto read = read_verdict_mail(mail(proven, agent, passed), rules, 9999);
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(*read, (Verdict{.state = DepositState::accepted,
                            .iana_id = 9999,
                            .date = "2026-11-27",
                            .revision = {},
                            .files = {"full_1"},
                            .reason = "by mail"}));
  EXPECT_EQ(
      read_verdict_mail(mail(proven, agent, "9999_RDE_2026-11-27_hdl_12.csv, 9999_RDE_2026-11-27_hash.txt failed validation"),
                        rules, 9999)
          ->files,
      (std::set<std::string>{"hdl_12", "hash"}));
  EXPECT_EQ(read_verdict_mail(mail(proven, agent, "9999_RDE_2026-11-27_full  FAILED VALIDATION"), rules, 9999)->state,
            DepositState::rejected);
  EXPECT_EQ(read_verdict_mail(mail(proven, agent, "9999_RDE_2026-11-27_full was not received"), rules, 9999)->state,
            DepositState::missing);
}

TEST(VerdictMail, FilesByRfc9022TellKindAndRevision) {
  const auto read = read_verdict_mail(
      mail(proven, agent, "9999_2026-11-27_diff_S1_R2.ryde and 9999_2026-11-27_diff_S1_R2.sig was validated successfully."),
      rules, 9999);
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(*read, (Verdict{.state = DepositState::accepted,
                            .iana_id = 9999,
                            .date = "2026-11-27",
                            .revision = 2,
                            .kind = DepositKind::differential,
                            .files = {"S1", "S1.sig"},
                            .reason = "by mail"}));
  MailRules of_name = rules;
  of_name.rde_name = "our-name";
  EXPECT_TRUE(read_verdict_mail(mail(proven, agent, "our-name_2026-11-27_full_S1_R0.ryde failed validation"), of_name, 9999));
  const auto series = read_verdict_mail(
      mail(proven, agent, "our-name_2026-11-27_full_S1_R0.ryde, our-name_2026-11-27_full_S3_R0.ryde failed validation"),
      of_name, 9999);
  ASSERT_TRUE(series) << "two files of one deposit";
  EXPECT_EQ(series->files, (std::set<std::string>{"S1", "S3"}));
  const std::vector<std::string> others{"19999_2026-11-27_full_S1_R0.ryde failed validation",
                                        "x-9999_2026-11-27_full_S1_R0.ryde failed validation",
                                        "9999_2026-11-32_full_S1_R0.ryde failed validation",
                                        "9999_2026-11-27_thin_S1_R0.ryde failed validation",
                                        "9999_2026-11-27_full_S1_R99999999999.ryde failed validation",
                                        "9999_2026-11-27_full_S1_R0.ryde, 9999_2026-11-27_full_S1_R1.ryde failed validation",
                                        "9999_2026-11-27_full_S1_R0.ryde, 9999_RDE_2026-11-27_full_1.csv failed validation"};
  for (const std::string& body : others) EXPECT_FALSE(read_verdict_mail(mail(proven, agent, body), rules, 9999)) << body;
}

std::set<std::string> files_told(const std::string& text) {
  const auto verdict = read_verdict_mail(mail(proven, agent, text), rules, 9999);
  return verdict ? verdict->files : std::set<std::string>{"none: " + verdict.error().context};
}

TEST(VerdictMail, NamesAreOfTheDepositOrOfItsFiles) {
  using Files = std::set<std::string>;
  const std::string name = "9999_RDE_2026-11-27";
  const std::string said = " was validated successfully.";
  EXPECT_EQ(files_told(name + said), Files{});
  EXPECT_EQ(files_told(name + "_full" + said), Files{}) << "the deposit as a whole";
  EXPECT_EQ(files_told(name + "_FULL_1.CSV" + said), Files{"full_1"});
  EXPECT_EQ(files_told(name + "_hdl_2.csv.gz, " + name + "_full_1.csv and\r\n" + name + "_hash.txt" + said),
            (Files{"full_1", "hdl_2", "hash"}));
  EXPECT_EQ(files_told(name + ", " + name + "_full_1.csv" + said), Files{"full_1"});
  EXPECT_EQ(files_told("- " + name + "_full_1.csv" + said + "\r\n- " + name + "_full_2.csv" + said),
            (Files{"full_1", "full_2"}));
  for (const char* other :
       {"_full-1.csv", "_full.1.csv", "_full%5F1.csv", "_full_1a", "_full_1.exe", "_full_", "_thin_1.csv", "_full=5F1",
        "_full 1", " (full_1.csv)", ": file full_1.csv", "-full_1", "\n\n_full_1", ", full_1.csv", "_full_1\xC3\xA9"})
    EXPECT_THAT(*files_told(name + other + said).begin(), HasSubstr("none")) << other;
}

MailRules with(const std::string& accepted) {
  MailRules other = rules;
  other.accepted = accepted;
  return other;
}

/// Each is as an agent may write it, with the operator's setting for it.
TEST(VerdictMail, TheWholeSentenceLineOrParagraphIsTheSetting) {
  const std::string n = "9999_RDE_2026-11-27";
  for (const auto& [setting, body] : std::vector<std::pair<std::string, std::string>>{
           {"{deposit} was validated successfully",
            "Dear registrar,\r\n\r\n" + n + " was validated\r\n  successfully.\r\n\r\nAgent Inc\r\n12 Road"},
           {"{deposit} was validated successfully",
            "> " + n + " failed validation\r\n\r\n**" + n + "** was *validated* successfully!"},
           {"The deposit {deposit} has been accepted.",
            "Dear registrar, we thank you. The deposit \"" + n + "\" has been accepted. Bye."},
           {"The deposit {deposit} has been accepted.", "THE DEPOSIT \xE2\x80\x9C" + n + "\xE2\x80\x9D HAS BEEN ACCEPTED"},
           {"Deposit: {deposit}\nStatus: DVPN", "Date: 2026-11-28\r\nDeposit: " + n + "\r\nStatus: DVPN\r\nErrors: 0\r\n"},
           {"deposit={deposit}\nstatus=ok", "deposit=" + n + "\r\nstatus=ok\r\nfiles=2"},
           {"Das Deposit {deposit} wurde gepr\xC3\xBC"
            "ft",
            "Das Deposit " + n +
                " wurde gepr\xC3\xBC"
                "ft."},
           {"{deposit}: DVPN", "Legal: this mail may be corrupted, lost or rejected.\r\n\r\n" + n + ": DVPN"}}) {
    const auto read = read_verdict_mail(mail(proven, agent, body), with(setting), 9999);
    ASSERT_TRUE(read) << body << ": " << read.error().context;
    EXPECT_EQ(read->state, DepositState::accepted);
    EXPECT_TRUE(read->files.empty());
  }
  for (const char* cells :
       {"<tr><td>9999_RDE_2026-11-27</td><td><b>acc</b>epted</td></tr><tr><td>x</td></tr>",
        "<p>9999_RDE_2026-11-27&nbsp;accepted</p>", "<div>9999&#95;RDE&lowbar;2026&#x2d;11-27\n accepted<br>0 errors: none"})
    EXPECT_TRUE(read_verdict_mail(html_mail(cells), with("{deposit} accepted"), 9999)) << cells;
}

TEST(VerdictMail, WhatSaysMoreOrLessSaysNothing) {
  const std::string n = "9999_RDE_2026-11-27";
  const std::vector<std::string> told{n + " was not accepted",
                                      n + " was not\r\naccepted",
                                      n + " not yet accepted",
                                      n + " accepted: no",
                                      n + " accepted?",
                                      n + " accepted, 3 errors",
                                      n + " accepted with errors",
                                      "We could not confirm that\r\n" + n + " accepted",
                                      "We tell you when " + n + " accepted",
                                      "None of " + n + " accepted",
                                      n + " accepted\r\nin part only",
                                      n + " unaccepted",
                                      n + " non-accepted",
                                      n + " accepted=false",
                                      n + " is being verified. 8888_RDE_2026-11-27 accepted",
                                      n + "\r\n\r\naccepted",
                                      "accepted\r\n\r\n" + n,
                                      "> " + n + " accepted",
                                      "Re: " + n + " accepted",
                                      "[#4711] " + n + " accepted",
                                      n + " accepted for processing",
                                      n + ": accepted",
                                      "8888_RDE_2026-11-27 accepted",
                                      "19999_RDE_2026-11-27 accepted",
                                      n + "_full accepted, " + n + "_inc not",
                                      "It was, e.g. " + n + " accepted",
                                      n + " accepted. 9999_RDE_2026-11-20 failed validation",
                                      n + " accepted\r\n\r\n9999_RDE_2026-11-20 accepted",
                                      n + "_full accepted\r\n\r\n" + n + "_inc accepted",
                                      n + " accepted\r\n\r\n9999_2026-11-27 accepted",
                                      "9999_RDE_2026-13-27 accepted",
                                      n + " \xD0\xB0"
                                          "ccepted",
                                      n + "accepted",
                                      n + " acceptedly"};
  for (const std::string& body : told)
    EXPECT_FALSE(read_verdict_mail(mail(proven, agent, body), with("{deposit} accepted"), 9999)) << body;
  for (const char* cells :
       {"<td><p>9999_RDE_2026-11-27</p></td><td><p>accepted</p></td><td><p>No</p></td>", "<s>9999_RDE_2026-11-27 accepted</s>",
        "<title>9999_RDE_2026-11-27 accepted</title>", "9999_RDE_2026-11-27 <td>accepted</td><td>no</td>"})
    EXPECT_FALSE(read_verdict_mail(html_mail(cells), with("{deposit} accepted"), 9999)) << cells;
  EXPECT_FALSE(read_verdict_mail(mail(proven, agent, "If " + n + " failed validation, you hear from us"), rules, 9999));
  EXPECT_FALSE(read_verdict_mail(mail(proven, agent, n + " accepted"), with("accepted"), 9999)) << "of which deposit?";
  EXPECT_FALSE(read_verdict_mail(mail(proven, agent, n), with("{deposit}"), 9999)) << "a name says nothing";
  EXPECT_FALSE(read_verdict_mail(mail_of("X: " + n + " accepted\r\nSubject: x\r\n\r\ny"), with("{deposit} accepted"), 9999));
}

TEST(VerdictMail, AFileNameThatIsCutByAnEncodedSubjectIsReadAsAWhole) {
  for (const char* cut : {"2026-11-27?=\r\n =?utf-8?q?=5Ffull=5F1=2Ecsv", "2026-11-27=5Ffull?=\r\n =?utf-8?q?=5F1=2Ecsv"}) {
    const auto verdict = read_verdict_mail(
        mail_of(std::string("Subject: =?utf-8?q?9999=5FRDE=5F") + cut + "_was_validated_successfully?=\r\n\r\n"), rules, 9999);
    ASSERT_TRUE(verdict) << cut << ": " << verdict.error().context;
    EXPECT_EQ(verdict->files, (std::set<std::string>{"full_1"})) << cut;
  }
}

TEST(VerdictMail, EncodedBodiesAreRead) {
  const std::string text = "9999_RDE_2026-11-27_full was validated successfully";
  const std::string base64 = "OTk5OV9SREVfMjAyNi0xMS0yN19mdWxsIHdhcyB2\r\nYWxpZGF0ZWQgc3VjY2Vzc2Z1bGx5\r\n";
  for (const std::string& told : std::vector<std::string>{
           "Content-Transfer-Encoding: quoted-printable\r\n\r\n9999_RDE_2026-=\r\n11-27_full was validated "
           "succ= \r\nessfully" +
               std::string(),
           "content-transfer-encoding :\r\n BASE64\r\nContent-Type: text/plain\r\n\r\n" + base64,
           "Content-Transfer-Encoding: "
           "base64\r\n\r\n\r\nOTk5OV9SREVfMjAyNi0xMS0yN19mdWxsIHdhcyB2\r\n\r\nYWxpZGF0ZWQgc3VjY2Vzc2Z1bGx5",
           "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\nPreamble\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
               base64 +
               "--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n--b\r\nContent-Type: text/csv\r\nContent-Disposition: "
               "attachment; filename=report.csv\r\n\r\na,b\r\n--b--\r\n",
           "Content-Type: text/plain; charset=utf-16le\r\n\r\n" +
               [&] {
                 std::string wide;
                 for (const char c : text) (wide += c) += '\0';
                 return wide;
               }(),
           "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n9999_RDE_2026-11-27_full was val\x1B(Jid\x1B(B"
           "ated "
           "successfully" +
               std::string()}) {
    const auto read = read_verdict_mail(mail_of(told), rules, 9999);
    ASSERT_TRUE(read) << told << ": " << read.error().context;
    EXPECT_TRUE(read->files.empty());
  }
}

/// What nobody can be sure to have read is for a person.
TEST(VerdictMail, WhatCannotBeReadAsAWholeIsNoVerdict) {
  const std::string text = "9999_RDE_2026-11-27 was validated successfully";
  for (const std::string& told : std::vector<std::string>{
           "Content-Transfer-Encoding: base64\r\n\r\nOTk5O*V9\r\n" + text, "Content-Transfer-Encoding: x-own\r\n\r\n" + text,
           "Content-Type: text/plain; charset=x-none\r\n\r\n" + text,
           "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\xFF", "Subject: a\r\nSubject: b\r\n\r\n" + text,
           "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n" + text, "Content-Type: multipart/mixed\r\n\r\n" + text,
           "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + text,
           "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + text +
               "\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nx\r\n--b--",
           "Content-Type: text/html\r\n\r\n" + text + "<!-- it failed", "Content-Type: text/html\r\n\r\n" + text + "<script>",
           "Content-Type: text/calendar\r\n\r\n" + text, "\r\n" + text + std::string("\0rejected", 9),
           "\r\n" + text + "\x1B[8m", "Content-Type: text/html\r\n\r\n<del>" + text, "\r\n" + text + "&nbsp;",
           "Subject: =?utf-8?b?*?=\r\n\r\n" + text, "Subject: =?x-none?q?a?=\r\n\r\n" + text}) {
    const auto read = read_verdict_mail(mail_of(told), rules, 9999);
    ASSERT_FALSE(read) << told;
    EXPECT_EQ(read.error().code, Errc::invalid);
  }
  EXPECT_TRUE(read_verdict_mail(mail_of("\r\n" + text), rules, 9999));
}

/// By a reader that takes the square of their length it would not end in time.
TEST(VerdictMail, LongOnesSayNothing) {
  for (const std::string& piece : {"9999_RDE_2026-11-27_."s, "=?utf-8?q?a?= "s, "<a <"s, "&#"s, "_2026-11-27"s, "full "s,
                                   "not "s, "was validated "s, "\xCC\x81\xCC\x96"s, "=?a?b?x"s, "9999_RDE_2026-11-27\r\n"s,
                                   "9999_RDE_2026-11-27 and "s, "9999_2026-11-27_full_S1_"s, "----"s, "1 error"s, "'"s}) {
    std::string body;
    while (body.size() < 200'000) body += piece;
    EXPECT_FALSE(read_verdict_mail(mail(proven, agent, body), rules, 9999)) << piece;
    EXPECT_FALSE(read_verdict_mail(html_mail(body), rules, 9999)) << piece;
    EXPECT_FALSE(read_verdict_mail(mail_of("Subject: " + body + "\r\n\r\n"), rules, 9999)) << piece;
  }
}

TEST(VerdictMail, EncodedSubjectsAreRead) {
  for (const std::string& words :
       {std::string("=?UTF-8?B?OTk5OV9SREVfMjAyNi0xMS0yN19mdWxsIHdhcyB2YWxpZGF0ZWQgc3VjY2Vzc2Z1bGx5?="),
        std::string("=?UTF-8?B?OTk5OV9SREVfMjAyNi0xMS0yN19mdWxsIHdhcyB2YWxpZGF0ZWQgc3VjY2Vzc2Z1bGx5?="),
        std::string("=?UTF-8?Q?9999=5FRDE=5F2026-11-27=5Ffull was validated\r\n successfully?=")}) {
    const auto read = read_verdict_mail(mail_of("Subject: " + words + "\r\n\r\n"), rules, 9999);
    ASSERT_TRUE(read) << read.error().context;
    EXPECT_EQ(read->state, DepositState::accepted);
  }
}

TEST(VerdictMail, ASignersAddressTellsItsDomain) {
  const std::string body = "From: escrow@agent.example\r\nSubject: x\r\n\r\n" + passed;
  const auto signed_by = [&](const std::string& by) {
    return read_verdict_mail("Authentication-Results: mx.registrar.example; dkim=pass header.i=" + by + "\r\n" + body, rules,
                             9999);
  };
  EXPECT_TRUE(signed_by("@agent.example header.s=s1 header.b=abc"));
  EXPECT_TRUE(signed_by("escrow@agent.example"));
  EXPECT_FALSE(signed_by("@agent.example.evil.example"));
  EXPECT_FALSE(signed_by("agent.example"));
  EXPECT_FALSE(signed_by("@agent.example@evil.example"));
}

TEST(VerdictMail, NobodyElsesIsBelieved) {
  const std::vector<std::pair<std::string, std::string>> forged{
      {"mx.registrar.example; dkim=fail header.d=agent.example", agent},
      {"mx.registrar.example; dkim=pass header.d=evil.example", agent},
      {"mx.registrar.example; dkim=pass header.d=agent.example.evil.example", agent},
      {"mx.registrar.example; dkim=none (dkim=pass header.d=agent.example)", agent},
      {"mx.registrar.example; spf=pass smtp.mailfrom=\"a; dkim=pass header.d=agent.example \"@evil.example", agent},
      {"mx.registrar.example; spf=pass smtp.mailfrom=\"a\\\"; dkim=pass header.d=agent.example \"@evil.example", agent},
      {"mx.evil.example; dkim=pass header.d=agent.example", agent},
      {"mx.registrar.example.evil.example; dkim=pass header.d=agent.example", agent},
      {"mx.registrar.example", agent},
      {"", agent},
      // ours above, theirs below: only the topmost is our server's
      {"mx.registrar.example; dkim=fail\r\nAuthentication-Results: mx.registrar.example; dkim=pass header.d=agent.example",
       agent},
      {proven, "escrow@evil.example"},
      {proven, "\"escrow@agent.example\" <x@evil.example>"},
      {proven, "x@evil.example (escrow@agent.example)"},
      {proven, "x@evil.example, escrow@agent.example"},
      {proven, "escrow@agent.example\r\nFrom: x@evil.example"},
      {proven, ""},
  };
  for (const auto& [results, from] : forged) {
    const auto read = read_verdict_mail(mail(results, from, passed), rules, 9999);
    ASSERT_FALSE(read) << results << " / " << from;
    EXPECT_EQ(read.error().code, Errc::refused);
  }
  EXPECT_EQ(read_verdict_mail(mail(proven, agent, passed), MailRules{"", "", "was validated successfully", "", ""}, 9999)
                .error()
                .code,
            Errc::refused)
      << "no setting, no mail";
  EXPECT_FALSE(
      read_verdict_mail("From: escrow@agent.example\r\n\r\nAuthentication-Results: " + proven + "\r\n" + passed, rules, 9999))
      << "in the body it is said by the sender";
}

TEST(VerdictMail, WhatIsDoubtfulIsNoVerdict) {
  for (const std::string& body :
       {std::string("was validated successfully"), passed + " The one before failed validation.",
        std::string("9999_RDE_2026-11-27_full"), std::string("19999_RDE_2026-11-27_full was validated successfully"),
        std::string("9999_RDE_2026-13-27_full was validated successfully"),
        std::string("9999_RDE_2026-11-27_full was validated successfullyish")}) {
    const auto read = read_verdict_mail(mail(proven, agent, body), rules, 9999);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().code, Errc::invalid);
  }
}

RC_GTEST_PROP(VerdictMail, NoBytesOfASenderMakeItProven, ()) {
  const auto piece = rc::gen::elementOf(std::vector<std::string>{"dkim=pass", "header.d=agent.example", ";", "\"", "(", ")",
                                                                 "\\", " ", "\r\n ", "=", "@", "mx.registrar.example", "x"});
  const auto local = *rc::gen::container<std::vector<std::string>>(piece);
  std::string sender;
  for (const std::string& one : local) sender += one;
  // as our server writes what it was given: quoted, quotes and backslashes escaped (RFC 5321 §4.1.2)
  std::string quoted = "\"";
  for (const char c : sender) {
    if (c == '\r' || c == '\n') continue;
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  quoted += "\"";
  const auto read = read_verdict_mail(
      mail("mx.registrar.example; dkim=fail; spf=pass smtp.mailfrom=" + quoted + "@evil.example", agent, passed), rules, 9999);
  RC_ASSERT(!read);
  RC_ASSERT(read.error().code == Errc::refused);
}

}  // namespace
}  // namespace regdata::escrow
