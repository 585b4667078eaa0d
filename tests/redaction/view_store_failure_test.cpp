// The view store when things go wrong around it: kill -9, a full disk, switches under readers of other processes and threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>
#include <thread>

#include "redaction/view_store.hpp"
#include "tests/redaction/made_view.hpp"
#include "tests/redaction/view_store_place.hpp"

namespace regdata {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using redaction::PublicView;
using redaction::ViewReader;
using redaction::ViewWriter;
using testing::plain_view;

constexpr std::size_t names = 40;

std::string name_of(std::size_t i) { return "name" + std::to_string(1000 + i) + ".example"; }

std::string email_of(std::uint64_t version) { return "version-" + std::to_string(version) + "@person.example"; }

std::string email_in(const PublicView& view) {
  const auto* shown = view->contacts.at(0).email.shown();
  return shown != nullptr ? shown->value : "";
}

void must(const Expected<void>& done) {
  if (!done) throw std::runtime_error(done.error().context);
}

template <class T>
T got(Expected<T> result) {
  if (!result) throw std::runtime_error(result.error().context);
  return std::move(*result);
}

/// All names at one version, the sequence that says so, and the note: together or not at all.
ViewWriter::Batch version_batch(std::uint64_t version) {
  ViewWriter::Batch batch;
  for (std::size_t i = 0; i < names; ++i) batch.put.push_back(plain_view(name_of(i), email_of(version)));
  batch.put_hosts = {{"ns1." + name_of(0), {std::to_string(version)}, "main"}};
  batch.sequence = version;
  batch.resume = std::to_string(version);
  batch.hides = true;
  return batch;
}

ViewWriter::Batch finish_of(std::uint64_t version) {
  ViewWriter::Batch finish;
  finish.sequence = version;
  finish.resume = std::to_string(version);
  return finish;
}

Expected<void> rebuild_to(ViewWriter& writer, std::uint64_t version) {
  return writer.rebuild(
      [&](ViewWriter::Filler& filler) -> Expected<void> {
        for (std::size_t i = 0; i < names; ++i) {
          if (auto put = filler.put(plain_view(name_of(i), email_of(version))); !put) return put;
        }
        return filler.put_host({"ns1." + name_of(0), {std::to_string(version)}, "main"});
      },
      finish_of(version));
}

/// One snapshot: every view at the same version. Returns it; throws where they differ or one is missing.
std::uint64_t version_seen(ViewReader& reader) {
  std::size_t count = 0;
  std::string email;
  bool same = true;
  must(reader.for_each([&](std::string_view, const PublicView& view) {
    if (count++ == 0) email = email_in(view);
    same = same && email_in(view) == email;
    return true;
  }));
  if (!same) throw std::runtime_error("two versions in one snapshot");
  if (count != names) throw std::runtime_error("views are missing: " + std::to_string(count));
  return std::stoull(email.substr(8));
}

class ViewStoreFailure : public ::testing::Test {
 protected:
  testing::TemporaryDirectory place{testing::memory_directory()};
  fs::path directory = place.path() / "views";
};

TEST_F(ViewStoreFailure, AKillAtAnyMomentLeavesOneWholeVersion) {
  // Shared with the children: the last version whose call returned, and how many switches there were.
  void* memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const acknowledged = new (memory) std::atomic<std::uint64_t>(0);
  std::mt19937 random(20261123);
  std::uint64_t generations = 0;
  const std::size_t rounds = testing::rounds(60, 1000);
  for (std::size_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    testing::Child publisher([&, seed = random()]() -> std::string {
      std::mt19937 chance(seed);
      const auto writer = got(ViewWriter::open(directory));
      for (std::uint64_t version = got(writer->state()).sequence + 1;; ++version) {
        switch (chance() % 8) {
          case 0:
            must(rebuild_to(*writer, version));
            break;
          case 1:
            must(writer->compact({}));
            must(writer->apply(version_batch(version)));
            break;
          case 2:
            (void)got(writer->compact_some({}, 15));
            must(writer->apply(version_batch(version)));
            break;
          default:
            must(writer->apply(version_batch(version)));
        }
        acknowledged->store(version);
      }
    });
    // One in four dies while it starts, the others after some versions, however slow this build is.
    const std::uint64_t before = acknowledged->load();
    const std::uint64_t enough = before + (round % 4 == 0 ? 0 : 1 + random() % 12);
    const auto patience = std::chrono::steady_clock::now() + 20s;
    while (acknowledged->load() < enough && std::chrono::steady_clock::now() < patience) std::this_thread::sleep_for(100us);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 3'000));
    publisher.kill();
    const std::uint64_t promised = acknowledged->load();
    const auto writer = got(ViewWriter::open(directory));
    const auto state = got(writer->state());
    generations = std::max(generations, state.generation);
    ASSERT_GE(state.sequence, promised) << "an acknowledged change is lost";
    ASSERT_LE(state.sequence, promised + 1);
    // Nothing half made stays: one generation, one lock file.
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory)) ++entries;
    ASSERT_LE(entries, 4U) << "CURRENT, one generation, locks, publisher.lock";
    if (state.sequence == 0) continue;
    const auto reader = got(ViewReader::open(directory));
    ASSERT_EQ(version_seen(*reader), state.sequence);
    ASSERT_EQ(got(writer->resume_note()), std::to_string(state.sequence));
    ASSERT_EQ(got(reader->find_host("ns1." + name_of(0)))->addresses, std::vector{std::to_string(state.sequence)});
  }
  EXPECT_GT(acknowledged->load(), rounds) << "the publisher hardly ran: nothing was tested";
  EXPECT_GT(generations, rounds / 10);
  ::munmap(memory, 4096);
}

