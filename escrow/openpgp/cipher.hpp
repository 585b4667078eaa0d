// The algorithms of RFC 9580 that we use, as OpenSSL has them. What can only fail for want of memory throws std::runtime_error.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "escrow/stream.hpp"
#include "registration/secret.hpp"

namespace regdata::escrow::openpgp {

/// RFC 9580 §9.3: the only cipher that we write.
constexpr std::uint8_t aes256 = 9;

/// RFC 9580 §9.5. SHA-1 is used for fingerprints of version 4 keys and the modification code only, never for a signature.
enum class HashAlgorithm : std::uint8_t { sha1 = 2, sha256 = 8, sha384 = 9, sha512 = 10 };

/// Octets of a digest; 0 for an algorithm that we do not have.
std::size_t digest_size(HashAlgorithm algorithm) noexcept;
/// Octets of the salt of a version 6 signature (§9.5, table 23); 0 for an algorithm that must not sign.
std::size_t salt_size(HashAlgorithm algorithm) noexcept;

/// OpenSSL's; null for one that we do not have. Not owned.
const EVP_MD* message_digest(HashAlgorithm algorithm) noexcept;

class Hash {
 public:
  explicit Hash(HashAlgorithm algorithm);
  void update(ByteView bytes);
  /// Of all bytes so far; the object is of no more use.
  [[nodiscard]] Bytes digest();
  [[nodiscard]] HashAlgorithm algorithm() const noexcept { return algorithm_; }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  HashAlgorithm algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// SHA-256 etc. of what is there in one piece.
Bytes digest_of(HashAlgorithm algorithm, ByteView bytes);

/// RFC 5869 with SHA-256. An empty salt is 32 zero octets (RFC 5869 §2.2).
void hkdf_sha256(ByteView secret, ByteView salt, ByteView info, std::span<std::uint8_t> out);

/// RFC 3394. `kek` has 16 or 32 octets, `key` a multiple of 8.
Bytes wrap_key(ByteView kek, ByteView key);
/// False: it was not wrapped under this key, or changed since. `key` is 8 octets shorter than `wrapped`.
bool unwrap_key(ByteView kek, ByteView wrapped, std::span<std::uint8_t> key);

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeKey>;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

/// AES-256 in OCB mode with nonces of 15 and tags of 16 octets (§5.13.4).
class Ocb {
 public:
  static constexpr std::size_t tag_size = 16;
  static constexpr std::size_t nonce_size = 15;
  enum class Direction : std::uint8_t { seal, open };

  Ocb(Direction direction, std::span<const std::uint8_t, 32> key);
  /// Appends ciphertext and tag.
  void seal(std::span<const std::uint8_t, nonce_size> nonce, ByteView data, ByteView plain, Bytes& out);
  /// `sealed` ends with the tag. False: it does not authenticate, and `plain` holds nothing to use.
  bool open(std::span<const std::uint8_t, nonce_size> nonce, ByteView data, ByteView sealed, Bytes& plain);

 private:
  CipherContext context_;
};

/// AES-256 in cipher feedback mode with a zero vector, without the resynchronisation (§5.13.1).
class Cfb {
 public:
  enum class Direction : std::uint8_t { encrypt, decrypt };
  Cfb(Direction direction, std::span<const std::uint8_t, 32> key);
  /// `out` has the size of `in` and may be the same memory.
  void update(ByteView in, std::uint8_t* out);

 private:
  CipherContext context_;
};

}  // namespace regdata::escrow::openpgp
