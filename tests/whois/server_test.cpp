// The server over real sockets: clients that behave.
#include "whois/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <numeric>
#include <thread>

#include "redaction/policy.hpp"
#include "tests/redaction/made_view.hpp"
#include "tests/redaction/view_store_place.hpp"
#include "tests/whois/answer_checker.hpp"
#include "tests/whois/running_server.hpp"
#include "tests/whois/sample_views.hpp"

namespace regdata::whois {
namespace {

using redaction::PublicContact;
using std::chrono::milliseconds;
using testing::ask;
using testing::Client;
using testing::eventually;
using testing::RunningServer;
using testing::sample_time;
using testing::SampleStore;
using testing::unlimited;

class WhoisServing : public ::testing::Test {
 protected:
  std::string expected(std::string_view line) { return answer_line(line, *store_.reader(), RateLimits{}, sample_time()).text; }
  SampleStore store_{sample_time()};
};

TEST_F(WhoisServing, AnswersAsTheFunctionDoes) {
  RunningServer running(store_);
  for (const char* line :
       {"bluehen.example", "nobody.example", "held.quiet.test", "registrar 9999", "-r x", "nameserver ns1.bluehen.example"})
    EXPECT_EQ(ask(running.port(), std::string(line) + "\r\n"), expected(line)) << line;
  EXPECT_TRUE(running.server().ready()) << running.server().not_ready();
}

TEST_F(WhoisServing, TakesEveryLineEnd) {
  RunningServer running(store_);
  const std::string answer = expected("bluehen.example");
  for (const char* end : {"\r\n", "\n", "\r"}) EXPECT_EQ(ask(running.port(), std::string("bluehen.example") + end), answer);
  {
    Client half(running.port());
    half.send("bluehen.example");
    half.end_sending();
    EXPECT_EQ(half.read_all(), answer);
  }
  {
    Client slow(running.port());
    for (const char c : std::string("bluehen.example\r\n")) {
      slow.send(std::string_view(&c, 1));
      std::this_thread::sleep_for(milliseconds(5));
    }
    EXPECT_EQ(slow.read_all(), answer);
  }
  {
    Client split(running.port());
    split.send("bluehen.example\r");
    EXPECT_EQ(split.read_all(), answer);
    EXPECT_FALSE(split.was_reset());
  }
}

TEST_F(WhoisServing, AnswersOverIpv6) {
  RunningServer running(store_, unlimited(), 1, "::1");
  Client client(running.port(), nullptr, true);
  ASSERT_TRUE(client.connected());
  client.send("bluehen.example\r\n");
  EXPECT_EQ(client.read_all(), expected("bluehen.example"));
  ASSERT_TRUE(eventually([&] { return running.events().size() == 1; }));
  EXPECT_EQ(running.events().front().client.length, 8) << "the /64, not the address";
}

TEST_F(WhoisServing, SeveralThreadsShareThePort) {
  RunningServer running(store_, unlimited(), 3);
  for (int i = 0; i < 60; ++i) ASSERT_EQ(ask(running.port(), "bluehen.example\r\n"), expected("bluehen.example"));
  EXPECT_EQ(running.counters().answers[static_cast<std::size_t>(AnswerKind::found)].load(), 60U);
}

TEST_F(WhoisServing, AdoptsASocketThatSomebodyElseBound) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  WhoisServer other(store_.reader(), unlimited(), [] { return sample_time(); });
  EXPECT_EQ(other.adopt(socket).error().code, Errc::configuration) << "bound, but not listening";
  ASSERT_EQ(::listen(socket, 64), 0);
  RunningServer running(store_, socket, 2);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask(running.port(), "bluehen.example\r\n"), expected("bluehen.example"));
}

/// A listening socket of 127.0.0.1, as a service manager hands it over.
int listening_socket() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(socket, 64), 0);
  return socket;
}

TEST_F(WhoisServing, AdoptedSocketsGiveUpOnDeadClientsAsOwnOnesDo) {
  const int socket = listening_socket();
  RunningServer running(store_, socket, 1);
  unsigned patience = 0;
  socklen_t length = sizeof patience;
  ASSERT_EQ(getsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, &length), 0);
  EXPECT_EQ(patience, 30'000U);
}

