#include "escrow/key_file.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "escrow/part_file.hpp"

namespace regdata::escrow {
namespace {

constexpr std::string_view magic = "regdata-signing-key-1\n";
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t longest_key_file = 4 * openpgp::Certificate::longest;

Expected<Bytes> read_closed(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat status {};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    const int code = errno;
    if (descriptor >= 0) ::close(descriptor);
    return make_error(code == ENOENT ? Errc::not_found : Errc::configuration,
                      "cannot read " + file.string() + ": " + std::generic_category().message(code));
  }
  ::close(descriptor);
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return make_error(Errc::configuration, file.string() + " can be read by others than its owner", "chmod 0600 it");
  return read_file(file, longest_key_file);
}

bool is_key_file(const Bytes& bytes) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

Expected<openpgp::SigningIdentity> open_key_file(const std::filesystem::path& file, const Bytes& sealed, KeyFileKey key) {
  constexpr std::size_t header = magic.size() + nonce_size;
  if (sealed.size() < header + tag_size || !is_key_file(sealed))
    return make_error(Errc::configuration, file.string() + " is no signing key of regdata", "`regdata deposit keys` makes one");
  openpgp::WipedBytes plain;
  plain.bytes.resize(sealed.size() - header - tag_size);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.bytes.data(), nullptr, nullptr, sealed.data() + header,
                                                 sealed.size() - header, reinterpret_cast<const unsigned char*>(magic.data()),
                                                 magic.size(), sealed.data() + magic.size(), key.data()) != 0)
    return make_error(Errc::damaged, file.string() + " does not open: it was changed, or belongs to another master key",
                      "put back the file or the master key that belong together");
  return openpgp::SigningIdentity::read(plain.bytes);
}

}  // namespace

Expected<void> write_key_file(const std::filesystem::path& file, const openpgp::SigningIdentity& identity, KeyFileKey key,
                              const openpgp::Random& random) {
  const openpgp::WipedBytes plain = identity.secret_bytes();
  Bytes sealed(magic.begin(), magic.end());
  sealed.resize(magic.size() + nonce_size + plain.bytes.size() + tag_size);
  const auto nonce = std::span(sealed).subspan(magic.size(), nonce_size);
  random(nonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + magic.size() + nonce_size, nullptr, plain.bytes.data(),
                                             plain.bytes.size(), reinterpret_cast<const unsigned char*>(magic.data()),
                                             magic.size(), nullptr, nonce.data(), key.data());
  return write_file(file, sealed);
}

Expected<openpgp::SigningIdentity> read_key_file(const std::filesystem::path& file, KeyFileKey key) {
  const auto sealed = read_closed(file);
  if (!sealed) return sealed.error();
  return open_key_file(file, *sealed, key);
}

Expected<openpgp::SigningIdentity> read_secret_key(const std::filesystem::path& file, KeyFileKey key) {
  auto bytes = read_closed(file);
  if (!bytes) return bytes.error();
  if (is_key_file(*bytes)) return open_key_file(file, *bytes, key);
  auto identity = openpgp::SigningIdentity::read(*bytes);
  wipe(*bytes);
  if (identity) return identity;
  return make_error(identity.error().code, file.string() + ": " + identity.error().context,
                    "a secret key is wanted as gpg and sq export it, without a passphrase");
}

}  // namespace regdata::escrow
