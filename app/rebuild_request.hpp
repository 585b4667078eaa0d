// A whole new view store, asked of the worker that holds the publisher's lock: a file in the directory of views.
#pragma once

#include <filesystem>

#include "registration/error.hpp"

namespace regdata::app {

class RebuildRequest {
 public:
  explicit RebuildRequest(const std::filesystem::path& views) : file_(views / "rebuild-asked") {}
  /// Whether somebody asks.
  [[nodiscard]] bool is_there() const noexcept;
  /// Errc::unavailable: the file cannot be made. One that is there already serves as well.
  Expected<void> ask() const;
  /// It was done.
  void take_back() const noexcept;

 private:
  std::filesystem::path file_;
};

}  // namespace regdata::app
