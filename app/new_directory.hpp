// A directory that appears whole or not at all.
#pragma once

#include <filesystem>

#include "registration/error.hpp"

namespace regdata::app {

/// A directory that is filled under another name beside its place. Goes with this object unless it was put there.
class NewDirectory {
 public:
  /// Mode 0700; what one that was killed left behind goes. Errc::conflict: `place` is there, and not an empty directory, or
  /// another process is filling it.
  static Expected<NewDirectory> make(std::filesystem::path place);
  NewDirectory(NewDirectory&& other) noexcept;
  NewDirectory& operator=(NewDirectory&&) = delete;
  ~NewDirectory();

  /// Where to fill it.
  [[nodiscard]] const std::filesystem::path& part() const noexcept { return part_; }
  [[nodiscard]] const std::filesystem::path& place() const noexcept { return place_; }
  /// The files in it are synced and closed.
  Expected<void> put_in_place();

 private:
  NewDirectory(std::filesystem::path place, std::filesystem::path part, int lock);

  std::filesystem::path place_;
  std::filesystem::path part_;
  int lock_;  ///< descriptor of `part_`, locked
  bool placed_ = false;
};

}  // namespace regdata::app
