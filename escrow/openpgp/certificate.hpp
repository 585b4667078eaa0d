// A certificate: a public key with its subkeys, and what its owner says of them (RFC 9580 §10.1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "escrow/openpgp/secret_key.hpp"

namespace regdata::escrow::openpgp {

/// What is refused before a byte is sealed, so that the operator can be told which.
enum class KeyTrouble : std::uint8_t { none, not_yet_valid, expired, revoked, weak, unbound, wrong_use };

/// One key of a certificate, and what its self-signatures allow.
struct CertifiedKey {
  PublicKey key;
  bool bound = false;    ///< a signature of the primary key says that it belongs here, and where it signs, it says so too
  bool revoked = false;  ///< or holds a revocation that we cannot check
  std::uint8_t flags = 0;
  std::optional<UtcTime> valid_from{};  ///< of the newest binding
  std::optional<UtcTime> expires{};     ///< empty: never
};

/// A certificate as it was read: a value. Which keys may be used depends on the time, and is asked for.
class Certificate {
 public:
  /// Most bytes: an agent's certificate with a few signatures of others has four thousand.
  static constexpr std::size_t longest = 65536;

  /// Reads one certificate, binary or armoured. All self-signatures are verified here; what others signed is left out. Errors:
  /// Errc::invalid (no certificate, more than one, too long, or nothing in it that binds); Errc::refused (it holds a secret
  /// key, which has no business in a file for recipients).
  static Expected<Certificate> read(ByteView bytes);

  [[nodiscard]] const PublicKey& primary() const noexcept { return keys_.front().key; }
  [[nodiscard]] const std::vector<CertifiedKey>& keys() const noexcept { return keys_; }
  [[nodiscard]] const std::string& user_id() const noexcept { return user_id_; }  ///< may be empty (version 6)
  [[nodiscard]] bool takes_seipd2() const noexcept { return (features_ & 0x08) != 0; }

  /// The newest key that may be sealed to at `at`. Errc::refused says why there is none: expired, revoked, weak.
  [[nodiscard]] Expected<const PublicKey*> encryption_key(UtcTime at) const;
  /// The key with this fingerprint, if it may sign at `at`; or any that may, where `fingerprint` is empty.
  [[nodiscard]] Expected<const PublicKey*> signing_key(UtcTime at, ByteView fingerprint = {}) const;
  /// When the first key that is in use now runs out; empty: none does.
  [[nodiscard]] std::optional<UtcTime> expires(UtcTime at) const;

 private:
  Certificate() = default;
  [[nodiscard]] KeyTrouble trouble(const CertifiedKey& key, std::uint8_t use, UtcTime at) const;
  [[nodiscard]] Expected<const PublicKey*> find(std::uint8_t use, UtcTime at, ByteView fingerprint, const char* purpose) const;

  std::vector<CertifiedKey> keys_;  ///< the primary key first
  std::string user_id_;
  std::uint8_t features_ = 0;

  friend class CertificateReader;
};

/// A certificate with the secret halves of its keys: ours. In memory only.
class SigningIdentity {
 public:
  /// Version 6: Ed25519 and X25519; version 4: RSA twice. `expires` counts from `now`.
  static Expected<SigningIdentity> generate(std::uint8_t version, std::string_view user_id, UtcTime now,
                                            std::optional<std::chrono::seconds> expires, const Random& random);
  /// A transferable secret key (§10.2), binary or armoured, not protected by a passphrase.
  static Expected<SigningIdentity> read(ByteView bytes);

  [[nodiscard]] const Certificate& certificate() const noexcept { return certificate_; }
  /// The secret key that goes with one of the certificate's keys.
  [[nodiscard]] const SecretKey* secret(const PublicKey& key) const noexcept;
  [[nodiscard]] const std::vector<SecretKey>& secrets() const noexcept { return secrets_; }
  /// For the agent: binary (armour it).
  [[nodiscard]] const Bytes& public_bytes() const noexcept { return public_bytes_; }
  /// To be sealed at once.
  [[nodiscard]] WipedBytes secret_bytes() const;

 private:
  SigningIdentity(Certificate certificate, std::vector<SecretKey> secrets, Bytes public_bytes)
      : certificate_(std::move(certificate)), secrets_(std::move(secrets)), public_bytes_(std::move(public_bytes)) {}

  Certificate certificate_;
  std::vector<SecretKey> secrets_;
  Bytes public_bytes_;
};

}  // namespace regdata::escrow::openpgp
