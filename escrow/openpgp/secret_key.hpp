// Secret keys: of ours, to sign deposits, and in a drill to open them (RFC 9580 §5.5.3).
#pragma once

#include <openssl/evp.h>

#include <memory>

#include "escrow/openpgp/public_key.hpp"
#include "escrow/openpgp/signature.hpp"

namespace regdata::escrow::openpgp {

/// Bytes that are wiped when they go. Not for growing: what a vector leaves behind when it moves is not wiped; reserve first.
struct WipedBytes {
  Bytes bytes;
  WipedBytes() = default;
  explicit WipedBytes(std::size_t room) { bytes.reserve(room); }
  WipedBytes(WipedBytes&&) noexcept = default;
  WipedBytes& operator=(WipedBytes&&) noexcept = default;
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  ~WipedBytes() { sodium_memzero(bytes.data(), bytes.size()); }
};

/// One secret key or subkey, in memory only. Not copyable, not printable.
class SecretKey {
 public:
  /// From the body of a secret key or subkey packet that is not protected by a passphrase. Errc::invalid: not a key, another
  /// algorithm, or the halves do not belong together; Errc::refused: protected by a passphrase.
  static Expected<SecretKey> read(ByteView body);
  /// A new one; version 6: Ed25519 or X25519; version 4: RSA of `bits` (3072 at least).
  static Expected<SecretKey> generate(std::uint8_t version, KeyAlgorithm algorithm, UtcTime now, const Random& random,
                                      unsigned bits = 4096);

  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_; }
  /// Appends the body of a secret key packet, unprotected.
  void append_body(WipedBytes& out) const;

  /// The whole signature packet's body over what `data` has taken (see begin()).
  [[nodiscard]] Expected<Bytes> sign(const SignatureDraft& draft, ByteView salt, Hash data) const;
  /// A salt for a signature of this key: random and as long as the hash wants, empty for version 4.
  [[nodiscard]] Bytes new_salt(HashAlgorithm hash, const Random& random) const;

  /// Opens a PKESK packet's body. Errc::not_found: it is for another key; Errc::damaged: it does not open.
  [[nodiscard]] Expected<SessionKey> open(ByteView session_key_packet) const;

 private:
  explicit SecretKey(PublicKey half) : public_(std::move(half)) {}
  Expected<void> read_rsa(Fields& fields);
  [[nodiscard]] Expected<void> open_rsa(ByteView number, std::span<std::uint8_t, 35> message, std::size_t size) const;

  PublicKey public_;
  SecretBytes<32> scalar_;                  ///< curves: the seed of Ed25519, the scalar of X25519 (little endian)
  std::unique_ptr<EVP_PKEY, FreeKey> rsa_;  ///< RSA
};

}  // namespace regdata::escrow::openpgp
