// Signing keys at rest.
#include "escrow/key_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/escrow/openpgp_world.hpp"
#include "tests/temporary_directory.hpp"

namespace regdata::escrow {
namespace {

namespace fs = std::filesystem;

class KeyFiles : public ::testing::Test {
 protected:
  Bytes bytes() const {
    std::ifstream in(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    return {text.begin(), text.end()};
  }
  void put(const Bytes& bytes) const {
    fs::remove(file);
    std::ofstream(file, std::ios::binary) << as_text(bytes);
    fs::permissions(file, fs::perms(0600));
  }

  testing::TemporaryDirectory scratch;
  fs::path place = scratch.path();
  fs::path file = place / "main-v6.key";
  std::array<std::uint8_t, 32> key{1};
  std::array<std::uint8_t, 32> other{2};
};

TEST_F(KeyFiles, ComeBackAndAreSealed) {
  const auto& identity = openpgp::test_identity(6);
  ASSERT_TRUE(write_key_file(file, identity, key, openpgp::real_random()));
  EXPECT_EQ(fs::status(file).permissions() & fs::perms::all, fs::perms(0600));
  const auto back = read_key_file(file, key);
  ASSERT_TRUE(back) << back.error().context;
  EXPECT_EQ(back->secret_bytes().bytes, identity.secret_bytes().bytes);
  const Bytes sealed = bytes();
  for (const openpgp::SecretKey& secret : identity.secrets()) {
    openpgp::WipedBytes body(4096);
    secret.append_body(body);
    const ByteView scalar = ByteView(body.bytes).last(32);
    EXPECT_EQ(std::search(sealed.begin(), sealed.end(), scalar.begin(), scalar.end()), sealed.end());
    const Bytes& open = secret.public_key().body();
    EXPECT_EQ(std::search(sealed.begin(), sealed.end(), open.begin(), open.end()), sealed.end());
  }
}

TEST_F(KeyFiles, AreNotOverwritten) {
  ASSERT_TRUE(write_key_file(file, openpgp::test_identity(6), key, openpgp::real_random()));
  EXPECT_EQ(write_key_file(file, openpgp::other_identity(6), key, openpgp::real_random()).error().code, Errc::conflict);
  EXPECT_EQ(read_key_file(file, key).value().public_bytes(), openpgp::test_identity(6).public_bytes());
}

TEST_F(KeyFiles, OtherKeysAndChangedFilesDoNotOpen) {
  EXPECT_EQ(read_key_file(file, key).error().code, Errc::not_found);
  ASSERT_TRUE(write_key_file(file, openpgp::test_identity(6), key, openpgp::real_random()));
  EXPECT_EQ(read_key_file(file, other).error().code, Errc::damaged);
  const Bytes good = bytes();
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] ^= 1;
    put(bad);
    ASSERT_FALSE(read_key_file(file, key)) << at;
  }
  put(Bytes(good.begin(), good.end() - 1));
  EXPECT_EQ(read_key_file(file, key).error().code, Errc::damaged);
  put(good);
  EXPECT_TRUE(read_key_file(file, key));
  fs::permissions(file, fs::perms(0640));
  EXPECT_EQ(read_key_file(file, key).error().code, Errc::configuration);
}

}  // namespace
}  // namespace regdata::escrow
