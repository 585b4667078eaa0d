#include "relay/spool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "relay/record.hpp"
#include "relay/spool_reader.hpp"

namespace regdata::relay {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class SpoolTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "regdata-spool-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directory(root_ / "spool");
    ASSERT_TRUE(SecretKey::create(root_ / "secret", root_ / "open"));
  }
  void TearDown() override { fs::remove_all(root_); }

  Spool spool(SpoolLimits limits = {}) const { return Spool(root_ / "spool", *PublicKey::load(root_ / "open"), limits); }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(root_ / "spool")) found.push_back(entry.path());
    return found;
  }
  static std::string bytes_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static Letter letter() {
    return {"blue-hen.example", Addressee::technical,  Proof::work, "kim@sender.example",
            "Subject line",     "Text of\nthe letter", "en",        UtcTime{std::chrono::milliseconds{1790000000123}}};
  }

  fs::path root_;
};

TEST_F(SpoolTest, WhatIsPutIsReadOldestFirstAndStaysUntilItIsRemoved) {
  auto spool = this->spool();
  ASSERT_TRUE(spool.put(letter()));
  ASSERT_TRUE(spool.put(Confirmation{"abc", UtcTime{}}));
  fs::last_write_time(files()[0], fs::last_write_time(files()[1]) + std::chrono::seconds(5));
  const auto key = SecretKey::load(root_ / "secret");
  SpoolReader reader(root_ / "spool", *key);
  for (int round = 0; round < 2; ++round) {
    const auto records = reader.read(10);
    ASSERT_TRUE(records);
    ASSERT_EQ(records->size(), 2U);
    std::size_t letters = 0;
    for (const auto& record : *records) {
      ASSERT_TRUE(record.record);
      if (const auto* found = std::get_if<Letter>(&*record.record)) {
        EXPECT_EQ(*found, letter());
        ++letters;
      }
    }
    EXPECT_EQ(letters, 1U);
  }
  EXPECT_EQ(reader.read(1)->size(), 1U);
  for (const auto& record : *reader.read(10)) EXPECT_TRUE(reader.remove(record.id));
  EXPECT_TRUE(files().empty());
}

TEST_F(SpoolTest, FilesTellNothing) {
  auto spool = this->spool();
  ASSERT_TRUE(spool.put(letter()));
  Letter longer = letter();
  longer.text = std::string(100, 'x');
  ASSERT_TRUE(spool.put(longer));
  std::set<std::uintmax_t> sizes;
  for (const auto& file : files()) {
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0640U);
    sizes.insert(fs::file_size(file));
    for (const std::string word : {"hen.example", "kim", "Subject", "letter", "Text"}) {
      EXPECT_THAT(bytes_of(file), Not(HasSubstr(word))) << word;
      EXPECT_THAT(file.stem().string(), Not(HasSubstr(word)));
    }
  }
  EXPECT_EQ(sizes.size(), 1U) << "a longer text must not show";
}

TEST_F(SpoolTest, IsBoundedInFilesAndBytes) {
  auto few = spool({2, 1U << 20U});
  EXPECT_TRUE(few.put(letter()));
  EXPECT_TRUE(few.put(letter()));
  const auto third = few.put(letter());
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Errc::unavailable);
  EXPECT_EQ(files().size(), 2U) << "nothing is left of what was refused";
  auto small = spool({100, 2 * fs::file_size(files()[0])});
  EXPECT_FALSE(small.put(letter()));
}

TEST_F(SpoolTest, AnotherKeyOpensNothingAndChangedBytesAreNoRecord) {
  auto spool = this->spool();
  ASSERT_TRUE(spool.put(letter()));
  ASSERT_TRUE(SecretKey::create(root_ / "other", root_ / "other-open"));
  const auto other = SecretKey::load(root_ / "other");
  const auto read = SpoolReader(root_ / "spool", *other).read(10);
  ASSERT_EQ(read->size(), 1U);
  EXPECT_FALSE(read->front().record);
  std::string bytes = bytes_of(files()[0]);
  bytes[40] = static_cast<char>(bytes[40] ^ 1);
  std::ofstream(files()[0], std::ios::binary) << bytes;
  const auto key = SecretKey::load(root_ / "secret");
  EXPECT_FALSE(SpoolReader(root_ / "spool", *key).read(10)->front().record);
}

TEST_F(SpoolTest, KeysAreNeverOverwrittenAndASecretThatOthersReadIsRefused) {
  EXPECT_EQ(SecretKey::create(root_ / "secret", root_ / "third").error().code, Errc::conflict);
  EXPECT_EQ(SecretKey::create(root_ / "third", root_ / "open").error().code, Errc::conflict);
  EXPECT_FALSE(fs::exists(root_ / "third"));
  ::chmod((root_ / "secret").c_str(), 0640);
  EXPECT_THAT(SecretKey::load(root_ / "secret").error().hint, HasSubstr("chmod 0600"));
}

TEST(Record, AnyLetterComesBackWhole) {
  EXPECT_TRUE(rc::check("a record comes back, a piece of one does not",
                        [](std::string a, std::string b, std::string c, std::string d, std::string e, std::int64_t time,
                           bool technical, bool mail) {
                          const Letter letter{std::move(a),
                                              technical ? Addressee::technical : Addressee::registrant,
                                              mail ? Proof::mail : Proof::work,
                                              std::move(b),
                                              std::move(c),
                                              std::move(d),
                                              std::move(e),
                                              UtcTime{std::chrono::milliseconds{time}}};
                          const std::string bytes = encode(Record(letter));
                          RC_ASSERT(bytes.size() % record_padding == 0);
                          RC_ASSERT(decode(bytes) == std::optional<Record>(letter));
                          const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
                          if (bytes.find_first_not_of('\0', cut) != std::string::npos)
                            RC_ASSERT(!decode(std::string_view(bytes).substr(0, cut)));
                        }));
}

}  // namespace
}  // namespace regdata::relay
