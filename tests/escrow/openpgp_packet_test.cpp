// Packet headers and lengths (RFC 9580 §4), armour (§6).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "escrow/openpgp/armor.hpp"
#include "escrow/openpgp/packet.hpp"
#include "tests/escrow/openpgp_world.hpp"

namespace regdata::escrow::openpgp {
namespace {

TEST(OpenpgpPacket, LengthsStandAsTheExamplesOfRfc9580Do) {  // §4.2.3
  const auto header = [](std::size_t length) {
    Bytes out;
    append_header(out, PacketType::literal_data, length);
    return upper_hex(out);
  };
  EXPECT_EQ(header(100), "CB64");
  EXPECT_EQ(header(1723), "CBC5FB");
  EXPECT_EQ(header(100000), "CBFF000186A0");
  EXPECT_EQ(header(191), "CBBF");
  EXPECT_EQ(header(192), "CBC000");
  EXPECT_EQ(header(8383), "CBDFFF");
  EXPECT_EQ(header(8384), "CBFF000020C0");
}

TEST(OpenpgpPacket, IntegersStandAsTheExamplesOfRfc9580Do) {  // §3.2
  const auto integer = [](Bytes magnitude) {
    Bytes out;
    append_integer(out, magnitude);
    return upper_hex(out);
  };
  EXPECT_EQ(integer({}), "0000");
  EXPECT_EQ(integer({1}), "000101");
  EXPECT_EQ(integer({0, 0, 1, 255}), "000901FF");
}

TEST(OpenpgpPacket, AnIntegerWithBitsItsLengthDoesNotTellIsRefused) {
  const Bytes good{0, 9, 1, 0xFF};
  const Bytes spoken_too_long{0, 9, 0, 0xFF};
  const Bytes too_short{0, 9, 2, 0xFF};
  EXPECT_TRUE([&] {
    Fields fields(good);
    fields.integer();
    return fields.complete();
  }());
  EXPECT_FALSE([&] {
    Fields fields(spoken_too_long);
    fields.integer();
    return fields.complete();
  }());
  EXPECT_FALSE([&] {
    Fields fields(too_short);
    fields.integer();
    return fields.complete();
  }());
}

RC_GTEST_PROP(OpenpgpPacket, WhatIsPushedThroughAPacketIsPulledOutOfIt, ()) {
  const auto size =
      *rc::gen::element<std::size_t>(0, 1, 191, 192, 511, 512, 8383, 8384, 65535, 65536, 65537, 131071, 131072, 131073, 200000);
  const auto piece = *rc::gen::inRange<std::size_t>(1, 70000);
  const auto pull = *rc::gen::inRange<std::size_t>(1, 70000);
  std::string content(size, '\0');
  for (std::size_t at = 0; at < size; ++at) content[at] = static_cast<char>(at * 31 + at / 251);
  MemorySink out;
  PacketSink sink(PacketType::literal_data, out);
  for (ByteView rest = as_bytes(content); !rest.empty();) {
    const ByteView part = rest.first(std::min(piece, rest.size()));
    sink.write(part).value();
    rest = rest.subspan(part.size());
  }
  sink.finish().value();
  SlowSource bytes(out.bytes(), pull);
  PacketSource source(bytes);
  RC_ASSERT(source.next().value() == PacketType::literal_data);
  RC_ASSERT(drain(source, piece).value() == content);
  RC_ASSERT(!source.next().value());
}

RC_GTEST_PROP(OpenpgpPacket, AnyBytesAreAValueOrAnError, (const std::vector<std::uint8_t>& bytes)) {
  PacketWalk walk(bytes);
  for (auto packet = walk.next(); packet && *packet; packet = walk.next()) {
  }
  (void)Certificate::read(bytes);
  (void)SigningIdentity::read(bytes);
  (void)Signature::read(bytes);
  (void)PublicKey::read(bytes);
}

TEST(OpenpgpPacket, APartialLengthIsForDataOnly) {
  const Bytes bytes{0xC6, 0xE9, 0, 0};
  PacketWalk walk(bytes);
  EXPECT_FALSE(walk.next());
}

TEST(OpenpgpPacket, AFirstPartBelow512BytesIsRefused) {
  const Bytes bytes{0xCB, 0xE8};
  MemorySource source(bytes);
  EXPECT_FALSE(PacketSource(source).next());
}

TEST(OpenpgpArmor, GoesOnAndComesOff) {
  for (std::size_t size : {1, 2, 3, 47, 48, 49, 1000}) {
    Bytes bytes(size, 0xC6);
    for (const bool checksum : {false, true}) {
      const std::string text = armored(bytes, "PGP PUBLIC KEY BLOCK", checksum);
      EXPECT_EQ(unarmored(as_bytes(text), "PGP PUBLIC KEY BLOCK").value(), bytes);
      std::string of_windows;
      for (const char character : text) of_windows += character == '\n' ? std::string("\r\n") : std::string(1, character);
      EXPECT_EQ(unarmored(as_bytes("Mail around it\n" + of_windows + "behind"), "PGP PUBLIC KEY BLOCK").value(), bytes);
    }
  }
}

TEST(OpenpgpArmor, ChecksumOfTheEmptyAndOfKnownBytes) {
  // the checksum that gpg 2.2 writes behind these three octets
  EXPECT_NE(armored(as_bytes("abc"), "X", true).find("YWJj\n=uhx7\n"), std::string::npos)
      << armored(as_bytes("abc"), "X", true);
}

TEST(OpenpgpArmor, DamageIsTold) {
  std::string text = armored(Bytes(100, 0xC6), "PGP PUBLIC KEY BLOCK", true);
  text[60] = text[60] == 'A' ? 'B' : 'A';
  EXPECT_EQ(unarmored(as_bytes(text), "PGP PUBLIC KEY BLOCK").error().context, "openpgp: the armour's checksum does not hold");
  EXPECT_FALSE(unarmored(as_bytes(text.substr(0, text.size() - 10)), "PGP PUBLIC KEY BLOCK"));
  EXPECT_FALSE(unarmored(as_bytes("hello"), "PGP PUBLIC KEY BLOCK"));
  EXPECT_FALSE(unarmored({}, "PGP PUBLIC KEY BLOCK"));
}

}  // namespace
}  // namespace regdata::escrow::openpgp
