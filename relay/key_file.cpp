#include "relay/key_file.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>
#include <system_error>

namespace regdata::relay {
namespace {

constexpr std::size_t hex_digits = 64;

std::string label(const std::filesystem::path& file) { return "relay key file " + file.filename().string(); }

/// systemd.exec(5), LoadCredential=: the directory belongs to the service alone.
bool is_credential(const std::filesystem::path& file) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory != nullptr && *directory != '\0' &&
         file.parent_path().lexically_normal() == std::filesystem::path(directory).lexically_normal();
}

Expected<void> write_key(const std::filesystem::path& file, const std::uint8_t* key, mode_t mode) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (descriptor < 0) {
    if (errno == EEXIST) return make_error(Errc::conflict, label(file) + " exists already", "nothing was changed");
    return make_error(Errc::unavailable, "cannot make " + label(file) + ": " + std::generic_category().message(errno));
  }
  std::array<char, hex_digits + 1> text{};
  sodium_bin2hex(text.data(), text.size(), key, hex_digits / 2);
  text[hex_digits] = '\n';
  const bool written = ::fchmod(descriptor, mode) == 0 &&
                       ::write(descriptor, text.data(), text.size()) == ssize_t{hex_digits + 1} && ::fsync(descriptor) == 0;
  const int code = errno;
  sodium_memzero(text.data(), text.size());
  ::close(descriptor);
  if (written) return {};
  ::unlink(file.c_str());
  return make_error(Errc::unavailable, "cannot write " + label(file) + ": " + std::generic_category().message(code));
}

}  // namespace

Expected<void> read_key_file(const std::filesystem::path& file, KeyFile kind, std::array<std::uint8_t, 32>& key) {
  if (sodium_init() < 0) return make_error(Errc::unavailable, "the system gives no random bytes");
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat status {};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    const int code = errno;
    if (descriptor >= 0) ::close(descriptor);
    return make_error(Errc::configuration, "cannot read " + label(file) + ": " + std::generic_category().message(code),
                      "`regdata init` makes the pair; for a store that has none `regdata relay keys` does");
  }
  std::array<char, hex_digits + 2> text{};  // one more than a key and a line end, to see what is too long
  const ssize_t size = ::read(descriptor, text.data(), text.size());
  ::close(descriptor);
  const mode_t closed = is_credential(file) ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO;
  if (kind == KeyFile::secret && (status.st_mode & closed) != 0) {
    sodium_memzero(text.data(), text.size());
    return make_error(Errc::configuration, label(file) + " can be read by others than its owner",
                      "chmod 0600 it; if others had access to it, they may have a copy");
  }
  const bool length_holds = size == ssize_t{hex_digits} || (size == ssize_t{hex_digits} + 1 && text[hex_digits] == '\n');
  std::size_t bytes = 0;
  const bool good = length_holds && S_ISREG(status.st_mode) &&
                    sodium_hex2bin(key.data(), key.size(), text.data(), hex_digits, nullptr, &bytes, nullptr) == 0 &&
                    bytes == key.size();
  sodium_memzero(text.data(), text.size());
  if (!good) return make_error(Errc::configuration, label(file) + " holds no key", "64 hexadecimal digits and a line end");
  return {};
}

void SecretKey::Free::operator()(std::uint8_t* bytes) const noexcept { sodium_free(bytes); }  // wipes first

SecretKey::SecretKey() : bytes_(static_cast<std::uint8_t*>(sodium_malloc(crypto_box_SECRETKEYBYTES))) {
  if (!bytes_) throw std::bad_alloc();
}

Expected<SecretKey> SecretKey::load(const std::filesystem::path& file) {
  std::array<std::uint8_t, 32> bytes{};
  const auto read = read_key_file(file, KeyFile::secret, bytes);
  if (!read) return read.error();
  SecretKey key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.get());
  sodium_memzero(bytes.data(), bytes.size());
  return key;
}

Expected<void> SecretKey::create(const std::filesystem::path& secret, const std::filesystem::path& open) {
  if (sodium_init() < 0) return make_error(Errc::unavailable, "the system gives no random bytes");
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(open, ignored)))
    return make_error(Errc::conflict, label(open) + " exists already", "nothing was changed");
  SecretKey key;
  std::array<std::uint8_t, PublicKey::bytes> half{};
  crypto_box_keypair(half.data(), key.bytes_.get());
  if (auto written = write_key(secret, key.bytes_.get(), 0600); !written) return written;
  auto written = write_key(open, half.data(), 0644);
  if (!written) std::filesystem::remove(secret, ignored);  // half a pair would only be in the way of the next try
  return written;
}

PublicKey SecretKey::public_key() const {
  std::array<std::uint8_t, PublicKey::bytes> half{};
  crypto_scalarmult_base(half.data(), bytes_.get());
  return PublicKey(half);
}

std::optional<std::string> SecretKey::open(std::string_view sealed) const {
  if (sealed.size() < crypto_box_SEALBYTES) return std::nullopt;
  std::string plain(sealed.size() - crypto_box_SEALBYTES, '\0');
  const auto half = public_key();
  if (crypto_box_seal_open(reinterpret_cast<unsigned char*>(plain.data()),
                           reinterpret_cast<const unsigned char*>(sealed.data()), sealed.size(), half.key().data(),
                           bytes_.get()) != 0)
    return std::nullopt;
  return plain;
}

std::string SecretKey::fingerprint(std::string_view purpose, std::string_view text) const {
  std::array<std::uint8_t, 32> subkey{};
  crypto_generichash(subkey.data(), subkey.size(), reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(),
                     bytes_.get(), crypto_box_SECRETKEYBYTES);
  std::string hash(32, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), subkey.data(), subkey.size());
  sodium_memzero(subkey.data(), subkey.size());
  return hash;
}

}  // namespace regdata::relay
