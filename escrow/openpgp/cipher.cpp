#include "escrow/openpgp/cipher.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <stdexcept>
#include <string>

namespace regdata::escrow::openpgp {
namespace {

void require(bool done, const char* what) {
  if (done) return;
  ERR_clear_error();
  throw std::runtime_error(std::string("openssl: ") + what + " failed");
}

/// Fetched once: looking an algorithm up by its name costs more than a small message.
const EVP_CIPHER* cipher(const char* name) {
  EVP_CIPHER* fetched = EVP_CIPHER_fetch(nullptr, name, nullptr);
  require(fetched != nullptr, name);
  return fetched;
}

const EVP_CIPHER* wrapping(ByteView kek) {
  static const EVP_CIPHER* const of_128 = cipher("AES-128-WRAP");
  static const EVP_CIPHER* const of_256 = cipher("AES-256-WRAP");
  require(kek.size() == 16 || kek.size() == 32, "a key-encryption key of 16 or 32 octets");
  return kek.size() == 16 ? of_128 : of_256;
}

CipherContext new_context() {
  CipherContext context(EVP_CIPHER_CTX_new());
  require(context != nullptr, "EVP_CIPHER_CTX_new");
  return context;
}

}  // namespace

const EVP_MD* message_digest(HashAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      return EVP_sha1();
    case HashAlgorithm::sha256:
      return EVP_sha256();
    case HashAlgorithm::sha384:
      return EVP_sha384();
    case HashAlgorithm::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

std::size_t digest_size(HashAlgorithm algorithm) noexcept {
  const EVP_MD* digest = message_digest(algorithm);
  return digest == nullptr ? 0 : static_cast<std::size_t>(EVP_MD_get_size(digest));
}

std::size_t salt_size(HashAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case HashAlgorithm::sha256:
      return 16;
    case HashAlgorithm::sha384:
      return 24;
    case HashAlgorithm::sha512:
      return 32;
    case HashAlgorithm::sha1:
      break;
  }
  return 0;
}

Hash::Hash(HashAlgorithm algorithm) : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && EVP_DigestInit_ex(context_.get(), message_digest(algorithm), nullptr) == 1, "a digest");
}

void Hash::update(ByteView bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "EVP_DigestUpdate");
}

Bytes Hash::digest() {
  Bytes out(digest_size(algorithm_));
  require(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1, "EVP_DigestFinal_ex");
  return out;
}

Bytes digest_of(HashAlgorithm algorithm, ByteView bytes) {
  Hash hash(algorithm);
  hash.update(bytes);
  return hash.digest();
}

void hkdf_sha256(ByteView secret, ByteView salt, ByteView info, std::span<std::uint8_t> out) {
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  require(kdf != nullptr, "HKDF");
  const std::unique_ptr<EVP_KDF_CTX, decltype([](EVP_KDF_CTX* context) { EVP_KDF_CTX_free(context); })> context(
      EVP_KDF_CTX_new(kdf));
  require(context != nullptr, "EVP_KDF_CTX_new");
  static char digest[] = "SHA256";
  // OpenSSL's parameters are not const, but are only read
  std::array<OSSL_PARAM, 5> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<std::uint8_t*>(secret.data()), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<std::uint8_t*>(info.data()), info.size()),
      OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
  if (!salt.empty())
    parameters[3] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, const_cast<std::uint8_t*>(salt.data()), salt.size());
  require(EVP_KDF_derive(context.get(), out.data(), out.size(), parameters.data()) == 1, "HKDF");
}

Bytes wrap_key(ByteView kek, ByteView key) {
  const CipherContext context = new_context();
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  Bytes out(key.size() + 16);
  int size = 0;
  int last = 0;
  require(EVP_EncryptInit_ex2(context.get(), wrapping(kek), kek.data(), nullptr, nullptr) == 1 &&
              EVP_EncryptUpdate(context.get(), out.data(), &size, key.data(), static_cast<int>(key.size())) == 1 &&
              EVP_EncryptFinal_ex(context.get(), out.data() + size, &last) == 1,
          "key wrap");
  out.resize(static_cast<std::size_t>(size) + static_cast<std::size_t>(last));
  return out;
}

