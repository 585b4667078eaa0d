// Turns of an account at a registry.
#include "epp/pace.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "epp/session.hpp"

namespace regdata::epp {
namespace {

using namespace std::chrono_literals;

/// How many commands are said in that time by somebody who always has another one.
unsigned said_in(Pace& pace, CommandClass of_class, Pace::Moment& now, std::chrono::seconds time) {
  const auto end = now + time;
  unsigned said = 0;
  while (now < end) {
    const auto when = pace.take(of_class, now);
    if (when) {
      EXPECT_GT(*when, now);
      now = *when;
    } else {
      ++said;
    }
  }
  return said;
}

TEST(Pace, NobodyWaitsWhereThereIsNoLimit) {
  Pace pace({});
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(pace.take(CommandClass::query, Pace::Moment()));
}

TEST(Pace, AsManyAsTheRegistryLetsAndEachClassByItself) {
  Pace pace({.queries_per_minute = 600, .transforms_per_minute = 60, .share = 0.5});
  Pace::Moment now;
  const unsigned queries = said_in(pace, CommandClass::query, now, 600s);
  EXPECT_NEAR(queries, 3000 + 50, 5);  // and what the bucket held
  Pace::Moment then;
  Pace other({.queries_per_minute = 600, .transforms_per_minute = 60});
  EXPECT_NEAR(said_in(other, CommandClass::transform, then, 600s), 600 + 10, 3);
  EXPECT_FALSE(other.take(CommandClass::query, then)) << "of the other class there are turns left";
}

TEST(Pace, SlowerAfterItWasTooMuchAndFastAgainLater) {
  for (const unsigned limit : {600U, 0U}) {
    Pace pace({.queries_per_minute = limit});
    Pace::Moment now{1h};
    pace.slow_down(now);
    pace.slow_down(now);
    const unsigned slow = said_in(pace, CommandClass::query, now, 50s);
    EXPECT_NEAR(slow, 125, 3) << "a quarter";
    now += 10min;
    if (limit > 0) {
      EXPECT_NEAR(said_in(pace, CommandClass::query, now, 60s), 600 + 100, 5);
    } else {
      EXPECT_FALSE(pace.take(CommandClass::query, now));
    }
  }
}

/// A session that is logged in.
std::unique_ptr<Session> logged_in(Pace& pace, Moment begin) {
  SessionRules rules;
  rules.account = "REG-TEST";
  rules.pace = &pace;
  rules.query_window = 8;
  auto ids = std::make_shared<unsigned>(0);
  auto session = std::make_unique<Session>(
      rules, Password("s3cr3t-word"), [ids] { return "RD-" + std::to_string(++*ids); }, begin);
  session->on_open(begin);
  session->on_frame(
      R"(<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><greeting><svID>s</svID><svDate>2026-01-01T00:00:00Z</svDate>)"
      R"(<svcMenu><version>1.0</version><lang>en</lang><objURI>urn:ietf:params:xml:ns:domain-1.0</objURI></svcMenu>)"
      R"(<dcp><access><all/></access><statement><purpose><prov/></purpose><recipient><ours/></recipient>)"
      R"(<retention><stated/></retention></statement></dcp></greeting></epp>)",
      begin);
  EXPECT_TRUE(session->next_frame(begin)) << "the login has no turn to wait for";
  session->on_frame(R"(<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg>ok</msg></result>)"
                    R"(<trID><clTRID>RD-1</clTRID><svTRID>1</svTRID></trID></response></epp>)",
                    begin);
  return session;
}

/// A session waits for its turn without losing its patience for answers.
TEST(Pace, ASessionAsksAgainWhenItIsTime) {
  Pace pace({.queries_per_minute = 6});
  const Moment begin{1h};
  const auto session = logged_in(pace, begin);
  for (int i = 0; i < 3; ++i) session->submit(DomainCheck{{"a.test"}});
  EXPECT_TRUE(session->next_frame(begin));
  EXPECT_FALSE(session->next_frame(begin));
  ASSERT_TRUE(session->deadline());
  EXPECT_NEAR(std::chrono::duration<double>(*session->deadline() - begin).count(), 10, 0.1);
  session->on_time(*session->deadline());
  EXPECT_FALSE(session->is_over());
  EXPECT_TRUE(session->next_frame(begin + 11s));
}

/// What the journal has as said must not wait: neither for a turn, which it took before, nor behind questions.
TEST(Pace, WhatIsJournaledIsSaidNext) {
  Pace pace({.queries_per_minute = 6, .transforms_per_minute = 6});
  const Moment begin{1h};
  const auto session = logged_in(pace, begin);
  for (int i = 0; i < 3; ++i) session->submit(DomainCheck{{"a.test"}});
  const Command removal = DomainDelete{"b.test"};
  EXPECT_TRUE(session->take_turn(removal, begin));
  EXPECT_FALSE(session->take_turn(removal, begin)) << "the next is journaled later";
  session->submit(DomainDelete{"b.test"}, "RD-JOURNALED");
  const auto frame = session->next_frame(begin);
  ASSERT_TRUE(frame);
  EXPECT_NE(frame->find("RD-JOURNALED"), std::string::npos);
}

}  // namespace
}  // namespace regdata::epp
