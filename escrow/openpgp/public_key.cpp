#include "escrow/openpgp/public_key.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <stdexcept>

#include "escrow/openpgp/refused.hpp"

namespace regdata::escrow::openpgp {
namespace {

// §9.2: object identifiers of the two curves of version 4 keys
constexpr std::array<std::uint8_t, 10> curve25519_legacy{0x2B, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01};
constexpr std::array<std::uint8_t, 9> ed25519_legacy{0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01};
constexpr std::uint8_t native_point = 0x40;  ///< §11.2.2
constexpr std::size_t point_size = 32;
constexpr std::uint8_t aes128 = 7;

bool equal(ByteView one, ByteView other) { return std::equal(one.begin(), one.end(), other.begin(), other.end()); }

std::unique_ptr<EVP_PKEY, FreeKey> rsa_key(ByteView modulus, ByteView exponent) {
  const std::unique_ptr<BIGNUM, decltype([](BIGNUM*number) { BN_free(number); })> n(
      BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr)),
      e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  const std::unique_ptr<OSSL_PARAM_BLD, decltype([](OSSL_PARAM_BLD* builder) { OSSL_PARAM_BLD_free(builder); })> builder(
      OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  const std::unique_ptr<OSSL_PARAM, decltype([](OSSL_PARAM* made) { OSSL_PARAM_free(made); })> parameters(
      OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return nullptr;
  return std::unique_ptr<EVP_PKEY, FreeKey>(key);
}

/// EMSA-PKCS1-v1_5 (§12.1.3).
bool rsa_verifies(const PublicKey& by, HashAlgorithm algorithm, ByteView digest, ByteView fields) {
  Fields parts(fields);
  const ByteView number = parts.integer();
  const auto key = rsa_key(by.first(), by.second());
  if (!parts.complete() || !key || number.size() > by.first().size()) return false;
  Bytes signature(by.first().size() - number.size(), 0);  // PKCS#1 wants as many octets as the modulus has
  append(signature, number);
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  const bool holds = context && EVP_PKEY_verify_init(context.get()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
                     EVP_PKEY_CTX_set_signature_md(context.get(), message_digest(algorithm)) == 1 &&
                     EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
  ERR_clear_error();
  return holds;
}

/// EME-PKCS1-v1_5 (§12.1.1), with padding that was drawn before.
Expected<Bytes> rsa_encrypt(const PublicKey& to, ByteView message, ByteView padding) {
  const std::size_t size = to.first().size();
  if (message.size() + padding.size() + 3 != size) return make_error(Errc::internal, "openpgp: padding does not fit the key");
  Bytes block{0, 2};
  block.reserve(size);
  append(block, padding);
  block.push_back(0);
  append(block, message);
  const auto key = rsa_key(to.first(), to.second());
  const KeyContext context(key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
  Bytes sealed(size);
  std::size_t length = sealed.size();
  const bool done = context && EVP_PKEY_encrypt_init(context.get()) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
                    EVP_PKEY_encrypt(context.get(), sealed.data(), &length, block.data(), block.size()) == 1;
  sodium_memzero(block.data(), block.size());
  ERR_clear_error();
  if (!done) return make_error(Errc::internal, "openpgp: RSA encryption failed");
  sealed.resize(length);
  return sealed;
}

/// Algorithm, key, checksum: what version 3 packets and RSA seal (§5.1.3).
SecretBytes<35> with_checksum(const SessionKey& key) {
  SecretBytes<35> message;
  message.bytes()[0] = aes256;
  std::copy(key.bytes().begin(), key.bytes().end(), message.bytes().begin() + 1);
  const std::uint16_t sum = checksum(key.bytes());
  message.bytes()[33] = static_cast<std::uint8_t>(sum >> 8);
  message.bytes()[34] = static_cast<std::uint8_t>(sum);
  return message;
}

}  // namespace

std::uint16_t checksum(ByteView key) noexcept {
  std::uint16_t sum = 0;
  for (const std::uint8_t octet : key) sum = static_cast<std::uint16_t>(sum + octet);
  return sum;
}

Bytes x25519_kek(ByteView ephemeral, ByteView recipient, ByteView shared) {
  SecretBytes<96> secret;
  auto at = std::copy(ephemeral.begin(), ephemeral.end(), secret.bytes().begin());
  at = std::copy(recipient.begin(), recipient.end(), at);
  std::copy(shared.begin(), shared.end(), at);
  Bytes kek(16);
  hkdf_sha256(secret.bytes(), {}, as_bytes("OpenPGP X25519"), kek);  // §5.1.6
  return kek;
}

Bytes ecdh_kek(ByteView shared, ByteView fingerprint, std::uint8_t hash, std::uint8_t cipher) {
  Hash kdf(static_cast<HashAlgorithm>(hash));  // §11.4, §11.5
  constexpr std::array<std::uint8_t, 4> counter{0, 0, 0, 1};
  kdf.update(counter);
  kdf.update(shared);
  Bytes parameters{static_cast<std::uint8_t>(curve25519_legacy.size())};
  append(parameters, curve25519_legacy);
  append(parameters, std::array<std::uint8_t, 5>{static_cast<std::uint8_t>(KeyAlgorithm::ecdh), 3, 1, hash, cipher});
  append(parameters, as_bytes("Anonymous Sender    "));
  append(parameters, fingerprint);
  kdf.update(parameters);
  Bytes kek = kdf.digest();
  const std::size_t size = cipher == aes128 ? 16 : 32;
  sodium_memzero(kek.data() + size, kek.size() - size);
  kek.resize(size);
  return kek;
}

Expected<void> PublicKey::read_material(Fields& fields, ByteView body) {
  const auto mark_first = [&](ByteView part) {
    first_at_ = static_cast<std::size_t>(part.data() - body.data());
    first_size_ = part.size();
  };
  switch (algorithm_) {
    case KeyAlgorithm::rsa: {
      const ByteView modulus = fields.integer();
      const ByteView exponent = fields.integer();
      const bool fits =
          fields.good() && modulus.size() >= 64 && modulus.size() <= 1024 && !exponent.empty() && exponent.size() <= 8;
      // to an exponent of one everything is sealed as it is
      const bool odd = fits && (modulus.back() & 1) != 0 && (exponent.back() & 1) != 0;
      if (!odd || (exponent.size() == 1 && exponent.front() < 3)) return refused("an RSA key that cannot be");
      mark_first(modulus);
      second_at_ = static_cast<std::size_t>(exponent.data() - body.data());
      second_size_ = exponent.size();
      return {};
    }
    case KeyAlgorithm::ed25519:
    case KeyAlgorithm::x25519:
      mark_first(fields.bytes(point_size));
      if (!fields.good()) return refused("a key that is cut off");
      return {};
    case KeyAlgorithm::ecdh:
    case KeyAlgorithm::ed25519_v4: {
      const bool encrypts = algorithm_ == KeyAlgorithm::ecdh;
      const ByteView oid = fields.bytes(fields.octet());
      if (!(encrypts ? equal(oid, curve25519_legacy) : equal(oid, ed25519_legacy)))
        return refused("a key on a curve other than Curve25519");
      const ByteView point = fields.integer();
      if (!fields.good() || point.size() != point_size + 1 || point.front() != native_point)
        return refused("a key without a point");
      mark_first(point.subspan(1));
      if (!encrypts) return {};
      const std::uint8_t length = fields.octet();
      const std::uint8_t reserved = fields.octet();
      kdf_hash_ = fields.octet();
      kdf_cipher_ = fields.octet();
      if (!fields.good() || length != 3 || reserved != 1 || salt_size(static_cast<HashAlgorithm>(kdf_hash_)) == 0 ||
          (kdf_cipher_ != aes128 && kdf_cipher_ != aes256))
        return refused("a key derivation that we do not speak");
      return {};
    }
  }
  return refused("a key of algorithm " + std::to_string(static_cast<int>(algorithm_)) +
                 "; RSA, Curve25519, Ed25519 and X25519 are spoken");
}

Expected<PublicKey> PublicKey::read(ByteView body, ByteView* rest) {
  Fields fields(body);
  PublicKey key;
  key.version_ = fields.octet();
  const std::uint32_t created = fields.four();
  key.algorithm_ = static_cast<KeyAlgorithm>(fields.octet());
  const std::uint32_t length = key.version_ == 6 ? fields.four() : 0;
  if (!fields.good()) return refused("a key that is cut off");
  if (key.version_ != 4 && key.version_ != 6) return refused("a key of version " + std::to_string(key.version_));
  if (key.version_ == 6 && (key.algorithm_ == KeyAlgorithm::ecdh || key.algorithm_ == KeyAlgorithm::ed25519_v4))
    return refused("a version 6 key of an algorithm for version 4 keys");  // §9.1, §9.2: legacy curves
  key.created_ = UtcTime(std::chrono::seconds(created));
  const std::size_t header = key.version_ == 6 ? 10 : 6;
  Fields material{body.subspan(header)};
  if (auto read = key.read_material(material, body); !read) return read.error();
  const std::size_t used = body.size() - material.rest().size();
  if (key.version_ == 6 && used != header + length) return refused("a key whose length does not hold");
  if (rest != nullptr)
    *rest = body.subspan(used);
  else if (used != body.size())
    return refused("more behind a key than belongs to it");
  key.body_.assign(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(used));  // a secret half behind it is not copied
  key.fingerprint_ = digest_of(key.version_ == 6 ? HashAlgorithm::sha256 : HashAlgorithm::sha1, key.hashed_form());
  return key;
}

Expected<PublicKey> PublicKey::make(std::uint8_t version, UtcTime created, KeyAlgorithm algorithm, ByteView material) {
  Bytes body{version};
  append_number(body, static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(created).time_since_epoch().count()));
  body.push_back(static_cast<std::uint8_t>(algorithm));
  if (version == 6) append_number(body, static_cast<std::uint32_t>(material.size()));
  append(body, material);
  return read(body);
}

Bytes PublicKey::hashed_form() const {
  Bytes form{static_cast<std::uint8_t>(version_ == 6 ? 0x9B : 0x99)};  // §5.5.4
  if (version_ == 6)
    append_number(form, static_cast<std::uint32_t>(body_.size()));
  else
    append_number(form, static_cast<std::uint16_t>(body_.size()));
  append(form, body_);
  return form;
}

void PublicKey::hash_into(Hash& hash) const { hash.update(hashed_form()); }

ByteView PublicKey::key_id() const noexcept {
  const ByteView whole(fingerprint_);
  return version_ == 6 ? whole.first(8) : whole.last(8);
}

std::size_t PublicKey::strength() const noexcept {
  if (algorithm_ != KeyAlgorithm::rsa) return 256;
  return (first_size_ - 1) * 8 + static_cast<std::size_t>(std::bit_width(unsigned{first().front()}));
}

bool PublicKey::can_sign() const noexcept {
  return algorithm_ == KeyAlgorithm::rsa || algorithm_ == KeyAlgorithm::ed25519 || algorithm_ == KeyAlgorithm::ed25519_v4;
}

bool PublicKey::can_encrypt() const noexcept {
  return algorithm_ == KeyAlgorithm::rsa || algorithm_ == KeyAlgorithm::x25519 || algorithm_ == KeyAlgorithm::ecdh;
}

bool PublicKey::verifies(HashAlgorithm algorithm, ByteView digest, ByteView fields) const {
  // SHA-1 has no salt here, and signs nothing (§9.5)
  if (salt_size(algorithm) == 0 || digest.size() != digest_size(algorithm)) return false;
  if (algorithm_ == KeyAlgorithm::rsa) return rsa_verifies(*this, algorithm, digest, fields);
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  Fields parts(fields);
  if (algorithm_ == KeyAlgorithm::ed25519) {
    const ByteView both = parts.bytes(signature.size());
    std::copy(both.begin(), both.end(), signature.begin());
  } else if (algorithm_ == KeyAlgorithm::ed25519_v4) {  // §5.2.3.3: two numbers, whose leading zeros are gone
    for (const std::size_t end : {std::size_t{32}, signature.size()}) {
      const ByteView part = parts.integer();
      if (part.size() > 32) return false;
      std::copy(part.begin(), part.end(), signature.begin() + static_cast<std::ptrdiff_t>(end - part.size()));
    }
  } else {
    return false;
  }
  return parts.complete() && crypto_sign_verify_detached(signature.data(), digest.data(), digest.size(), first().data()) == 0;
}

PublicKey::Chance PublicKey::draw(const Random& random) const {
  Chance chance;
  if (algorithm_ != KeyAlgorithm::rsa) {
    chance.size = point_size;  // the ephemeral secret
    random(chance.bytes.bytes().first(chance.size));
    return chance;
  }
  chance.size = first_size_ - 3 - (version_ == 6 ? 34 : 35);
  const auto padding = chance.bytes.bytes().first(chance.size);
  random(padding);
  for (std::uint8_t& octet : padding)
    while (octet == 0) random({&octet, 1});  // §12.1.1: the padding ends with the first zero
  return chance;
}

Expected<Bytes> PublicKey::seal(const SessionKey& key, const Chance& chance) const {
  if (!can_encrypt()) return make_error(Errc::internal, "openpgp: a key that cannot encrypt");
  Bytes body;
  if (version_ == 6) {  // §5.1.2
    body = {6, static_cast<std::uint8_t>(fingerprint_.size() + 1), version_};
    append(body, fingerprint_);
  } else {  // §5.1.1
    body = {3};
    append(body, key_id());
  }
  body.push_back(static_cast<std::uint8_t>(algorithm_));
  const ByteView random = chance.bytes.bytes().first(chance.size);
  if (algorithm_ == KeyAlgorithm::rsa) {
    const SecretBytes<35> message = with_checksum(key);
    // a version 6 packet does not tell the cipher: SEIPD v2 does (§5.1.3)
    const auto sealed = rsa_encrypt(*this, ByteView(message.bytes()).subspan(version_ == 6 ? 1 : 0), random);
    if (!sealed) return sealed.error();
    append_integer(body, *sealed);
    return body;
  }
  std::array<std::uint8_t, point_size> ephemeral{};
  SecretBytes<point_size> shared;
  // RFC 7748 §6.1: an all-zero shared secret means a key of small order
  if (random.size() != point_size || crypto_scalarmult_base(ephemeral.data(), random.data()) != 0 ||
      crypto_scalarmult(shared.bytes().data(), random.data(), first().data()) != 0)
    return refused("a key that nothing can be sealed to");
  if (algorithm_ == KeyAlgorithm::ecdh) {
    Bytes kek = ecdh_kek(shared.bytes(), fingerprint_, kdf_hash_, kdf_cipher_);
    const SecretBytes<35> message = with_checksum(key);
    SecretBytes<40> padded;  // §11.5: PKCS #5, to a multiple of 8
    std::fill(padded.bytes().begin(), padded.bytes().end(), std::uint8_t{5});
    std::copy(message.bytes().begin(), message.bytes().end(), padded.bytes().begin());
    const Bytes wrapped = wrap_key(kek, padded.bytes());
    sodium_memzero(kek.data(), kek.size());
    Bytes point{native_point};
    append(point, ephemeral);
    append_integer(body, point);
    body.push_back(static_cast<std::uint8_t>(wrapped.size()));
    append(body, wrapped);
    return body;
  }
  Bytes kek = x25519_kek(ephemeral, first(), shared.bytes());  // §5.1.6
  const Bytes wrapped = wrap_key(kek, key.bytes());
  sodium_memzero(kek.data(), kek.size());
  append(body, ephemeral);
  body.push_back(static_cast<std::uint8_t>(wrapped.size() + (version_ == 6 ? 0 : 1)));
  if (version_ != 6) body.push_back(aes256);  // in clear, before the wrapped key
  append(body, wrapped);
  return body;
}

}  // namespace regdata::escrow::openpgp
