// A signed and encrypted message, written while its content passes, and read back (RFC 9580 §10.3). Its shape is always the
// same: session keys (PKESK) · SEIPD { one-pass signature · literal data · signature }, what is in the braces compressed or
// not.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "escrow/openpgp/encrypted_data.hpp"
#include "escrow/openpgp/secret_key.hpp"
#include "escrow/stream.hpp"

namespace regdata::escrow::openpgp {

/// What opens one message, and proves on disk that its recipients can. Secret; wiped when it goes.
struct MessageKey {
  SessionKey session;
  std::vector<PublicKey::Chance> chances;  ///< of each recipient, in order
};

struct SealOptions {
  std::vector<const PublicKey*> recipients;  ///< at least one; all of one version
  const SecretKey* signer = nullptr;         ///< of the same version
  std::string file_name;                     ///< told to who opens it; at most 255 bytes, not signed
  UtcTime now{};
  int zip_level = 0;  ///< 1 to 9: what is signed is compressed inside (§5.6, ZIP); 0: it is not
};

/// Takes the content and writes the message into the sink behind, which is finished with it. Key and signer must outlive it.
class MessageWriter final : public ByteSink {
 public:
  /// Draws a session key and writes what stands before the content. Errc::configuration: keys of different versions, or a key
  /// that cannot sign or encrypt.
  static Expected<std::unique_ptr<MessageWriter>> begin(const SealOptions& options, const Random& random, ByteSink& behind);

  Expected<void> write(ByteView bytes) override;
  Expected<void> finish() override;
  /// To be taken once, after finish().
  [[nodiscard]] MessageKey take_key() { return std::move(key_); }

 private:
  MessageWriter(const SealOptions& options, Random random, ByteSink& behind);
  Expected<void> write_session_keys(const std::vector<const PublicKey*>& recipients);
  Expected<void> write_opening(const std::string& file_name, int zip_level);
  /// Where the packets that are signed go.
  [[nodiscard]] ByteSink& packets() noexcept { return zip_ ? *zip_ : *sealing_; }

  Random random_;
  ByteSink& behind_;
  const SecretKey& signer_;
  SignatureDraft draft_;
  Bytes salt_;
  Hash signed_;
  MessageKey key_;
  PacketSink packet_;                       ///< of the encrypted data
  std::unique_ptr<ByteSink> sealing_;       ///< into packet_
  std::unique_ptr<PacketSink> compressed_;  ///< into sealing_; null: nothing is compressed
  std::unique_ptr<ByteSink> zip_;           ///< into compressed_
  std::unique_ptr<PacketSink> literal_;
};

/// Finds the session key among the PKESK packets' bodies of a message.
using SessionKeyFinder = std::function<Expected<SessionKey>(const std::vector<Bytes>& packets)>;

/// With the key that the message was written with: also proves that each packet on disk is the one for its recipient.
SessionKeyFinder with_message_key(const MessageKey& key, std::vector<const PublicKey*> recipients);
/// With a recipient's secret keys; their owner must outlive the finder.
SessionKeyFinder with_secret_keys(std::vector<const SecretKey*> keys);

/// Gives the content of a message. Its end (a read of 0) is reached only when tags, modification code and signature have been
/// checked. Of version 4 messages what was given before is not authenticated until then: a caller must be able to throw it
/// away.
class MessageReader final : public ByteSource {
 public:
  /// Reads up to the content. Errors: Errc::invalid (not a message of this shape), Errc::not_found (none of the keys is a
  /// recipient), Errc::damaged. `from` must outlive it.
  static Expected<std::unique_ptr<MessageReader>> open(ByteSource& from, const SessionKeyFinder& find, const PublicKey& signer);

  Expected<std::size_t> read(std::span<std::uint8_t> into) override;

 private:
  MessageReader(ByteSource& from, PublicKey signer) : outer_(from), signer_(std::move(signer)) {}
  Expected<std::optional<PacketType>> first_packet();
  Expected<void> read_opening();
  Expected<void> check_end();

  PacketSource outer_;
  std::unique_ptr<ByteSource> opened_;
  std::unique_ptr<PacketSource> inner_;    ///< of what was encrypted
  std::unique_ptr<ByteSource> unzipped_;   ///< of a packet in it; null: nothing is compressed
  std::unique_ptr<PacketSource> packets_;  ///< of unzipped_
  [[nodiscard]] PacketSource& packets() noexcept { return packets_ ? *packets_ : *inner_; }
  std::unique_ptr<Hash> signed_;
  Bytes salt_;
  PublicKey signer_;
  bool ended_ = false;
};

}  // namespace regdata::escrow::openpgp
