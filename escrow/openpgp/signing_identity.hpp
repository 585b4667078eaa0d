// Our own key: a certificate together with its secret halves (RFC 9580 §10.2).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "escrow/openpgp/certificate.hpp"
#include "escrow/openpgp/secret_key.hpp"

namespace regdata::escrow::openpgp {

/// A certificate with the secret halves of its keys: ours. In memory only.
class SigningIdentity {
 public:
  /// Version 6: Ed25519 and X25519; version 4: RSA twice. `expires` counts from `now`; Errc::invalid for a life of no second or
  /// of more than 2^32, as no signature can say it.
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
