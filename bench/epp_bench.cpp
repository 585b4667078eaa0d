// EPP against a canned registry on loopback: our client, and in the same run a raw OpenSSL loop and Perl's Net::EPP::Simple.
// Usage: epp_bench [COUNT]
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <vector>

#include "bench/canned_registry.hpp"
#include "epp/connection.hpp"
#include "epp/frame.hpp"
#include "epp/journaled_session.hpp"
#include "epp/namespaces.hpp"
#include "epp/sandbox_files.hpp"
#include "store/epp_journal.hpp"
#include "store/migrations.hpp"
#include "tests/temporary_directory.hpp"

namespace {

using namespace regdata;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

[[noreturn]] void fail(const std::string& why) {
  std::cerr << "epp_bench: " << why << "\n";
  std::exit(1);
}

/// Commands a second of our client: `window` of them under way, transforms or checks; `journal` null: off.
double ours(std::uint16_t port, const std::filesystem::path& authority, std::size_t count, unsigned window, bool transforms,
            epp::Journal* journal) {
  auto tls = epp::TlsClient::make({.server_name = "localhost", .authorities = authority});
  if (!tls) fail(tls.error().context);
  epp::SessionRules rules;
  rules.account = "REG-BENCH";
  rules.known.objects = {std::string(epp::domain_namespace)};
  rules.query_window = rules.transform_window = window;
  static std::uint64_t ids = 0;  // of all sessions: no clTRID comes twice
  const auto next_id = [] { return fmt::format("RD-BENCH-{}", ++ids); };
  epp::Session session(rules, epp::Password("bench-word"), next_id, Clock::now());
  const auto clock = [] { return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()); };
  epp::JournaledSession journaled(session, journal, {"bench", "REG-BENCH", window, std::chrono::minutes(10)}, next_id, clock);
  const auto command = [&](std::size_t number) {
    return transforms ? epp::Command(epp::DomainRenew{fmt::format("n{}.example", number), "2027-01-31", epp::Period{1, false}})
                      : epp::Command(epp::DomainCheck{{"bluehen.example"}});
  };
  const bool through_journal = journal != nullptr;
  std::size_t submitted = 0;
  std::size_t done = 0;
  Clock::time_point begin{};
  double took = 0;
  boost::asio::io_context io;
  epp::Connection connection(io, session, {"127.0.0.1", port, {}}, *tls, [&] {
    if (!session.is_ready() && begin == Clock::time_point{}) return;
    if (begin == Clock::time_point{}) begin = Clock::now();
    const auto take = [&](const std::vector<epp::Session::Done>& all) {
      for (const epp::Session::Done& one : all) {
        if (one.outcome.kind != epp::Outcome::Kind::answered || !one.outcome.response->is_success())
          fail("not answered: " + one.outcome.why.context);
        if (!transforms && epp::read_availability(*one.outcome.response)->size() != 1) fail("nothing was checked");
        ++done;
      }
    };
    if (through_journal) journaled.settle();
    take(through_journal ? journaled.take_done() : session.take_done());
    for (; submitted < count && submitted - done < window; ++submitted)
      through_journal ? journaled.submit({command(submitted)}) : session.submit(command(submitted));
    if (through_journal) journaled.settle();
    if (done == count && took == 0) {
      took = seconds_since(begin);
      session.drain();
    }
  });
  connection.start();
  io.run();
  if (took == 0) fail("the session ended early" + (session.trouble() ? ": " + session.trouble()->context : ""));
  return static_cast<double>(count) / took;
}

/// The same with nothing but OpenSSL: frames are written and read, and not looked into.
double raw(std::uint16_t port, const std::filesystem::path& authority, std::size_t count) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_load_verify_locations(context, authority.c_str(), nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("cannot connect");
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, socket);
  if (SSL_connect(ssl) != 1) fail("no handshake");
  std::vector<char> buffer(65536);
  const auto read_exactly = [&](char* into, std::size_t size) {
    for (std::size_t at = 0; at < size;) {
      const int got = SSL_read(ssl, into + at, static_cast<int>(size - at));
      if (got <= 0) fail("the raw loop's connection ended");
      at += static_cast<std::size_t>(got);
    }
  };
  const auto read_frame = [&] {
    unsigned char header[4];
    read_exactly(reinterpret_cast<char*>(header), 4);
    const std::uint32_t size =
        std::uint32_t{header[0]} << 24 | std::uint32_t{header[1]} << 16 | std::uint32_t{header[2]} << 8 | header[3];
    read_exactly(buffer.data(), size - 4);
  };
  read_frame();
  const std::string frame = epp::frame_of(*epp::write(epp::Command(epp::DomainCheck{{"bluehen.example"}}), "RAW-1"));
  const auto begin = Clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    if (SSL_write(ssl, frame.data(), static_cast<int>(frame.size())) <= 0) fail("the raw loop cannot write");
    read_frame();
  }
  const double took = seconds_since(begin);
  SSL_free(ssl);
  ::close(socket);
  SSL_CTX_free(context);
  return static_cast<double>(count) / took;
}

