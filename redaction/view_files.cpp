#include "redaction/view_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>

namespace regdata::redaction {
namespace fs = std::filesystem;
namespace {

constexpr mode_t directory_mode = 02750;  // set-group-id: what is made inside belongs to the servers' group
constexpr mode_t note_mode = 0640;
constexpr mode_t lock_mode = 0660;  // LMDB readers write their slot (house.md §1)
constexpr mode_t publisher_lock_mode = 0600;
constexpr std::size_t lock_bytes = 32'768;  // some 500 reads at a time, by all processes together
constexpr std::string_view prefix = "gen-";
constexpr std::string_view retired_prefix = "retired-";

std::string generation_name(std::uint64_t number) {
  std::array<char, 32> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "gen-%06llu", static_cast<unsigned long long>(number));
  return {buffer.data(), static_cast<std::size_t>(length)};
}

/// The number in "gen-000007"; empty for any other text.
std::optional<std::uint64_t> number_in(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  std::uint64_t number = 0;
  const std::string_view digits = name.substr(prefix.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number == 0) return std::nullopt;
  return generation_name(number) == name ? std::optional(number) : std::nullopt;
}

/// Makes a directory with the mode that it says, whatever the umask; one that is there keeps its mode.
Expected<void> make_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return file_error(errno, "cannot make the directory " + path.filename().string());
  }
  if (::chmod(path.c_str(), directory_mode) != 0)
    return file_error(errno, "cannot set the mode of " + path.filename().string());
  return {};
}

Expected<OwnedFd> open_file(const fs::path& path, int flags, mode_t mode) {
  OwnedFd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd.valid()) return file_error(errno, "cannot open " + path.filename().string());
  if ((flags & O_CREAT) != 0 && ::fchmod(fd.get(), mode) != 0 && errno != EPERM) {
    return file_error(errno, "cannot set the mode of " + path.filename().string());
  }
  return fd;
}

Expected<void> sync_directory(const fs::path& path) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return file_error(errno, "cannot sync the directory " + path.filename().string());
  return {};
}

}  // namespace

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

void OwnedFd::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

fs::path ViewFiles::generation(std::uint64_t number) const { return directory_ / generation_name(number); }

Expected<void> ViewFiles::prepare() const {
  if (auto made = make_directory(directory_); !made) return made;
  return make_directory(directory_ / "locks");
}

Expected<OwnedFd> ViewFiles::lock_publisher() const {
  auto fd = open_file(directory_ / "publisher.lock", O_RDWR | O_CREAT, publisher_lock_mode);
  if (!fd) return fd.error();
  // flock belongs to the open file: it also keeps out a second writer of this process, and ends with it however it ends.
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return make_error(Errc::conflict, "view store: another publisher holds " + directory_.string(),
                        "only one `regdata run` or `regdata publish` may write a view store");
    }
    return file_error(errno, "cannot lock publisher.lock");
  }
  return fd;
}

