// From the request to the response, over a real view store.
#include "whois/rdap_answer.hpp"

#include <gtest/gtest.h>

#include "tests/redaction/made_view.hpp"
#include "tests/whois/rdap_samples.hpp"
#include "tests/whois/running_server.hpp"
#include "tests/whois/sample_views.hpp"
#include "whois/http_response.hpp"

namespace regdata::whois {
namespace {

using testing::sample_time;
using testing::SampleStore;

class RdapAnswers : public ::testing::Test {
 protected:
  HttpResponse ask(std::string_view target, HttpMethod method = HttpMethod::get, std::string_view if_none_match = {},
                   UtcTime now = sample_time()) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.if_none_match = if_none_match;
    HttpResponse response;
    // beyond Answerer::refresh_after each time, so that what was published a moment ago is seen
    moment_ += std::chrono::hours(1);
    kind_ = answerer_.answer(request, RateLimits{}, now, moment_, response).kind;
    return response;
  }
  static bool has(const HttpResponse& response, std::string_view header) {
    return response.headers.find(std::string(header) + "\r\n") != std::string::npos;
  }
  void publish(redaction::ViewWriter::Batch batch) { ASSERT_TRUE(store_.writer().apply(batch)); }

  SampleStore store_{sample_time()};
  RdapAnswerer answerer_{*store_.reader()};
  RdapAnswerer::Instant moment_{};
  AnswerKind kind_ = AnswerKind::error;
};

TEST_F(RdapAnswers, EveryFormOfANameGivesTheSameAnswer) {
  const std::string asked = "https://rdap.registrar.example/domain/";
  const auto body = [&](const std::string& name) {
    std::string text = ask("/domain/" + name).body;
    for (std::size_t at = text.find(asked + name); at != std::string::npos; at = text.find(asked + name, at + 1))
      text.replace(at, asked.size() + name.size(), "ASKED");
    return text;
  };
  const std::string expected = body("bluehen.example");
  EXPECT_NE(expected.find("\"ldhName\":\"bluehen.example\""), std::string::npos);
  // the link to the object itself is no echo
  const auto without_self = [](std::string text) {
    const std::size_t at = text.find("\"href\":\"");
    return text.erase(at, text.find('"', at + 8) - at);
  };
  for (const char* name : {"BLUEHEN.EXAMPLE", "BlueHen.Example", "bluehen.example.", "%62luehen.example"})
    EXPECT_EQ(without_self(body(name)), without_self(expected)) << name;
  const std::string idn = without_self(body("xn--bcher-kva.example"));
  for (const char* name : {"b%C3%BCcher.example", "B%C3%9CCHER.example", "XN--BCHER-KVA.EXAMPLE"})
    EXPECT_EQ(without_self(body(name)), idn) << name;
  EXPECT_NE(idn.find("\"unicodeName\":\"b\u00FCcher.example\""), std::string::npos);
}

// Response Profile 2024 §2.11.1, P13: other people's names and nobody's names.
TEST_F(RdapAnswers, NotFoundIsTheSameForEveryReason) {
  const HttpResponse expected = ask("/domain/elsewhere.example");
  EXPECT_EQ(expected.status, 404);
  EXPECT_EQ(kind_, AnswerKind::no_match);
  for (const char* target : {"/domain/nothing-at-all.test", "/domain/www.bluehen.example", "/domain/test.invalid",
                             "/nameserver/ns9.bluehen.example", "/entity/1", "/entity/Nobody"}) {
    const HttpResponse response = ask(target);
    EXPECT_EQ(response.body, expected.body) << target;
    EXPECT_EQ(response.headers, expected.headers) << target;
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_TRUE(response.etag.empty());
  }
}

TEST_F(RdapAnswers, ErrorsAreRdapAndRepeatNothing) {
  struct Case {
    const char* target;
    std::uint16_t status;
  };
  for (const auto& [target, status] : std::vector<Case>{{"/", 404},
                                                        {"/planted-word", 404},
                                                        {"/domain", 400},
                                                        {"/domain/", 400},
                                                        {"/domain/planted-word", 400},
                                                        {"/domain/planted-word.example/x", 400},
                                                        {"/domain/planted%2Fword.example", 400},
                                                        {"/domain/planted%00word.example", 400},
                                                        {"/domain/planted%zzword", 400},
                                                        {"/domain/xn--fa-hia.planted-w%C3%B6rd.example", 400},
                                                        {"/domain/../planted-word.example", 400},
                                                        {"/domains?name=planted-word*", 501},
                                                        {"/nameservers?ip=192.0.2.1", 501},
                                                        {"/entities?fn=planted-word", 501},
                                                        {"/ip/192.0.2.1", 501},
                                                        {"/autnum/64496", 501},
                                                        {"/help/planted-word", 404},
                                                        {"planted-word", 400},
                                                        {"*", 400},
                                                        {"", 400}}) {
    const HttpResponse response = ask(target);
    EXPECT_EQ(response.status, status) << target;
    EXPECT_EQ(response.content_type, "application/rdap+json") << target;
    EXPECT_TRUE(has(response, "Access-Control-Allow-Origin: *")) << target;
    EXPECT_EQ(response.body.find("planted"), std::string::npos) << target;
    const auto findings =
        check_profile({status, response.content_type.data(), "*", response.body}, {"https://rdap.registrar.example/x", {}});
    EXPECT_EQ(testing::to_text(findings), status == 404 ? "-13020 \n" : "-13002 \n") << target;
  }
}

TEST_F(RdapAnswers, QueryStringsAreIgnored) {
  EXPECT_EQ(ask("/domain/bluehen.example?x=y&domain=other.example").status, 200);
  EXPECT_NE(ask("/domain/bluehen.example?x=y").body.find("https://rdap.registrar.example/domain/bluehen.example?x=y"),
            std::string::npos)
      << "and repeated in the links: the very URI asked";
}

TEST_F(RdapAnswers, AbsoluteFormIsAnsweredWithOurOwnOrigin) {
  const HttpResponse response = ask("http://attacker.example/domain/bluehen.example");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.find("attacker"), std::string::npos);
}