TEST_F(ViewStoreFailure, ReadersOfOtherProcessesSeeWholeVersionsOverSwitches) {
  const fs::path done = place.path() / "done";
  const auto serve = [&]() -> std::string {
    while (!fs::exists(place.path() / "ready")) std::this_thread::sleep_for(1ms);
    const auto reader = got(ViewReader::open(directory));
    std::uint64_t last = 0;
    std::uint64_t generation = 0;
    std::size_t switches = 0;
    while (!fs::exists(done)) {
      const std::uint64_t version = version_seen(*reader);
      if (version < last) return "went back from " + std::to_string(last) + " to " + std::to_string(version);
      last = version;
      for (std::size_t i = 0; i < names; ++i) {
        if (!got(reader->find(name_of(i)))) return "no match for a published name";
      }
      const auto state = got(reader->state());
      if (state.generation != generation) ++switches;
      generation = state.generation;
    }
    return switches > 3 ? "" : "saw only " + std::to_string(switches) + " generations";
  };
  testing::Child first(serve);
  testing::Child second(serve);
  {
    const auto writer = got(ViewWriter::open(directory));
    std::uint64_t version = 1;
    must(writer->apply(version_batch(version)));
    std::ofstream(place.path() / "ready").put('x');
    const auto until = std::chrono::steady_clock::now() + 2s;
    while (std::chrono::steady_clock::now() < until) {
      must(writer->apply(version_batch(++version)));
      must(writer->compact({}));
      must(rebuild_to(*writer, ++version));
      std::this_thread::sleep_for(20ms);
    }
    std::ofstream(done).put('x');
    EXPECT_EQ(first.wait(), "");
    EXPECT_EQ(second.wait(), "");
  }
}

