// A certificate: a public key with its subkeys, and what its owner says of them (RFC 9580 §10.1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "escrow/openpgp/signature.hpp"

namespace regdata::escrow::openpgp {

/// What is refused before a byte is sealed, so that the operator can be told which.
enum class KeyTrouble : std::uint8_t { none, not_yet_valid, expired, revoked, weak, unbound, wrong_use };

/// What one self-signature says of a key, from its time on.
struct KeyStatement {
  UtcTime created{};
  std::optional<UtcTime> expires{};  ///< the key's end, or the statement's where that is earlier; empty: never
  std::optional<std::uint8_t> flags{};
  std::uint8_t features = 0;
};

/// One key of a certificate, and what its owner says of it.
struct CertifiedKey {
  PublicKey key;
  bool revoked = false;  ///< or holds a revocation that we cannot check
  /// Bindings of a subkey, direct key signatures of a primary key. A later one replaces an earlier one.
  std::vector<KeyStatement> statements{};
  /// Of a version 4 primary key: certifications of its user ids, which speak of the key too (RFC 9580 §5.2.3.10).
  std::vector<KeyStatement> by_user_ids{};
};

/// A certificate as it was read: a value. Which keys may be used depends on the time, and is asked for.
class Certificate {
 public:
  /// Most bytes: an agent's certificate with a few signatures of others has four thousand.
  static constexpr std::size_t longest = 65536;

  /// Reads one certificate, binary or armoured; further blocks may hold revocations of it. All self-signatures are verified
  /// here; what others signed is left out, but for revocations by those whom the owner named for that: they cannot be checked,
  /// and count. Errors: Errc::invalid (no certificate, more than one, too long, or nothing in it that binds); Errc::refused (it
  /// holds a secret key, which has no business in a file for recipients).
  static Expected<Certificate> read(ByteView bytes);

  [[nodiscard]] const PublicKey& primary() const noexcept { return keys_.front().key; }
  [[nodiscard]] const std::vector<CertifiedKey>& keys() const noexcept { return keys_; }
  [[nodiscard]] const std::string& user_id() const noexcept { return user_id_; }  ///< may be empty (version 6)
  /// Whether its owner's programs read version 2 of encrypted data, by what was said until `at`.
  [[nodiscard]] bool takes_seipd2(UtcTime at) const;

  /// The newest key that may be sealed to at `at`. Errc::refused says why there is none: expired, revoked, weak.
  [[nodiscard]] Expected<const PublicKey*> encryption_key(UtcTime at) const;
  /// The key with this fingerprint, if it may sign at `at`; or any that may, where `fingerprint` is empty.
  [[nodiscard]] Expected<const PublicKey*> signing_key(UtcTime at, ByteView fingerprint = {}) const;
  /// When the first of the keys that would be used now runs out; empty: none does, or none is usable.
  [[nodiscard]] std::optional<UtcTime> expires(UtcTime at) const;

 private:
  Certificate() = default;
  [[nodiscard]] KeyTrouble trouble(const CertifiedKey& key, std::uint8_t use, UtcTime at) const;
  [[nodiscard]] Expected<const PublicKey*> find(std::uint8_t use, UtcTime at, ByteView fingerprint, const char* purpose) const;

  std::vector<CertifiedKey> keys_;  ///< the primary key first
  std::string user_id_;

  friend class CertificateReader;
};

}  // namespace regdata::escrow::openpgp
