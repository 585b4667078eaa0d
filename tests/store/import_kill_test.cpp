// An import that is killed at any moment is simply run again.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/store/import_place.hpp"

namespace regdata::store {
namespace {

using samples::content;
using samples::Directory;
using samples::import_text;
using samples::open_store;
using samples::random_lines;

constexpr std::size_t line_count = 240;

ImportOptions small_batches() {
  ImportOptions options;
  options.batch = 20;
  return options;
}

/// Imports in a process of its own, which is killed after `delay`. True: it was killed before it was done. The child tells
/// after each batch how many lines are in the store, as an operator's progress bar does: what was told must be there.
bool import_and_kill(const Directory& place, const std::string& lines, std::chrono::microseconds delay, std::uint64_t& told) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[0]);
    ImportHooks hooks;
    hooks.progress = [&](const ImportProgress& progress) {
      return write(pipe_ends[1], &progress.lines, sizeof progress.lines) == sizeof progress.lines;
    };
    const auto store = open_store(place);
    import_text(*store, lines, small_batches(), hooks);
    _exit(0);
  }
  close(pipe_ends[1]);
  std::this_thread::sleep_for(delay);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  told = 0;
  for (std::uint64_t lines_done = 0; read(pipe_ends[0], &lines_done, sizeof lines_done) == sizeof lines_done;)
    told = lines_done;
  close(pipe_ends[0]);
  return WIFSIGNALED(status) != 0;
}

TEST(ImportKill, RunAgainItGivesTheSameStore) {
  const bool long_run = std::getenv("REGDATA_LONG") != nullptr;
  const int rounds = long_run ? 1000 : 50;
  const std::string lines = random_lines(line_count, 23);
  const Directory clean;
  const auto expected_store = open_store(clean);
  const auto begin = std::chrono::steady_clock::now();
  import_text(*expected_store, lines, small_batches());
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
  const auto expected = content(*expected_store);
  ASSERT_EQ(expected.size(), line_count);

  std::mt19937_64 engine(std::random_device{}());
  int killed = 0;
  int in_the_middle = 0;
  for (int round = 0; round < rounds; ++round) {
    const Directory place;
    open_store(place);  // made before: the killing is about the import
    const auto delay = std::chrono::microseconds(engine() % static_cast<std::uint64_t>(whole.count() * 5 / 4 + 1));
    SCOPED_TRACE("round " + std::to_string(round) + ", killed after " + std::to_string(delay.count()) + " us");
    std::uint64_t told = 0;
    killed += import_and_kill(place, lines, delay, told) ? 1 : 0;
    const auto store = open_store(place);
    const auto held = store->count().value();
    in_the_middle += held > 0 && held < line_count ? 1 : 0;
    ASSERT_GE(held, told) << "acknowledged and lost";
    ASSERT_TRUE(store->verify_choices());
    const ImportReport report = import_text(*store, lines, small_batches());
    ASSERT_EQ(report.unchanged, held);
    ASSERT_EQ(report.added, line_count - held);
    ASSERT_EQ(content(*store), expected);
    ASSERT_TRUE(store->verify_choices());
  }
  EXPECT_GT(killed, rounds / 4);
  EXPECT_GT(in_the_middle, 0) << "no kill fell between two batches: the test shows nothing";
}

}  // namespace
}  // namespace regdata::store
