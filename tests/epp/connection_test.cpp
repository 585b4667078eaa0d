// Sessions over TLS, with the sandbox and with peers that are none.
#include "epp/connection.hpp"

#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <thread>

#include "epp/namespaces.hpp"
#include "epp/sandbox.hpp"
#include "epp/sandbox_files.hpp"
#include "tests/temporary_directory.hpp"

namespace regdata::epp {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using ::testing::HasSubstr;

UtcTime real_now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

/// A sandbox in a thread of its own.
class Served {
 public:
  explicit Served(const fs::path& directory)
      : sandbox(Sandbox::open({.directory = directory}, real_now).value()), thread([this] { sandbox->run(); }) {}
  ~Served() {
    sandbox->stop();
    thread.join();
  }
  std::unique_ptr<Sandbox> sandbox;
  std::thread thread;
};

/// Takes one connection, says something in clear, and closes it, or not.
class Peer {
 public:
  Peer(std::string text, bool closes)
      : acceptor(io, {boost::asio::ip::address_v4::loopback(), 0}), thread([this, said = std::move(text), closes] {
          boost::system::error_code ignored;
          tcp::socket socket(io);
          acceptor.accept(socket, ignored);
          if (ignored) return;
          boost::asio::write(socket, boost::asio::buffer(said), ignored);
          char octet = 0;
          if (!closes)
            while (socket.read_some(boost::asio::buffer(&octet, 1), ignored) > 0) {
            }
        }) {}
  ~Peer() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    thread.join();
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor.local_endpoint().port(); }

 private:
  boost::asio::io_context io;
  tcp::acceptor acceptor;
  std::thread thread;
};

class Connections : public ::testing::Test {
 protected:
  struct Talk {
    std::vector<Outcome> outcomes;
    std::optional<Error> trouble;
    std::optional<Greeting> greeting;
    PeerEnds peer;
  };
  Talk talk(std::uint16_t port, std::vector<Command> commands, TlsSettings settings, SessionRules rules,
            const std::string& host = "127.0.0.1") const {
    const auto tls = TlsClient::make(std::move(settings)).value();
    unsigned ids = 0;
    rules.known.objects = {std::string(domain_namespace), std::string(host_namespace)};
    Session session(
        std::move(rules), Password(password), [&] { return "RD-" + std::to_string(++ids); }, std::chrono::steady_clock::now());
    for (Command& command : commands) session.submit(std::move(command));
    session.drain();
    Talk told;
    boost::asio::io_context io;
    Connection connection(io, session, {.host = host, .port = port, .source_address = {}}, tls, [&] {
      for (Session::Done& one : session.take_done()) told.outcomes.push_back(std::move(one.outcome));
    });
    connection.start();
    io.run();
    told.trouble = session.trouble();
    told.greeting = session.greeting();
    told.peer = connection.peer();
    return told;
  }
  static SessionRules rules_for(const std::string& account = "REG-SANDBOX") {
    SessionRules rules;
    rules.account = account;
    return rules;
  }
  TlsSettings trusting() const { return {.server_name = "localhost", .authorities = place.path() / "sb/authority.pem"}; }
  static std::vector<Command> checks(std::size_t count) {
    std::vector<Command> commands;
    for (std::size_t i = 0; i < count; ++i) commands.emplace_back(DomainCheck{{"n" + std::to_string(i) + ".example"}});
    return commands;
  }

  regdata::testing::TemporaryDirectory place;
  std::unique_ptr<Served> served = std::make_unique<Served>(place.path() / "sb");
  std::string password = read_password(place.path() / "sb/password").value().reveal();
};

TEST_F(Connections, SayEverythingAndLogOut) {
  for (const unsigned window : {1U, 16U}) {
    SessionRules rules = rules_for();
    rules.query_window = window;
    const Talk told = talk(served->sandbox->port(), checks(200), trusting(), rules);
    EXPECT_FALSE(told.trouble) << told.trouble->context;
    ASSERT_EQ(told.outcomes.size(), 200U);
    ASSERT_TRUE(told.peer.server && told.peer.authority);
    EXPECT_GT(*told.peer.server, std::chrono::system_clock::now());
    EXPECT_GT(*told.peer.authority, std::chrono::system_clock::now());
    for (std::size_t i = 0; i < told.outcomes.size(); ++i) {
      ASSERT_EQ(told.outcomes[i].kind, Outcome::Kind::answered);
      EXPECT_EQ(read_availability(*told.outcomes[i].response).value()[0].name, "n" + std::to_string(i) + ".example");
    }
  }
}

TEST_F(Connections, ByAddressTheCertificateMustNameIt) {
  TlsSettings settings = trusting();
  settings.server_name = "127.0.0.1";
  EXPECT_FALSE(talk(served->sandbox->port(), checks(1), settings, rules_for()).trouble);
  settings.server_name = "127.0.0.2";
  EXPECT_THAT(talk(served->sandbox->port(), checks(1), settings, rules_for()).trouble->context,
              HasSubstr("IP address mismatch"));
}

