// A directory of one test's own, removed at its end, and commands that are given inside this process.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "registration/utc_time.hpp"

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

/// What a command printed.
struct Said {
  int code = 0;
  std::string out;
  std::string err;
};

/// The time that commands given by say() live in: 2026-11-23T00:00:00Z.
UtcTime time_of_commands();

/// Gives a command as main() does, with an empty environment and a clock that stands still.
Said say(const std::vector<std::string>& arguments, UtcTime now = time_of_commands());

/// Fails the test when the file cannot be read.
std::string read_file(const std::filesystem::path& file);

/// Compares with tests/app/golden/NAME; UPDATE_GOLDEN=1 rewrites it.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace regdata::app
