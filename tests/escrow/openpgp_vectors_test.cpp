// The vectors of RFC 9580 Appendix A, which were not written for this project: they are found through REGDATA_REFERENCE.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "escrow/openpgp/armor.hpp"
#include "tests/escrow/openpgp_world.hpp"

namespace regdata::escrow::openpgp {
namespace {

class Rfc9580Vectors : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* reference = std::getenv("REGDATA_REFERENCE");
    if (reference == nullptr) GTEST_SKIP() << "REGDATA_REFERENCE is not set: no vectors here";
    place_ = std::string(reference) + "/vectors/openpgp-rfc9580/";
  }
  Bytes file(const std::string& name) const {
    std::ifstream in(place_ + name, std::ios::binary);
    EXPECT_TRUE(in.good()) << place_ + name;
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    return {text.begin(), text.end()};
  }

 private:
  std::string place_;
};

TEST_F(Rfc9580Vectors, TheCertificateOfA3IsReadAndHolds) {
  const auto certificate = Certificate::read(file("a3_cert.asc"));
  ASSERT_TRUE(certificate) << certificate.error().context;
  EXPECT_EQ(upper_hex(certificate->primary().fingerprint()),
            "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9");
  EXPECT_EQ(certificate->primary().algorithm(), KeyAlgorithm::ed25519);
  const auto to = certificate->encryption_key(test_time());
  ASSERT_TRUE(to) << to.error().context;
  EXPECT_EQ(upper_hex((*to)->fingerprint()), "12C83F1E706F6308FE151A417743A1F033790E93E9978488D1DB378DA9930885");
  EXPECT_TRUE(certificate->signing_key(test_time()));
  EXPECT_EQ(certificate->expires(test_time()), std::nullopt);
}

TEST_F(Rfc9580Vectors, TheSecretKeyOfA4BelongsToIt) {
  const auto identity = SigningIdentity::read(file("a4_secret.asc"));
  ASSERT_TRUE(identity) << identity.error().context;
  const auto certificate = Certificate::read(file("a3_cert.asc")).value();
  EXPECT_EQ(identity->certificate().primary().fingerprint(), certificate.primary().fingerprint());
  EXPECT_NE(identity->secret(certificate.primary()), nullptr);
  EXPECT_EQ(identity->secrets().size(), 2U);
}

TEST_F(Rfc9580Vectors, ASecretKeyIsNoCertificateForRecipients) {
  const auto refused = Certificate::read(file("a4_secret.asc"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
}

// The message of A.8 is sealed with AES-128, which ours never are: its session key is opened step by step.
TEST_F(Rfc9580Vectors, TheSessionKeyOfA8Unwraps) {  // §A.8.2
  const Bytes secret_key = unarmored(file("a4_secret.asc"), "PGP PRIVATE KEY BLOCK").value();
  PacketWalk walk(secret_key);
  Bytes scalar;
  std::optional<PublicKey> recipient;
  for (auto packet = walk.next().value(); packet; packet = walk.next().value()) {
    if (packet->type != static_cast<std::uint8_t>(PacketType::secret_subkey)) continue;
    ByteView rest;
    recipient = PublicKey::read(packet->body, &rest).value();
    scalar.assign(rest.begin() + 1, rest.end());
  }
  ASSERT_TRUE(recipient);
  const auto message = unarmored(file("a8_encrypted.asc"), "PGP MESSAGE").value();
  MemorySource bytes(message);
  PacketSource packets(bytes);
  ASSERT_EQ(packets.next().value(), PacketType::encrypted_session_key);
  const Bytes packet = packets.whole().value();
  Fields fields(packet);
  fields.bytes(3 + 32 + 1);
  const ByteView ephemeral = fields.bytes(32);
  const ByteView wrapped = fields.bytes(fields.octet());
  ASSERT_TRUE(fields.complete());
  std::array<std::uint8_t, 32> shared{};
  ASSERT_EQ(crypto_scalarmult(shared.data(), scalar.data(), ephemeral.data()), 0);
  std::array<std::uint8_t, 16> session{};
  ASSERT_TRUE(unwrap_key(x25519_kek(ephemeral, recipient->first(), shared), wrapped, session));
  EXPECT_EQ(upper_hex(session), "DD708F6FA1ED65114D68D2343E7C2F1D");
}

TEST_F(Rfc9580Vectors, TheSignatureOfA7Holds) {
  const auto certificate = Certificate::read(file("a3_cert.asc")).value();
  const auto message = unarmored(file("a7_inline.asc"), "PGP MESSAGE").value();
  MemorySource bytes(message);
  PacketSource packets(bytes);
  ASSERT_EQ(packets.next().value(), PacketType::one_pass_signature);
  packets.whole().value();
  ASSERT_EQ(packets.next().value(), PacketType::literal_data);
  const Bytes literal = packets.whole().value();
  ASSERT_EQ(packets.next().value(), PacketType::signature);
  const auto signature = Signature::read(packets.whole().value());
  ASSERT_TRUE(signature) << signature.error().context;
  Fields fields(literal);
  const bool text = fields.octet() == 'u';
  fields.bytes(fields.octet());
  fields.four();
  ASSERT_TRUE(text);
  Hash hash = signature->begin();
  std::string canonical;  // a signature over text (§5.2.1.2): lines end with CR LF
  for (const char character : as_text(fields.rest()))
    canonical += character == '\n' ? std::string("\r\n") : std::string(1, character);
  hash.update(as_bytes(canonical));
  EXPECT_TRUE(signature->verify(certificate.primary(), std::move(hash)));
}

}  // namespace
}  // namespace regdata::escrow::openpgp
