#include "tests/app/place.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "app/command_line.hpp"

namespace regdata::app {

namespace fs = std::filesystem;
namespace {

std::string text_of(std::FILE* file) {
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

}  // namespace

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

UtcTime time_of_commands() { return UtcTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}}; }

Said say(const std::vector<std::string>& arguments, UtcTime now) {
  std::vector<const char*> words{"regdata"};
  for (const auto& argument : arguments) words.push_back(argument.c_str());
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  Said said;
  {
    Output output(out, err);
    const char* environment[] = {nullptr};
    said.code =
        make_command_line()->run(static_cast<int>(words.size()), words.data(), environment, output, [now] { return now; });
  }
  said.out = text_of(out);
  said.err = text_of(err);
  return said;
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
