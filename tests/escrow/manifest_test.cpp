// The manifest: it comes back as it was, it is signed, and a deposit that is not what it says is found out.
#include "escrow/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "escrow/measure.hpp"
#include "escrow/openpgp/detached.hpp"
#include "escrow/rde_writer.hpp"
#include "tests/escrow/openpgp_world.hpp"
#include "tests/temporary_directory.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;
using openpgp::test_identity;
using ::testing::HasSubstr;

Digest digest(std::string_view text) { return sha256(as_bytes(text)); }

Manifest sample_manifest() {
  Manifest manifest;
  manifest.agent = "denic";
  manifest.registrar = "main";
  manifest.iana_id = 9999;
  manifest.specification = "2024";
  manifest.date = "2026-11-26";
  manifest.watermark = openpgp::test_time();
  manifest.sequence = 77;
  manifest.columns = {"domain", "rt-name"};
  manifest.facts.parts = {{.content_name = "a.csv",
                           .file_name = "a.csv.gz.gpg",
                           .rows = 2,
                           .content_bytes = 40,
                           .content_sha256 = digest("plain"),
                           .file_bytes = 6,
                           .file_sha256 = digest("sealed")}};
  manifest.facts.names = 2;
  manifest.facts.hash_file = "hash.txt";
  manifest.facts.hash_file_sha256 = digest("hashes");
  manifest.facts.row_salt = digest("salt");
  manifest.facts.merkle_root = digest("root");
  manifest.facts.per_tld = {{"example", 2}};
  manifest.facts.quality = {.rows = 2, .bad_email = 1};
  manifest.region = "EU";
  manifest.contacts = ListFacts{.bytes = 5, .sha256 = digest("marks"), .key = digest("key")};
  manifest.left_out = {{"two-letter TLD", 3}};
  manifest.recipients = {"ab", "cd"};
  manifest.signer = "ef";
  manifest.program = "regdata 0.1.0";
  return manifest;
}

const openpgp::SecretKey& signer(int version) {
  const auto& us = test_identity(version);
  return *us.secret(*us.certificate().signing_key(openpgp::test_time()).value());
}

class DepositOnDisk : public ::testing::Test {
 protected:
  DepositOnDisk() {
    write("a.csv.gz.gpg", "sealed");
    write("hash.txt", "hashes");
    write("contacts.list", "marks");
    write(std::string(manifest_name), text);
    const auto signature =
        openpgp::sign_detached(signer(6), as_bytes(text), openpgp::test_time(), openpgp::real_random()).value();
    write(std::string(manifest_signature_name), std::string(as_text(signature)));
  }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(place / name, std::ios::binary) << content;
  }
  Expected<void> compare() const { return compare_with_manifest(place, text, signer(6).public_key()); }

  testing::TemporaryDirectory scratch;
  fs::path place = scratch.path();
  std::string text = to_text(sample_manifest());
};

TEST(ManifestText, ComesBackAsItWas) {
  const std::string text = to_text(sample_manifest());
  const auto read = read_manifest(text);
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(*read, sample_manifest());
  EXPECT_EQ(to_text(*read), text);
  EXPECT_THAT(text, ::testing::StartsWith("{\n  \"format\": \"regdata-deposit-1\",\n  \"agent\": \"denic\",\n"));
  EXPECT_THAT(text, ::testing::EndsWith("\n}\n"));
  EXPECT_EQ(hash_of("").substr(0, 8), "e3b0c442");
}

TEST(ManifestText, OneOfBeforeThereWereListsIsRead) {
  Manifest before = sample_manifest();
  before.region.clear();
  before.contacts.reset();
  EXPECT_EQ(read_manifest(to_text(before)).value(), before);
}