/// Net::EPP::Simple of Debian's libnet-epp-perl.
double perl(std::uint16_t port, const std::filesystem::path& directory, std::size_t count) {
  const std::string script = fmt::format(
      "use Net::EPP::Simple; use Time::HiRes 'time'; my $e = Net::EPP::Simple->new(host => 'localhost', port => {}, user => "
      "'REG-BENCH', pass => 'bench-word', verify => 1, ca_file => '{}', reconnect => 0, timeout => 20) or die; my $t = time; "
      "for "
      "(1..{}) {{ $e->check_domain('bluehen.example') == 1 or die }} printf '%.6f', time - $t;",
      port, (directory / "authority.pem").string(), count);
  const auto file = directory / "bench.pl";
  std::ofstream(file) << script;
  std::FILE* pipe = ::popen(("perl " + file.string() + " 2>/dev/null").c_str(), "r");
  char text[64] = "";
  const bool told = pipe != nullptr && std::fgets(text, sizeof text, pipe) != nullptr;
  if (pipe != nullptr) ::pclose(pipe);
  const double took = told ? std::strtod(text, nullptr) : 0;
  if (took <= 0) fail("Perl's Net::EPP::Simple cannot be measured: libnet-epp-perl");
  return static_cast<double>(count) / took;
}

void print_figure(const char* what, double ours, double theirs, double bar) {
  const double ratio = ours / theirs;
  fmt::print("{:<64} {:>10.0f} {:>10.0f} {:>7.2f}x  bar {:.2f}x  {}\n", what, ours, theirs, ratio, bar,
             ratio >= bar ? "met" : "MISSED");
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
  const testing::TemporaryDirectory place;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto files = epp::make_sandbox_files(place.path(), now);
  if (!files) fail(files.error().context);
  constexpr std::size_t rounds = 5;
  fmt::print("{:<64} {:>10} {:>10}\n", "", "ours/s", "theirs/s");
  {
    const bench::CannedRegistry registry(files->certificate, files->key, std::chrono::milliseconds(0));
    std::vector<double> us, them;
    for (std::size_t i = 0; i < rounds; ++i) {  // in turn: what disturbs one disturbs the other
      us.push_back(ours(registry.port(), files->authority, count, 1, false, nullptr));
      them.push_back(raw(registry.port(), files->authority, count));
    }
    std::ranges::sort(us);
    std::ranges::sort(them);
    print_figure("domain:check, one session, depth 1, against a raw OpenSSL loop", us[rounds / 2], them[rounds / 2], 0.8);
    print_figure("the same against Net::EPP::Simple", us[rounds / 2],
                 perl(registry.port(), place.path(), std::max<std::size_t>(count / 20, 50)), 8);
  }
  {
    constexpr unsigned window = 50;
    constexpr std::chrono::milliseconds delay{20};
    const bench::CannedRegistry registry(files->certificate, files->key, delay);
    const double rate =
        ours(registry.port(), files->authority, std::max<std::size_t>(count / 2, window * 4), window, false, nullptr);
    print_figure("20 ms delay, window 50, against depth/RTT", rate, window / 0.020, 0.95);
  }
  {
    const auto directory = place.path() / "store";
    std::filesystem::create_directory(directory);
    const store::StorePaths paths{directory / "registrations.db", directory / "keys.db"};
    const auto key_file = directory / "master.key";
    if (auto made = store::MasterKey::create(key_file); !made) fail(made.error().context);
    const auto master = std::make_shared<const store::MasterKey>(std::move(store::MasterKey::load(key_file)).value());
    if (auto made = store::SqliteStore::create(paths, master, "EU", now); !made) fail(made.error().context);
    auto opened = store::SqliteStore::open(paths, master, "EU", [] {
      return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    });
    if (!opened) fail(opened.error().context);
    auto journal = store::SqliteJournal::open(**opened, paths);
    if (!journal) fail(journal.error().context);
    constexpr unsigned depth = 16;
    std::vector<double> on, off;
    for (std::size_t i = 0; i < 3; ++i) {
      const bench::CannedRegistry registry(files->certificate, files->key, std::chrono::milliseconds(0));
      off.push_back(ours(registry.port(), files->authority, count, depth, true, nullptr));
      on.push_back(ours(registry.port(), files->authority, count, depth, true, journal->get()));
    }
    std::ranges::sort(on);
    std::ranges::sort(off);
    print_figure("transforms, depth 16, journal on against off", on[1], off[1], 0.9);
    const bench::CannedRegistry distant(files->certificate, files->key, std::chrono::milliseconds(20));
    const std::size_t fewer = std::max<std::size_t>(count / 10, 160);
    const double without = ours(distant.port(), files->authority, fewer, depth, true, nullptr);
    const double with = ours(distant.port(), files->authority, fewer, depth, true, journal->get());
    print_figure("the same with a registry 20 ms away", with, without, 0.9);
  }
  return 0;
}