TEST_F(RdapAnswers, Methods) {
  const HttpResponse options = ask("/domain/bluehen.example", HttpMethod::options);
  EXPECT_EQ(options.status, 204);
  EXPECT_TRUE(has(options, "Access-Control-Allow-Methods: GET, HEAD, OPTIONS"));
  EXPECT_TRUE(has(options, "Access-Control-Allow-Origin: *"));
  for (const HttpMethod method : {HttpMethod::post, HttpMethod::other}) {
    const HttpResponse response = ask("/domain/bluehen.example", method);
    EXPECT_EQ(response.status, 405);
    EXPECT_TRUE(has(response, "Allow: GET, HEAD, OPTIONS"));
    EXPECT_TRUE(has(response, "Access-Control-Allow-Origin: *"));
  }
  const HttpResponse get = ask("/domain/bluehen.example");
  const HttpResponse head = ask("/domain/bluehen.example", HttpMethod::head);
  ResponseWriter writer;
  std::string whole;
  std::string bare;
  writer.append(whole, get, false, false, true, sample_time());
  writer.append(bare, head, true, false, true, sample_time());
  EXPECT_EQ(whole, bare + get.body) << "the same head, and no body";
}

TEST_F(RdapAnswers, TagFollowsPublicContentAlone) {
  const std::string before = ask("/domain/bluehen.example").etag;
  ASSERT_TRUE(before.starts_with("W/\"")) << before;
  redaction::ViewWriter::Batch later;
  later.applied_until = later.heartbeat = sample_time() + std::chrono::minutes(3);
  later.sequence = 99;
  publish(later);
  const HttpResponse response = ask("/domain/bluehen.example", HttpMethod::get, {}, sample_time() + std::chrono::minutes(3));
  EXPECT_NE(response.body.find("2026-06-01T12:37:00Z"), std::string::npos);
  EXPECT_EQ(response.etag, before) << "the time of the last update is no content";
  // what is withheld by another rule is the same to the public only if the rule's words are
  auto view = testing::withheld_view();
  view.statuses.insert(Status::client_hold);
  redaction::ViewWriter::Batch changed;
  changed.put.push_back(testing::made_view(view));
  publish(changed);
  EXPECT_NE(ask("/domain/bluehen.example").etag, before);
}

TEST_F(RdapAnswers, UnchangedAnswersAreNotSentAgain) {
  const HttpResponse first = ask("/domain/bluehen.example");
  for (const std::string& condition : {first.etag, first.etag.substr(2), "\"other\", " + first.etag, std::string("*")}) {
    const HttpResponse again = ask("/domain/bluehen.example", HttpMethod::get, condition);
    EXPECT_EQ(again.status, 304) << condition;
    EXPECT_TRUE(again.body.empty());
    EXPECT_EQ(again.etag, first.etag);
    EXPECT_TRUE(has(again, "Access-Control-Allow-Origin: *"));
  }
  EXPECT_EQ(ask("/domain/bluehen.example", HttpMethod::get, "\"other\"").status, 200);
  EXPECT_EQ(ask("/domain/elsewhere.example", HttpMethod::get, "*").status, 404) << "there is nothing to be unchanged";
  EXPECT_TRUE(has(first, "Cache-Control: no-cache"));
}

TEST_F(RdapAnswers, SilentPublisherHidesWhatWasChosen) {
  EXPECT_NE(ask("/domain/chosen.example", HttpMethod::get, {}, sample_time() + stale_after).body.find("Ada Example"),
            std::string::npos);
  const HttpResponse stale =
      ask("/domain/chosen.example", HttpMethod::get, {}, sample_time() + stale_after + std::chrono::milliseconds(1));
  EXPECT_EQ(stale.body.find("Ada Example"), std::string::npos);
  EXPECT_NE(stale.etag, ask("/domain/chosen.example").etag);
}

TEST_F(RdapAnswers, OtherObjects) {
  EXPECT_EQ(ask("/nameserver/NS1.bluehen.example").status, 200);
  EXPECT_EQ(ask("/nameserver/ns1.bluehen.example").status, 200);
  EXPECT_EQ(ask("/entity/9999").status, 200);
  EXPECT_EQ(ask("/entity/example%20registrar%20SARL").status, 200);
  EXPECT_EQ(ask("/entity/09999").status, 404);
  EXPECT_EQ(ask("/help").status, 200);
  EXPECT_EQ(ask("/help/").status, 200);
  EXPECT_EQ(ask("/domain/bluehen.example/").status, 200);
}

TEST(HttpResponses, LimitedTellsWhen) {
  HttpResponse response;
  make_rdap_limited(response, 17);
  EXPECT_EQ(response.status, 429);
  EXPECT_NE(response.headers.find("Retry-After: 17\r\n"), std::string::npos);
  EXPECT_NE(response.body.find("\"errorCode\":429"), std::string::npos);
}

}  // namespace
}  // namespace regdata::whois
