// Port 43 against a bare epoll loop of the same answer size, in the same run, in turns. Usage: whois_bench [VIEWS] [QUERIES]
// [ROUNDS]; defaults 1,000,000 views, 20,000 queries, 7 rounds. Exit 1 when a figure of docs/benchmarks.md is missed.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "bench/load.hpp"
#include "bench/server_process.hpp"
#include "tests/redaction/view_store_place.hpp"

namespace regdata::bench {
namespace {

struct Side {
  std::vector<double> per_second;
  std::vector<double> cpu_us;
  std::vector<double> p99_us;
  std::uint64_t failed = 0;
};

struct Plan {
  std::uint64_t views = 1'000'000;
  unsigned queries = 20'000;
  unsigned rounds = 7;
};

LoadResult measure(ServerProcess& server, std::uint64_t views, unsigned queries, unsigned connections, std::uint64_t seed,
                   Side& side) {
  const double before = server.cpu_seconds();
  LoadOptions load;
  load.port = server.port();
  load.connections = connections;
  load.queries = queries;
  load.line = [&](std::uint64_t number) { return name_at(scrambled(seed + number) % views) + "\r\n"; };
  LoadResult result = run_load(load);
  side.per_second.push_back(result.per_second());
  side.cpu_us.push_back((server.cpu_seconds() - before) * 1e6 / static_cast<double>(result.answered));
  side.p99_us.push_back(result.percentile(0.99));
  side.failed += result.failed;
  return result;
}

/// Median over rounds of the quotient of two runs that followed each other.
double ratio(const std::vector<double>& ours, const std::vector<double>& theirs) {
  std::vector<double> quotients;
  for (std::size_t i = 0; i < ours.size(); ++i) quotients.push_back(ours[i] / theirs[i]);
  return median(quotients);
}

bool missed = false;
void figure(const char* what, double value, double bar, bool at_least) {
  const bool good = at_least ? value >= bar : value <= bar;
  std::printf("%-52s %6.2fx   (bar %s %.2fx)  %s\n", what, value, at_least ? ">=" : "<=", bar, good ? "ok" : "MISSED");
  missed = missed || !good;
}

void compare(const char* program, const std::string& store, const Plan& plan, unsigned threads) {
  ServerProcess ours({beside(program, "whois_server"), store, std::to_string(threads)});
  Side warm;
  const LoadResult first = measure(ours, plan.views, plan.queries, 32, 1, warm);
  const auto size = first.bytes / std::max<std::uint64_t>(first.answered, 1);
  ServerProcess bare({beside(program, "epoll_responder"), std::to_string(size), std::to_string(threads)});
  measure(bare, plan.views, plan.queries / 4, 32, 2, warm);
  Side us;
  Side them;
  for (unsigned round = 0; round < plan.rounds; ++round) {
    // whoever goes first may find a warmer machine: take turns
    ServerProcess& one = round % 2 == 0 ? ours : bare;
    ServerProcess& other = round % 2 == 0 ? bare : ours;
    measure(one, plan.views, plan.queries, 32, 100 + round, round % 2 == 0 ? us : them);
    measure(other, plan.views, plan.queries, 32, 200 + round, round % 2 == 0 ? them : us);
  }
  std::printf("\n%llu views, answer of %llu bytes, %u thread(s), %u rounds of %u queries, 32 connections\n",
              static_cast<unsigned long long>(plan.views), static_cast<unsigned long long>(size), threads, plan.rounds,
              plan.queries);
  std::printf("  port 43   %8.0f /s  %6.1f us CPU  p99 %7.0f us  failed %llu  private memory %.1f MiB\n", median(us.per_second),
              median(us.cpu_us), median(us.p99_us), static_cast<unsigned long long>(us.failed), ours.private_mebibytes());
  std::printf("  responder %8.0f /s  %6.1f us CPU  p99 %7.0f us  failed %llu\n", median(them.per_second), median(them.cpu_us),
              median(them.p99_us), static_cast<unsigned long long>(them.failed));
  figure(threads == 1 ? "throughput, one thread" : "throughput, two threads", ratio(us.per_second, them.per_second), 0.9, true);
  if (threads == 1) {
    figure("CPU per query", ratio(us.cpu_us, them.cpu_us), 1.4, false);
    figure("p99", ratio(us.p99_us, them.p99_us), 1.5, false);
  }
  missed = missed || us.failed != 0;
}

void growth(const char* program, const std::string& small_store, std::uint64_t small, const std::string& store,
            const Plan& plan) {
  ServerProcess few({beside(program, "whois_server"), small_store, "1"});
  ServerProcess many({beside(program, "whois_server"), store, "1"});
  Side f;
  Side m;
  measure(few, small, plan.queries, 32, 1, f);
  measure(many, plan.views, plan.queries, 32, 1, m);
  f = m = {};
  for (unsigned round = 0; round < plan.rounds; ++round) {
    if (round % 2 == 0) measure(few, small, plan.queries, 32, 300 + round, f);
    measure(many, plan.views, plan.queries, 32, 300 + round, m);
    if (round % 2 != 0) measure(few, small, plan.queries, 32, 300 + round, f);
  }
  std::printf("\n%llu views %.0f /s %.1f us CPU; %llu views %.0f /s %.1f us CPU\n", static_cast<unsigned long long>(small),
              median(f.per_second), median(f.cpu_us), static_cast<unsigned long long>(plan.views), median(m.per_second),
              median(m.cpu_us));
  figure("throughput with all views against few", ratio(m.per_second, f.per_second), 0.9, true);
}

}  // namespace
}  // namespace regdata::bench

int main(int argc, char** argv) {
  using namespace regdata::bench;
  Plan plan;
  if (argc > 1) plan.views = std::strtoull(argv[1], nullptr, 10);
  if (argc > 2) plan.queries = static_cast<unsigned>(std::atoi(argv[2]));
  if (argc > 3) plan.rounds = static_cast<unsigned>(std::atoi(argv[3]));
  const regdata::testing::TemporaryDirectory place;
  const auto store = place.path() / "all";
  const auto small_store = place.path() / "few";
  const std::uint64_t small = std::max<std::uint64_t>(plan.views / 100, 100);
  std::filesystem::create_directories(store);
  std::filesystem::create_directories(small_store);
  make_view_store(store, plan.views);
  make_view_store(small_store, small);
  compare(argv[0], store, plan, 1);
  compare(argv[0], store, plan, 2);
  growth(argv[0], small_store, small, store, plan);
  return missed ? 1 : 0;
}
