// The small parts: nearest names, endpoints, pseudonyms, metrics, the kernel's confinement.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "app/confinement.hpp"
#include "app/endpoint.hpp"
#include "app/metrics.hpp"
#include "app/nearest.hpp"
#include "app/process.hpp"
#include "app/query_log.hpp"
#include "tests/app/place.hpp"

namespace regdata::app {
namespace {

TEST(Nearest, FindsTypingErrors) {
  const std::vector<std::string> verbs{"import", "lookup", "explain", "doctor", "run", "serve"};
  EXPECT_EQ(nearest("lokup", verbs), "lookup");
  EXPECT_EQ(nearest("EXPLIAN", verbs), "explain");
  EXPECT_EQ(nearest("rnu", verbs), "run");
  EXPECT_EQ(nearest("frobnicate", verbs), std::nullopt);
  EXPECT_EQ(nearest("", verbs), std::nullopt);
  EXPECT_EQ(nearest(std::string(100000, 'x'), verbs), std::nullopt);
}

TEST(Endpoint, TakesNumericAddressesOnly) {
  for (const char* text : {"127.0.0.1:43", "0.0.0.0:0", "[::]:43", "[::1]:65535", "[2001:db8::1]:9043"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->text, text);
  }
  EXPECT_EQ(parse_endpoint("[2001:DB8:0::1]:1")->text, "[2001:db8::1]:1");
  for (const char* text : {"", "43", ":43", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "localhost:43",
                           "::1:43", "[::1]", "[::1:43", "1.2.3:4", "127.0.0.1:43 ", "[fe80::1%eth0]:43"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
  EXPECT_TRUE(parse_endpoint("127.9.9.9:1")->is_loopback());
  EXPECT_TRUE(parse_endpoint("[::1]:1")->is_loopback());
  EXPECT_FALSE(parse_endpoint("0.0.0.0:1")->is_loopback());
  EXPECT_FALSE(parse_endpoint("[::]:1")->is_loopback());
}

void count_up(void* bytes, std::size_t count) {
  static unsigned char next = 0;
  std::memset(bytes, ++next, count);
}

TEST(Pseudonyms, HoldForADayAndJoinNothing) {
  ASSERT_GE(sodium_init(), 0);
  Pseudonyms pseudonyms(count_up);
  const UtcTime day{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  const whois::ClientPrefix one{{192, 0, 2, 1}, 4};
  const whois::ClientPrefix other{{192, 0, 2, 2}, 4};
  const whois::ClientPrefix v6{{192, 0, 2, 1}, 8};
  const std::string first = pseudonyms.of(one, day);
  EXPECT_EQ(first.size(), 12U);
  EXPECT_EQ(pseudonyms.of(one, day + std::chrono::hours(23)), first);
  EXPECT_NE(pseudonyms.of(other, day), first);
  EXPECT_NE(pseudonyms.of(v6, day), first);
  EXPECT_NE(pseudonyms.of(one, day + std::chrono::hours(24)), first) << "the key is replaced every day";
  EXPECT_EQ(pseudonyms.of({}, day), "unknown");
  Pseudonyms elsewhere(randombytes_buf);
  EXPECT_NE(elsewhere.of(one, day), first) << "without the key a pseudonym says nothing";
}

TEST(Metrics, PagesAreGolden) {
  const UtcTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  whois::WhoisCounters counters;
  for (std::size_t i = 0; i < counters.answers.size(); ++i) counters.answers[i] = i + 1;
  for (std::size_t i = 0; i < counters.durations.size(); ++i) counters.durations[i] = 10;
  counters.duration_sum_us = 1500;
  counters.accepted = 40;
  std::uint64_t cell = 0;
  for (auto& reasons : counters.redacted) {
    for (auto& count : reasons) count = ++cell;
  }
  redaction::ViewStoreState state;
  state.sequence = 7;
  state.views = 3;
  state.generation = 2;
  state.heartbeat = now - std::chrono::seconds(90);
  WorkerFigures figures;
  figures.changes = 5;
  figures.lag_seconds = 1.5;
  figures.registries.set("registry", {.messages = 7,
                                      .looked = 6,
                                      .changed = 5,
                                      .errors = 4,
                                      .waiting = 3,
                                      .for_a_person = 2,
                                      .doubtful = 1,
                                      .unresolved = 8,
                                      .refused = true,
                                      .drained = now - std::chrono::minutes(1)});
  figures.escrow.set("agent", {.sent = now - std::chrono::hours(1), .accepted = now - std::chrono::hours(2), .overdue = true});
  figures.escrow.set("new", {.waits_for_person = true, .from_future = true});
  figures.escrow.set("put-back", {.sent = now + std::chrono::hours(1), .accepted = now + std::chrono::hours(1)});
  std::string pages =
      serve_metrics({{"whois", &counters, &counters}, {"rdap", &counters, &counters}, {"page", &counters, nullptr}}, state,
                    true, now) +
      "\n" + serve_metrics({{"whois", &counters, &counters}}, std::nullopt, false, now) + "\n" +
      worker_metrics(figures, true, now);
  for (std::size_t at = 0; (at = pages.find("version=\"", at)) != std::string::npos; ++at)
    pages.replace(at + 9, pages.find('"', at + 9) - at - 9, "V");
  expect_golden("metrics.txt", pages);
}

/// Runs `work` in a child, so that its confinement ends with it; what it returns is the exit code.
int in_child(const std::function<int()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool opens(const std::filesystem::path& path, int flags) {
  const int file = ::open(path.c_str(), flags, 0600);
  if (file >= 0) ::close(file);
  return file >= 0;
}

TEST(Confinement, LeavesOnlyWhatIsAllowed) {
  const Place place;
  place.write("views/CURRENT", "gen");
  place.write("views/locks/lock", "");
  place.write("store/registrations.db", "secret");
  place.write("spool/old.letter", "sealed");
  const int abi = landlock_abi();
  const int result = in_child([&]() -> int {
    const auto confined =
        confine({.read = {place / "views"}, .read_write = {place / "views/locks"}, .drop = {place / "spool"}, .bind = false});
    if (!confined || *confined != abi) return 1;
    if (!opens(place / "views/CURRENT", O_RDONLY)) return 2;
    if (!opens(place / "views/locks/lock", O_RDWR)) return 3;
    if (!opens(place / "spool/new.part", O_WRONLY | O_CREAT | O_EXCL)) return 20;
    if (::rename((place / "spool/new.part").c_str(), (place / "spool/new.letter").c_str()) != 0) return 21;
    if (abi == 0) return 0;  // nothing more to see: the kernel has no Landlock, serve says so in its log
    if (opens(place / "store/registrations.db", O_RDONLY)) return 4;
    if (opens(place / "spool/old.letter", O_RDONLY)) return 22;
    if (opens(place / "views/CURRENT", O_WRONLY)) return 5;
    if (opens(place / "views/locks/new", O_WRONLY | O_CREAT)) return 6;
    if (opens("/etc/passwd", O_RDONLY)) return 7;
    ::execl("/bin/true", "true", nullptr);
    if (errno != EACCES) return 8;
    if (abi >= 4 && listen_on("127.0.0.1:0")) return 9;
    return 0;
  });
  EXPECT_EQ(result, 0);
  std::printf("landlock ABI %d\n", abi);
}

TEST(Process, ListensOnBothFamiliesAndSaysWhere) {
  const auto v4 = listen_on("127.0.0.1:0");
  ASSERT_TRUE(v4) << v4.error().context;
  const std::string address = local_address(*v4);
  EXPECT_TRUE(address.starts_with("127.0.0.1:"));
  const auto again = listen_on(address);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::unavailable);
  EXPECT_NE(::fcntl(*v4, F_GETFD) & FD_CLOEXEC, 0);
  const auto v6 = listen_on("[::1]" + address.substr(address.rfind(':')));
  ASSERT_TRUE(v6) << "an IPv6 socket must not take IPv4's place: " << v6.error().context;
  ::close(*v4);
  ::close(*v6);
}

}  // namespace
}  // namespace regdata::app