TEST_F(Connections, AnotherNameIsRefused) {
  TlsSettings settings = trusting();
  settings.server_name = "epp.registry.test";
  const Talk told = talk(served->sandbox->port(), checks(1), settings, rules_for());
  ASSERT_TRUE(told.trouble);
  EXPECT_EQ(told.trouble->code, Errc::refused);
  EXPECT_THAT(told.trouble->context, HasSubstr("ostname mismatch"));
  EXPECT_EQ(told.outcomes.at(0).kind, Outcome::Kind::not_sent);
  EXPECT_FALSE(told.greeting) << "nothing was listened to";
}

TEST_F(Connections, AnotherAuthorityIsRefused) {
  const auto other = make_sandbox_files(place.path() / "other", real_now()).value();
  for (const fs::path& authority : {other.authority, fs::path()}) {
    TlsSettings settings = trusting();
    settings.authorities = authority;
    const Talk told = talk(served->sandbox->port(), checks(1), settings, rules_for());
    ASSERT_TRUE(told.trouble);
    EXPECT_EQ(told.trouble->code, Errc::refused);
    EXPECT_THAT(told.trouble->hint, HasSubstr("authorities"));
  }
}

TEST_F(Connections, ACertificateThatHasEndedIsRefused) {
  served.reset();
  fs::remove_all(place.path() / "sb");
  make_sandbox_files(place.path() / "sb", real_now() - std::chrono::days(335)).value();
  const auto files = make_sandbox_files(place.path() / "sb", real_now() - std::chrono::days(335)).value();
  // a month before its end it would be made anew: this one is served as if the clock had not moved
  const auto sandbox =
      Sandbox::open({.directory = place.path() / "sb"}, [] { return real_now() - std::chrono::days(400); }).value();
  std::thread thread([&] { sandbox->run(); });
  password = read_password(files.password).value().reveal();
  EXPECT_FALSE(talk(sandbox->port(), checks(1), trusting(), rules_for()).trouble) << "thirty days are left";
  sandbox->stop();
  thread.join();
  fs::remove_all(place.path() / "sb");
  const auto old =
      Sandbox::open({.directory = place.path() / "sb"}, [] { return real_now() - std::chrono::days(400); }).value();
  std::thread again([&] { old->run(); });
  const Talk told = talk(old->port(), checks(1), trusting(), rules_for());
  ASSERT_TRUE(told.trouble);
  EXPECT_THAT(told.trouble->context, HasSubstr("expired"));
  EXPECT_THAT(told.trouble->hint, HasSubstr("clock"));
  old->stop();
  again.join();
}

TEST_F(Connections, AWrongPasswordIsSaidOnceAndNotAgain) {
  password = "not-the-word";
  const Talk told = talk(served->sandbox->port(), checks(1), trusting(), rules_for());
  ASSERT_TRUE(told.trouble);
  EXPECT_THAT(told.trouble->context, HasSubstr("2200"));
  EXPECT_THAT(told.trouble->context, Not(HasSubstr("not-the-word")));
}

TEST_F(Connections, WhatSpeaksNoTlsIsTold) {
  const Peer peer("closing session, unknown ip address\r\n", true);
  const Talk told = talk(peer.port(), checks(1), trusting(), rules_for());
  ASSERT_TRUE(told.trouble);
  EXPECT_THAT(told.trouble->context, HasSubstr("no TLS"));
}

TEST_F(Connections, WhatClosesAtOnceIsTold) {
  const Peer peer("", true);
  const Talk told = talk(peer.port(), checks(1), trusting(), rules_for());
  ASSERT_TRUE(told.trouble);
  EXPECT_EQ(told.trouble->code, Errc::unavailable);
}

TEST_F(Connections, NobodyThereIsTold) {
  std::uint16_t free = 0;
  {
    boost::asio::io_context io;
    free = tcp::acceptor(io, {boost::asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
  }
  EXPECT_THAT(talk(free, checks(1), trusting(), rules_for()).trouble->context, HasSubstr("cannot be reached"));
  EXPECT_THAT(talk(1, checks(1), trusting(), rules_for(), "no-such-name.invalid").trouble->context, HasSubstr("not found"));
}

TEST_F(Connections, FilesThatCannotBeUsedAreToldBefore) {
  std::ofstream(place.path() / "empty.pem") << "nothing\n";
  const auto other = make_sandbox_files(place.path() / "other", real_now()).value();
  TlsSettings settings = trusting();
  settings.authorities = place.path() / "empty.pem";
  EXPECT_EQ(TlsClient::make(settings).error().code, Errc::configuration);
  settings = trusting();
  settings.certificate = other.certificate;
  EXPECT_FALSE(TlsClient::make(settings)) << "without its key";
  settings.key = place.path() / "sb/server.key";
  EXPECT_THAT(TlsClient::make(settings).error().context, HasSubstr("does not belong"));
  settings.key = other.key;
  EXPECT_TRUE(TlsClient::make(settings));
  fs::permissions(place.path() / "sb/password", fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(read_password(place.path() / "sb/password").error().code, Errc::configuration);
}

}  // namespace
}  // namespace regdata::epp
