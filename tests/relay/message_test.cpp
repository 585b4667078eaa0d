#include "relay/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sodium.h>

#include <algorithm>
#include <set>

#include "relay/addresses.hpp"
#include "relay/smtp.hpp"

namespace regdata::relay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Posting posting{
    {"relay@registrar.example", "relay.test"}, "abcdefghijklmnop", "holder@in.test", UtcTime{std::chrono::seconds{1790000000}}};

/// Header names in order; every line is checked to be one of RFC 5322: printable ASCII, at most 998 bytes, ended by CRLF.
std::vector<std::string> header_names(const std::string& mail) {
  std::vector<std::string> names;
  std::size_t at = 0;
  for (;;) {
    const std::size_t end = mail.find("\r\n", at);
    if (end == std::string::npos) return {"no end"};
    const std::string line = mail.substr(at, end - at);
    at = end + 2;
    if (line.empty()) return names;
    if (line.find("=?UTF-8?") != std::string::npos && line.size() > 76) return {"RFC 2047 §2: " + line};
    if (line.size() > 998 || std::any_of(line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }))
      return {"bad line: " + line};
    if (line.front() != ' ') names.push_back(line.substr(0, line.find(':')));
  }
}

bool body_is_plain_lines(const std::string& mail) {
  std::size_t line = 0;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    if (mail[i] == '\r') {
      if (i + 1 >= mail.size() || mail[i + 1] != '\n') return false;
      line = 0;
    } else if (mail[i] == '\n') {
      if (i == 0 || mail[i - 1] != '\r') return false;
    } else if (mail[i] < ' ' || mail[i] > '~' || ++line > 998) {
      return false;
    }
  }
  return true;
}

const std::vector<std::string> letter_headers{"Date",
                                              "From",
                                              "To",
                                              "Reply-To",
                                              "Subject",
                                              "Message-ID",
                                              "Auto-Submitted",
                                              "X-Auto-Response-Suppress",
                                              "MIME-Version",
                                              "Content-Type",
                                              "Content-Transfer-Encoding"};

TEST(Message, AnyBytesGiveExactlyTheHeadersOfTheTemplate) {
  EXPECT_TRUE(rc::check("any letter has our headers and no other",
                        [](std::string domain, std::string sender, std::string subject, std::string text) {
                          const bool nobody_to_answer = sender.empty();
                          const Letter letter{std::move(domain),  Addressee::registrant, Proof::work, std::move(sender),
                                              std::move(subject), std::move(text),       "en",        {}};
                          const std::string mail = letter_message(posting, letter);
                          // Whoever wrote no address gets no answer: one header less.
                          std::vector<std::string> expected(letter_headers.begin(), letter_headers.end());
                          if (nobody_to_answer) std::erase(expected, "Reply-To");
                          RC_ASSERT(header_names(mail) == expected);
                          RC_ASSERT(body_is_plain_lines(mail));
                        }));
  for (const std::string evil :
       {"\r\nBcc: x@y.test", "\nBcc: x@y.test", "\r\n\r\nbody", "\r\n.\r\n", "=?utf-8?q?=0d=0aBcc:_x?=",
        "\xE2\x80\xA8"
        "Bcc: x"}) {
    const Letter letter{"a.example" + evil, Addressee::registrant, Proof::work, "a@b.example" + evil, evil, evil, evil, {}};
    EXPECT_EQ(header_names(letter_message(posting, letter)), letter_headers);
  }
}

TEST(Message, AnyInboundMailStaysInsideItsAttachment) {
  EXPECT_TRUE(
      rc::check("any mail is forwarded as one attachment", [](std::string domain, std::string sender, std::string inbound) {
        const std::string mail = forwarded_message(posting, domain, {sender, inbound});
        const auto names = header_names(mail);
        RC_ASSERT(names.size() == letter_headers.size() - (sender.empty() ? 2U : 1U));
        RC_ASSERT(body_is_plain_lines(mail));
        const std::size_t begin = mail.find("boundary=\"") + 10;
        const std::string boundary = "--" + mail.substr(begin, mail.find('"', begin) - begin);
        std::size_t parts = 0;
        for (std::size_t at = 0; (at = mail.find(boundary, at)) != std::string::npos; ++at) ++parts;
        RC_ASSERT(parts == 3U);
      }));
}

TEST(Message, AConfirmationHoldsTheLinkAndNothingElseOfTheRequest) {
  const std::string mail = confirmation_message(posting, "https://registrar.example/contact/confirm?t=tok", "en");
  EXPECT_THAT(header_names(mail), Not(testing::Contains("Reply-To")));
  std::string body = mail.substr(mail.find("\r\n\r\n") + 4);
  std::string text(body.size(), '\0');
  std::size_t size = 0;
  ASSERT_EQ(sodium_base642bin(reinterpret_cast<unsigned char*>(text.data()), text.size(), body.data(), body.size(), "\r\n",
                              &size, nullptr, sodium_base64_VARIANT_ORIGINAL),
            0);
  EXPECT_THAT(text, HasSubstr("\r\nhttps://registrar.example/contact/confirm?t=tok\r\n"));
  EXPECT_NE(mail, confirmation_message(posting, "https://registrar.example/contact/confirm?t=tok", "de"));
}

