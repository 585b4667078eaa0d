// A session, driven without a network: what it says when, and what became of each command.
#include "epp/session.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Kind = Outcome::Kind;

const std::string greeting =
    "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><greeting><svID>Sandbox</svID><svDate>2026-11-27T00:00:00Z</svDate><svcMenu>"
    "<version>1.0</version><lang>en</lang><objURI>urn:ietf:params:xml:ns:domain-1.0</objURI><objURI>urn:strange</objURI>"
    "</svcMenu><dcp><access><all/></access></dcp></greeting></epp>";

std::string answer(unsigned code, const std::string& client_id) {
  return "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response><result code=\"" + std::to_string(code) +
         "\"><msg>text</msg></result><trID><clTRID>" + client_id + "</clTRID><svTRID>S</svTRID></trID></response></epp>";
}

/// The clTRID in a frame of ours.
std::string id_in(const std::string& frame) {
  const auto at = frame.find("<clTRID>");
  return at == std::string::npos ? "" : frame.substr(at + 8, frame.find('<', at + 8) - at - 8);
}

SessionRules rules_of(const std::string& account = "REG-TEST") {
  SessionRules rules;
  rules.account = account;
  rules.known.objects = {std::string(domain_namespace), std::string(host_namespace)};
  return rules;
}

class Dialogue {
 public:
  explicit Dialogue(SessionRules rules = rules_of())
      : session(
            std::move(rules), Password("s3cr3t"), [this] { return "RD-" + std::to_string(++ids_); }, now) {}

  std::string sent() {
    auto frame = session.next_frame(now);
    return frame ? *frame : "";
  }
  void receive(const std::string& xml) { session.on_frame(xml, now); }
  void log_in() {
    receive(greeting);
    receive(answer(1000, id_in(sent())));
    ASSERT_TRUE(session.is_ready());
  }
  std::uint64_t check(const std::string& name) { return session.submit(DomainCheck{{name}}); }
  std::map<std::uint64_t, Outcome> done() {
    std::map<std::uint64_t, Outcome> all;
    for (Session::Done& one : session.take_done()) {
      EXPECT_FALSE(all.contains(one.ticket)) << "told twice";
      all.emplace(one.ticket, std::move(one.outcome));
    }
    return all;
  }
  void wait(Milliseconds time) {
    now += time;
    session.on_time(now);
  }

 private:
  unsigned ids_ = 0;

 public:
  Moment now{};
  Session session;
};

TEST(Sessions, SayNothingBeforeTheGreeting) {
  Dialogue dialogue;
  dialogue.check("a.example");
  EXPECT_EQ(dialogue.sent(), "");
  dialogue.receive(greeting);
  const std::string login = dialogue.sent();
  EXPECT_THAT(login, HasSubstr("<clID>REG-TEST</clID>"));
  EXPECT_THAT(login, HasSubstr("<objURI>urn:ietf:params:xml:ns:domain-1.0</objURI>"));
  EXPECT_THAT(login, Not(HasSubstr("host-1.0"))) << "the registry has it not";
  EXPECT_THAT(login, Not(HasSubstr("strange"))) << "we do not know it";
  EXPECT_EQ(dialogue.sent(), "") << "not before the login was answered";
  dialogue.receive(answer(1000, id_in(login)));
  EXPECT_THAT(dialogue.sent(), HasSubstr("a.example"));
}

TEST(Sessions, AnswersFindTheirCommands) {
  Dialogue dialogue;
  dialogue.log_in();
  const auto first = dialogue.check("a.example");
  const auto second = dialogue.check("b.example");
  const std::string one = dialogue.sent();
  EXPECT_EQ(dialogue.sent(), "") << "a window of one";
  dialogue.receive(answer(1000, id_in(one)));
  dialogue.receive(answer(2303, id_in(dialogue.sent())));
  const auto done = dialogue.done();
  EXPECT_EQ(done.at(first).response->code(), 1000);
  EXPECT_EQ(done.at(second).response->code(), 2303);
  EXPECT_NE(done.at(first).client_id, done.at(second).client_id);
}

TEST(Sessions, ALateAnswerIsNeverAnothers) {
  Dialogue dialogue;
  dialogue.log_in();
  const auto ticket = dialogue.check("a.example");
  const auto waiting = dialogue.check("b.example");
  const std::string one = dialogue.sent();
  dialogue.wait(60s);
  EXPECT_TRUE(dialogue.session.is_over());
  dialogue.receive(answer(1000, id_in(one)));
  const auto done = dialogue.done();
  EXPECT_EQ(done.at(ticket).kind, Kind::unknown);
  EXPECT_THAT(done.at(ticket).why.context, HasSubstr("time-out"));
  EXPECT_EQ(done.at(waiting).kind, Kind::not_sent);
  EXPECT_EQ(dialogue.check("c.example"), 3U);
  EXPECT_EQ(dialogue.done().at(3).kind, Kind::not_sent) << "what is over takes nothing";
  EXPECT_EQ(dialogue.sent(), "");
}

