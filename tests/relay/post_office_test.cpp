// What the worker does where something is in the way: one contact, one recipient, one file, the clock, the disk.
#include "relay/post_office.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "relay/bounce.hpp"
#include "relay/inbound.hpp"
#include "relay/spool.hpp"
#include "store/outbox.hpp"
#include "tests/store/store_world.hpp"

namespace regdata::relay {
namespace {

using namespace std::chrono_literals;
using store::expect;
using store::person;
using store::registration;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

/// Answers as the test says, and remembers to whom.
class ScriptedMailer final : public Mailer {
 public:
  Sent send(std::string_view, std::string_view to, std::string_view message) override {
    const Sent sent = answer(std::string(to));
    if (sent.kind == Sent::Kind::taken) delivered.emplace_back(to);
    last = message;
    return sent;
  }
  std::function<Sent(const std::string&)> answer = [](const std::string&) { return Sent{Sent::Kind::taken, "250"}; };
  std::vector<std::string> delivered;
  std::string last;
};

class PostOfficeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto& root = world.directory();
    std::filesystem::create_directory(root / "spool");
    expect(SecretKey::create(root / "secret", root / "open"));
    key.emplace(expect(SecretKey::load(root / "secret")));
    spool.emplace(root / "spool", expect(PublicKey::load(root / "open")), SpoolLimits{});
    for (const char* handle : {"C-1", "C-2"}) {
      expect(world.store().put({registration(std::string(handle) + ".test", person(handle, "markmarkmark"))}, "import:test",
                               world.now));
    }
    open();
  }
  void open() {
    outbox = expect(store::SqliteOutbox::open(world.store(), world.paths()));
    reader.emplace(world.directory() / "spool", *key);
    settings_.postmark = {"relay@registrar.example", "relay.test"};
    settings_.confirm_link = "https://registrar.example/contact/confirm?t=";
    office.emplace(world.store(), *outbox, *reader, *key, mailer, settings_);
  }
  /// The key file loses a contact's key: it cannot be opened until the file is mended.
  void lose_key_of(const std::string& handle) { give_key(handle, "lost"); }
  void mend_key_of(const std::string& handle) { give_key("lost", handle); }
  void give_key(const std::string& from, const std::string& to) {
    office.reset();
    outbox.reset();
    world.close();
    world.tamper(world.paths().keys, "UPDATE data_key SET handle = '" + to + "' WHERE handle = '" + from + "'");
    world.reopen();
    open();
  }
  void write(const std::string& domain, Proof proof = Proof::work, const std::string& sender = "kim@sender.example") {
    expect(spool->put(Letter{domain, Addressee::registrant, proof, sender, "Subject", "Text", "en", world.now}));
  }
  PostReport step(std::chrono::milliseconds later = 0ms) {
    world.now += later;
    return office->step(world.now);
  }
  std::size_t files(std::string_view suffix = letter_suffix) const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(world.directory() / "spool"))
      count += entry.path().extension() == suffix ? 1U : 0U;
    return count;
  }
  std::string sql(const std::string& query) const { return world.query(world.paths().database, query); }

  store::StoreWorld world;
  std::optional<SecretKey> key;
  std::optional<Spool> spool;
  std::optional<SpoolReader> reader;
  std::unique_ptr<store::SqliteOutbox> outbox;
  ScriptedMailer mailer;
  PostOfficeSettings settings_;
  std::optional<PostOffice> office;
};

constexpr const char* first_address = "markmarkmark@markmarkmark.example";

TEST_F(PostOfficeTest, AContactThatCannotBeOpenedKeepsNobodyElsesMail) {
  lose_key_of("C-1");
  for (int i = 0; i < 70; ++i) write("c-1.test");  // more than one round looks at
  write("c-2.test");
  std::uint32_t queued = 0;
  for (int round = 0; round < 3; ++round) {
    const PostReport report = step(10ms);
    queued += report.queued;
    EXPECT_TRUE(report.stuck == 0 || report.error.has_value()) << "the operator is told";
  }
  EXPECT_EQ(queued, 1U);
  EXPECT_EQ(mailer.delivered.size(), 1U);
  EXPECT_EQ(files(), 70U) << "they wait";
  EXPECT_EQ(step(10ms).stuck, 0U) << "and are not opened again each second";
  mend_key_of("C-1");
  for (int round = 0; round < 12; ++round) step(1min);
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(mailer.delivered.size(), 71U);
}