TEST_F(WhoisServing, SocketThatSomebodyShutDownNeitherSpinsNorKeepsADrain) {
  const int socket = listening_socket();
  const int theirs = dup(socket);
  RunningServer running(store_, socket, 1);
  ASSERT_EQ(ask(running.port(), "bluehen.example\r\n"), expected("bluehen.example"));
  ASSERT_EQ(shutdown(theirs, SHUT_RDWR), 0);
  ASSERT_TRUE(eventually([&] { return running.counters().accept_errors.load() > 2; }));
  const std::uint64_t errors = running.counters().accept_errors.load();
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_LT(running.counters().accept_errors.load() - errors, 50U) << "each is followed by a pause of 20 ms";
  running.server().drain(milliseconds(0));
  EXPECT_TRUE(running.ended_within(milliseconds(3'000)));
  ::close(theirs);
}

TEST_F(WhoisServing, DrainEndsWhileClientsKeepComing) {
  RunningServer running(store_, listening_socket(), 1);
  std::atomic<bool> stop{false};
  std::vector<std::jthread> flood;
  for (int i = 0; i < 4; ++i)
    flood.emplace_back([&] {
      while (!stop) Client(running.port()).send("bluehen.example\r\n");
    });
  ASSERT_TRUE(eventually([&] { return running.counters().accepted.load() > 100; }));
  running.server().drain(milliseconds(500));
  EXPECT_TRUE(running.ended_within(milliseconds(5'000)));
  stop = true;
}

TEST_F(WhoisServing, TellsWhenItIsNotReady) {
  auto now = std::make_shared<std::atomic<std::int64_t>>(0);
  WhoisServer server(store_.reader(), unlimited(), [now] { return sample_time() + milliseconds(now->load()); });
  EXPECT_EQ(server.not_ready(), "not serving yet");
  EXPECT_EQ(server.run().error().code, Errc::unavailable) << "nothing to listen on";
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_TRUE(server.listen(reinterpret_cast<sockaddr*>(&address), sizeof address));
  std::thread thread([&] { EXPECT_TRUE(server.run()); });
  EXPECT_TRUE(eventually([&] { return server.ready(); }));
  *now = milliseconds(stale_after).count() + 1;
  EXPECT_NE(server.not_ready().find("silent since 2026-06-01T12:34:56"), std::string::npos) << server.not_ready();
  server.drain();
  thread.join();
  EXPECT_EQ(server.not_ready(), "draining");
}

TEST_F(WhoisServing, EventsHoldNoQueryAndNoAddress) {
  RunningServer running(store_);
  ask(running.port(), "bluehen.example\r\n", "127.9.8.7");
  ask(running.port(), "nobody.example\r\n");
  ASSERT_TRUE(eventually([&] { return running.events().size() == 2; }));
  const QueryEvent event = running.events().front();
  EXPECT_EQ(event.kind, AnswerKind::found);
  EXPECT_EQ(event.client.length, 4);
  EXPECT_EQ(event.bytes, expected("bluehen.example").size());
  EXPECT_FALSE(event.proxied);
  EXPECT_EQ(running.events().back().kind, AnswerKind::no_match);
}

TEST_F(WhoisServing, CountersAddUp) {
  RunningServer running(store_);
  std::size_t bytes = 0;
  for (int i = 0; i < 10; ++i) bytes += ask(running.port(), "bluehen.example\r\n").size();
  const WhoisCounters& counters = running.counters();
  ASSERT_TRUE(eventually([&] { return counters.bytes_out.load() == bytes; }));
  EXPECT_EQ(counters.accepted.load(), 10U);
  EXPECT_EQ(counters.bytes_in.load(), 170U);
  EXPECT_TRUE(eventually([&] { return counters.open.load() == 0; }));
  const std::uint64_t timed = std::accumulate(counters.durations.begin(), counters.durations.end(), std::uint64_t{0},
                                              [](std::uint64_t sum, const auto& one) { return sum + one.load(); });
  EXPECT_EQ(timed, 10U);
}

TEST_F(WhoisServing, CountsWhatAnswersHoldBack) {
  using enum RedactionReason;
  auto view = testing::withheld_view();
  view.name = view.unicode_name = "reasons.example";
  PublicContact& registrant = view.contacts.at(0);
  registrant.name = redaction::Withheld{redaction::Policy::rule_unavailable};
  registrant.city = redaction::Withheld{redaction::Policy::rule_unknown};
  view.contacts.resize(1);
  redaction::ViewWriter::Batch batch;
  batch.put.push_back(testing::made_view(view));
  ASSERT_TRUE(store_.writer().apply(batch));
  RunningServer running(store_);
  const auto count = [&](Element element, RedactionReason reason) {
    const auto place = std::find(withholdable_elements.begin(), withholdable_elements.end(), element);
    const auto& cells = running.counters().redacted.at(static_cast<std::size_t>(place - withholdable_elements.begin()));
    return cells.at(static_cast<std::size_t>(reason)).load();
  };
  for (int i = 0; i < 3; ++i) ask(running.port(), "reasons.example\r\n");
  ask(running.port(), "nobody.example\r\n");
  ask(running.port(), "help\r\n");
  EXPECT_EQ(count(Element::name, unavailable), 3U);
  EXPECT_EQ(count(Element::city, unknown), 3U);
  EXPECT_EQ(count(Element::phone, rule), 3U);
  EXPECT_EQ(count(Element::email, rule), 3U);
  EXPECT_EQ(count(Element::name, rule) + count(Element::city, rule) + count(Element::country, rule), 0U);
  ask(running.port(), "chosen.example\r\n");
  EXPECT_EQ(count(Element::name, stale), 0U);
}

// An answer that was made and then refused for its limit shows nothing, so it held nothing back.
TEST_F(WhoisServing, CountsNothingForAnAnswerThatWasRefused) {
  auto options = testing::unlimited();
  options.rates.personal = {1, 1};
  RunningServer running(store_, options);
  const auto total = [&] {
    std::uint64_t sum = 0;
    for (const auto& reasons : running.counters().redacted) {
      for (const auto& one : reasons) sum += one.load();
    }
    return sum;
  };
  auto view = testing::chosen_view();
  view.name = view.unicode_name = "partly.example";
  view.contacts.at(0).city = redaction::Withheld{7};
  redaction::ViewWriter::Batch batch;
  batch.put.push_back(testing::made_view(view));
  ASSERT_TRUE(store_.writer().apply(batch));
  ASSERT_TRUE(ask(running.port(), "partly.example\r\n").starts_with("Domain Name:"));
  const std::uint64_t once = total();
  EXPECT_GT(once, 0U);
  ASSERT_TRUE(ask(running.port(), "partly.example\r\n").starts_with("% Query limit"));
  EXPECT_EQ(total(), once);
}

TEST_F(WhoisServing, DrainsGracefully) {
  RunningServer running(store_);
  Client working(running.port());
  working.send("bluehen.exam");
  Client idle(running.port());
  ASSERT_TRUE(eventually([&] { return running.counters().open.load() == 2; }));
  running.server().drain(milliseconds(5'000));
  EXPECT_FALSE(running.server().ready());
  ASSERT_TRUE(eventually([&] { return !Client(running.port()).connected(); })) << "nobody new is let in";
  working.send("ple\r\n");
  EXPECT_EQ(working.read_all(), expected("bluehen.example")) << "who was being served is served";
  EXPECT_TRUE(idle.closed_within(milliseconds(3'000))) << "who has asked nothing is not waited for";
  EXPECT_TRUE(running.ended_within(milliseconds(3'000)));
}

TEST_F(WhoisServing, DrainEndsWhenItsTimeIsUp) {
  RunningServer running(store_);
  Client endless(running.port());
  endless.send("never");
  ASSERT_TRUE(eventually([&] { return running.counters().open.load() == 1; }));
  const auto begun = std::chrono::steady_clock::now();
  running.server().drain(milliseconds(300));
  EXPECT_TRUE(running.ended_within(milliseconds(3'000)));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(250));
}

TEST_F(WhoisServing, ClientsInTheQueueWhenADrainBeginsAreServed) {
  for (int round = 0; round < 20; ++round) {
    RunningServer running(store_);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 30; ++i) {
      clients.push_back(std::make_unique<Client>(running.port()));
      ASSERT_TRUE(clients.back()->connected());
      clients.back()->send("bluehen.example\r\n");
    }
    running.server().drain(milliseconds(2'000));
    for (auto& client : clients) ASSERT_EQ(client->read_all(), expected("bluehen.example"));
  }
}

TEST_F(WhoisServing, ReloadChangesTheLimitsForTheNextClient) {
  RunningServer running(store_);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(running.port(), "bluehen.example\r\n"), expected("bluehen.example"));
  WhoisOptions strict = unlimited();
  strict.rates.queries = {60, 2};
  running.server().reload(strict);
  EXPECT_TRUE(eventually([&] { return ask(running.port(), "bluehen.example\r\n").starts_with("% Query limit reached."); }));
  running.server().reload(unlimited());
  EXPECT_TRUE(eventually([&] { return ask(running.port(), "bluehen.example\r\n") == expected("bluehen.example"); }));
}

/// Runs Debian's whois client against the server.
std::string debian_whois(std::uint16_t port, const std::string& query) {
  const std::string command = "LC_ALL=C.UTF-8 whois -h 127.0.0.1 -p " + std::to_string(port) + " '" + query + "' 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) out += buffer.data();
  return out;
}

std::string without_cr(std::string text) {
  std::erase(text, '\r');
  return text;
}

TEST_F(WhoisServing, DebiansClientReadsTheAnswers) {
  RunningServer running(store_);
  EXPECT_EQ(debian_whois(running.port(), "bluehen.example"), without_cr(expected("bluehen.example")));
  EXPECT_EQ(debian_whois(running.port(), "BlueHen.Example"), without_cr(expected("bluehen.example")));
  EXPECT_EQ(debian_whois(running.port(), "b\u00FCcher.example"), without_cr(expected("xn--bcher-kva.example")));
  EXPECT_EQ(debian_whois(running.port(), "domain bluehen.example"), without_cr(expected("bluehen.example")));
  EXPECT_EQ(debian_whois(running.port(), "nobody.example"), without_cr(expected("nobody.example")));
  EXPECT_EQ(debian_whois(running.port(), "help"),
            without_cr(answer_line("help", *store_.reader(), unlimited().rates, sample_time()).text));
}

}  // namespace
}  // namespace regdata::whois
