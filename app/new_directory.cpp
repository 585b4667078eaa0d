#include "app/new_directory.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "escrow/part_file.hpp"

namespace regdata::app {

namespace fs = std::filesystem;

Expected<NewDirectory> NewDirectory::make(fs::path place) {
  std::error_code failure;
  place = fs::absolute(place, failure).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();
  const bool there = fs::exists(fs::symlink_status(place, failure));
  const bool empty = there && fs::is_directory(place, failure) && fs::is_empty(place, failure) && !failure;
  if (there && !empty)
    return make_error(Errc::conflict, place.string() + " is there already",
                      "name a directory that is not there, or an empty one");
  fs::path part = place.parent_path() / ("." + place.filename().string() + ".part");
  fs::remove_all(part, failure);
  if (::mkdir(part.c_str(), 0700) != 0) return escrow::file_error("make", part, errno);
  return NewDirectory(std::move(place), std::move(part));
}

NewDirectory::NewDirectory(fs::path place, fs::path part) : place_(std::move(place)), part_(std::move(part)) {}

NewDirectory::NewDirectory(NewDirectory&& other) noexcept
    : place_(std::move(other.place_)), part_(std::move(other.part_)), placed_(std::exchange(other.placed_, true)) {}

NewDirectory::~NewDirectory() {
  std::error_code ignored;
  if (!placed_) fs::remove_all(part_, ignored);
}

Expected<void> NewDirectory::put_in_place() {
  if (auto synced = escrow::sync_directory(part_); !synced) return synced;
  if (std::rename(part_.c_str(), place_.c_str()) != 0) return escrow::file_error("name", place_, errno);
  placed_ = true;
  return escrow::sync_directory(place_.parent_path());
}

}  // namespace regdata::app
