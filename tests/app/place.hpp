// A directory of one test's own, removed at its end.
#pragma once

#include <filesystem>
#include <string>

namespace regdata::app {

class Place {
 public:
  Place();
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  /// Makes directories on the way.
  void write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

/// Fails the test when the file cannot be read.
std::string read_file(const std::filesystem::path& file);

/// Compares with tests/app/golden/NAME; UPDATE_GOLDEN=1 rewrites it.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace regdata::app