Expected<std::optional<std::uint64_t>> ViewFiles::current() const {
  const OwnedFd fd(::open((directory_ / "CURRENT").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return std::optional<std::uint64_t>{};
    return file_error(errno, "cannot open CURRENT");
  }
  std::array<char, 64> buffer{};
  const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
  if (size < 0) return file_error(errno, "cannot read CURRENT");
  std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  if (text.ends_with('\n')) text.remove_suffix(1);
  const std::optional<std::uint64_t> number = number_in(text);
  if (!number) return make_error(Errc::damaged, "view store: CURRENT names no generation", "run `regdata publish --rebuild`");
  return number;
}

std::optional<FileStamp> ViewFiles::current_stamp() const noexcept {
  struct stat status {};
  if (::stat((directory_ / "CURRENT").c_str(), &status) != 0) return std::nullopt;
  return FileStamp{status.st_dev, status.st_ino, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

Expected<void> ViewFiles::set_current(std::uint64_t number) const {
  if (auto synced = sync_directory(generation(number)); !synced) return synced;
  if (auto synced = sync_directory(directory_); !synced) return synced;
  const fs::path next = directory_ / "CURRENT.next";
  ::unlink(next.c_str());
  {
    auto fd = open_file(next, O_WRONLY | O_CREAT | O_EXCL, note_mode);
    if (!fd) return fd.error();
    const std::string text = generation_name(number) + "\n";
    errno = 0;
    if (::write(fd->get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(fd->get()) != 0) {
      const int code = errno != 0 ? errno : ENOSPC;
      ::unlink(next.c_str());
      return file_error(code, "cannot write CURRENT.next");
    }
  }
  if (::rename(next.c_str(), (directory_ / "CURRENT").c_str()) != 0) {
    const int code = errno;
    ::unlink(next.c_str());
    return file_error(code, "cannot put CURRENT in place");
  }
  return sync_directory(directory_);
}

Expected<void> ViewFiles::create_generation(std::uint64_t number) const {
  const fs::path path = generation(number);
  if (auto made = make_directory(path); !made) return made;
  // The lock file lies outside, behind a link, so that a server can be given write access to DIR/locks and to nothing else.
  const std::string lock = path.filename().string() + ".lock";
  auto fd = open_file(directory_ / "locks" / lock, O_RDWR | O_CREAT, lock_mode);
  if (!fd) return fd.error();
  // LMDB would make it sparse and write through its mapping: a reader's slot in a hole of a full disk is a SIGBUS. Its size
  // is also the number of readers.
  const std::string zeros(lock_bytes, '\0');
  errno = 0;
  if (::pwrite(fd->get(), zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(zeros.size()) || ::fsync(fd->get()) != 0) {
    return file_error(errno != 0 ? errno : ENOSPC, "cannot make the lock file of " + path.filename().string());
  }
  ::unlink((path / "lock.mdb").c_str());
  if (::symlink(("../locks/" + lock).c_str(), (path / "lock.mdb").c_str()) != 0) {
    return file_error(errno, "cannot link the lock file of " + path.filename().string());
  }
  return {};
}

void ViewFiles::remove_others(std::optional<std::uint64_t> keep) const {
  const std::string kept = keep ? generation_name(*keep) : std::string();
  std::error_code ignored;
  // A publisher that was killed between writing the name of a generation and putting it in force leaves the note behind.
  std::vector<fs::path> gone{directory_ / "CURRENT.next"};
  for (const auto& entry : fs::directory_iterator(directory_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(retired_prefix)) gone.push_back(entry.path());
    if (name == kept || !number_in(name)) continue;
    // First the name: whoever opens now finds the generation whole or not at all.
    const fs::path retired = directory_ / (std::string(retired_prefix) + name);
    fs::rename(entry.path(), retired, ignored);
    gone.push_back(ignored ? entry.path() : retired);
  }
  for (const fs::path& path : gone) fs::remove_all(path, ignored);
  for (const auto& entry : fs::directory_iterator(directory_ / "locks", ignored)) {
    if (entry.path().filename() != kept + ".lock") fs::remove(entry.path(), ignored);
  }
}

std::uint64_t ViewFiles::highest() const {
  std::uint64_t highest = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory_, ignored)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with(retired_prefix)) name.erase(0, retired_prefix.size());
    highest = std::max(highest, number_in(name).value_or(0));
  }
  return highest;
}

Error file_error(int code, const std::string& what) {
  const std::string context = "view store: " + what + ": " + std::generic_category().message(code);
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return make_error(Errc::unavailable, context, "make room on the disk of the view store; nothing was changed");
    case EIO:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case EINTR:
      return make_error(Errc::unavailable, context);
    case EACCES:
    case EPERM:
    case EROFS:
      return make_error(Errc::configuration, context,
                        "servers need to be in the group of the view store's directory, with write access to its locks/");
    case ENOENT:
    case ENOTDIR:
      return make_error(Errc::not_found, context);
    default:
      return make_error(Errc::internal, context);
  }
}

}  // namespace regdata::redaction