TEST(Sessions, AnotherIdPoisonsAll) {
  SessionRules rules = rules_of();
  rules.query_window = 3;
  for (const char* id : {"RD-99", "", "{{clTRID}}"}) {
    Dialogue dialogue(rules);
    dialogue.log_in();
    const auto first = dialogue.check("a.example");
    const auto second = dialogue.check("b.example");
    ASSERT_NE(dialogue.sent(), "");
    ASSERT_NE(dialogue.sent(), "");
    dialogue.receive(answer(1000, id));
    EXPECT_TRUE(dialogue.session.is_over());
    const auto done = dialogue.done();
    EXPECT_EQ(done.at(first).kind, Kind::unknown);
    EXPECT_EQ(done.at(second).kind, Kind::unknown);
  }
}

TEST(Sessions, WhereNoIdsComeBackOrderDecides) {
  SessionRules rules = rules_of();
  rules.checks_client_id = false;
  rules.query_window = 5;
  Dialogue dialogue(rules);
  dialogue.receive(greeting);
  ASSERT_NE(dialogue.sent(), "");
  dialogue.receive(answer(1000, ""));
  const auto ticket = dialogue.check("a.example");
  dialogue.check("b.example");
  ASSERT_NE(dialogue.sent(), "");
  EXPECT_EQ(dialogue.sent(), "") << "one at a time then";
  dialogue.receive(answer(1000, ""));
  EXPECT_EQ(dialogue.done().at(ticket).kind, Kind::answered);
  ASSERT_NE(dialogue.sent(), "");
  dialogue.receive(answer(1000, "RD-1"));
  EXPECT_TRUE(dialogue.session.is_over()) << "an id that is another's is never taken";
}

TEST(Sessions, WhatCannotBeReadIsUnknown) {
  for (const std::string& bad :
       {std::string("<epp><response/></epp>"), std::string("Service unavailable"), std::string("<!DOCTYPE a><a/>"), greeting}) {
    Dialogue dialogue;
    dialogue.log_in();
    const auto ticket = dialogue.check("a.example");
    ASSERT_NE(dialogue.sent(), "");
    dialogue.receive(bad);
    EXPECT_EQ(dialogue.done().at(ticket).kind, Kind::unknown) << bad;
    EXPECT_TRUE(dialogue.session.is_over());
  }
}

TEST(Sessions, ABreakTellsWhatWasSentAndWhatWasNot) {
  Dialogue dialogue;
  dialogue.log_in();
  const auto sent = dialogue.check("a.example");
  const auto waiting = dialogue.check("b.example");
  ASSERT_NE(dialogue.sent(), "");
  dialogue.session.on_broken(make_error(Errc::unavailable, "connection reset"));
  const auto done = dialogue.done();
  EXPECT_EQ(done.at(sent).kind, Kind::unknown);
  EXPECT_EQ(done.at(waiting).kind, Kind::not_sent);
}

TEST(Sessions, ARefusedLoginIsToldOnce) {
  for (const auto& [code, errc] : {std::pair(2200U, Errc::refused), std::pair(2502U, Errc::unavailable)}) {
    Dialogue dialogue;
    const auto ticket = dialogue.check("a.example");
    dialogue.receive(greeting);
    dialogue.receive(answer(code, id_in(dialogue.sent())));
    EXPECT_TRUE(dialogue.session.is_over());
    EXPECT_EQ(dialogue.session.trouble()->code, errc);
    EXPECT_EQ(dialogue.done().at(ticket).kind, Kind::not_sent);
    EXPECT_EQ(dialogue.sent(), "");
  }
}

TEST(Sessions, LanguagesAndVersionsMustFit) {
  SessionRules rules = rules_of();
  rules.language = "en-US";
  Dialogue dialogue(rules);
  dialogue.receive(greeting);
  EXPECT_TRUE(dialogue.session.is_over());
  EXPECT_THAT(dialogue.session.trouble()->context, HasSubstr("en-US"));
  EXPECT_THAT(dialogue.session.trouble()->hint, HasSubstr("one of en"));
}

TEST(Sessions, AnAnswerThatClosesEndsTheRest) {
  SessionRules rules = rules_of();
  rules.query_window = 2;
  Dialogue dialogue(rules);
  dialogue.log_in();
  const auto first = dialogue.check("a.example");
  const auto second = dialogue.check("b.example");
  const std::string one = dialogue.sent();
  ASSERT_NE(dialogue.sent(), "");
  dialogue.receive(answer(2500, id_in(one)));
  const auto done = dialogue.done();
  EXPECT_EQ(done.at(first).response->code(), 2500);
  EXPECT_EQ(done.at(second).kind, Kind::unknown);
  EXPECT_TRUE(dialogue.session.is_over());
}