TEST_F(PostOfficeTest, ALetterThatCannotBeTakenInUsesUpNoConfirmation) {
  lose_key_of("C-1");
  write("c-1.test", Proof::mail);
  for (int round = 0; round < 5; ++round) EXPECT_EQ(step(1min).not_asked, 0U);
  mend_key_of("C-1");
  EXPECT_EQ(step(1min).asked, 1U);
  EXPECT_THAT(mailer.delivered, ElementsAre("kim@sender.example"));
  EXPECT_EQ(sql("SELECT count(*) FROM letter_asked"), "1");
}

TEST_F(PostOfficeTest, OneSenderIsAskedThreeTimesADayHoweverTheAddressIsWritten) {
  for (const char* sender :
       {"kim.lee@sender.example", "kimlee@sender.example", "KimLee+x@sender.example", "k.imlee@sender.example"})
    write("nobody.test", Proof::mail, sender);
  const PostReport report = step();
  EXPECT_EQ(report.asked, 3U);
  EXPECT_EQ(report.not_asked, 1U);
  EXPECT_EQ(report.taken, 4U);
}

TEST_F(PostOfficeTest, TheLinkOfAConfirmationWorksForADayFromItsDelivery) {
  mailer.answer = [](const std::string&) { return Sent{Sent::Kind::later, "450"}; };
  write("c-1.test", Proof::mail);
  for (int hour = 0; hour < 30; ++hour) step(1h);
  EXPECT_EQ(sql("SELECT count(*) FROM letter WHERE state = 0"), "1") << "its confirmation was not delivered yet";
  mailer.answer = [](const std::string&) { return Sent{Sent::Kind::taken, "250"}; };
  step(5h);
  EXPECT_THAT(mailer.delivered, ElementsAre("kim@sender.example"));
  for (int hour = 0; hour < 20; ++hour) step(1h);
  EXPECT_EQ(sql("SELECT count(*) FROM letter WHERE state = 0"), "1");
  for (int hour = 0; hour < 5; ++hour) step(1h);
  EXPECT_EQ(sql("SELECT count(*) FROM letter WHERE state = 0"), "0");
}

TEST_F(PostOfficeTest, ALetterEndsWithAConfirmationThatNobodyGets) {
  mailer.answer = [](const std::string&) { return Sent{Sent::Kind::no_such, "550 5.1.1"}; };
  write("c-1.test", Proof::mail);
  const PostReport report = step();
  EXPECT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(sql("SELECT count(*) FROM letter WHERE state < 2"), "0");
  EXPECT_EQ(sql("SELECT count(*) FROM accuracy_note"), "0") << "that address is no contact's";
}

TEST_F(PostOfficeTest, ARecipientThatTheServerRefusesByPolicyHoldsUpNobodyElse) {
  mailer.answer = [](const std::string& to) {
    return to == first_address ? Sent{Sent::Kind::taken, "250"} : Sent{Sent::Kind::unwilling, "554 5.7.1"};
  };
  for (int i = 0; i < 10; ++i) write("nobody.test", Proof::mail, "kim" + std::to_string(i) + "@refused.example");
  write("c-1.test");
  PostReport report = step();
  EXPECT_THAT(mailer.delivered, ElementsAre(first_address));
  EXPECT_EQ(report.later, 10U);
  EXPECT_EQ(report.trouble, "") << "mail leaves";
  report = step(1h);
  EXPECT_EQ(report.later, 10U);
  EXPECT_EQ(report.trouble, "554 5.7.1") << "none of this round did";
  for (int hour = 0; hour < 5 * 24 + 5; ++hour) step(1h);
  EXPECT_EQ(sql("SELECT count(*) FROM letter WHERE state = 3"), "10");
}

TEST_F(PostOfficeTest, AServerThatIsDownIsNotAskedForEachMail) {
  int asked = 0;
  mailer.answer = [&](const std::string&) {
    ++asked;
    return Sent{Sent::Kind::cannot_deliver, "the server does not accept connections"};
  };
  write("c-1.test");
  write("c-2.test");
  EXPECT_NE(step().trouble, "");
  EXPECT_EQ(asked, 1);
  step(30s);
  EXPECT_EQ(asked, 1);
  step(31s);
  EXPECT_EQ(asked, 2);
  mailer.answer = [](const std::string&) { return Sent{Sent::Kind::taken, "250"}; };
  step(3min);
  EXPECT_EQ(mailer.delivered.size(), 2U);
}

