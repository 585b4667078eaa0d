// The server over real sockets: clients that do not behave, and many of them.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <random>

#include "tests/redaction/view_store_place.hpp"
#include "tests/whois/answer_checker.hpp"
#include "tests/whois/running_server.hpp"
#include "tests/whois/sample_views.hpp"

namespace regdata::whois {
namespace {

using std::chrono::milliseconds;
using testing::ask;
using testing::Client;
using testing::eventually;
using testing::RunningServer;
using testing::sample_time;
using testing::SampleStore;
using testing::unlimited;

class HostileClients : public ::testing::Test {
 protected:
  std::string expected(std::string_view line) { return answer_line(line, *store_.reader(), RateLimits{}, sample_time()).text; }
  std::string refused(Refusal refusal) { return "% " + std::string(refusal_text(refusal)) + "\r\n"; }
  std::uint64_t answers(const RunningServer& running, AnswerKind kind) {
    return running.counters().answers[static_cast<std::size_t>(kind)].load();
  }
  SampleStore store_{sample_time()};
};

TEST_F(HostileClients, ForeignProtocolsGetOneShortLineAndNoReset) {
  RunningServer running(store_);
  EXPECT_EQ(ask(running.port(), std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC", 9)), refused(Refusal::tls));
  EXPECT_EQ(ask(running.port(), "\xFF\xFD\x18\xFF\xFD\x20"), refused(Refusal::telnet));
  // SSL 2, and whatever else has no lines: at once, and not after the wait for one
  EXPECT_EQ(ask(running.port(), std::string("\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10", 11)),
            refused(Refusal::control_character));
  EXPECT_EQ(ask(running.port(), std::string("\0\0\0\x0c", 4)), refused(Refusal::control_character));
  EXPECT_EQ(ask(running.port(), "PROXY TCP4 192.0.2.1 192.0.2.2 1 43\r\nbluehen.example\r\n"), refused(Refusal::proxy_header));
  const std::string request = "GET / HTTP/1.1\r\nHost: registrar.example\r\nX-Long: " + std::string(8'000, 'x') + "\r\n\r\n";
  EXPECT_EQ(ask(running.port(), request), refused(Refusal::http));
}

TEST_F(HostileClients, LongQueriesAreRefusedAndTheAnswerArrives) {
  RunningServer running(store_);
  EXPECT_EQ(ask(running.port(), std::string(2'000, 'a') + "\r\n"), refused(Refusal::too_long));
  EXPECT_EQ(ask(running.port(), std::string(60'000, 'a')), refused(Refusal::too_long));
  Client drip(running.port());
  for (int i = 0; i < 11; ++i) {
    drip.send(std::string(100, 'a'));
    std::this_thread::sleep_for(milliseconds(2));
  }
  EXPECT_EQ(drip.read_all(), refused(Refusal::too_long));
}

TEST_F(HostileClients, ExtraInputDoesNotCostTheAnswer) {
  RunningServer running(store_);
  for (int i = 0; i < 50; ++i) {
    Client client(running.port());
    // In one piece: what comes after the connection is closed is answered by the kernel, with a reset.
    client.send("bluehen.example\r\nand.more\r\n" + std::string(3'000, 'x'));
    ASSERT_EQ(client.read_all(), expected("bluehen.example"));
    ASSERT_FALSE(client.was_reset());
  }
}

TEST_F(HostileClients, EndlessInputIsCut) {
  WhoisOptions options = unlimited();
  options.timeouts.linger = milliseconds(500);
  RunningServer running(store_, options);
  Client client(running.port());
  client.send("bluehen.example\r\n");
  bool going = true;
  for (int i = 0; i < 200 && going; ++i) {
    going = client.send(std::string(10'000, 'x'));
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_FALSE(going) << "two megabytes were taken";
  EXPECT_TRUE(eventually([&] { return running.counters().open.load() == 0; }));
}

TEST_F(HostileClients, SlowSendersAreCutAndOthersServed) {
  WhoisOptions options = unlimited();
  options.timeouts = {milliseconds(500), milliseconds(1'000), milliseconds(1'000), milliseconds(500)};
  RunningServer running(store_, options);
  Client silent(running.port());
  Client dripping(running.port());
  const auto begun = std::chrono::steady_clock::now();
  const auto age = [&] { return std::chrono::steady_clock::now() - begun; };
  std::jthread drip([&] {
    while (dripping.send("a") && age() < std::chrono::seconds(5)) std::this_thread::sleep_for(milliseconds(50));
  });
  EXPECT_EQ(ask(running.port(), "bluehen.example\r\n"), expected("bluehen.example"));
  EXPECT_TRUE(silent.closed_within(milliseconds(2'000)));
  EXPECT_GE(age(), milliseconds(450));
  EXPECT_LE(age(), milliseconds(1'500)) << "no byte within half a second";
  EXPECT_TRUE(dripping.closed_within(milliseconds(2'000)));
  EXPECT_GE(age(), milliseconds(950));
  EXPECT_LE(age(), milliseconds(2'500)) << "no line within a second";
  EXPECT_EQ(running.counters().timed_out.load(), 2U);
}

TEST_F(HostileClients, SlowReadersGetTheirTimeAndNoMore) {
  // an answer larger than the kernel takes for a reader that does not read
  redaction::PublicTexts texts = testing::sample_texts();
  for (int i = 0; i < 120'000; ++i) texts.whois_disclaimer += "A line of a disclaimer that is much too long to be read.\n";
  redaction::ViewWriter::Batch batch;
  batch.texts = texts;
  ASSERT_TRUE(store_.writer().apply(batch));
  WhoisOptions options = unlimited();
  options.timeouts.write = milliseconds(1'000);
  RunningServer running(store_, options);

  Client patient(running.port());
  patient.send("bluehen.example\r\n");
  const std::string whole = patient.read_all();
  EXPECT_EQ(whole.size(), expected("bluehen.example").size());

  Client stuck(running.port());
  stuck.send("bluehen.example\r\n");
  EXPECT_TRUE(eventually([&] { return running.counters().open.load() == 1; })) << "it waits for its reader";
  EXPECT_EQ(ask(running.port(), "?\r\n").substr(0, 6), "% This") << "and nobody waits for it";
  EXPECT_TRUE(eventually([&] { return running.counters().timed_out.load() == 1; }));
  EXPECT_EQ(running.counters().open.load(), 0U);
}

TEST_F(HostileClients, RandomBytesAlwaysEndInALine) {
  RunningServer running(store_);
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    std::string bytes;
    for (std::size_t n = random() % 200; n > 0; --n) bytes.push_back(static_cast<char>(random()));
    Client client(running.port());
    client.send(bytes);
    client.end_sending();
    const std::string answer = client.read_all();
    ASSERT_FALSE(client.was_reset());
    if (bytes.empty()) {
      ASSERT_EQ(answer, "");
    } else {
      ASSERT_TRUE(testing::check_lines(answer).empty()) << ::testing::PrintToString(bytes);
    }
  }
  EXPECT_EQ(ask(running.port(), "bluehen.example\r\n"), expected("bluehen.example"));
}

TEST_F(HostileClients, LimitsArePerPrefixAndEndByThemselves) {
  WhoisOptions options = unlimited();
  options.rates.queries = {600, 5};
  options.rates.wide_factor = 4;
  RunningServer running(store_, options);
  int answered = 0;
  std::string last;
  for (int i = 0; i < 12; ++i) {
    last = ask(running.port(), "bluehen.example\r\n", "127.1.1.1");
    answered += last.starts_with("Domain Name:") ? 1 : 0;
  }
  EXPECT_GE(answered, 5);
  EXPECT_LE(answered, 8) << "ten a second were refilled meanwhile";
  EXPECT_TRUE(last.starts_with("% Query limit reached. Please wait 1 second.\r\n% Limits for each IPv4 address")) << last;
  EXPECT_TRUE(ask(running.port(), "bluehen.example\r\n", "127.2.2.2").starts_with("Domain Name:")) << "others are not touched";
  std::this_thread::sleep_for(milliseconds(1'000));
  EXPECT_TRUE(ask(running.port(), "bluehen.example\r\n", "127.1.1.1").starts_with("Domain Name:"));
  EXPECT_GE(answers(running, AnswerKind::limited), 4U);
}

TEST_F(HostileClients, ManyAddressesOfOnePrefixShareItsLimit) {
  WhoisOptions options = unlimited();
  options.rates.queries = {1, 1};
  options.rates.wide_factor = 10;
  RunningServer running(store_, options);
  int answered = 0;
  for (int i = 1; i <= 100; ++i) {
    const std::string source = "127.3.3." + std::to_string(i);
    answered += ask(running.port(), "bluehen.example\r\n", source.c_str()).starts_with("Domain Name:") ? 1 : 0;
  }
  EXPECT_GE(answered, 10);
  EXPECT_LE(answered, 12);
}

TEST_F(HostileClients, HarvestersRunOutOfPersonalAnswersFirst) {
  WhoisOptions options = unlimited();
  options.rates.personal = {1, 3};
  RunningServer running(store_, options);
  int shown = 0;
  for (int i = 0; i < 10; ++i)
    shown += ask(running.port(), "chosen.example\r\n", "127.4.4.4").find("ada@bluehen.example") != std::string::npos ? 1 : 0;
  EXPECT_EQ(shown, 3);
  EXPECT_TRUE(ask(running.port(), "bluehen.example\r\n", "127.4.4.4").starts_with("Domain Name:"));
}

TEST_F(HostileClients, AllowedProbesAreNotLimited) {
  WhoisOptions options = unlimited();
  options.rates.queries = {1, 1};
  options.connections_per_prefix = 0;
  options.allow = {*Prefix::parse("127.5.0.0/16")};
  RunningServer running(store_, options);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask(running.port(), "bluehen.example\r\n", "127.5.5.5").starts_with("Domain Name:"));
  Client slow(running.port(), "127.5.5.5");
  slow.send("bluehen.exam");
  std::this_thread::sleep_for(milliseconds(50));
  slow.send("ple\r\n");
  EXPECT_EQ(slow.read_all(), expected("bluehen.example"));
}

TEST_F(HostileClients, ConnectionsPerPrefixAreCapped) {
  WhoisOptions options = unlimited();
  options.connections_per_prefix = 3;
  RunningServer running(store_, options);
  std::vector<std::unique_ptr<Client>> held;
  for (int i = 0; i < 3; ++i) held.push_back(std::make_unique<Client>(running.port(), "127.6.6.6"));
  ASSERT_TRUE(eventually([&] { return running.counters().open.load() == 3; }));
  Client fourth(running.port(), "127.6.6.6");
  EXPECT_TRUE(fourth.read_all().starts_with("% Too many connections are open from your network: at most 3 may be open"));
  EXPECT_EQ(running.counters().refused_prefix.load(), 1U);
  EXPECT_EQ(ask(running.port(), "bluehen.example\r\n", "127.6.7.7"), expected("bluehen.example"));
  held.clear();
  ASSERT_TRUE(eventually([&] { return running.counters().open.load() == 0; }));
  EXPECT_EQ(ask(running.port(), "bluehen.example\r\n", "127.6.6.6"), expected("bluehen.example"));
}

TEST_F(HostileClients, WhenFullTheLongestWaitIsShed) {
  WhoisOptions options = unlimited();
  options.connections = 10;
  RunningServer running(store_, options);
  std::vector<std::unique_ptr<Client>> held;
  for (int i = 0; i < 10; ++i) {
    held.push_back(std::make_unique<Client>(running.port()));
    const auto open = static_cast<std::uint64_t>(i + 1);
    ASSERT_TRUE(eventually([&] { return running.counters().open.load() == open; }));
  }
  EXPECT_EQ(ask(running.port(), "bluehen.example\r\n"), expected("bluehen.example")) << "who asks at once needs no place";
  Client one_more(running.port());
  EXPECT_TRUE(held[0]->closed_within(milliseconds(2'000))) << "the first to come has waited longest";
  EXPECT_FALSE(held[1]->closed_within(milliseconds(50)));
  EXPECT_LE(running.counters().open.load(), 10U);
  one_more.send("bluehen.example\r\n");
  EXPECT_EQ(one_more.read_all(), expected("bluehen.example"));
  EXPECT_GE(running.counters().shed.load(), 1U);
}

std::string proxy_header(std::array<std::uint8_t, 4> source) {
  std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C", 16);
  for (const std::uint8_t byte : source) header.push_back(static_cast<char>(byte));
  return header + std::string("\xC6\x33\x64\x01\x30\x39\x00\x2B", 8);
}

TEST_F(HostileClients, ProxyHeadersAreBelievedFromListedProxiesOnly) {
  WhoisOptions options = unlimited();
  options.rates.queries = {1, 1};
  options.rates.wide_factor = 100;
  options.proxies = {*Prefix::parse("127.7.7.7")};
  RunningServer running(store_, options);
  const std::string query = "bluehen.example\r\n";
  // two clients behind the proxy have a budget each
  EXPECT_EQ(ask(running.port(), proxy_header({192, 0, 2, 1}) + query, "127.7.7.7"), expected("bluehen.example"));
  EXPECT_TRUE(ask(running.port(), proxy_header({192, 0, 2, 1}) + query, "127.7.7.7").starts_with("% Query limit"));
  EXPECT_EQ(ask(running.port(), proxy_header({192, 0, 2, 2}) + query, "127.7.7.7"), expected("bluehen.example"));
  // in pieces
  Client pieces(running.port(), "127.7.7.7");
  for (const char c : proxy_header({192, 0, 2, 3}) + query) {
    pieces.send(std::string_view(&c, 1));
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_EQ(pieces.read_all(), expected("bluehen.example"));
  // required from the proxy, refused from anybody else
  EXPECT_TRUE(ask(running.port(), query, "127.7.7.7").starts_with("% A PROXY protocol version 2 header is required"));
  EXPECT_EQ(ask(running.port(), proxy_header({192, 0, 2, 9}) + query, "127.8.8.8"), refused(Refusal::proxy_header));
  ASSERT_TRUE(eventually([&] { return running.events().size() >= 6; }));
  EXPECT_TRUE(running.events().front().proxied);
  EXPECT_EQ(running.events().front().client, narrow_prefix(*ClientAddress::parse("192.0.2.1")));
}

TEST_F(HostileClients, ProxiesOwnHealthCheckNeedsNoQuery) {
  WhoisOptions options = unlimited();
  options.proxies = {*Prefix::parse("127.7.7.7")};
  RunningServer running(store_, options);
  Client check(running.port(), "127.7.7.7");
  check.send(std::string("\r\n\r\n\0\r\nQUIT\n\x20\x00\0\0", 16));
  check.end_sending();
  EXPECT_EQ(check.read_all(), "");
  EXPECT_EQ(ask(running.port(), std::string("\r\n\r\n\0\r\nQUIT\n\x20\x00\0\0", 16) + "bluehen.example\r\n", "127.7.7.7"),
            expected("bluehen.example"));
}

TEST(FewDescriptors, TheServerPausesInsteadOfSpinning) {
  // the clients live in this process, the server in a child that may open 256 files
  std::array<int, 2> to_parent{};
  ASSERT_EQ(pipe(to_parent.data()), 0);
  std::array<int, 2> to_child{};
  ASSERT_EQ(pipe(to_child.data()), 0);
  testing::Child child([&]() -> std::string {
    SampleStore store(sample_time());
    const rlimit few{256, 256};
    setrlimit(RLIMIT_NOFILE, &few);
    WhoisOptions options = unlimited();
    options.connections = 100'000;
    RunningServer running(store, options);
    const std::uint16_t port = running.port();
    if (write(to_parent[1], &port, sizeof port) != sizeof port) return "no pipe";
    char done = 0;
    if (read(to_child[0], &done, 1) != 1) return "no pipe";
    if (running.counters().open.load() > 256 - 64) return "more connections than the limit leaves room for";
    if (running.counters().shed.load() == 0) return "nobody was shed";
    const std::uint64_t errors = running.counters().accept_errors.load();
    if (errors > 60) return "accept failed " + std::to_string(errors) + " times";
    return {};
  });
  std::uint16_t port = 0;
  ASSERT_EQ(read(to_parent[0], &port, sizeof port), static_cast<ssize_t>(sizeof port));
  {
    std::vector<std::unique_ptr<Client>> flood;
    for (int i = 0; i < 1'000; ++i) flood.push_back(std::make_unique<Client>(port));
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask(port, "bluehen.example\r\n").starts_with("Domain Name:")) << i;
  }
  const char done = 1;
  ASSERT_EQ(write(to_child[1], &done, 1), 1);
  EXPECT_EQ(child.wait(), "");
}

}  // namespace
}  // namespace regdata::whois