TEST(Message, TheBounceTokenIsInNoHeader) {
  const Letter letter{"a.example", Addressee::registrant, Proof::work, "a@b.example", "s", "t", "en", {}};
  EXPECT_THAT(letter_message(posting, letter), Not(HasSubstr(posting.token)));
  EXPECT_EQ(letter_message(posting, letter), letter_message(posting, letter)) << "a second copy is the same mail";
}

TEST(Addresses, OursAreKnownAndOthersAreNot) {
  const std::vector<std::string> patterns{"{token}@relay.test", "p-{token}@shield.example"};
  const std::string token = "abcdefgh23456723";
  const auto of = [&](const std::string& address) { return recipient_of(address, patterns, "relay.test"); };
  // one mailbox, however it is written: confirmations are counted by it
  for (const char* same :
       {"A.Sender@Example.Test", "asender@example.test", "a.sender+1@example.test", "a.sender+x+y@EXAMPLE.test"})
    EXPECT_EQ(mailbox_of(same), "asender@example.test");
  EXPECT_EQ(mailbox_of("+1@example.test"), "+1@example.test");
  ASSERT_TRUE(of(token + "@relay.test"));
  EXPECT_EQ(of(token + "@relay.test")->kind, Recipient::Kind::relay);
  EXPECT_EQ(of("ABCDEFGH23456723-T@RELAY.test")->addressee, Addressee::technical);
  EXPECT_EQ(of("<p-" + token + "@shield.example>")->token, token);
  EXPECT_EQ(of(envelope_sender(posting.postmark, token))->kind, Recipient::Kind::bounce);
  for (const std::string other : {"", "@", "<>", "@relay.test", "bounces-@relay.test", "bounces-x@relay.test", "abc@relay.test",
                                  "abcdefgh23456723@other.test", "abcdefgh23456718@relay.test", "abcdefgh23456723@relay.test.",
                                  "p-@shield.example", "-t@relay.test"})
    EXPECT_FALSE(of(other)) << other;
  std::set<std::string> tokens;
  for (int i = 0; i < 10'000; ++i) tokens.insert(new_token());
  EXPECT_EQ(tokens.size(), 10'000U);
  EXPECT_TRUE(std::all_of(tokens.begin(), tokens.end(), is_token));
}

TEST(Smtp, RepliesMeanWhatTheirCommandMakesOfThem) {
  struct Case {
    std::string_view command;
    std::string_view reply;
    Sent::Kind kind;
    std::string_view status;
  };
  for (const Case& c :
       {Case{"RCPT TO", "550 5.1.1 no such mailbox", Sent::Kind::no_such, "550 5.1.1"},
        Case{"RCPT TO", "550 unknown", Sent::Kind::no_such, "550"},
        Case{"RCPT TO", "550 5.7.1 relaying denied", Sent::Kind::unwilling, "550 5.7.1"},
        Case{"RCPT TO", "550 relay not permitted", Sent::Kind::unwilling, "550"},
        Case{"RCPT TO", "554 <x@y.example>: Relay access denied", Sent::Kind::unwilling, "554"},
        Case{"RCPT TO", "550-Verification failed", Sent::Kind::no_such, "550"},
        Case{"RCPT TO", "550 5.1.1 denied", Sent::Kind::no_such, "550 5.1.1"},
        Case{"DATA", "354 go on", Sent::Kind::later, "354"}, Case{"RCPT TO", "451 4.2.0 busy", Sent::Kind::later, "451 4.2.0"},
        Case{"DATA", "554 5.7.1 spam", Sent::Kind::refused, "554 5.7.1"},
        Case{"DATA", "452 4.3.1 full", Sent::Kind::later, "452 4.3.1"},
        Case{"MAIL FROM", "550 5.7.0 log in first", Sent::Kind::cannot_deliver, "550 5.7.0"},
        Case{"EHLO", "554 go away", Sent::Kind::cannot_deliver, "554"}, Case{"RCPT TO", "", Sent::Kind::later, "no reply"},
        Case{"", "xyz", Sent::Kind::cannot_deliver, "no reply"}, Case{"RCPT TO", "550 5.1.1", Sent::Kind::no_such, "550 5.1.1"},
        Case{"RCPT TO", "550 5.1. holder@in.test", Sent::Kind::no_such, "550"}}) {
    const Sent sent = read_reply(c.command, c.reply);
    EXPECT_EQ(sent.kind, c.kind) << c.reply;
    EXPECT_EQ(sent.status, c.status) << c.reply;
  }
}

}  // namespace
}  // namespace regdata::relay
