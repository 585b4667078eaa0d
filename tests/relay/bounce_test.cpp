#include "relay/bounce.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace regdata::relay {
namespace {

using Kind = MailRead::Kind;

constexpr std::string_view report =
    "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nContent-Type: multipart/report;\r\n"
    " report-type=delivery-status; boundary=\"xx\"\r\n\r\n--xx\r\nContent-Type: text/plain\r\n\r\nSorry 5.9.9\r\n\r\n--xx\r\n"
    "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    "Final-Recipient: rfc822; a@b.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\n"
    "Final-Recipient: rfc822; c@d.example\r\naction: Failed\r\nSTATUS: 5.1.10 (gone)\r\n\r\n--xx--\r\n";

TEST(Bounce, ReportsAreReadByTheirFields) {
  const MailRead read = read_mail(report);
  EXPECT_EQ(read.kind, Kind::failed);
  EXPECT_EQ(read.status, "5.1.10");
  std::string delayed(report);
  delayed.replace(delayed.find("Failed"), 6, "delayed");
  EXPECT_EQ(read_mail(delayed).kind, Kind::delayed);
  std::string vague(report);
  vague.replace(vague.find("5.1.10 (gone)"), 13, "5.0.0\r\nDiagnostic-Code: smtp; 550 5.7.1\r\n virus found");
  EXPECT_EQ(read_mail(vague).status, "5.7.1") << "what the next server said";
  std::string bare(report);
  std::erase(bare, '\r');
  EXPECT_EQ(read_mail(bare).status, "5.1.10");
  EXPECT_EQ(read_mail("From MAILER-DAEMON Mon Nov 23 00:00:00 2026\n" + bare).kind, Kind::failed);
}

TEST(Bounce, OlderServersWriteForPeople) {
  EXPECT_EQ(
      read_mail("From: Mailer-Daemon <mailer-daemon@mx.example>\nSubject: Mail delivery failed\n\n550 5.1.1 unknown 15.1.1.1\n")
          .status,
      "5.1.1");
  EXPECT_EQ(read_mail("From: Mailer-Daemon <mailer-daemon@mx.example>\nSubject: Warning: message delayed\n\n4.4.1\n").kind,
            Kind::delayed);
  EXPECT_EQ(read_mail("X-Failed-Recipients: a@b.example\nSubject: x\n\nno code\n").kind, Kind::failed);
}

TEST(Bounce, AutomaticMailIsNeitherABounceNorALetter) {
  for (const std::string_view header :
       {"Auto-Submitted: auto-replied", "Precedence: bulk", "Return-Path: <>", "auto-submitted: Auto-Generated"})
    EXPECT_EQ(read_mail(std::string("From: a@b.example\n") + std::string(header) + "\n\nI am away\n").kind, Kind::automatic)
        << header;
  const MailRead read = read_mail("From: Kim <kim@sender.example>\nAuto-Submitted: no\n\nHello\n");
  EXPECT_EQ(read.kind, Kind::message);
  EXPECT_EQ(read.reply_to, "kim@sender.example");
  EXPECT_EQ(read_mail("From: kim@sender.example\nReply-To: \"x, y\" <two@sender.example>\n\n").reply_to, "two@sender.example");
  EXPECT_EQ(read_mail("From: <one@sender.example>, \"<x>\" <two@sender.example>\n\n").reply_to, "one@sender.example");
  EXPECT_EQ(read_mail("From: \"a \\\"<b@c.example>\" <one@sender.example>\n\n").reply_to, "one@sender.example");
  EXPECT_EQ(read_mail("From: one@sender.example, two@sender.example\n\n").reply_to, "one@sender.example");
  EXPECT_EQ(read_mail("From: kim@sender.example\r\n evil: x\n\n").reply_to, "");
}

TEST(Bounce, AnyBytesGiveAnAnswer) {
  EXPECT_EQ(read_mail("").kind, Kind::no_mail);
  EXPECT_EQ(read_mail("\n\n").kind, Kind::no_mail);
  EXPECT_EQ(read_mail(std::string(3, '\0')).kind, Kind::no_mail);
  EXPECT_TRUE(rc::check("any bytes in or before a bounce give an answer", [](std::string text) {
    std::string mail = *rc::gen::arbitrary<bool>() ? std::string(report) : std::string();
    const auto at = *rc::gen::inRange<std::size_t>(0, mail.size() + 1);
    mail.insert(at, text);
    const MailRead read = read_mail(mail);
    RC_ASSERT(read.status.find_first_not_of("0123456789.") == std::string::npos);
    RC_ASSERT(read.reply_to.find_first_of("\r\n <>,;") == std::string::npos);
  }));
}

TEST(Bounce, WhatIsAboutTheMailIsNotAboutTheAddress) {
  for (const std::string_view status : {"5.1.1", "5.2.1", "5.2.2", "5.0.0", ""})
    EXPECT_TRUE(tells_of_address(status)) << status;
  for (const std::string_view status : {"5.7.1", "5.6.3", "5.3.4"}) EXPECT_FALSE(tells_of_address(status)) << status;
}

}  // namespace
}  // namespace regdata::relay