// Threads of one process share one environment, its map moves when it grows, and generations are switched under them.
TEST_F(ViewStoreFailure, ThreadsReadWhileTheStoreGrowsAndSwitches) {
  const auto writer = got(ViewWriter::open(directory));
  std::uint64_t version = 1;
  auto first = version_batch(version);
  first.texts = redaction::PublicTexts{};
  must(writer->apply(first));
  const auto reader = got(ViewReader::open(directory));
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> reads = 0;
  std::vector<std::string> failures(4);
  std::vector<std::thread> threads;
  for (std::string& failure : failures) {
    threads.emplace_back([&] {
      try {
        for (std::size_t i = 0; !done; ++i) {
          if (!got(reader->find(name_of(i % names)))) throw std::runtime_error("no match for a published name");
          if (got(reader->texts()) == nullptr) throw std::runtime_error("no texts");
          if (i % 64 == 0 && got(reader->state()).views < names) throw std::runtime_error("too few views");
          ++reads;
        }
      } catch (const std::exception& error) {
        failure = error.what();
      }
    });
  }
  const std::string ballast(32'000, 'x');
  for (std::size_t i = 0; i < 40; ++i) {  // 80 MB: past the first map of 64 MiB
    ViewWriter::Batch batch;
    for (std::size_t j = 0; j < 64; ++j) batch.put.push_back(plain_view(name_of(100 + i * 64 + j), ballast));
    must(writer->apply(batch));
    if (i % 10 == 3) (void)got(writer->compact_some({}, 50));
  }
  for (int i = 0; i < 3; ++i) {
    must(writer->compact({}));
    must(rebuild_to(*writer, ++version));
    std::this_thread::sleep_for(120ms);
  }
  done = true;
  for (auto& thread : threads) thread.join();
  for (const std::string& failure : failures) EXPECT_EQ(failure, "");
  EXPECT_GT(reads.load(), 100U);
}

/// Runs in a child with a file system of its own, `megabytes` large, at `at`.
std::string on_small_disk(const fs::path& at, int megabytes, const std::function<std::string()>& work) {
  return testing::in_child([&]() -> std::string {
    const std::string size = "size=" + std::to_string(megabytes) + "m";
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", at.c_str(), "tmpfs", 0, size.c_str()) != 0) {
      return std::string("this test needs to mount a small file system (root, CAP_SYS_ADMIN): ") + std::strerror(errno);
    }
    return work();
  });
}

/// Takes up what is free.
void fill_disk(const fs::path& file) {
  std::ofstream stream(file, std::ios::binary);
  const std::string block(4096, 'x');
  while (stream.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
  }
}

bool space_error(const Expected<void>& result) { return !result && result.error().code == Errc::unavailable; }

TEST_F(ViewStoreFailure, AFullDiskIsAnErrorAndNothingElse) {
  EXPECT_EQ(on_small_disk(place.path(), 4,
                          [&]() -> std::string {
                            const auto writer = got(ViewWriter::open(directory));
                            must(writer->apply(version_batch(1)));
                            const auto reader = got(ViewReader::open(directory));
                            const fs::path ballast = place.path() / "ballast";
                            fill_disk(ballast);
                            // Free pages of the store take a few versions; then the disk is full.
                            std::uint64_t held = 1;
                            Expected<void> failed;
                            for (std::uint64_t version = 2; failed && version < 50; ++version) {
                              ViewWriter::Batch batch = version_batch(version);
                              for (std::size_t i = 0; i < 200 * version; ++i)
                                batch.put_hosts.push_back({"ns" + std::to_string(i) + ".a.example", {}, ""});
                              failed = writer->apply(batch);
                              if (failed) held = version;
                            }
                            if (!space_error(failed)) return "a full disk was not reported";
                            if (failed.error().hint.empty()) return "no hint for the operator: " + failed.error().context;
                            if (got(writer->state()).sequence != held) return "something changed";
                            if (version_seen(*reader) != held) return "old data are not served";
                            if (!space_error(writer->compact({}))) return "compaction on a full disk was not reported";
                            if (!space_error(rebuild_to(*writer, 99))) return "rebuild on a full disk was not reported";
                            std::size_t generations = 0;
                            for (const auto& entry : fs::directory_iterator(directory)) {
                              if (entry.is_directory() && entry.path().filename() != "locks") ++generations;
                            }
                            if (generations != 1) return "a half made generation stays";
                            if (version_seen(*reader) != held) return "old data are not served any more";
                            fs::remove(ballast);
                            must(writer->apply(version_batch(100)));
                            if (version_seen(*reader) != 100) return "no recovery";
                            must(writer->compact({}));
                            must(rebuild_to(*writer, 101));
                            std::this_thread::sleep_for(150ms);
                            return version_seen(*reader) == 101 ? "" : "no recovery of generations";
                          }),
            "");
}

TEST_F(ViewStoreFailure, AFullDiskKeepsNobodyFromReading) {
  EXPECT_EQ(on_small_disk(place.path(), 4,
                          [&]() -> std::string {
                            { must(got(ViewWriter::open(directory))->apply(version_batch(1))); }
                            fill_disk(place.path() / "ballast");
                            { (void)version_seen(*got(ViewReader::open(directory))); }
                            const auto writer = got(ViewWriter::open(directory));
                            if (got(writer->state()).sequence != 1) return "the writer lost its place";
                            return "";
                          }),
            "");
}

}  // namespace
}  // namespace regdata
