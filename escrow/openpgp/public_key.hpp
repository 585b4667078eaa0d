// Public keys and what can be done with them (RFC 9580 §5.5).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "escrow/openpgp/cipher.hpp"
#include "escrow/openpgp/packet.hpp"
#include "escrow/stream.hpp"
#include "registration/error.hpp"
#include "registration/secret.hpp"
#include "registration/utc_time.hpp"

namespace regdata::escrow::openpgp {

/// RFC 9580 §9.1, those that an agent's or registrar's key may have.
enum class KeyAlgorithm : std::uint8_t {
  rsa = 1,
  ecdh = 18,        ///< on Curve25519Legacy, version 4 keys
  ed25519_v4 = 22,  ///< EdDSALegacy on Ed25519Legacy, version 4 keys
  x25519 = 25,
  ed25519 = 27,
};

/// Fills with random bytes that nobody can foresee. The real one is libsodium's; vectors bring their own.
using Random = std::function<void(std::span<std::uint8_t>)>;

/// The key of one message.
using SessionKey = SecretBytes<32>;

/// One public key or subkey. A value; what it was read from may go.
class PublicKey {
 public:
  /// From the body of a public key or subkey packet; `body` ends with the key unless `rest` takes what follows (a secret key
  /// begins with its public half). Errc::invalid: cut off, of a version or algorithm that we do not speak, or no key at all.
  static Expected<PublicKey> read(ByteView body, ByteView* rest = nullptr);
  /// The parts of a new key. `material` is as §5.5.5 lays it out.
  static Expected<PublicKey> make(std::uint8_t version, UtcTime created, KeyAlgorithm algorithm, ByteView material);

  [[nodiscard]] std::uint8_t version() const noexcept { return version_; }  ///< 4 or 6
  [[nodiscard]] KeyAlgorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] UtcTime created() const noexcept { return created_; }
  [[nodiscard]] const Bytes& body() const noexcept { return body_; }
  [[nodiscard]] const Bytes& fingerprint() const noexcept { return fingerprint_; }  ///< 20 or 32 octets (§5.5.4)
  [[nodiscard]] ByteView key_id() const noexcept;                                   ///< 8 octets
  /// Bits of an RSA modulus; 256 for curves.
  [[nodiscard]] std::size_t strength() const noexcept;
  [[nodiscard]] bool can_sign() const noexcept;
  [[nodiscard]] bool can_encrypt() const noexcept;
  /// RSA: the modulus and the exponent; curves: the point of 32 octets and nothing.
  [[nodiscard]] ByteView first() const noexcept { return ByteView(body_).subspan(first_at_, first_size_); }
  [[nodiscard]] ByteView second() const noexcept { return ByteView(body_).subspan(second_at_, second_size_); }

  /// How a key is hashed into a signature over it (§5.2.4).
  void hash_into(Hash& hash) const;

  /// Whether `fields`, the algorithm's part of a signature packet, is this key's signature of the digest.
  [[nodiscard]] bool verifies(HashAlgorithm algorithm, ByteView digest, ByteView fields) const;

  /// What was random in an encrypted session key: to make it again and compare it with what lies on disk. Secret: who has it
  /// opens the message.
  struct Chance {
    SecretBytes<1024> bytes;
    std::size_t size = 0;
  };
  /// How many random bytes a session key packet to this key takes, and draws them.
  [[nodiscard]] Chance draw(const Random& random) const;
  /// The body of a PKESK packet, version 6 for version 6 keys and 3 for others (§5.1). The same `chance` gives the same bytes.
  [[nodiscard]] Expected<Bytes> seal(const SessionKey& key, const Chance& chance) const;

 private:
  PublicKey() = default;
  /// `body`: what the fields lie in, for the places of the key's parts.
  Expected<void> read_material(Fields& fields, ByteView body);
  [[nodiscard]] Bytes hashed_form() const;

  Bytes body_;
  Bytes fingerprint_;
  UtcTime created_{};
  std::uint8_t version_ = 0;
  KeyAlgorithm algorithm_ = KeyAlgorithm::ed25519;
  std::uint8_t kdf_hash_ = 0;                                                    ///< ECDH: of its key derivation
  std::uint8_t kdf_cipher_ = 0;                                                  ///< ECDH: of its key wrap
  std::size_t first_at_ = 0, first_size_ = 0, second_at_ = 0, second_size_ = 0;  ///< within body_

  friend class SecretKey;
};

/// The key-encryption key of an ECDH or X25519 session key, from the shared secret. 16 or 32 octets.
Bytes ecdh_kek(ByteView shared, ByteView fingerprint, std::uint8_t hash, std::uint8_t cipher);
Bytes x25519_kek(ByteView ephemeral, ByteView recipient, ByteView shared);

/// Sum of all octets (§5.1): the check of a session key that has no other.
std::uint16_t checksum(ByteView key) noexcept;

}  // namespace regdata::escrow::openpgp
