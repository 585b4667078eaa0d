// Messages: sealed, read back with the key they were written with or a recipient's, and refused when a bit has changed.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <random>
#include <set>

#include "tests/escrow/openpgp_world.hpp"

namespace regdata::escrow::openpgp {
namespace {

std::string content_of(std::size_t size) {
  std::string content(size, '\0');
  for (std::size_t at = 0; at < size; ++at) content[at] = static_cast<char>(at * 131 + at / 977);
  return content;
}

const PublicKey& signing_key_of(const SigningIdentity& identity) {
  return *identity.certificate().signing_key(test_time()).value();
}

/// Each version, with and without compression inside.
class EachProfile : public ::testing::TestWithParam<std::tuple<int, int>> {
 protected:
  static int version() { return std::get<0>(GetParam()); }
  const SigningIdentity& us() const { return test_identity(version()); }
  Sealed sealed(std::string_view content, std::size_t piece = 1000) const {
    return seal(us(), {&encryption_key_of(us())}, content, piece, std::get<1>(GetParam()));
  }
  SessionKeyFinder read_back(const Sealed& sealed) const { return with_message_key(sealed.key, {&encryption_key_of(us())}); }
};
INSTANTIATE_TEST_SUITE_P(Openpgp, EachProfile, ::testing::Combine(::testing::Values(4, 6), ::testing::Values(0, 6)));

TEST_P(EachProfile, SizesAroundEveryEdgeComeBack) {
  std::vector<std::size_t> sizes{0, 1, 2, 191, 192, 511, 512, 513, 8383, 8384, 200000};
  // chunks and partial lengths have 65536 bytes; headers in front shift where the edge of the content is
  for (const std::size_t edge : {65536, 131072})
    for (std::size_t before = 0; before <= 200; before += 1)
      if (before % 10 == 0 || before < 90) sizes.push_back(edge + 2 - before);
  for (const std::size_t size : sizes) {
    const std::string content = content_of(size);
    for (const std::size_t piece : {std::size_t{999}, std::size_t{70000}}) {
      const Sealed message = sealed(content, piece);
      const auto back = open(message.message, read_back(message), signing_key_of(us()));
      ASSERT_TRUE(back) << size << ": " << back.error().context;
      ASSERT_EQ(*back, content) << size;
    }
  }
}

TEST_P(EachProfile, ARecipientOpensIt) {
  const SigningIdentity& other = other_identity(version());
  const std::string content = content_of(5000);
  const Sealed message = seal(us(), {&encryption_key_of(us()), &encryption_key_of(other)}, content);
  for (const SigningIdentity* recipient : {&us(), &other}) {
    const auto back =
        open(message.message, with_secret_keys({recipient->secret(encryption_key_of(*recipient))}), signing_key_of(us()));
    ASSERT_TRUE(back) << back.error().context;
    EXPECT_EQ(*back, content);
  }
  const SigningIdentity& stranger = test_identity(10 - version());  // of the other version
  EXPECT_EQ(open(message.message, with_secret_keys({stranger.secret(encryption_key_of(stranger))}), signing_key_of(us()))
                .error()
                .code,
            Errc::not_found);
  EXPECT_EQ(
      open(message.message, with_secret_keys({us().secret(encryption_key_of(us()))}), signing_key_of(stranger)).error().code,
      Errc::invalid);
}

TEST_P(EachProfile, AFlippedBitIsRefused) {
  const std::string content = content_of(700);
  const Sealed message = sealed(content);
  const std::size_t rounds = std::getenv("REGDATA_LONG") != nullptr ? 10000 : 1000;
  std::mt19937 chance(20261126);
  for (std::size_t round = 0; round < rounds; ++round) {
    Bytes bad = message.message;
    const std::size_t bit = round < bad.size() ? round * 8 + round % 8 : chance() % (bad.size() * 8);
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(open(bad, read_back(message), signing_key_of(us()))) << "bit " << bit;
    ASSERT_FALSE(open(bad, with_secret_keys({us().secret(encryption_key_of(us()))}), signing_key_of(us()))) << "bit " << bit;
  }
}

TEST_P(EachProfile, WhatIsCutOffOrGoesOnIsRefused) {
  const std::string content = content_of(140000);
  const Sealed message = sealed(content);
  for (std::size_t size = 0; size < message.message.size();
       size += size < 2000 || size + 200 > message.message.size() ? 1 : 1009)
    ASSERT_FALSE(open(ByteView(message.message).first(size), read_back(message), signing_key_of(us()))) << size;
  Bytes longer = message.message;
  longer.push_back(0);
  EXPECT_FALSE(open(longer, read_back(message), signing_key_of(us())));
  Bytes twice = message.message;
  append(twice, message.message);
  EXPECT_FALSE(open(twice, read_back(message), signing_key_of(us())));
}

TEST_P(EachProfile, ASessionKeyForAnotherIsSeenOnDisk) {
  const SigningIdentity& other = other_identity(version());
  const Sealed message = sealed("one row\n");
  EXPECT_EQ(
      open(message.message, with_message_key(message.key, {&encryption_key_of(other)}), signing_key_of(us())).error().code,
      Errc::damaged);
}

TEST_P(EachProfile, SessionKeysAreFresh) {
  std::set<std::string> seen;
  std::array<std::size_t, 256> octets{};
  for (int round = 0; round < 200; ++round) {
    const Sealed message = sealed("x");
    seen.insert(upper_hex(message.key.session.bytes()));
    for (const std::uint8_t octet : message.key.session.bytes()) ++octets[octet];
  }
  EXPECT_EQ(seen.size(), 200U);
  double chi = 0;  // 255 degrees of freedom: beyond 400 once in 10⁸
  for (const std::size_t count : octets)
    chi += (static_cast<double>(count) - 25.0) * (static_cast<double>(count) - 25.0) / 25.0;
  EXPECT_LT(chi, 400);
}

TEST(OpenpgpMessage, KeysOfDifferentVersionsAreRefusedBeforeAByteIsWritten) {
  MemorySink sink;
  const SigningIdentity& v4 = test_identity(4);
  const SealOptions options{.recipients = {&encryption_key_of(test_identity(6))},
                            .signer = v4.secret(signing_key_of(v4)),
                            .file_name = {},
                            .now = test_time()};
  const auto writer = MessageWriter::begin(options, real_random(), sink);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, Errc::configuration);
  EXPECT_TRUE(sink.bytes().empty());
}

TEST(OpenpgpMessage, AGeneratorOfZerosIsABug) {
  MemorySink sink;
  const SigningIdentity& us = test_identity(6);
  const SealOptions options{
      .recipients = {&encryption_key_of(us)}, .signer = us.secret(signing_key_of(us)), .file_name = {}, .now = test_time()};
  const Random zeros = [](std::span<std::uint8_t> bytes) { std::fill(bytes.begin(), bytes.end(), std::uint8_t{0}); };
  EXPECT_THROW((void)MessageWriter::begin(options, zeros, sink), std::runtime_error);
  EXPECT_TRUE(sink.bytes().empty());
}

RC_GTEST_PROP(OpenpgpMessage, AnyBytesAreRefused, (const std::vector<std::uint8_t>& bytes)) {
  const SigningIdentity& us = test_identity(6);
  const auto back = open(bytes, with_secret_keys({us.secret(encryption_key_of(us))}), signing_key_of(us));
  RC_ASSERT(!back);
}

}  // namespace
}  // namespace regdata::escrow::openpgp
