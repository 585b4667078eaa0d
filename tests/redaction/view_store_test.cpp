// The view store by itself: changes, generations, rights, growth, damage.
#include "redaction/view_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "tests/redaction/made_view.hpp"
#include "tests/redaction/open_views.hpp"
#include "tests/redaction/view_store_place.hpp"

namespace regdata {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using redaction::PublicHost;
using redaction::PublicTexts;
using redaction::PublicView;
using redaction::ViewReader;
using redaction::ViewWriter;
using testing::at;
using testing::batch_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::must;
using testing::plain_view;
using testing::reader_of;
using ::testing::UnorderedElementsAre;
using testing::writer_of;

std::string name_of(std::size_t i) {
  std::string digits = std::to_string(i);
  return "name" + std::string(8 - digits.size(), '0') + digits + ".example";
}

/// All views as the reader sees them.
std::vector<PublicView> all(ViewReader& reader) {
  std::vector<PublicView> views;
  must(reader.for_each([&](std::string_view, const PublicView& view) {
    views.push_back(view);
    return true;
  }));
  return views;
}

/// Waits for the generation; a reader has a second to follow.
bool follows(ViewReader& reader, std::uint64_t generation) {
  const auto deadline = std::chrono::steady_clock::now() + 1s;
  while (std::chrono::steady_clock::now() < deadline) {
    if (reader.state().value().generation == generation) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

class ViewStore : public ::testing::Test {
 protected:
  testing::TemporaryDirectory place;
  fs::path directory = place.path() / "views";
};

TEST_F(ViewStore, IsUnavailableUntilSomethingIsPublished) {
  const auto missing = ViewReader::open(directory);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Errc::unavailable);

  const auto writer = writer_of(directory);
  const auto reader = reader_of(directory);
  const auto state = reader->state().value();
  EXPECT_EQ(state.generation, 1U);
  EXPECT_EQ(state.views, 0U);
  EXPECT_EQ(state.sequence, 0U);
  EXPECT_EQ(state.publication, 0U);
  EXPECT_FALSE(reader->find("name.example").value().has_value());
}

TEST_F(ViewStore, OneBatchIsOneChange) {
  const auto writer = writer_of(directory);
  const auto reader = reader_of(directory);
  ViewWriter::Batch batch = batch_of({plain_view("b.example"), plain_view("a.example")});
  batch.put_hosts = {{"ns1.a.example", {"192.0.2.1", "2001:db8::1"}, "main"}};
  batch.texts = PublicTexts{};
  batch.texts->redacted_text = "REDACTED";
  batch.resume = "note";
  batch.sequence = 42;
  batch.applied_until = at(60);
  batch.heartbeat = at(75);
  batch.publication = 7;
  must(writer->apply(batch));

  EXPECT_EQ(reader->find("a.example").value(), plain_view("a.example"));
  EXPECT_EQ(reader->find_host("ns1.a.example").value(), batch.put_hosts[0]);
  EXPECT_EQ(writer->find_host("ns1.a.example").value(), batch.put_hosts[0]);
  EXPECT_FALSE(reader->find_host("ns2.a.example").value().has_value());
  std::this_thread::sleep_for(150ms);
  EXPECT_EQ(reader->texts().value()->redacted_text, "REDACTED");
  EXPECT_EQ(writer->resume_note().value(), "note");
  const auto state = reader->state().value();
  EXPECT_EQ(state.sequence, 42U);
  EXPECT_EQ(state.applied_until, at(60));
  EXPECT_EQ(state.heartbeat, at(75));
  EXPECT_EQ(state.publication, 7U);
  EXPECT_EQ(state.views, 2U);

  ViewWriter::Batch next;
  next.remove = {"a.example", "never-there.example"};
  next.remove_hosts = {"ns1.a.example"};
  next.sequence = 43;
  must(writer->apply(next));
  EXPECT_FALSE(reader->find("a.example").value().has_value());
  EXPECT_FALSE(reader->find_host("ns1.a.example").value().has_value());
  EXPECT_EQ(writer->resume_note().value(), "note");  // what a batch leaves out stays
  EXPECT_EQ(reader->state().value().applied_until, at(60));
}

TEST_F(ViewStore, NamesOfAnyShapeAreNoMatch) {
  const auto writer = writer_of(directory);
  const auto reader = reader_of(directory);
  for (const std::string& name : {std::string(), std::string(253, 'a'), std::string(600, 'a'), std::string("\0", 1)}) {
    EXPECT_FALSE(reader->find(name).value().has_value());
    EXPECT_FALSE(reader->find_host(name).value().has_value());
  }
}

TEST_F(ViewStore, KnowsTheHostsBelowAName) {
  const auto writer = writer_of(directory);
  ViewWriter::Batch batch;
  for (const char* name : {"a.example", "ns1.a.example", "deep.ns1.a.example", "ns1.b.example", "ns1.a-2.example",
                           "ns1.aa.example", "a.example.test"}) {
    batch.put_hosts.push_back({name, {}, "main"});
  }
  must(writer->apply(batch));
  EXPECT_THAT(writer->hosts_below("a.example").value(),
              UnorderedElementsAre("a.example", "ns1.a.example", "deep.ns1.a.example"));
  EXPECT_THAT(writer->hosts_below("c.example").value(), IsEmpty());
}

TEST_F(ViewStore, HasOneWriter) {
  const auto other_process = [&] {
    return testing::in_child([&]() -> std::string {
      const auto second = ViewWriter::open(directory);
      if (second) return "a second writer got in";
      return second.error().code == Errc::conflict ? "" : second.error().context;
    });
  };
  testing::Child holder([&]() -> std::string {
    const auto writer = writer_of(directory);
    std::ofstream(place.path() / "ready").put('x');
    std::this_thread::sleep_for(60s);
    return "";
  });
  while (!fs::exists(place.path() / "ready")) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(other_process(), "");
  holder.kill();  // the lock ends with its holder, however it ends
  const auto writer = writer_of(directory);
  const auto second = ViewWriter::open(directory);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::conflict);
}

TEST_F(ViewStore, HiddenBytesGoWithTheNextGeneration) {
  const auto writer = writer_of(directory);
  const auto reader = reader_of(directory);
  std::vector<PublicView> views;
  for (std::size_t i = 0; i < 300; ++i)
    views.push_back(plain_view(name_of(i), "planted-" + std::to_string(i) + "@person.example"));
  must(writer->apply(batch_of(views)));
  EXPECT_FALSE(writer->hides_pending_since().value().has_value());

  ViewWriter::Batch hide;
  hide.put = {plain_view(name_of(17))};
  hide.remove = {name_of(18)};
  hide.hides = true;
  hide.at = at(1000);
  must(writer->apply(hide));
  EXPECT_EQ(writer->hides_pending_since().value(), at(1000));
  hide.at = at(1100);
  must(writer->apply(hide));
  EXPECT_EQ(writer->hides_pending_since().value(), at(1000));  // the first counts
  // LMDB keeps the freed bytes: this is why generations exist. Without this line the test could not fail.
  EXPECT_THAT(testing::files_with(directory, "planted-17@"), ElementsAre("gen-000001/data.mdb"));

  must(writer->compact(at(1200)));
  EXPECT_THAT(testing::files_with(directory, "planted-17@"), IsEmpty());
  EXPECT_THAT(testing::files_with(directory, "planted-18@"), IsEmpty());
  EXPECT_THAT(testing::files_with(directory, "planted-19@"), ElementsAre("gen-000002/data.mdb"));
  EXPECT_FALSE(writer->hides_pending_since().value().has_value());
  EXPECT_FALSE(fs::exists(directory / "gen-000001"));
  EXPECT_FALSE(fs::exists(directory / "locks/gen-000001.lock"));

  // The reader still has the old file open, under no name, and lets go of it within a second.
  EXPECT_TRUE(reader->find(name_of(17)).value().has_value());
  EXPECT_TRUE(follows(*reader, 2));
  EXPECT_EQ(all(*reader).size(), 299U);
}

TEST_F(ViewStore, CompactionInSlicesCarriesChangesOver) {
  const auto writer = writer_of(directory);
  std::vector<PublicView> views;
  for (std::size_t i = 0; i < 1000; ++i)
    views.push_back(plain_view(name_of(i), "planted-" + std::to_string(i) + "@person.example"));
  auto first = batch_of(views);
  for (std::size_t i = 0; i < 100; ++i) first.put_hosts.push_back({"ns1." + name_of(i), {"192.0.2.1"}, "main"});
  first.texts = PublicTexts{};
  first.resume = "note";
  first.sequence = 5;
  must(writer->apply(first));

  ViewWriter::Batch change;
  change.at = at(500);
  change.hides = true;
  change.put = {plain_view(name_of(3)), plain_view(name_of(990)), plain_view("new.example"), plain_view("aaa.example")};
  change.remove = {name_of(4), name_of(991)};
  change.put_hosts = {{"ns2." + name_of(1), {}, "main"}};
  change.remove_hosts = {"ns1." + name_of(2), "ns1." + name_of(99)};
  change.sequence = 6;
  int slices = 0;
  for (bool done = false; !done; ++slices) {
    done = writer->compact_some(at(600), 100).value();
    if (slices == 4) must(writer->apply(change));
    EXPECT_EQ(writer->compacting(), !done);
  }
  EXPECT_GE(slices, 11);
  // The hide came while the copy was under way: its bytes are in the copy, so the next one is due.
  EXPECT_EQ(writer->hides_pending_since().value(), at(500));

  const auto reader = reader_of(directory);
  const auto state = reader->state().value();
  EXPECT_EQ(state.generation, 2U);
  EXPECT_EQ(state.sequence, 6U);
  EXPECT_EQ(state.views, 1000U);
  EXPECT_EQ(reader->find(name_of(3)).value(), plain_view(name_of(3)));
  EXPECT_EQ(reader->find(name_of(990)).value(), plain_view(name_of(990)));
  EXPECT_TRUE(reader->find("aaa.example").value().has_value());
  EXPECT_FALSE(reader->find(name_of(4)).value().has_value());
  EXPECT_FALSE(reader->find(name_of(991)).value().has_value());
  EXPECT_TRUE(reader->find_host("ns2." + name_of(1)).value().has_value());
  EXPECT_FALSE(reader->find_host("ns1." + name_of(2)).value().has_value());
  EXPECT_FALSE(reader->find_host("ns1." + name_of(99)).value().has_value());
  EXPECT_EQ(writer->resume_note().value(), "note");
  EXPECT_EQ(*reader->texts().value(), PublicTexts{});

  must(writer->compact(at(700)));
  EXPECT_FALSE(writer->hides_pending_since().value().has_value());
  EXPECT_THAT(testing::files_with(directory, "planted-3@"), IsEmpty());
  EXPECT_THAT(testing::files_with(directory, "planted-991@"), IsEmpty());
}

TEST_F(ViewStore, RebuildSwitchesWholeOrNotAtAll) {
  const auto writer = writer_of(directory);
  auto first = batch_of({plain_view("a.example", "old@person.example"), plain_view("z.example")});
  first.texts = PublicTexts{};
  first.texts->redacted_text = "KEPT";
  first.hides = true;
  first.resume = "note";
  must(writer->apply(first));
  const auto reader = reader_of(directory);

  const auto unordered = writer->rebuild(
      [](ViewWriter::Filler& filler) -> Expected<void> {
        if (auto put = filler.put(plain_view("b.example")); !put) return put;
        return filler.put(plain_view("a.example"));
      },
      {});
  ASSERT_FALSE(unordered.has_value());
  const auto failed =
      writer->rebuild([](ViewWriter::Filler&) -> Expected<void> { return make_error(Errc::unavailable, "x"); }, {});
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(reader->state().value().generation, 1U);
  EXPECT_EQ(all(*reader).size(), 2U);
  EXPECT_FALSE(fs::exists(directory / "gen-000002"));  // nothing half made stays

  ViewWriter::Batch finish;
  finish.sequence = 9;
  finish.publication = 77;
  must(writer->rebuild(
      [](ViewWriter::Filler& filler) -> Expected<void> {
        for (std::size_t i = 0; i < 20'000; ++i) {
          if (auto put = filler.put(plain_view(name_of(i))); !put) return put;
          if (auto put = filler.put_host({"ns1." + name_of(i), {"192.0.2.7"}, "main"}); !put) return put;
        }
        return {};
      },
      finish));
  ASSERT_TRUE(follows(*reader, 2));
  EXPECT_EQ(reader->state().value().views, 20'000U);
  EXPECT_EQ(reader->state().value().sequence, 9U);
  EXPECT_EQ(reader->state().value().publication, 77U);
  EXPECT_EQ(reader->texts().value()->redacted_text, "KEPT");
  EXPECT_TRUE(reader->find_host("ns1." + name_of(19'999)).value().has_value());
  EXPECT_EQ(writer->resume_note().value(), "");
  EXPECT_FALSE(writer->hides_pending_since().value().has_value());
  EXPECT_THAT(testing::files_with(directory, "old@person.example"), IsEmpty());
  EXPECT_FALSE(fs::exists(directory / "gen-000001"));
}

// The map begins at 64 MiB. A reader of another process has to follow its growth, and one of this process too.
TEST_F(ViewStore, GrowsUnderItsReaders) {
  std::optional<testing::Child> other;
  const fs::path ready = place.path() / "ready";
  other.emplace([&]() -> std::string {
    while (!fs::exists(ready)) std::this_thread::sleep_for(5ms);
    const auto reader = reader_of(directory);
    const auto deadline = std::chrono::steady_clock::now() + 120s;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto state = reader->state();
      if (!state) return state.error().context;
      if (!reader->find(name_of(0)).value()) return "a view is missing";
      if (state->sequence == 100) return reader->find("last.example").value() ? "" : "the last view is missing";
    }
    return "too slow";
  });
  const auto writer = writer_of(directory);
  must(writer->apply(batch_of({plain_view(name_of(0))})));
  const auto reader = reader_of(directory);
  std::ofstream(ready).put('x');
  std::size_t next = 0;
  for (int round = 0; round < 24; ++round) {
    ViewWriter::Batch batch;
    for (int i = 0; i < 125; ++i, ++next) {
      batch.put.push_back(plain_view(name_of(next), std::string(32'000, 'x') + "@person.example"));
    }
    must(writer->apply(batch));
    ASSERT_TRUE(reader->find(name_of(next - 1)).value().has_value());
  }
  auto last = batch_of({plain_view("last.example")});
  last.sequence = 100;
  must(writer->apply(last));
  EXPECT_GT(fs::file_size(directory / "gen-000001/data.mdb"), std::uintmax_t{80} << 20U);
  EXPECT_EQ(other->wait(), "");
  must(writer->compact(at(0)));
  EXPECT_EQ(writer->state().value().views, 3'001U);
}

struct Damage {
  const char* what;
  std::function<void(const fs::path&)> act;
};
class DamagedStore : public ::testing::TestWithParam<Damage> {};

// Whatever is wrong with the generation in force: the writer opens, says that nothing was applied, and a rebuild mends it.
TEST_P(DamagedStore, IsMendedByARebuild) {
  testing::TemporaryDirectory place;
  const fs::path directory = place.path() / "views";
  {
    const auto writer = writer_of(directory);
    auto batch = batch_of({plain_view("a.example")});
    batch.sequence = 12;
    must(writer->apply(batch));
  }
  GetParam().act(directory);
  const auto writer = writer_of(directory);
  EXPECT_EQ(writer->state().value().sequence, 0U);
  EXPECT_EQ(writer->state().value().publication, 0U);
  EXPECT_FALSE(writer->apply(batch_of({plain_view("b.example")})).has_value());
  const auto refused = ViewReader::open(directory);
  EXPECT_FALSE(refused.has_value());
  ViewWriter::Batch finish;
  finish.sequence = 13;
  must(writer->rebuild([](ViewWriter::Filler& filler) { return filler.put(plain_view("c.example")); }, finish));
  must(writer->apply(batch_of({plain_view("d.example")})));
  EXPECT_EQ(all(*reader_of(directory)).size(), 2U);
}

void overwrite(const fs::path& file, const std::string& bytes) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << bytes;
}

INSTANTIATE_TEST_SUITE_P(
    ViewStore, DamagedStore,
    ::testing::Values(Damage{"current_is_garbage", [](const fs::path& d) { overwrite(d / "CURRENT", "generation seven\n"); }},
                      Damage{"current_is_empty", [](const fs::path& d) { overwrite(d / "CURRENT", ""); }},
                      Damage{"current_names_nothing", [](const fs::path& d) { overwrite(d / "CURRENT", "gen-000009\n"); }},
                      Damage{"no_environment",
                             [](const fs::path& d) { overwrite(d / "gen-000001/data.mdb", std::string(16'384, 'x')); }}),
    [](const auto& tested) { return std::string(tested.param.what); });

TEST_F(ViewStore, LeftoversOfAKilledRebuildGo) {
  { (void)writer_of(directory); }
  fs::create_directory(directory / "gen-000002");
  overwrite(directory / "gen-000002/data.mdb", "planted-half-made");
  fs::create_directory(directory / "retired-gen-000001");
  overwrite(directory / "retired-gen-000001/data.mdb", "planted-half-gone");
  overwrite(directory / "locks/gen-000002.lock", "x");
  const auto writer = writer_of(directory);
  EXPECT_THAT(testing::files_with(directory, "planted-half"), IsEmpty());
  EXPECT_FALSE(fs::exists(directory / "gen-000002"));
  EXPECT_FALSE(fs::exists(directory / "retired-gen-000001"));
  EXPECT_FALSE(fs::exists(directory / "locks/gen-000002.lock"));
}

TEST_F(ViewStore, AReaderInThisProcessDoesNotDisturbAWriter) {
  { must(writer_of(directory)->apply(batch_of({plain_view("a.example")}))); }
  {
    const auto reader = reader_of(directory);
    const auto refused = ViewWriter::open(directory);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_TRUE(reader->find("a.example").value().has_value());
  }
  const auto writer = writer_of(directory);
  for (int i = 0; i < 3; ++i) {
    const auto one = reader_of(directory);
    const auto two = reader_of(directory);
    must(writer->apply(batch_of({plain_view("b.example")})));
    EXPECT_TRUE(one->find("b.example").value().has_value());
    EXPECT_TRUE(two->find("b.example").value().has_value());
  }
}

TEST_F(ViewStore, ReadersThatDiedInsideAReadAreRetired) {
  testing::Child stuck([&]() -> std::string {
    while (!fs::exists(place.path() / "ready")) std::this_thread::sleep_for(5ms);
    const auto reader = reader_of(directory);
    must(reader->for_each([&](std::string_view, const PublicView&) {
      std::ofstream(place.path() / "inside").put('x');
      std::this_thread::sleep_for(60s);
      return true;
    }));
    return "";
  });
  const auto writer = writer_of(directory);
  must(writer->apply(batch_of({plain_view("a.example")})));
  std::ofstream(place.path() / "ready").put('x');
  while (!fs::exists(place.path() / "inside")) std::this_thread::sleep_for(5ms);
  for (int i = 0; i < 5; ++i) must(writer->apply(batch_of({plain_view("a.example")})));
  EXPECT_EQ(writer->reader_lag().value(), 5U);
  stuck.kill();
  must(writer->apply(batch_of({plain_view("a.example")})));
  EXPECT_EQ(writer->reader_lag().value(), 0U);
}

}  // namespace
}  // namespace regdata
