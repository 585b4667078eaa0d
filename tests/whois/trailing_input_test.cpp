// The server over real sockets: clients that go on sending behind their query. A socket that is closed on unread input answers
// with a reset, and a reset can overtake the answer (RFC 1122 §4.2.2.13; lookup.md §7: close after answer, drain input).
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <filesystem>
#include <memory>

#include "tests/whois/running_server.hpp"
#include "tests/whois/sample_views.hpp"
#include "whois/half_closed.hpp"

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

constexpr milliseconds answered_by_then{100};

class TrailingInput : public ::testing::Test {
 protected:
  std::string expected(std::string_view line) { return answer_line(line, *store_.reader(), RateLimits{}, sample_time()).text; }
  static std::size_t open_files() {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }
  /// What the client reads at last; "<reset>" behind it when the connection ended in one.
  static std::string read(Client& client) {
    const std::string answer = client.read_all();
    return client.was_reset() ? answer + "<reset>" : answer;
  }
  /// A deadline that a loaded machine does not miss.
  static WhoisOptions patient() {
    WhoisOptions options = unlimited();
    options.timeouts.linger = std::chrono::seconds(20);
    return options;
  }
  SampleStore store_{sample_time()};
};

TEST_F(TrailingInput, SecondSegmentAfterTheAnswerIsNotAnsweredWithAReset) {
  RunningServer running(store_, patient());
  for (const char* end : {"\r\n", "\n", "\r"}) {
    Client client(running.port());
    client.send(std::string("bluehen.example") + end);
    std::this_thread::sleep_for(answered_by_then);
    EXPECT_TRUE(client.send("and.more\r\n"));
    std::this_thread::sleep_for(answered_by_then);
    EXPECT_TRUE(client.send("and.still.more\r\n"));
    EXPECT_EQ(read(client), expected("bluehen.example"));
  }
}

TEST_F(TrailingInput, MegabyteBehindTheQueryIsTakenBeforeTheAnswerIsRead) {
  RunningServer running(store_, patient());
  for (const bool in_one_piece : {true, false}) {
    Client client(running.port());
    const std::string rest(1 << 20, 'x');
    if (in_one_piece) {
      EXPECT_TRUE(client.send("bluehen.example\r\n" + rest));
    } else {
      client.send("bluehen.example\r\n");
      std::this_thread::sleep_for(answered_by_then);
      EXPECT_TRUE(client.send(rest));
    }
    EXPECT_EQ(read(client), expected("bluehen.example")) << in_one_piece;
  }
}

TEST_F(TrailingInput, EndlessRestIsCutByItsLengthToo) {
  WhoisOptions options = unlimited();
  options.timeouts.linger = std::chrono::minutes(1);
  RunningServer running(store_, options);
  Client client(running.port());
  client.send("bluehen.example\r\n");
  const std::string piece(64 * 1024, 'x');
  std::size_t taken = 0;
  while (taken < (64U << 20) && client.send(piece)) taken += piece.size();
  EXPECT_GE(taken, HalfClosed::most_input);
  EXPECT_LT(taken, 32U << 20) << "what the kernel holds on both sides comes on top";
  EXPECT_TRUE(eventually([&] { return running.counters().bytes_in.load() >= HalfClosed::most_input; }));
}

TEST_F(TrailingInput, HttpRequestInManySegmentsGetsItsLine) {
  RunningServer running(store_, patient());
  Client client(running.port());
  const int on = 1;
  setsockopt(client.socket(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  client.send("POST /whois HTTP/1.1\r\n");
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(client.send("X-Header-" + std::to_string(i) + ": " + std::string(200, 'v') + "\r\n"));
    std::this_thread::sleep_for(milliseconds(3));
  }
  client.send("\r\n");
  EXPECT_EQ(read(client), "% " + std::string(refusal_text(Refusal::http)) + "\r\n");
}

TEST_F(TrailingInput, SlowRestIsWaitedForWithinTheDeadline) {
  RunningServer running(store_, patient());
  Client client(running.port());
  client.send("bluehen.example\r\n");
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_TRUE(client.send("x"));
  }
  EXPECT_EQ(read(client), expected("bluehen.example"));
}

TEST_F(TrailingInput, RefusalForTooManyConnectionsArrives) {
  WhoisOptions options = unlimited();
  options.connections_per_prefix = 0;
  RunningServer running(store_, options);
  Client client(running.port());
  ASSERT_TRUE(eventually([&] { return running.counters().refused_prefix.load() == 1; }));
  std::this_thread::sleep_for(answered_by_then);
  client.send("bluehen.example\r\n");
  std::this_thread::sleep_for(answered_by_then);
  EXPECT_TRUE(client.send("and.more\r\n"));
  EXPECT_TRUE(read(client).starts_with("% Too many connections are open from your network: at most 0 may be open"));
}

TEST_F(TrailingInput, RefusalForWantOfAPlaceArrives) {
  WhoisOptions options = unlimited();
  options.connections = 0;
  RunningServer running(store_, options);
  Client client(running.port());
  ASSERT_TRUE(eventually([&] { return running.counters().refused_full.load() == 1; }));
  std::this_thread::sleep_for(answered_by_then);
  client.send("bluehen.example\r\n");
  std::this_thread::sleep_for(answered_by_then);
  EXPECT_TRUE(client.send("and.more\r\n"));
  EXPECT_EQ(read(client), "% The server is busy. Please try again in a few seconds.\r\n");
}

TEST_F(TrailingInput, ClientsThatCloseAreForgottenAtOnce) {
  RunningServer running(store_);
  const std::size_t before = open_files();
  for (int i = 0; i < 50; ++i) ASSERT_EQ(ask(running.port(), "bluehen.example\r\n"), expected("bluehen.example"));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] { return open_files() == before; }));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(1'500)) << "well before the deadline of two seconds";
}

TEST_F(TrailingInput, ClientsThatNeverCloseAreLeftAtTheDeadlineAndTakeNoPlace) {
  WhoisOptions options = unlimited();
  options.connections = 16;
  options.connections_per_prefix = 16;
  options.timeouts.linger = milliseconds(300);
  RunningServer running(store_, options);
  const std::size_t before = open_files();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 1'500; ++i) {
    clients.push_back(std::make_unique<Client>(running.port()));
    clients.back()->send("bluehen.example\r\n");
    ASSERT_EQ(read(*clients.back()), expected("bluehen.example")) << i;
    ASSERT_LE(open_files(), before + clients.size() + 600) << "the number of sockets that wait is bounded";
  }
  EXPECT_TRUE(eventually([&] { return running.counters().open.load() == 0; }));
  EXPECT_TRUE(eventually([&] { return open_files() == before + clients.size(); }));
}

TEST_F(TrailingInput, DrainWaitsForTheRestNoLongerThanItMay) {
  RunningServer running(store_);
  Client client(running.port());
  client.send("bluehen.example\r\n");
  std::this_thread::sleep_for(answered_by_then);
  running.server().drain(milliseconds(5'000));
  EXPECT_TRUE(client.send("and.more\r\n"));
  EXPECT_EQ(read(client), expected("bluehen.example"));
  EXPECT_TRUE(running.ended_within(milliseconds(4'000)));
}

}  // namespace
}  // namespace regdata::whois
