// The file that tells an operator which lines were not taken, and why.
#pragma once

#include <filesystem>
#include <string>

#include "registration/error.hpp"
#include "store/import.hpp"

namespace regdata::store {

/// JSON Lines, one object for each rejection: line, name (where it is a valid one), field, reason, allowed. Holds no value of
/// the line: it is not another way for personal data to get out.
class RejectsFile {
 public:
  /// Empty path: nothing is ever written. Errc::conflict where something stands at the path already.
  static Expected<RejectsFile> at(std::filesystem::path path);
  RejectsFile(RejectsFile&& other) noexcept;
  RejectsFile& operator=(RejectsFile&&) = delete;
  ~RejectsFile();

  /// The first call creates the file, mode 0600, and never opens one that is there (nor follows a link).
  /// Errors: conflict, unavailable.
  Expected<void> write(const RejectedLine& line);

 private:
  explicit RejectsFile(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// One line of the file for each rejection.
std::string rejects_text(const RejectedLine& line);

}  // namespace regdata::store
