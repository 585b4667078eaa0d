#include "escrow/openpgp/secret_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "escrow/openpgp/refused.hpp"

namespace regdata::escrow::openpgp {
namespace {

constexpr std::uint8_t unprotected = 0;

struct FreeNumber {
  void operator()(BIGNUM* number) const noexcept { BN_clear_free(number); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

Number number_from(ByteView magnitude) {
  return Number(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
}

Number number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) throw std::runtime_error("openssl: an RSA key without its parts");
  return Number(number);
}

void append_number_wiped(Bytes& out, const BIGNUM* number) {
  WipedBytes magnitude;
  magnitude.bytes.resize(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, magnitude.bytes.data());
  append_integer(out, magnitude.bytes);
}

/// Ed25519 wants seed and point together.
SecretBytes<64> signing_form(std::span<const std::uint8_t, 32> seed) {
  SecretBytes<64> both;
  std::array<std::uint8_t, 32> point{};
  crypto_sign_seed_keypair(point.data(), both.bytes().data(), seed.data());
  return both;
}

/// The point that a secret scalar or seed belongs to.
std::array<std::uint8_t, 32> point_of(KeyAlgorithm algorithm, std::span<const std::uint8_t, 32> secret) {
  std::array<std::uint8_t, 32> point{};
  if (algorithm == KeyAlgorithm::ed25519 || algorithm == KeyAlgorithm::ed25519_v4) {
    SecretBytes<64> both;
    crypto_sign_seed_keypair(point.data(), both.bytes().data(), secret.data());
  } else {
    crypto_scalarmult_base(point.data(), secret.data());
  }
  return point;
}

}  // namespace

Expected<void> SecretKey::read_rsa(Fields& fields) {
  const Number d = number_from(fields.integer());
  const Number p = number_from(fields.integer());
  const Number q = number_from(fields.integer());
  fields.integer();  // p⁻¹ mod q; OpenSSL wants q⁻¹ mod p and finds it itself
  const Number n = number_from(public_.first());
  const Number e = number_from(public_.second());
  if (!fields.good() || !d || !p || !q || !n || !e) return refused("a secret key is cut off");
  const std::unique_ptr<BN_CTX, decltype([](BN_CTX* context) { BN_CTX_free(context); })> context(BN_CTX_secure_new());
  const Number dp(BN_secure_new()), dq(BN_secure_new()), qi(BN_secure_new()), less(BN_secure_new());
  const std::unique_ptr<OSSL_PARAM_BLD, decltype([](OSSL_PARAM_BLD* builder) { OSSL_PARAM_BLD_free(builder); })> builder(
      OSSL_PARAM_BLD_new());
  if (!context || !dp || !dq || !qi || !less || !builder) throw std::runtime_error("openssl: no memory");
  const bool computed =
      BN_sub(less.get(), p.get(), BN_value_one()) == 1 && BN_mod(dp.get(), d.get(), less.get(), context.get()) == 1 &&
      BN_sub(less.get(), q.get(), BN_value_one()) == 1 && BN_mod(dq.get(), d.get(), less.get(), context.get()) == 1 &&
      BN_mod_inverse(qi.get(), q.get(), p.get(), context.get()) != nullptr &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_D, d.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_COEFFICIENT1, qi.get()) == 1;
  const std::unique_ptr<OSSL_PARAM, decltype([](OSSL_PARAM* made) { OSSL_PARAM_free(made); })> parameters(
      computed ? OSSL_PARAM_BLD_to_param(builder.get()) : nullptr);
  const KeyContext making(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = parameters && making && EVP_PKEY_fromdata_init(making.get()) == 1 &&
                    EVP_PKEY_fromdata(making.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) == 1;
  rsa_.reset(key);
  // What OpenSSL's own check adds is whether the factors are prime, which takes it a second; deposits are verified anyway.
  const Number two(BN_new()), product(BN_secure_new()), there(BN_secure_new()), back(BN_secure_new());
  if (!two || !product || !there || !back) throw std::runtime_error("openssl: no memory");
  const bool pair = made && BN_set_word(two.get(), 2) == 1 && BN_mul(product.get(), p.get(), q.get(), context.get()) == 1 &&
                    BN_cmp(product.get(), n.get()) == 0 &&
                    BN_mod_exp_mont_consttime(there.get(), two.get(), d.get(), n.get(), context.get(), nullptr) == 1 &&
                    BN_mod_exp(back.get(), there.get(), e.get(), n.get(), context.get()) == 1 &&
                    BN_cmp(back.get(), two.get()) == 0;
  ERR_clear_error();
  return pair ? Expected<void>() : refused("a secret key whose halves do not belong together");
}

Expected<SecretKey> SecretKey::read(ByteView body) {
  ByteView rest;
  auto half = PublicKey::read(body, &rest);
  if (!half) return half.error();
  SecretKey key(std::move(*half));
  Fields fields(rest);
  if (const std::uint8_t usage = fields.octet(); fields.good() && usage != unprotected)
    return make_error(Errc::refused, "openpgp: the secret key is protected by a passphrase",
                      "export it without one into a file that nobody else can read; it is sealed under the master key here");
  const ByteView secret = ByteView(rest).subspan(std::min<std::size_t>(1, rest.size()));
  auto scalar = key.scalar_.bytes();
  switch (key.public_.algorithm()) {
    case KeyAlgorithm::rsa:
      if (auto read = key.read_rsa(fields); !read) return read.error();
      break;
    case KeyAlgorithm::ed25519:
    case KeyAlgorithm::x25519: {
      const ByteView octets = fields.bytes(scalar.size());
      std::copy(octets.begin(), octets.end(), scalar.begin());
      break;
    }
    case KeyAlgorithm::ed25519_v4:
    case KeyAlgorithm::ecdh: {
      const ByteView octets = fields.integer();
      if (octets.size() > scalar.size()) return refused("a secret key is too long");
      std::copy(octets.begin(), octets.end(), scalar.end() - static_cast<std::ptrdiff_t>(octets.size()));
      // §11.3: of this curve the scalar alone stands the other way round
      if (key.public_.algorithm() == KeyAlgorithm::ecdh) std::reverse(scalar.begin(), scalar.end());
      break;
    }
  }
  if (key.public_.version() == 4) {  // §5.5.3: a checksum behind what is not protected
    const std::size_t size = secret.size() < 2 ? 0 : secret.size() - 2;
    if (fields.two() != checksum(secret.first(size))) return refused("a secret key whose checksum does not hold");
  }
  if (!fields.complete()) return refused("a secret key is cut off");
  if (!key.rsa_) {
    const auto point = point_of(key.public_.algorithm(), scalar);
    if (!std::equal(point.begin(), point.end(), key.public_.first().begin(), key.public_.first().end()))
      return refused("a secret key whose halves do not belong together");
  }
  return key;
}

Expected<SecretKey> SecretKey::generate(std::uint8_t version, KeyAlgorithm algorithm, UtcTime now, const Random& random,
                                        unsigned bits) {
  WipedBytes body(4096);
  if (algorithm == KeyAlgorithm::rsa) {
    const std::unique_ptr<EVP_PKEY, FreeKey> made(EVP_RSA_gen(std::max(bits, 3072U)));
    if (!made) throw std::runtime_error("openssl: no RSA key was made");
    Bytes material;
    append_number_wiped(material, number_of(made.get(), OSSL_PKEY_PARAM_RSA_N).get());
    append_number_wiped(material, number_of(made.get(), OSSL_PKEY_PARAM_RSA_E).get());
    auto half = PublicKey::make(version, now, algorithm, material);
    if (!half) return half.error();
    append(body.bytes, half->body());
    body.bytes.push_back(unprotected);
    WipedBytes secret(4096);
    const Number p = number_of(made.get(), OSSL_PKEY_PARAM_RSA_FACTOR1);
    const Number q = number_of(made.get(), OSSL_PKEY_PARAM_RSA_FACTOR2);
    // §5.5.5.1: p is the smaller, u = p⁻¹ mod q
    const bool in_order = BN_cmp(p.get(), q.get()) < 0;
    const BIGNUM* smaller = in_order ? p.get() : q.get();
    const BIGNUM* larger = in_order ? q.get() : p.get();
    const std::unique_ptr<BN_CTX, decltype([](BN_CTX* context) { BN_CTX_free(context); })> context(BN_CTX_secure_new());
    const Number inverse(BN_mod_inverse(nullptr, smaller, larger, context.get()));
    append_number_wiped(secret.bytes, number_of(made.get(), OSSL_PKEY_PARAM_RSA_D).get());
    append_number_wiped(secret.bytes, smaller);
    append_number_wiped(secret.bytes, larger);
    append_number_wiped(secret.bytes, inverse.get());
    append(body.bytes, secret.bytes);
    if (version == 4) append_number(body.bytes, checksum(secret.bytes));
    return read(body.bytes);
  }
  SecretBytes<32> secret;
  random(secret.bytes());
  auto half = PublicKey::make(version, now, algorithm, point_of(algorithm, secret.bytes()));
  if (!half) return half.error();
  append(body.bytes, half->body());
  body.bytes.push_back(unprotected);
  append(body.bytes, secret.bytes());
  if (version == 4) append_number(body.bytes, checksum(secret.bytes()));
  return read(body.bytes);
}

void SecretKey::append_body(WipedBytes& out) const {
  append(out.bytes, public_.body());
  out.bytes.push_back(unprotected);
  WipedBytes secret(4096);
  if (rsa_) {
    const Number p = number_of(rsa_.get(), OSSL_PKEY_PARAM_RSA_FACTOR1);
    const Number q = number_of(rsa_.get(), OSSL_PKEY_PARAM_RSA_FACTOR2);
    const std::unique_ptr<BN_CTX, decltype([](BN_CTX* context) { BN_CTX_free(context); })> context(BN_CTX_secure_new());
    const Number inverse(BN_mod_inverse(nullptr, p.get(), q.get(), context.get()));
    append_number_wiped(secret.bytes, number_of(rsa_.get(), OSSL_PKEY_PARAM_RSA_D).get());
    append_number_wiped(secret.bytes, p.get());
    append_number_wiped(secret.bytes, q.get());
    append_number_wiped(secret.bytes, inverse.get());
  } else if (public_.algorithm() == KeyAlgorithm::ed25519 || public_.algorithm() == KeyAlgorithm::x25519) {
    append(secret.bytes, scalar_.bytes());
  } else {
    WipedBytes octets;
    octets.bytes.assign(scalar_.bytes().begin(), scalar_.bytes().end());
    if (public_.algorithm() == KeyAlgorithm::ecdh) std::reverse(octets.bytes.begin(), octets.bytes.end());
    append_integer(secret.bytes, octets.bytes);
  }
  append(out.bytes, secret.bytes);
  if (public_.version() == 4) append_number(out.bytes, checksum(secret.bytes));
}

Bytes SecretKey::new_salt(HashAlgorithm hash, const Random& random) const {
  Bytes salt(public_.version() == 6 ? salt_size(hash) : 0);
  if (!salt.empty()) random(salt);
  return salt;
}

Expected<Bytes> SecretKey::sign(const SignatureDraft& draft, ByteView salt, Hash data) const {
  if (!public_.can_sign()) return make_error(Errc::internal, "openpgp: a key that cannot sign");
  Bytes body = draft.hashed(public_);
  hash_trailer(data, public_.version(), body);
  const Bytes digest = data.digest();
  if (public_.version() == 6)
    append_number(body, std::uint32_t{0});  // nothing that is not hashed
  else
    append_number(body, std::uint16_t{0});
  append(body, ByteView(digest).first(2));
  if (public_.version() == 6) {
    body.push_back(static_cast<std::uint8_t>(salt.size()));
    append(body, salt);
  }
  if (rsa_) {
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, rsa_.get(), nullptr));
    Bytes signature(public_.first().size());
    std::size_t size = signature.size();
    if (!context || EVP_PKEY_sign_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(context.get(), message_digest(draft.hash)) != 1 ||
        EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) != 1) {
      ERR_clear_error();
      return make_error(Errc::internal, "openpgp: signing failed");
    }
    append_integer(body, ByteView(signature).first(size));
    return body;
  }
  const SecretBytes<64> secret = signing_form(scalar_.bytes());
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  crypto_sign_detached(signature.data(), nullptr, digest.data(), digest.size(), secret.bytes().data());
  if (public_.algorithm() == KeyAlgorithm::ed25519) {
    append(body, signature);
  } else {
    append_integer(body, ByteView(signature).first(32));
    append_integer(body, ByteView(signature).last(32));
  }
  return body;
}