TEST(Sessions, DrainDoesWhatIsAskedAndLogsOut) {
  Dialogue dialogue;
  dialogue.log_in();
  dialogue.check("a.example");
  dialogue.session.drain();
  const std::string one = dialogue.sent();
  EXPECT_THAT(one, HasSubstr("a.example"));
  dialogue.receive(answer(1000, id_in(one)));
  const std::string logout = dialogue.sent();
  EXPECT_THAT(logout, HasSubstr("<logout/>"));
  dialogue.receive(answer(1500, id_in(logout)));
  EXPECT_TRUE(dialogue.session.is_over());
  EXPECT_FALSE(dialogue.session.trouble());
}

TEST(Sessions, ALogoutThatNobodyAnswersIsOverToo) {
  Dialogue dialogue;
  dialogue.log_in();
  dialogue.session.drain();
  ASSERT_NE(dialogue.sent(), "");
  dialogue.wait(5s);
  EXPECT_TRUE(dialogue.session.is_over());
  EXPECT_FALSE(dialogue.session.trouble());
}

TEST(Sessions, HelloIsSaidWithoutAnAccount) {
  Dialogue dialogue(rules_of(""));
  const auto hello = dialogue.session.submit(Hello{});
  const auto check = dialogue.check("a.example");
  dialogue.session.drain();
  dialogue.receive(greeting);
  EXPECT_THAT(dialogue.sent(), HasSubstr("<hello/>"));
  dialogue.receive(greeting);
  EXPECT_EQ(dialogue.sent(), "");
  const auto done = dialogue.done();
  EXPECT_EQ(done.at(hello).kind, Kind::answered);
  EXPECT_EQ(done.at(check).kind, Kind::not_sent);
  EXPECT_TRUE(dialogue.session.is_over());
}

TEST(Sessions, TransformsGoOneByOneBesideAWindowOfQueries) {
  SessionRules rules = rules_of();
  rules.query_window = 3;
  Dialogue dialogue(rules);
  dialogue.log_in();
  dialogue.session.submit(DomainDelete{"a.example"});
  dialogue.session.submit(DomainDelete{"b.example"});
  dialogue.check("c.example");
  const std::string one = dialogue.sent();
  EXPECT_THAT(one, HasSubstr("a.example"));
  EXPECT_EQ(dialogue.sent(), "") << "what was asked first is said first";
  dialogue.receive(answer(1000, id_in(one)));
  EXPECT_THAT(dialogue.sent(), HasSubstr("b.example"));
  EXPECT_THAT(dialogue.sent(), HasSubstr("c.example"));
}

TEST(Sessions, ACommandThatCannotBeWrittenIsNotSent) {
  Dialogue dialogue;
  dialogue.log_in();
  const auto bad = dialogue.check("a\x01.example");
  const auto good = dialogue.check("b.example");
  EXPECT_THAT(dialogue.sent(), HasSubstr("b.example"));
  const auto done = dialogue.done();
  EXPECT_EQ(done.at(bad).kind, Kind::not_sent);
  EXPECT_EQ(done.at(bad).why.code, Errc::invalid);
  EXPECT_FALSE(done.contains(good));
}

/// Whatever happens in whatever order: each command comes to one end, and one that was answered by its own id only.
RC_GTEST_PROP(Sessions, GiveEachCommandOneEnd, ()) {
  SessionRules rules = rules_of();
  rules.query_window = *rc::gen::inRange(1U, 5U);
  Dialogue dialogue(rules);
  std::vector<std::string> open;
  std::map<std::uint64_t, Outcome> ended;
  std::uint64_t asked = 0;
  const auto collect = [&] {
    for (Session::Done& one : dialogue.session.take_done()) RC_ASSERT(ended.emplace(one.ticket, std::move(one.outcome)).second);
  };
  const auto events = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12));
  for (const int event : events) {
    if (event <= 2) asked = dialogue.check("a.example");
    if (event == 3) dialogue.receive(greeting);
    if (event >= 4 && event <= 6)
      for (std::string frame = dialogue.sent(); !frame.empty(); frame = dialogue.sent()) open.push_back(id_in(frame));
    if (event >= 7 && event <= 9 && !open.empty()) {
      dialogue.receive(answer(event == 9 ? 2400 : 1000, open.front()));
      open.erase(open.begin());
    }
    if (event == 10 && *rc::gen::inRange(0, 4) == 0) dialogue.receive(answer(1000, "RD-other"));
    if (event == 11 && *rc::gen::inRange(0, 4) == 0) dialogue.wait(30s);
    collect();
  }
  dialogue.session.on_broken(make_error(Errc::unavailable, "the end"));
  collect();
  RC_ASSERT(ended.size() == asked);
  for (const auto& [ticket, outcome] : ended)
    if (outcome.kind == Kind::answered) RC_ASSERT(outcome.response->client_id() == outcome.client_id);
}

}  // namespace
}  // namespace regdata::epp
