// Signature packets of version 4 and 6 (RFC 9580 §5.2.3).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "escrow/openpgp/cipher.hpp"
#include "escrow/openpgp/public_key.hpp"

namespace regdata::escrow::openpgp {

/// RFC 9580 §5.2.1.
enum class SignatureType : std::uint8_t {
  binary = 0x00,
  generic_certification = 0x10,
  persona_certification = 0x11,
  casual_certification = 0x12,
  positive_certification = 0x13,
  subkey_binding = 0x18,
  primary_key_binding = 0x19,
  direct_key = 0x1F,
  key_revocation = 0x20,
  subkey_revocation = 0x28,
  certification_revocation = 0x30,
};

/// RFC 9580 §5.2.3.29.
namespace key_flag {
inline constexpr std::uint8_t certify = 0x01, sign = 0x02, encrypt_communications = 0x04, encrypt_storage = 0x08;
}

/// One signature as it was read, and what its hashed part says of a key.
struct Signature {
  std::uint8_t version = 0;
  SignatureType type = SignatureType::binary;
  KeyAlgorithm algorithm = KeyAlgorithm::ed25519;
  HashAlgorithm hash = HashAlgorithm::sha512;
  Bytes hashed;                     ///< from the version to the last hashed subpacket: what the trailer covers
  Bytes salt;                       ///< version 6
  Bytes fields;                     ///< the algorithm's part
  std::uint16_t digest_begins = 0;  ///< the first two octets of the digest, as the signature tells them

  std::optional<UtcTime> created;                   ///< hashed; a signature without it is not read
  std::optional<std::chrono::seconds> expires;      ///< after its creation; empty: never
  std::optional<std::chrono::seconds> key_expires;  ///< after the key's creation; empty: never
  std::optional<std::uint8_t> key_flags;            ///< first octet
  std::uint8_t features = 0;                        ///< first octet: 1 = SEIPD v1, 8 = SEIPD v2
  Bytes issuer;                                     ///< fingerprint, where the hashed part tells it
  Bytes issuer_id;                                  ///< key id, likewise
  std::vector<Bytes> issuer_hints;                  ///< fingerprints and key ids that anybody may have added
  std::vector<Bytes> revokers;                      ///< fingerprints of keys that may revoke this one (§5.2.3.23)
  Bytes embedded;                                   ///< body of an embedded signature, hashed or not

  /// From a packet's body. Errc::invalid: cut off, of another version or algorithm, or with a critical subpacket that we do not
  /// know (§5.2.3.7): such a signature proves nothing to us.
  static Expected<Signature> read(ByteView body);

  /// A hash that has taken what comes before the signed data (§5.2.4).
  [[nodiscard]] Hash begin() const;
  /// Whether `by` made this signature over what `data` has taken since begin(). Times are not looked at.
  [[nodiscard]] bool verify(const PublicKey& by, Hash data) const;
  /// Whether its issuer, as far as it tells one, is this key.
  [[nodiscard]] bool says_issuer(const PublicKey& key) const;
};

/// What a certification of a user id covers, and what a signature over a key or a key and its subkey does (§5.2.4): into a hash
/// that has taken the salt.
void hash_user_id(Hash& hash, const PublicKey& primary, ByteView user_id);
void hash_keys(Hash& hash, const PublicKey& primary, const PublicKey* subkey = nullptr);

/// Appends the trailer of a signature (§5.2.4) to what is hashed.
void hash_trailer(Hash& hash, std::uint8_t version, ByteView hashed);

/// What a signature will say. Its subpackets are in the hashed part, all of them critical that a reader must not overlook.
struct SignatureDraft {
  SignatureType type = SignatureType::binary;
  HashAlgorithm hash = HashAlgorithm::sha512;
  UtcTime created{};
  std::optional<std::chrono::seconds> key_expires{};
  std::optional<std::uint8_t> key_flags{};
  std::optional<std::uint8_t> features{};
  bool preferences = false;  ///< AES-256 with OCB, SHA-512 and SHA-256, no compression
  bool primary_user_id = false;
  Bytes embedded{};  ///< body of a signature

  /// From the version to the last hashed subpacket, as `by` would sign it.
  [[nodiscard]] Bytes hashed(const PublicKey& by) const;
};

}  // namespace regdata::escrow::openpgp
