// Who may read the master key, and what its file holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/store/store_world.hpp"

namespace regdata::store {
namespace {

using ::testing::HasSubstr;

TEST(MasterKeyFile, IsRefusedWhereOthersCanReadIt) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "master.key";
  expect(MasterKey::create(file));
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(content_of(file).size(), 65U);
  EXPECT_EQ(MasterKey::create(file).error().code, Errc::conflict);
  for (const mode_t mode : {0600U, 0400U}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    EXPECT_TRUE(MasterKey::load(file).has_value()) << mode;
  }
  for (const mode_t mode : {0640U, 0604U, 0660U, 0644U, 0440U, 0620U}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    const auto loaded = MasterKey::load(file);
    ASSERT_FALSE(loaded.has_value()) << mode;
    EXPECT_EQ(loaded.error().code, Errc::configuration);
    EXPECT_THAT(loaded.error().hint, HasSubstr("chmod 0600"));
  }
  // systemd makes credentials 0440 in a directory that only the service can enter.
  ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
  ASSERT_EQ(::chmod(file.c_str(), 0440), 0);
  EXPECT_TRUE(MasterKey::load(file).has_value());
  ASSERT_EQ(::chmod(file.c_str(), 0444), 0);
  EXPECT_FALSE(MasterKey::load(file).has_value());
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(MasterKey::load(directory.path()).error().code, Errc::configuration) << "a directory";
  EXPECT_EQ(MasterKey::load(directory.path() / "none").error().code, Errc::configuration);
}

TEST(MasterKeyFile, HoldsSixtyFourDigitsAndNothingElse) {
  const TemporaryDirectory directory;
  const auto load = [&](const std::string& text) {
    const auto file = directory.path() / "k";
    std::filesystem::remove(file);
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    return MasterKey::load(file).has_value();
  };
  const std::string digits(64, 'a');
  EXPECT_TRUE(load(digits));
  EXPECT_TRUE(load(digits + "\n"));
  for (const std::string& text : {std::string(), digits.substr(1), digits + "a", digits + "\n\n", digits + " ",
                                  "g" + digits.substr(1), digits.substr(2) + "\n\n", std::string(64, '\0')}) {
    EXPECT_FALSE(load(text)) << text.size();
  }
}

}  // namespace
}  // namespace regdata::store
