#include "app/registry_password.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "app/registry_line.hpp"
#include "escrow/part_file.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;

/// For so long the old one proves nothing: a login that was cut off may still be done.
constexpr std::chrono::hours in_doubt{1};

Error file_trouble(const char* doing, const fs::path& file, int code) {
  Error error = escrow::file_error(doing, file, code);
  error.hint = "the directory of the password has to be writable for who changes it";
  return error;
}

fs::path next_to(const Config::Registry& settings) { return settings.password.string() + ".next"; }

/// A file that is open and locked.
class LockedFile {
 public:
  static Expected<LockedFile> open(const fs::path& file, int flags) {
    LockedFile locked(::open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (locked.descriptor_ < 0) return file_trouble("open", file, errno);
    if (::flock(locked.descriptor_, LOCK_EX | LOCK_NB) != 0)
      return make_error(Errc::conflict, "another process changes the password");
    return locked;
  }
  LockedFile(LockedFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  LockedFile& operator=(LockedFile&&) = delete;
  ~LockedFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  explicit LockedFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

Expected<void> write_word(int descriptor, const epp::Password& word, const fs::path& file) {
  const std::string& text = word.reveal();
  const bool done = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    ::write(descriptor, "\n", 1) == 1 && ::fsync(descriptor) == 0;
  return done ? escrow::sync_directory(file.parent_path()) : file_trouble("write", file, errno);
}

Expected<void> take_over(const Config::Registry& settings) {
  const fs::path next = next_to(settings);
  struct stat before {};
  // whose the password is stays as it was, so that the worker can still read it
  if (::stat(settings.password.c_str(), &before) == 0 && ::geteuid() == 0)
    if (::chown(next.c_str(), before.st_uid, before.st_gid) != 0) return file_trouble("hand over", next, errno);
  if (std::rename(next.c_str(), settings.password.c_str()) != 0) return file_trouble("put in place", next, errno);
  return escrow::sync_directory(settings.password.parent_path());
}

}  // namespace

epp::Password random_password() {
  constexpr std::array<std::string_view, 4> kinds{"abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789",
                                                  "-+=_.,;:!?"};
  constexpr std::size_t length = 16;
  std::string word;
  word.reserve(length);  // no copy is left behind where it would have grown
  for (std::size_t at = 0; at < length; ++at) {
    const std::string_view kind = at < kinds.size() ? kinds.at(at) : kinds.at(randombytes_uniform(kinds.size()));
    word += kind[randombytes_uniform(static_cast<std::uint32_t>(kind.size()))];
  }
  for (std::size_t at = length; at > 1; --at)
    std::swap(word[at - 1], word[randombytes_uniform(static_cast<std::uint32_t>(at))]);
  epp::Password password(word);
  sodium_memzero(word.data(), word.size());
  return password;
}

Expected<void> change_password(const Config::Registry& settings, const epp::Password& to, const Clock& clock) {
  if (auto settled = settle_password(settings, clock, LoginSlot::wanted); !settled) return settled;
  auto current = epp::read_password(settings.password);
  if (!current) return current.error();
  const fs::path next = next_to(settings);
  auto file = LockedFile::open(next, O_RDWR | O_CREAT | O_EXCL);
  if (!file) {
    if (std::error_code ignored; !fs::exists(next, ignored)) return file.error();
    return make_error(Errc::conflict, next.string() + " is there: a former change is not settled yet",
                      "the login of an hour from now settles it");
  }
  if (auto written = write_word(file->descriptor(), to, next); !written) {
    std::error_code ignored;
    fs::remove(next, ignored);
    return written;
  }
  const LoginTried tried = log_in(settings, std::move(*current), epp::Password(std::string(to.reveal())), LoginSlot::wanted);
  if (!tried.trouble) return take_over(settings);
  if (tried.code != 0 || !tried.was_said) {  // it said no, or never heard of it
    std::error_code ignored;
    fs::remove(next, ignored);
    return *tried.trouble;
  }
  return make_error(Errc::unavailable, "it is not known whether the password was changed: " + tried.trouble->context,
                    "both are kept, " + next.string() + " is the new one: the next login finds out which is in force");
}

Expected<void> settle_password(const Config::Registry& settings, const Clock& clock, LoginSlot slot) {
  const fs::path next = next_to(settings);
  struct stat status {};
  if (::lstat(next.c_str(), &status) != 0) return {};
  auto file = LockedFile::open(next, O_RDWR);
  if (!file) return file.error().code == Errc::conflict ? Expected<void>() : file.error();
  auto current = epp::read_password(settings.password);
  if (!current) return current.error();
  const LoginTried with_old = log_in(settings, std::move(*current), {}, slot);
  if (!with_old.trouble) {
    const auto written = UtcTime(std::chrono::seconds(status.st_mtim.tv_sec));
    if (clock() < written + in_doubt && clock() >= written) return {};
    std::error_code failure;
    fs::remove(next, failure);
    return failure ? Expected<void>(file_trouble("remove", next, failure.value())) : Expected<void>();
  }
  if (with_old.code != 2200) return *with_old.trouble;
  auto other = epp::read_password(next);
  if (!other) return other.error();  // half written: the registry never heard of it
  const LoginTried with_new = log_in(settings, std::move(*other), {}, slot);
  if (!with_new.trouble) return take_over(settings);
  return make_error(
      with_new.trouble->code,
      fmt::format("the registry takes neither the password in {} nor the one in {}", settings.password.string(), next.string()),
      "no further attempt is made by itself: ask the registry, and write the one that is in force");
}

}  // namespace regdata::app
