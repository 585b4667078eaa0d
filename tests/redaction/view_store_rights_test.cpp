// Who may do what with a view store's files: servers of another user read, write lock files and nothing else.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "redaction/view_store.hpp"
#include "tests/redaction/made_view.hpp"
#include "tests/redaction/open_views.hpp"
#include "tests/redaction/view_store_place.hpp"

namespace regdata {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using redaction::PublicView;
using redaction::ViewReader;
using redaction::ViewWriter;
using testing::at;
using testing::batch_of;
using testing::must;
using testing::plain_view;
using testing::reader_of;
using testing::writer_of;

class ViewStoreRights : public ::testing::Test {
 protected:
  testing::TemporaryDirectory place;
  fs::path directory = place.path() / "views";
};

TEST_F(ViewStoreRights, RightsHoldWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0077}}) {
    const fs::path here = place.path() / ("views-" + std::to_string(mask));
    const mode_t before = ::umask(mask);
    const auto writer = writer_of(here);
    must(writer->compact(at(0)));
    ::umask(before);
    const auto mode = [&](const char* name) {
      struct stat status {};
      EXPECT_EQ(::stat((here / name).c_str(), &status), 0) << name;
      return status.st_mode & 07777U;
    };
    EXPECT_EQ(mode("."), 02750U);
    EXPECT_EQ(mode("locks"), 02750U);
    EXPECT_EQ(mode("gen-000002"), 02750U);
    EXPECT_EQ(mode("gen-000002/data.mdb"), 0640U);
    EXPECT_EQ(mode("gen-000002/lock.mdb"), 0660U);
    EXPECT_EQ(mode("CURRENT"), 0640U);
    EXPECT_EQ(mode("publisher.lock"), 0600U);
  }
}

// A server of another user: in the group, reads everything, writes lock files, creates nothing (house.md §1).
TEST_F(ViewStoreRights, ServesReadersOfAnotherUser) {
  ASSERT_EQ(::geteuid(), 0U) << "this test needs root: it becomes another user";
  constexpr gid_t group = 60'001;
  ASSERT_EQ(::chmod(place.path().c_str(), 0755), 0);
  fs::create_directory(directory);
  ASSERT_EQ(::chown(directory.c_str(), 0, group), 0);
  ASSERT_EQ(::chmod(directory.c_str(), 02750), 0);
  testing::Child publisher([&]() -> std::string {
    const auto writer = writer_of(directory);
    must(writer->apply(batch_of({plain_view("a.example")})));
    std::ofstream(place.path() / "ready").put('x');
    while (!fs::exists(place.path() / "go")) std::this_thread::sleep_for(5ms);
    must(writer->compact(at(0)));
    std::this_thread::sleep_for(60s);
    return "";
  });
  while (!fs::exists(place.path() / "ready")) std::this_thread::sleep_for(5ms);
  fs::create_directory(place.path() / "out");
  ASSERT_EQ(::chown((place.path() / "out").c_str(), 60'002, group), 0);
  const std::string failure = testing::in_child([&]() -> std::string {
    if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(60'002) != 0) return "cannot become another user";
    const auto reader = reader_of(directory);
    if (!reader->find("a.example").value()) return "no view";
    if (::open((directory / "gen-000001/data.mdb").c_str(), O_RDWR) >= 0) return "the data file can be written";
    if (::open((directory / "CURRENT").c_str(), O_RDWR) >= 0) return "CURRENT can be written";
    if (::open((directory / "x").c_str(), O_RDWR | O_CREAT, 0600) >= 0) return "a file can be made";
    if (::open((directory / "locks/x").c_str(), O_RDWR | O_CREAT, 0600) >= 0) return "a lock file can be made";
    if (::open((directory / "publisher.lock").c_str(), O_RDONLY) >= 0) return "the publisher's lock can be taken";
    return "";
  });
  EXPECT_EQ(failure, "");
  testing::Child server([&]() -> std::string {
    if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(60'002) != 0) return "cannot become another user";
    const auto reader = reader_of(directory);
    if (reader->state().value().generation != 1) return "not the first generation";
    std::ofstream(place.path() / "out" / "reading").put('x');
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < deadline) {
      if (!reader->find("a.example").value()) return "the view is gone";
      if (reader->state().value().generation == 2) return "";
    }
    return "the switch was not seen";
  });
  while (!fs::exists(place.path() / "out" / "reading")) std::this_thread::sleep_for(5ms);
  std::ofstream(place.path() / "go").put('x');
  EXPECT_EQ(server.wait(), "");
}

TEST_F(ViewStoreRights, NeverReadsWithoutLocks) {
  ASSERT_EQ(::geteuid(), 0U) << "this test needs root: it becomes another user";
  ASSERT_EQ(::chmod(place.path().c_str(), 0755), 0);
  ASSERT_EQ(testing::in_child([&]() -> std::string {
              must(writer_of(directory)->apply(batch_of({plain_view("a.example")})));
              return "";
            }),
            "");
  ASSERT_EQ(::chmod(directory.c_str(), 0755), 0);
  ASSERT_EQ(::chmod((directory / "CURRENT").c_str(), 0644), 0);
  ASSERT_EQ(::chmod((directory / "locks").c_str(), 0755), 0);
  ASSERT_EQ(::chmod((directory / "locks/gen-000001.lock").c_str(), 0644), 0);
  ASSERT_EQ(::chmod((directory / "gen-000001").c_str(), 0755), 0);
  ASSERT_EQ(::chmod((directory / "gen-000001/data.mdb").c_str(), 0644), 0);
  EXPECT_EQ(testing::in_child([&]() -> std::string {
              if (::setgroups(0, nullptr) != 0 || ::setgid(60'003) != 0 || ::setuid(60'002) != 0)
                return "cannot become another";
              const auto reader = ViewReader::open(directory);
              if (reader) return "opened without a writable lock file";
              return reader.error().code == Errc::configuration ? "" : reader.error().context;
            }),
            "");
}

}  // namespace
}  // namespace regdata
