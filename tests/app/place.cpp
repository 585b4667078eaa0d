#include "tests/app/place.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

namespace regdata::app {

namespace fs = std::filesystem;

Place::Place() {
  std::string name = (fs::temp_directory_path() / "regdata-app-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

Place::~Place() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Place::write(const std::string& name, const std::string& text) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
}

std::string read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream.is_open()) << file;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void expect_golden(const std::string& name, const std::string& text) {
  const fs::path file = fs::path(REGDATA_SOURCE_DIR) / "tests/app/golden" / name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, read_file(file)) << "run the test with UPDATE_GOLDEN=1 to rewrite " << file;
}

}  // namespace regdata::app
