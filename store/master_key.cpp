#include "store/master_key.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

#include "store/sqlite.hpp"

namespace regdata::store {
namespace {

constexpr std::size_t hex_digits = 64;

/// A file descriptor that closes itself.
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

std::string file_label(const std::filesystem::path& file) { return "master key file " + file.filename().string(); }

/// systemd.exec(5), LoadCredential=: the directory belongs to the service alone.
bool is_credential(const std::filesystem::path& file) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory != nullptr && *directory != '\0' &&
         file.parent_path().lexically_normal() == std::filesystem::path(directory).lexically_normal();
}

Expected<void> check_owner_and_mode(const struct stat& status, const std::filesystem::path& file) {
  if (!S_ISREG(status.st_mode)) return make_error(Errc::configuration, file_label(file) + " is no regular file");
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return make_error(Errc::configuration, file_label(file) + " belongs to another user",
                      "chown it to the user of this service");
  }
  const mode_t forbidden = is_credential(file) ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO;
  if ((status.st_mode & forbidden) != 0) {
    return make_error(Errc::configuration, file_label(file) + " can be read by others than its owner",
                      "chmod 0600 it; if others had access to it, they may have a copy");
  }
  return {};
}

Error no_randomness() { return make_error(Errc::unavailable, "the system gives no random bytes"); }

}  // namespace

Expected<MasterKey> MasterKey::load(const std::filesystem::path& file) {
  if (sodium_init() < 0) return no_randomness();
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0) {
    return make_error(Errc::configuration, "cannot read " + file_label(file) + ": " + std::generic_category().message(errno),
                      "`regdata init` makes one; without the key of a store its contacts cannot be read");
  }
  if (const auto checked = check_owner_and_mode(status, file); !checked) return checked.error();

  PassingSecret<hex_digits + 2> text;  // one more than a key and a line end, to see what is too long
  const ssize_t size = ::read(descriptor.get(), text.bytes().data(), text.bytes().size());
  const auto* digits = reinterpret_cast<const char*>(text.bytes().data());
  MasterKey key;
  std::size_t bytes = 0;
  const bool length_holds = size == static_cast<ssize_t>(hex_digits) ||
                            (size == static_cast<ssize_t>(hex_digits) + 1 && text.bytes()[hex_digits] == '\n');
  if (!length_holds ||
      sodium_hex2bin(key.bytes_.bytes().data(), key.bytes_.bytes().size(), digits, hex_digits, nullptr, &bytes, nullptr) != 0 ||
      bytes != key.bytes_.bytes().size()) {
    return make_error(Errc::configuration, file_label(file) + " holds no key", "64 hexadecimal digits and a line end");
  }
  return key;
}

Expected<void> MasterKey::create(const std::filesystem::path& file) {
  if (sodium_init() < 0) return no_randomness();
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (descriptor.get() < 0) {
    if (errno == EEXIST) return make_error(Errc::conflict, file_label(file) + " exists already", "nothing was changed");
    return make_error(Errc::unavailable, "cannot make " + file_label(file) + ": " + std::generic_category().message(errno));
  }
  PassingSecret<32> key;
  PassingSecret<hex_digits + 1> text;
  randombytes_buf(key.bytes().data(), key.bytes().size());
  sodium_bin2hex(reinterpret_cast<char*>(text.bytes().data()), text.bytes().size(), key.bytes().data(), key.bytes().size());
  text.bytes()[hex_digits] = '\n';
  const bool written = ::fchmod(descriptor.get(), 0600) == 0 &&
                       ::write(descriptor.get(), text.bytes().data(), text.bytes().size()) == ssize_t{hex_digits + 1} &&
                       ::fsync(descriptor.get()) == 0;
  if (!written) {
    const int reason = errno;
    ::unlink(file.c_str());
    return make_error(Errc::unavailable, "cannot write " + file_label(file) + ": " + std::generic_category().message(reason));
  }
  return sync_directory_of(file);
}

void MasterKey::derive(std::string_view purpose, std::uint64_t id, std::span<std::uint8_t, 32> subkey) const {
  if (purpose.size() != crypto_kdf_CONTEXTBYTES) throw std::logic_error("purpose of a subkey must have 8 characters");
  crypto_kdf_derive_from_key(subkey.data(), subkey.size(), id, purpose.data(), bytes_.bytes().data());
}

}  // namespace regdata::store
