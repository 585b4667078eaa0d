// From the line to the bytes, over a real view store.
#include "whois/answer.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/redaction/made_view.hpp"
#include "tests/whois/answer_checker.hpp"
#include "tests/whois/running_server.hpp"
#include "tests/whois/sample_views.hpp"

namespace regdata::whois {
namespace {

using testing::sample_time;
using testing::SampleStore;

class WhoisAnswer : public ::testing::Test {
 protected:
  LineAnswer ask(std::string_view line, UtcTime now = sample_time()) {
    return answer_line(line, *store_.reader(), RateLimits{}, now);
  }
  SampleStore store_{sample_time()};
};

TEST_F(WhoisAnswer, EveryFormOfANameGivesTheSameBytes) {
  const std::string answer = ask("bluehen.example").text;
  EXPECT_TRUE(testing::check_domain_answer(answer).problems.empty());
  for (const char* line : {"BLUEHEN.EXAMPLE", "bluehen.example.", " bluehen.example ", "domain bluehen.example",
                           "=bluehen.example", "domain =BlueHen.Example", "\"bluehen.example\""}) {
    EXPECT_EQ(ask(line).text, answer) << line;
    EXPECT_EQ(ask(line).kind, AnswerKind::found);
  }
  EXPECT_EQ(ask("b\u00FCcher.example").text, ask("XN--BCHER-KVA.EXAMPLE").text);
  EXPECT_EQ(ask("B\u00DCCHER.example").kind, AnswerKind::found);
}

TEST_F(WhoisAnswer, NoMatchIsTheSameForEveryReason) {
  // not sponsored by us, not existing, below a name of ours, under a TLD that we do not serve: nothing but the name differs
  const auto shape = [](std::string text, const std::string& name) {
    const std::size_t at = text.find(name);
    EXPECT_NE(at, std::string::npos) << text;
    return text.replace(at, name.size(), "NAME");
  };
  const std::string expected = shape(ask("elsewhere.example").text, "ELSEWHERE.EXAMPLE");
  EXPECT_EQ(shape(ask("nothing-at-all.test").text, "NOTHING-AT-ALL.TEST"), expected);
  EXPECT_EQ(shape(ask("www.bluehen.example").text, "WWW.BLUEHEN.EXAMPLE"), expected);
  EXPECT_EQ(shape(ask("other.invalid").text, "OTHER.INVALID"), expected);
  EXPECT_EQ(ask("elsewhere.example").kind, AnswerKind::no_match);
  EXPECT_EQ(ask("elsewhere.example").text.substr(0, 33), "No match for \"ELSEWHERE.EXAMPLE\".");
}

TEST_F(WhoisAnswer, SwitchedOffTldsPointToRdapWhetherTheNameExistsOrNot) {
  const auto held = ask("held.quiet.test");
  const auto other = ask("none.quiet.test");
  EXPECT_EQ(held.kind, AnswerKind::elsewhere);
  EXPECT_EQ(other.kind, AnswerKind::elsewhere);
  EXPECT_NE(held.text.find("https://rdap.registrar.example/domain/held.quiet.test\r\n"), std::string::npos) << held.text;
  std::string same = held.text;
  same.replace(same.find("held."), 5, "none.");
  EXPECT_EQ(other.text, same);
  EXPECT_EQ(ask("nameserver ns1.held.quiet.test").kind, AnswerKind::elsewhere);
}

TEST_F(WhoisAnswer, NameServersAndRegistrars) {
  EXPECT_EQ(ask("nameserver NS1.bluehen.example").kind, AnswerKind::found);
  EXPECT_NE(ask("nameserver ns1.bluehen.example").text.find("IP Address: 192.0.2.53\r\n"), std::string::npos);
  EXPECT_EQ(ask("nameserver ns9.bluehen.example").kind, AnswerKind::no_match);
  EXPECT_EQ(ask("ns1.bluehen.example").kind, AnswerKind::no_match) << "a host is not a domain";
  EXPECT_EQ(ask("registrar 9999").text, ask("registrar example  REGISTRAR sarl").text);
  EXPECT_EQ(ask("registrar 9998").kind, AnswerKind::found);
  EXPECT_EQ(ask("registrar 1").kind, AnswerKind::no_match);
  EXPECT_EQ(ask("registrar Somebody \xE2\x80\xAE Else").text.find("\xE2\x80\xAE"), std::string::npos);
}

TEST_F(WhoisAnswer, SilentPublisherHidesWhatWasChosen) {
  const std::string fresh = ask("chosen.example", sample_time() + stale_after).text;
  EXPECT_NE(fresh.find("Registrant Name: Ada Example"), std::string::npos);
  const std::string stale = ask("chosen.example", sample_time() + stale_after + std::chrono::milliseconds(1)).text;
  EXPECT_EQ(stale.find("Ada Example"), std::string::npos);
  EXPECT_NE(stale.find("Registrant Name: REDACTED\r\n"), std::string::npos);
  EXPECT_TRUE(testing::check_domain_answer(stale).problems.empty());
}

TEST_F(WhoisAnswer, ChangesAreSeenByTheNextQuery) {
  redaction::ViewWriter::Batch batch;
  batch.remove = {"bluehen.example"};
  batch.applied_until = sample_time() + std::chrono::minutes(3);
  ASSERT_TRUE(store_.writer().apply(batch));
  const auto gone = ask("bluehen.example");
  EXPECT_EQ(gone.kind, AnswerKind::no_match);
  EXPECT_NE(gone.text.find("2026-06-01T12:37:00Z <<<"), std::string::npos);
}

TEST_F(WhoisAnswer, AViewOfAnUnknownRegistrarIsAnError) {
  auto view = testing::withheld_view();
  view.name = view.unicode_name = "orphan.example";
  view.registrar = "gone";
  redaction::ViewWriter::Batch batch;
  batch.put.push_back(testing::made_view(view));
  ASSERT_TRUE(store_.writer().apply(batch));
  const auto answer = ask("orphan.example");
  EXPECT_EQ(answer.kind, AnswerKind::error);
  EXPECT_EQ(answer.text, "% The answer cannot be given at the moment. Please try again later.\r\n");
}

TEST(WhoisAnswerKinds, HaveWords) {
  for (std::size_t i = 0; i < answer_kind_count; ++i) EXPECT_FALSE(to_string(static_cast<AnswerKind>(i)).empty());
}

}  // namespace
}  // namespace regdata::whois
