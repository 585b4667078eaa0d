// Processes of a test's own, for the view store.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/temporary_directory.hpp"

namespace regdata::testing {

/// Runs `work` in a forked process and waits. What it returns is the failure; empty: passed. The parent must have no view
/// store open: LMDB environments do not survive a fork.
std::string in_child(const std::function<std::string()>& work);

/// A forked process that runs until `work` returns, or is killed. What `work` returns comes with wait().
class Child {
 public:
  explicit Child(const std::function<std::string()>& work);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// SIGKILL and wait.
  void kill();
  /// Empty: passed.
  std::string wait();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int pipe_ = -1;
};

/// Names of the files below `directory` whose bytes hold `text`, as it is.
std::vector<std::string> files_with(const std::filesystem::path& directory, const std::string& text);

/// Rounds of a repeated test: `usual`, or `many` with REGDATA_LONG=1 (./check --long).
std::size_t rounds(std::size_t usual, std::size_t many);

}  // namespace regdata::testing
