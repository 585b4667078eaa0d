// What the tests of escrow/openpgp share: chance, and messages sealed and opened in memory.
#pragma once

#include <string>
#include <string_view>

#include "escrow/openpgp/message.hpp"
#include "escrow/openpgp/signing_identity.hpp"

namespace regdata::escrow::openpgp {

/// libsodium's.
Random real_random();
/// 2026-11-26T12:00:00Z.
UtcTime test_time();

/// Made once for each version: RSA keys take their time.
const SigningIdentity& test_identity(int version);
/// Another, of somebody else.
const SigningIdentity& other_identity(int version);
/// The key of it that is sealed to, and the secret half.
const PublicKey& encryption_key_of(const SigningIdentity& identity);

struct Sealed {
  Bytes message;
  MessageKey key;
};
/// Seals `content` in pieces of `piece` bytes; compressed where `zip_level` is not 0.
Sealed seal(const SigningIdentity& signer, const std::vector<const PublicKey*>& recipients, std::string_view content,
            std::size_t piece = 1000, int zip_level = 0, std::string_view name = "deposit.csv");

/// The content, or the error.
Expected<std::string> open(ByteView message, const SessionKeyFinder& find, const PublicKey& signer);

/// A source that gives at most a few bytes at a time.
class SlowSource final : public ByteSource {
 public:
  SlowSource(ByteView bytes, std::size_t most) : rest_(bytes), most_(most) {}
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;

 private:
  ByteView rest_;
  std::size_t most_;
};

/// Reads a source to its end.
Expected<std::string> drain(ByteSource& source, std::size_t piece = 777);

}  // namespace regdata::escrow::openpgp
