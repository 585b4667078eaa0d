#include "relay/spool.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <new>
#include <system_error>
#include <utility>

#include "relay/key_file.hpp"
#include "relay/record.hpp"

namespace regdata::relay {
namespace {

Error failed(std::string_view what, int code) {
  return make_error(Errc::unavailable, "letter spool: " + std::string(what) + ": " + std::generic_category().message(code));
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const noexcept { return value_; }

 private:
  int value_;
};

/// Says nothing about what is inside, the time of writing neither.
std::string random_name() {
  std::array<unsigned char, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 33> text{};
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  return text.data();
}

/// Counts parts too: what a killed writer left takes room until the worker sweeps it.
Expected<void> check_room(const std::filesystem::path& path, const SpoolLimits& limits, std::size_t coming) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) return failed("cannot be read", errno);
  std::uint64_t files = 0;
  std::uint64_t bytes = coming;
  while (const dirent* entry = ::readdir(directory.get())) {
    struct stat status {};
    if (::fstatat(::dirfd(directory.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
      continue;
    ++files;
    bytes += static_cast<std::uint64_t>(status.st_size);
  }
  if (files < limits.files && bytes <= limits.bytes) return {};
  return make_error(Errc::unavailable, "letter spool: full", "the worker empties it: see that `regdata run` is alive");
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Expected<PublicKey> PublicKey::load(const std::filesystem::path& file) {
  std::array<std::uint8_t, bytes> key{};
  if (auto read = read_key_file(file, KeyFile::open_to_all, key); !read) return read.error();
  return PublicKey(key);
}

std::string PublicKey::seal(std::string_view plain) const {
  std::string sealed(plain.size() + crypto_box_SEALBYTES, '\0');
  const auto* from = reinterpret_cast<const unsigned char*>(plain.data());
  auto* to = reinterpret_cast<unsigned char*>(sealed.data());
  if (crypto_box_seal(to, from, plain.size(), key_.data()) != 0) throw std::bad_alloc();
  return sealed;
}

Spool::Spool(std::filesystem::path directory, PublicKey key, SpoolLimits limits)
    : directory_(std::move(directory)), key_(key), limits_(limits) {}

Expected<void> Spool::put(const Record& record) {
  std::string plain = encode(record);
  const std::string sealed = key_.seal(plain);
  sodium_memzero(plain.data(), plain.size());
  const std::lock_guard guard(mutex_);
  if (auto room = check_room(directory_, limits_, sealed.size()); !room) return room;

  const Descriptor directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return failed("cannot be opened", errno);
  const std::string name = random_name();
  const std::string part = name + ".part";
  const std::string whole = name + std::string(letter_suffix);
  // Not O_TMPFILE and linkat: giving such a file a name needs /proc, which the confined server has not.
  const Descriptor file(::openat(directory.get(), part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (file.get() < 0) return failed("cannot make a file", errno);
  // The group is the worker's by the directory's set-group-id bit; the umask would close the file to it.
  const bool written = ::fchmod(file.get(), 0640) == 0 && write_all(file.get(), sealed) && ::fsync(file.get()) == 0 &&
                       ::renameat(directory.get(), part.c_str(), directory.get(), whole.c_str()) == 0;
  if (!written) {
    const int code = errno;
    ::unlinkat(directory.get(), part.c_str(), 0);
    return failed("cannot write", code);
  }
  if (::fsync(directory.get()) != 0) return failed("cannot be made durable", errno);
  return {};
}

}  // namespace regdata::relay
