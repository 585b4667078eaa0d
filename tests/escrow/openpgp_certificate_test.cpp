// Certificates: what is made is read, and what must not be sealed to is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "escrow/openpgp/armor.hpp"
#include "tests/escrow/openpgp_world.hpp"

namespace regdata::escrow::openpgp {
namespace {

using std::chrono::hours;

class EachVersion : public ::testing::TestWithParam<int> {
 protected:
  const SigningIdentity& identity() const { return test_identity(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Openpgp, EachVersion, ::testing::Values(4, 6));

TEST_P(EachVersion, WhatIsMadeIsRead) {
  const auto certificate = Certificate::read(identity().public_bytes());
  ASSERT_TRUE(certificate) << certificate.error().context;
  EXPECT_EQ(certificate->primary().version(), GetParam());
  EXPECT_EQ(certificate->user_id(), "Sandbox Registrar (IANA 9999) <escrow@registrar.example>");
  EXPECT_EQ(certificate->keys().size(), 2U);
  EXPECT_TRUE(certificate->encryption_key(test_time()));
  EXPECT_TRUE(certificate->signing_key(test_time()));
  EXPECT_TRUE(certificate->signing_key(test_time(), certificate->primary().fingerprint()));
  EXPECT_FALSE(certificate->signing_key(test_time(), certificate->keys()[1].key.fingerprint()));
  EXPECT_EQ(certificate->takes_seipd2(test_time()), GetParam() == 6);
  EXPECT_EQ(certificate->expires(test_time()), test_time() - hours(24) + hours(24 * 365));
  EXPECT_GE(certificate->primary().strength(), GetParam() == 6 ? 256U : 3072U);
}

TEST_P(EachVersion, SecretBytesAreReadBack) {
  const auto again = SigningIdentity::read(identity().secret_bytes().bytes);
  ASSERT_TRUE(again) << again.error().context;
  EXPECT_EQ(again->public_bytes(), identity().public_bytes());
  EXPECT_EQ(again->secret_bytes().bytes, identity().secret_bytes().bytes);
  const std::string armour = armored(identity().secret_bytes().bytes, "PGP PRIVATE KEY BLOCK", GetParam() == 4);
  EXPECT_TRUE(SigningIdentity::read(as_bytes(armour)));
  for (const Errc code :
       {Certificate::read(as_bytes(armour)).error().code, Certificate::read(identity().secret_bytes().bytes).error().code})
    EXPECT_EQ(code, Errc::refused);
}

TEST_P(EachVersion, TimeDecides) {
  const Certificate& certificate = identity().certificate();
  const UtcTime made = test_time() - hours(24);
  EXPECT_FALSE(certificate.encryption_key(made - std::chrono::seconds(1)));
  EXPECT_TRUE(certificate.encryption_key(made));
  EXPECT_TRUE(certificate.encryption_key(made + hours(24 * 365) - std::chrono::seconds(1)));
  const auto late = certificate.encryption_key(made + hours(24 * 365));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::refused);
  EXPECT_NE(late.error().context.find("it has expired"), std::string::npos) << late.error().context;
}

/// The packets of a certificate, to be put together in other ways.
std::vector<std::pair<PacketType, Bytes>> parts_of(ByteView bytes) {
  std::vector<std::pair<PacketType, Bytes>> parts;
  PacketWalk walk(bytes);
  for (auto packet = walk.next().value(); packet; packet = walk.next().value())
    parts.emplace_back(static_cast<PacketType>(packet->type), Bytes(packet->body.begin(), packet->body.end()));
  return parts;
}

Bytes together(const std::vector<std::pair<PacketType, Bytes>>& parts) {
  Bytes out;
  for (const auto& [type, body] : parts) append_packet(out, type, body);
  return out;
}

/// A signature by the identity's primary key over its keys.
Bytes signature_by(const SigningIdentity& by, const SignatureDraft& draft, const PublicKey& primary, const PublicKey* subkey) {
  const SecretKey& signer = by.secrets().front();
  const Bytes salt = signer.new_salt(draft.hash, real_random());
  Hash hash(draft.hash);
  hash.update(salt);
  primary.hash_into(hash);
  if (subkey != nullptr) subkey->hash_into(hash);
  return signer.sign(draft, salt, std::move(hash)).value();
}

TEST_P(EachVersion, ARevokedKeyIsRefused) {
  auto parts = parts_of(identity().public_bytes());
  const PublicKey& primary = identity().certificate().primary();
  const PublicKey& subkey = identity().certificate().keys()[1].key;
  const SignatureDraft of_key{.type = SignatureType::key_revocation, .created = test_time()};
  const SignatureDraft of_subkey{.type = SignatureType::subkey_revocation, .created = test_time()};

  auto revoked = parts;
  revoked.insert(revoked.begin() + 1, {PacketType::signature, signature_by(identity(), of_key, primary, nullptr)});
  const auto whole = Certificate::read(together(revoked));
  ASSERT_TRUE(whole) << whole.error().context;
  EXPECT_NE(whole->encryption_key(test_time()).error().context.find("it was revoked"), std::string::npos);
  EXPECT_FALSE(whole->signing_key(test_time()));

  revoked = parts;
  revoked.emplace_back(PacketType::signature, signature_by(identity(), of_subkey, primary, &subkey));
  const auto half = Certificate::read(together(revoked));
  ASSERT_TRUE(half);
  EXPECT_NE(half->encryption_key(test_time()).error().context.find("it was revoked"), std::string::npos);
  EXPECT_TRUE(half->signing_key(test_time()));
}

TEST_P(EachVersion, ARevocationByAStrangerMeansNothing) {
  auto parts = parts_of(identity().public_bytes());
  const SignatureDraft draft{.type = SignatureType::key_revocation, .created = test_time()};
  const Bytes by_stranger = signature_by(other_identity(GetParam()), draft, identity().certificate().primary(), nullptr);
  // in the owner's name, and not by the owner's key
  Bytes forged = signature_by(identity(), draft, identity().certificate().primary(), nullptr);
  forged.back() ^= 1;
  for (const Bytes& revocation : {by_stranger, forged}) {
    auto with = parts;
    with.insert(with.begin() + 1, {PacketType::signature, revocation});
    EXPECT_TRUE(Certificate::read(together(with)).value().encryption_key(test_time()));
  }
}

TEST_P(EachVersion, ARevocationCountsWhereverItStands) {
  auto parts = parts_of(identity().public_bytes());
  const SignatureDraft draft{.type = SignatureType::key_revocation, .created = test_time()};
  const Bytes revocation = signature_by(identity(), draft, identity().certificate().primary(), nullptr);
  for (std::size_t place = 1; place <= parts.size(); ++place) {
    auto with = parts;
    with.insert(with.begin() + static_cast<std::ptrdiff_t>(place), {PacketType::signature, revocation});
    EXPECT_FALSE(Certificate::read(together(with)).value().encryption_key(test_time())) << place;
  }
}

TEST_P(EachVersion, ARevocationThatCannotBeCheckedStopsTheKey) {
  auto parts = parts_of(identity().public_bytes());
  parts.insert(parts.begin() + 1, {PacketType::signature, Bytes{9, 0x20, 1, 2, 3}});
  EXPECT_FALSE(Certificate::read(together(parts)).value().encryption_key(test_time()));
}

TEST_P(EachVersion, ASubkeyThatItsOwnerDidNotBindIsRefused) {
  const SigningIdentity& other = other_identity(GetParam());
  auto parts = parts_of(identity().public_bytes());
  const auto strange = parts_of(other.public_bytes());
  parts[parts.size() - 2] = strange[strange.size() - 2];  // its key under our binding
  const auto swapped = Certificate::read(together(parts));
  ASSERT_TRUE(swapped);
  EXPECT_NE(swapped->encryption_key(test_time()).error().context.find("its owner's signature is missing"), std::string::npos)
      << swapped->encryption_key(test_time()).error().context;
  parts[parts.size() - 1] = strange[strange.size() - 1];  // with the binding of another
  EXPECT_FALSE(Certificate::read(together(parts)).value().encryption_key(test_time()));
}

TEST_P(EachVersion, ASigningSubkeyHasToSignBack) {
  // a thief binds somebody's signing key to a primary key of his own; only with that key's word it counts as his
  const SigningIdentity& thief = other_identity(GetParam());
  const PublicKey& his = thief.certificate().primary();
  const PublicKey& stolen = identity().certificate().primary();
  SignatureDraft draft{.type = SignatureType::subkey_binding, .created = test_time() - hours(1)};
  draft.key_flags = key_flag::sign;
  const SignatureDraft back{.type = SignatureType::primary_key_binding, .created = test_time() - hours(1)};
  for (const bool with_its_word : {false, true}) {
    if (with_its_word) draft.embedded = signature_by(identity(), back, his, &stolen);
    auto parts = parts_of(thief.public_bytes());
    parts.emplace_back(PacketType::public_subkey, stolen.body());
    parts.emplace_back(PacketType::signature, signature_by(thief, draft, his, &stolen));
    const auto certificate = Certificate::read(together(parts)).value();
    EXPECT_EQ(certificate.signing_key(test_time(), stolen.fingerprint()).has_value(), with_its_word);
  }
}

TEST_P(EachVersion, ABindingWithoutKeyFlagsMakesNoSigner) {
  const SigningIdentity& thief = other_identity(GetParam());
  const PublicKey& stolen = identity().certificate().primary();
  const SignatureDraft draft{.type = SignatureType::subkey_binding, .created = test_time() - hours(1)};
  auto parts = parts_of(thief.public_bytes());
  parts.emplace_back(PacketType::public_subkey, stolen.body());
  parts.emplace_back(PacketType::signature, signature_by(thief, draft, thief.certificate().primary(), &stolen));
  EXPECT_FALSE(Certificate::read(together(parts)).value().signing_key(test_time(), stolen.fingerprint()));
}

TEST_P(EachVersion, AnExtensionHoldsFromItsTimeOn) {
  auto parts = parts_of(identity().public_bytes());
  const PublicKey& primary = identity().certificate().primary();
  const PublicKey& subkey = identity().certificate().keys()[1].key;
  const UtcTime later = test_time() + hours(24 * 100);
  const std::chrono::seconds longer = hours(24 * 1000);
  SignatureDraft binding{.type = SignatureType::subkey_binding, .created = later, .key_expires = longer};
  binding.key_flags = key_flag::encrypt_storage;
  parts.emplace_back(PacketType::signature, signature_by(identity(), binding, primary, &subkey));
  SignatureDraft direct{.type = SignatureType::direct_key, .created = later, .key_expires = longer};
  direct.key_flags = static_cast<std::uint8_t>(key_flag::certify | key_flag::sign);
  parts.insert(parts.begin() + 1, {PacketType::signature, signature_by(identity(), direct, primary, nullptr)});
  const auto certificate = Certificate::read(together(parts)).value();
  EXPECT_TRUE(certificate.encryption_key(test_time())) << "the old statements hold until then";
  EXPECT_TRUE(certificate.signing_key(test_time()));
  // in version 4 the user id still says one year, and the earlier end counts
  EXPECT_EQ(certificate.encryption_key(test_time() + hours(24 * 500)).has_value(), GetParam() == 6);
}

TEST_P(EachVersion, EveryFlippedBitOfACertificateIsSeenOrChangesNothingThatCounts) {
  const Bytes good = identity().public_bytes();
  const Bytes& fingerprint = identity().certificate().primary().fingerprint();
  const Bytes& subkey = encryption_key_of(identity()).fingerprint();
  std::size_t refused = 0;
  const std::size_t step = GetParam() == 6 ? 1 : 29;  // RSA takes its time
  for (std::size_t bit = 0; bit < good.size() * 8; bit += step) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto certificate = Certificate::read(bad);
    const auto key = certificate ? certificate->encryption_key(test_time()) : certificate.error();
    if (!key) {
      ++refused;
      continue;
    }
    // in what nobody signs (issuer hints, digest hints, the user id) a bit may differ: never in a key
    EXPECT_EQ(certificate->primary().fingerprint(), fingerprint) << bit;
    EXPECT_EQ((*key)->fingerprint(), subkey) << bit;
  }
  EXPECT_GT(refused, good.size() * 8 / step / 2);
}

Bytes file(const std::string& name) {
  std::ifstream in(std::string(REGDATA_SOURCE_DIR) + "/tests/escrow/vectors/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  return {text.begin(), text.end()};
}

/// Why nothing is sealed to the certificate in the file on 2026-12-01, or some days later; empty: it is.
std::string trouble_of(const std::string& name, int days = 0) {
  const auto certificate = Certificate::read(file(name));
  if (!certificate) return certificate.error().context;
  const auto key = certificate->encryption_key(parse_rfc3339("2026-12-01T00:00:00Z").value() + hours(24 * days));
  return key ? "" : key.error().context;
}

TEST(OpenpgpCertificate, WhatGpgAndSqMakeIsTakenAsTheyMeanIt) {  // vectors/README.md
  using ::testing::HasSubstr;
  EXPECT_EQ(trouble_of("gpg.asc"), "");
  EXPECT_THAT(trouble_of("gpg.asc", 5 * 366), HasSubstr("it has expired"));
  EXPECT_THAT(trouble_of("gpg-revocation-behind.asc"), HasSubstr("it was revoked"));
  EXPECT_EQ(trouble_of("gpg-revoker-named.asc"), "");
  EXPECT_THAT(trouble_of("gpg-revoked-by-revoker.asc"), HasSubstr("it was revoked"));
  EXPECT_THAT(trouble_of("gpg-weak-rsa2048.asc"), HasSubstr("it is weak"));
  EXPECT_EQ(trouble_of("sq-never.asc", 4000), "");
  EXPECT_EQ(trouble_of("sq-then-gpg-1y.asc"), "");
  EXPECT_THAT(trouble_of("sq-then-gpg-1y.asc", 366), HasSubstr("it has expired"));
}

TEST(OpenpgpCertificate, AByteOrderMarkIsNotBinary) {
  Bytes marked{0xEF, 0xBB, 0xBF};
  append(marked, file("gpg.asc"));
  EXPECT_TRUE(Certificate::read(marked));
}

TEST(OpenpgpCertificate, AnExponentThatHidesNothingIsRefused) {
  for (const Bytes& exponent : {Bytes{1}, Bytes{2}, Bytes{1, 0, 0}}) {
    Bytes material;
    Bytes modulus(384, 0xA5);
    append_integer(material, modulus);
    append_integer(material, exponent);
    EXPECT_FALSE(PublicKey::make(4, test_time(), KeyAlgorithm::rsa, material));
  }
}

TEST(OpenpgpCertificate, ALifeThatNoSignatureCanTellIsRefused) {
  for (const std::int64_t seconds : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 32})
    EXPECT_FALSE(SigningIdentity::generate(6, "Registrar", test_time(), std::chrono::seconds(seconds), real_random()));
}

TEST(OpenpgpCertificate, TwoCertificatesInOneFileAreOneTooMany) {
  Bytes both = test_identity(6).public_bytes();
  append(both, test_identity(4).public_bytes());
  EXPECT_FALSE(Certificate::read(both));
  Bytes armoured = file("gpg.asc");
  append(armoured, file("sq-never.asc"));
  EXPECT_EQ(Certificate::read(armoured).error().context, "openpgp: there is more than one certificate in the file");
}

TEST(OpenpgpCertificate, ASecretKeyWithAForeignPublicHalfIsRefused) {
  const auto one = SigningIdentity::generate(6, "One", test_time(), {}, real_random()).value();
  auto parts = parts_of(one.secret_bytes().bytes);
  parts.front().second[12] ^= 1;
  EXPECT_FALSE(SigningIdentity::read(together(parts)));
}

}  // namespace
}  // namespace regdata::escrow::openpgp