Expected<void> SecretKey::open_rsa(ByteView number, std::span<std::uint8_t, 35> message, std::size_t size) const {
  Bytes sealed(public_.first().size() - std::min(number.size(), public_.first().size()), 0);
  append(sealed, number);
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, rsa_.get(), nullptr));
  WipedBytes plain;
  plain.bytes.resize(public_.first().size());
  std::size_t length = plain.bytes.size();
  const bool opened = context && EVP_PKEY_decrypt_init(context.get()) == 1 &&
                      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
                      EVP_PKEY_decrypt(context.get(), plain.bytes.data(), &length, sealed.data(), sealed.size()) == 1 &&
                      length == size;
  ERR_clear_error();
  if (!opened) return make_error(Errc::damaged, "openpgp: a session key does not open");
  std::copy_n(plain.bytes.begin(), size, message.begin());
  return {};
}

Expected<SessionKey> SecretKey::open(ByteView session_key_packet) const {
  const auto damaged = [] { return make_error(Errc::damaged, "openpgp: a session key does not open"); };
  const auto elsewhere = [] { return make_error(Errc::not_found, "openpgp: a session key for another key"); };
  Fields fields(session_key_packet);
  const std::uint8_t version = fields.octet();
  ByteView recipient;
  if (version == 6) {
    recipient = fields.bytes(fields.octet());
    if (recipient.empty() || recipient.front() != public_.version()) return elsewhere();
    recipient = recipient.subspan(1);
  } else if (version == 3) {
    recipient = fields.bytes(8);
  } else {
    return refused("a session key of a version that is not spoken");
  }
  const ByteView ours = version == 6 ? ByteView(public_.fingerprint()) : public_.key_id();
  const auto algorithm = static_cast<KeyAlgorithm>(fields.octet());
  if (!fields.good()) return refused("a session key is cut off");
  if (!std::equal(recipient.begin(), recipient.end(), ours.begin(), ours.end()) || algorithm != public_.algorithm())
    return elsewhere();

  SecretBytes<35> message;
  const std::size_t size = version == 6 ? 34 : 35;
  SessionKey key;
  if (algorithm == KeyAlgorithm::rsa) {
    const ByteView number = fields.integer();
    if (!fields.complete() || number.size() > public_.first().size()) return damaged();
    if (auto opened = open_rsa(number, message.bytes(), size); !opened) return opened.error();
  } else {
    const bool legacy = algorithm == KeyAlgorithm::ecdh;
    ByteView ephemeral = legacy ? fields.integer() : fields.bytes(32);
    if (legacy && !ephemeral.empty()) ephemeral = ephemeral.subspan(1);
    ByteView wrapped = fields.bytes(fields.octet());
    if (!legacy && version == 3 && !wrapped.empty()) wrapped = wrapped.subspan(1);  // the cipher, in clear
    SecretBytes<32> shared;
    if (!fields.complete() || ephemeral.size() != 32 ||
        crypto_scalarmult(shared.bytes().data(), scalar_.bytes().data(), ephemeral.data()) != 0)
      return damaged();
    WipedBytes kek;
    kek.bytes = legacy ? ecdh_kek(shared.bytes(), public_.fingerprint(), public_.kdf_hash_, public_.kdf_cipher_)
                       : x25519_kek(ephemeral, public_.first(), shared.bytes());
    if (!legacy) return unwrap_key(kek.bytes, wrapped, key.bytes()) ? Expected<SessionKey>(std::move(key)) : damaged();
    SecretBytes<64> padded;
    const std::size_t room = wrapped.size() < 8 ? 0 : wrapped.size() - 8;
    // the padding may be longer than it needs to be (§11.5)
    if (room < 40 || room > 64 || !unwrap_key(kek.bytes, wrapped, padded.bytes().first(room)) ||
        padded.bytes()[room - 1] != room - 35)
      return damaged();
    std::copy_n(padded.bytes().begin(), 35, message.bytes().begin());
  }
  const auto octets = message.bytes().subspan(35 - size == 0 ? 1 : 0).first(32);
  const std::size_t sum_at = size - 2;
  const auto sum = static_cast<std::uint16_t>(message.bytes()[sum_at] << 8 | message.bytes()[sum_at + 1]);
  if ((version == 3 && message.bytes()[0] != aes256) || sum != checksum(octets)) return damaged();
  std::copy(octets.begin(), octets.end(), key.bytes().begin());
  return key;
}

}  // namespace regdata::escrow::openpgp
