#include "app/new_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "escrow/part_file.hpp"

namespace regdata::app {

namespace fs = std::filesystem;

namespace {

/// Its descriptor, locked; -1 with errno, EWOULDBLOCK where another one has it.
int locked_directory(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return descriptor;
  int code = EWOULDBLOCK;
  struct stat opened {};
  struct stat named {};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    code = errno;
  else if (::fstat(descriptor, &opened) == 0 && ::lstat(directory.c_str(), &named) == 0 && opened.st_ino == named.st_ino)
    return descriptor;  // else another one has removed it since
  ::close(descriptor);
  errno = code;
  return -1;
}

/// Whether another directory can be renamed over this empty one.
bool is_replaceable(const fs::path& place) {
  struct stat own {};
  struct stat parent {};
  return ::lstat(place.c_str(), &own) == 0 && S_ISDIR(own.st_mode) && ::stat(place.parent_path().c_str(), &parent) == 0 &&
         own.st_dev == parent.st_dev;
}

Error in_the_way(const fs::path& part, int code) {
  Error error = escrow::file_error("take away", part, code);
  error.hint = "an attempt of somebody else left it behind: remove it";
  return error;
}

Error being_filled(const fs::path& place) {
  return make_error(Errc::conflict, place.string() + ": another process is filling it",
                    "wait for it, or name another directory");
}

}  // namespace

Expected<NewDirectory> NewDirectory::make(fs::path place) {
  std::error_code failure;
  place = fs::absolute(place, failure);
  if (!place.has_filename()) place = place.parent_path();
  // where its links lead, as the kernel follows them: SQLite opens nothing below a link
  const bool is_named = place.filename() != "." && place.filename() != "..";
  const auto found = fs::canonical(is_named ? place.parent_path() : place, failure);
  if (failure)
    place = place.lexically_normal();
  else
    place = is_named ? found / place.filename() : found;
  const bool there = fs::exists(fs::symlink_status(place, failure));
  const bool empty = there && fs::is_directory(place, failure) && fs::is_empty(place, failure) && !failure;
  if (there && !empty)
    return make_error(Errc::conflict, place.string() + " is there already",
                      "name a directory that is not there, or an empty one");
  if (there && !is_replaceable(place))
    return make_error(Errc::conflict, place.string() + " is a link, or a disk is mounted there: nothing can take its place",
                      "name a directory in it");
  fs::path part = place.parent_path() / ("." + place.filename().string() + ".part");
  const int left_behind = locked_directory(part);
  if (left_behind < 0 && errno == EWOULDBLOCK) return being_filled(place);
  if (left_behind < 0 && errno != ENOENT) return in_the_way(part, errno);
  if (left_behind >= 0) {
    fs::remove_all(part, failure);
    ::close(left_behind);
    if (failure) return in_the_way(part, failure.value());
  }
  if (::mkdir(part.c_str(), 0700) != 0) return errno == EEXIST ? being_filled(place) : escrow::file_error("make", part, errno);
  const int lock = locked_directory(part);
  // gone again: another one took it for what somebody left behind, a moment before it was locked
  if (lock < 0) return errno == EWOULDBLOCK || errno == ENOENT ? being_filled(place) : escrow::file_error("lock", part, errno);
  return NewDirectory(std::move(place), std::move(part), lock);
}

NewDirectory::NewDirectory(fs::path place, fs::path part, int lock)
    : place_(std::move(place)), part_(std::move(part)), lock_(lock) {}

NewDirectory::NewDirectory(NewDirectory&& other) noexcept
    : place_(std::move(other.place_)),
      part_(std::move(other.part_)),
      lock_(std::exchange(other.lock_, -1)),
      placed_(std::exchange(other.placed_, true)) {}

NewDirectory::~NewDirectory() {
  std::error_code ignored;
  if (!placed_) fs::remove_all(part_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

Expected<void> NewDirectory::put_in_place() {
  if (auto synced = escrow::sync_directory(part_); !synced) return synced;
  if (std::rename(part_.c_str(), place_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST)
      return make_error(Errc::conflict, place_.string() + " is there already: another process has filled it meanwhile");
    return escrow::file_error("name", place_, errno);
  }
  placed_ = true;
  return escrow::sync_directory(place_.parent_path());
}

}  // namespace regdata::app