TEST(ManifestText, ADocumentOfBeforeIdentifiersWereDrawnHasTheOneOfItsDate) {
  Manifest manifest = sample_manifest();
  EXPECT_EQ(rde_id(manifest), "") << "no document";
  manifest.specification = "rfc9022-csv";
  EXPECT_EQ(rde_id(read_manifest(to_text(manifest)).value()), "20261126001");
  manifest.kind = DepositKind::incremental;
  manifest.revision = 2;
  EXPECT_EQ(rde_id(manifest), "20261126I003");
  EXPECT_TRUE(tells_date_alone(rde_id(manifest)));
  manifest.facts.rde_id = "20261126Q7ZK1";
  EXPECT_EQ(rde_id(read_manifest(to_text(manifest)).value()), "20261126Q7ZK1");
  EXPECT_FALSE(tells_date_alone(rde_id(manifest)));
  for (const char* other : {"", "2026112600", "20261126X001", "agent-1", "2026112600100"})
    EXPECT_FALSE(tells_date_alone(other)) << other;
}

TEST(ManifestText, WhatIsNoManifestIsRefused) {
  const std::string text = to_text(sample_manifest());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) EXPECT_FALSE(read_manifest(text.substr(0, size))) << size;
  for (const char* other : {"[]", "{}", "null", "{\"format\":\"regdata-deposit-2\"}", "\xFF"})
    EXPECT_FALSE(read_manifest(other));
  std::string negative = text;
  negative.replace(negative.find("\"sequence\": 77"), 14, "\"sequence\": -7");
  EXPECT_FALSE(read_manifest(negative));
}

TEST_F(DepositOnDisk, IsWhatItsManifestSays) {
  const auto same = compare();
  EXPECT_TRUE(same) << same.error().context;
}

TEST_F(DepositOnDisk, EveryOtherThingIsFoundOut) {
  struct Change {
    const char* file;
    std::string content;
  };
  for (const Change& change :
       {Change{"a.csv.gz.gpg", "sealee"}, Change{"a.csv.gz.gpg", "sealed "}, Change{"hash.txt", "hashed"},
        Change{"contacts.list", "mark"}, Change{"manifest.json", text + " "}, Change{"more.txt", ""}}) {
    const fs::path file = place / change.file;
    const bool was = fs::exists(file);
    std::string before;
    if (was) before = std::string(std::istreambuf_iterator<char>(std::ifstream(file, std::ios::binary).rdbuf()), {});
    write(change.file, change.content);
    const auto same = compare();
    ASSERT_FALSE(same) << change.file;
    EXPECT_EQ(same.error().code, Errc::damaged);
    EXPECT_THAT(same.error().context, HasSubstr(change.file));
    was ? write(change.file, before) : static_cast<void>(fs::remove(file));
    ASSERT_TRUE(compare());
  }
  for (const char* name : {"a.csv.gz.gpg", "hash.txt", "contacts.list", "manifest.json", "manifest.json.sig"}) {
    fs::rename(place / name, place.string() + ".away");
    EXPECT_FALSE(compare()) << name;
    fs::rename(place.string() + ".away", place / name);
  }
  EXPECT_TRUE(compare());
}

TEST(Detached, HoldsForItsKeyAndDataOnly) {
  for (const int version : {4, 6}) {
    const auto signature =
        openpgp::sign_detached(signer(version), as_bytes("text"), openpgp::test_time(), openpgp::real_random()).value();
    EXPECT_TRUE(openpgp::verify_detached(signature, as_bytes("text"), signer(version).public_key()));
    EXPECT_FALSE(openpgp::verify_detached(signature, as_bytes("texT"), signer(version).public_key()));
    EXPECT_FALSE(openpgp::verify_detached(signature, as_bytes("text"), signer(10 - version).public_key()));
    for (std::size_t bit = 0; bit < signature.size() * 8; bit += version == 6 ? 1 : 5) {
      Bytes flipped = signature;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
      EXPECT_FALSE(openpgp::verify_detached(flipped, as_bytes("text"), signer(version).public_key())) << version << ' ' << bit;
    }
    Bytes twice = signature;
    twice.insert(twice.end(), signature.begin(), signature.end());
    EXPECT_FALSE(openpgp::verify_detached(twice, as_bytes("text"), signer(version).public_key()));
  }
}

}  // namespace
}  // namespace regdata::escrow