bool unwrap_key(ByteView kek, ByteView wrapped, std::span<std::uint8_t> key) {
  if (wrapped.size() < 24 || wrapped.size() % 8 != 0 || key.size() != wrapped.size() - 8) return false;
  const CipherContext context = new_context();
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  Bytes plain(wrapped.size() + 16);
  int size = 0;
  require(EVP_DecryptInit_ex2(context.get(), wrapping(kek), kek.data(), nullptr, nullptr) == 1, "key unwrap");
  const bool opened =
      EVP_DecryptUpdate(context.get(), plain.data(), &size, wrapped.data(), static_cast<int>(wrapped.size())) == 1 &&
      static_cast<std::size_t>(size) == key.size();
  if (opened)
    std::copy_n(plain.begin(), key.size(), key.begin());
  else
    ERR_clear_error();
  sodium_memzero(plain.data(), plain.size());
  return opened;
}

Ocb::Ocb(Direction direction, std::span<const std::uint8_t, 32> key) : context_(new_context()) {
  static const EVP_CIPHER* const ocb = cipher("AES-256-OCB");
  const int encrypt = direction == Direction::seal ? 1 : 0;
  require(EVP_CipherInit_ex2(context_.get(), ocb, nullptr, nullptr, encrypt, nullptr) == 1 &&
              EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_IVLEN, nonce_size, nullptr) == 1 &&
              EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, nullptr) == 1 &&
              EVP_CipherInit_ex2(context_.get(), nullptr, key.data(), nullptr, encrypt, nullptr) == 1,
          "AES-256-OCB");
}

void Ocb::seal(std::span<const std::uint8_t, nonce_size> nonce, ByteView data, ByteView plain, Bytes& out) {
  const std::size_t before = out.size();
  out.resize(before + plain.size() + tag_size);
  std::uint8_t* const into = out.data() + before;
  int size = 0;
  int last = 0;
  int ignored = 0;
  require(EVP_EncryptInit_ex2(context_.get(), nullptr, nullptr, nonce.data(), nullptr) == 1 &&
              EVP_EncryptUpdate(context_.get(), nullptr, &ignored, data.data(), static_cast<int>(data.size())) == 1 &&
              (plain.empty() ||
               EVP_EncryptUpdate(context_.get(), into, &size, plain.data(), static_cast<int>(plain.size())) == 1) &&
              EVP_EncryptFinal_ex(context_.get(), into + size, &last) == 1 &&
              EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, into + plain.size()) == 1,
          "sealing a chunk");
}

bool Ocb::open(std::span<const std::uint8_t, nonce_size> nonce, ByteView data, ByteView sealed, Bytes& plain) {
  if (sealed.size() < tag_size) return false;
  const ByteView text = sealed.first(sealed.size() - tag_size);
  std::array<std::uint8_t, tag_size> tag{};
  std::copy_n(sealed.end() - tag_size, tag_size, tag.begin());
  plain.resize(text.size() + tag_size);  // room that an empty chunk needs too
  int size = 0;
  int last = 0;
  int ignored = 0;
  const bool opened = EVP_DecryptInit_ex2(context_.get(), nullptr, nullptr, nonce.data(), nullptr) == 1 &&
                      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
                      EVP_DecryptUpdate(context_.get(), nullptr, &ignored, data.data(), static_cast<int>(data.size())) == 1 &&
                      (text.empty() || EVP_DecryptUpdate(context_.get(), plain.data(), &size, text.data(),
                                                         static_cast<int>(text.size())) == 1) &&
                      EVP_DecryptFinal_ex(context_.get(), plain.data() + size, &last) == 1;
  if (!opened) {
    sodium_memzero(plain.data(), plain.size());
    ERR_clear_error();
  }
  plain.resize(opened ? text.size() : 0);
  return opened;
}

Cfb::Cfb(Direction direction, std::span<const std::uint8_t, 32> key) : context_(new_context()) {
  constexpr std::array<std::uint8_t, 16> zero{};
  const int encrypt = direction == Direction::encrypt ? 1 : 0;
  require(EVP_CipherInit_ex2(context_.get(), EVP_aes_256_cfb128(), key.data(), zero.data(), encrypt, nullptr) == 1,
          "AES-256-CFB");
}

void Cfb::update(ByteView in, std::uint8_t* out) {
  int size = 0;
  require(EVP_CipherUpdate(context_.get(), out, &size, in.data(), static_cast<int>(in.size())) == 1 &&
              static_cast<std::size_t>(size) == in.size(),
          "AES-256-CFB");
}

}  // namespace regdata::escrow::openpgp