TEST_F(PostOfficeTest, AClockThatWasPutBackDoesNotHoldMail) {
  mailer.answer = [](const std::string&) { return Sent{Sent::Kind::cannot_deliver, "no reply"}; };
  write("c-1.test");
  step(24h * 400);
  mailer.answer = [](const std::string&) { return Sent{Sent::Kind::taken, "250"}; };
  step(-24h * 400);
  EXPECT_EQ(mailer.delivered.size(), 1U);
}

TEST_F(PostOfficeTest, WhatTheKeyDoesNotOpenIsKeptUnderAnotherName) {
  expect(SecretKey::create(world.directory() / "other", world.directory() / "other-open"));
  Spool other(world.directory() / "spool", expect(PublicKey::load(world.directory() / "other-open")), SpoolLimits{});
  expect(other.put(Letter{"c-1.test", Addressee::registrant, Proof::work, "kim@sender.example", "S", "T", "en", world.now}));
  write("c-2.test");
  const PostReport report = step();
  EXPECT_EQ(report.unreadable, 1U);
  EXPECT_EQ(mailer.delivered.size(), 1U);
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(files(unreadable_suffix), 1U);
}

TEST_F(PostOfficeTest, WhatIsNoFileOfTheSpoolIsLeftAlone) {
  std::filesystem::create_directories(world.directory() / "spool" / "x.letter" / "y");
  write("c-1.test");
  EXPECT_FALSE(step().error.has_value());
  EXPECT_EQ(mailer.delivered.size(), 1U);
}

TEST_F(PostOfficeTest, AMailThatIsHandedOverTwiceIsForwardedOnce) {
  const std::string token = sql("SELECT relay_token FROM registration WHERE name = 'c-1.test'");
  const InboundSettings settings{{"{token}@relay.test"}, "relay.test", 50, {}};
  const auto take = [&](const std::string& recipient, const std::string& mail) {
    return expect(take_inbound(recipient, mail, settings, world.store(), *outbox, world.now));
  };
  const std::string mail = "From: kim@sender.example\r\nSubject: x\r\n\r\ny\r\n";
  EXPECT_EQ(take(token + "@relay.test", mail), Inbound::forwarded);
  EXPECT_EQ(take(token + "@relay.test", mail), Inbound::forwarded);
  EXPECT_EQ(sql("SELECT count(*) FROM letter"), "1");
  EXPECT_EQ(take(token + "@relay.test", mail + "z\r\n"), Inbound::forwarded);
  EXPECT_EQ(sql("SELECT count(*) FROM letter"), "2");
}

TEST_F(PostOfficeTest, TheOutboxIsBounded) {
  const std::string token = sql("SELECT relay_token FROM registration WHERE name = 'c-1.test'");
  InboundSettings settings{{"{token}@relay.test"}, "relay.test", 100'000, {}};
  settings.limits.bytes = 100'000;
  settings_.limits = settings.limits;
  open();
  mailer.answer = [](const std::string&) { return Sent{Sent::Kind::cannot_deliver, "no reply"}; };
  const std::string mail = "From: kim@sender.example\r\nSubject: x\r\n\r\n" + std::string(10'000, 'x');
  int taken = 0;
  Inbound last = Inbound::forwarded;
  for (; last == Inbound::forwarded && taken < 100; ++taken)
    last =
        expect(take_inbound(token + "@relay.test", mail + std::to_string(taken), settings, world.store(), *outbox, world.now));
  EXPECT_EQ(last, Inbound::busy) << "the mail server keeps it and tries again";
  EXPECT_GE(taken, 9);
  write("c-2.test");
  EXPECT_EQ(step().taken, 0U);
  EXPECT_EQ(files(), 1U) << "letters wait in the spool";
  EXPECT_TRUE(step().full);
  mailer.answer = [](const std::string&) { return Sent{Sent::Kind::taken, "250"}; };
  for (int round = 0; round < taken; ++round) step(1min);
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace regdata::relay
