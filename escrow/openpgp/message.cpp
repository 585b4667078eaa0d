#include "escrow/openpgp/message.hpp"

#include <sodium.h>

#include <algorithm>

#include "escrow/gzip.hpp"
#include "escrow/openpgp/refused.hpp"

namespace regdata::escrow::openpgp {
namespace {

constexpr std::uint8_t binary = 'b';
constexpr std::size_t most_recipients = 16;
constexpr std::uint8_t zip = 1;  // §9.4

bool is_v6(const SecretKey& signer) { return signer.public_key().version() == 6; }

/// Draws a session key. One that is all zero is a broken generator, and nothing may be sealed under it.
void draw(SessionKey& key, const Random& random) {
  random(key.bytes());
  if (sodium_is_zero(key.bytes().data(), key.bytes().size()) == 1) throw std::runtime_error("the random generator gives zeros");
}

}  // namespace

MessageWriter::MessageWriter(const SealOptions& options, Random random, ByteSink& behind)
    : random_(std::move(random)),
      behind_(behind),
      signer_(*options.signer),
      draft_{.type = SignatureType::binary, .created = options.now},
      salt_(signer_.new_salt(draft_.hash, random_)),
      signed_(draft_.hash),
      packet_(PacketType::encrypted_data, behind) {
  signed_.update(salt_);
  draw(key_.session, random_);
}

Expected<std::unique_ptr<MessageWriter>> MessageWriter::begin(const SealOptions& options, const Random& random,
                                                              ByteSink& behind) {
  const auto unfit = [](const char* why) { return make_error(Errc::configuration, std::string("openpgp: ") + why); };
  if (options.signer == nullptr || !options.signer->public_key().can_sign()) return unfit("there is no key to sign with");
  if (options.recipients.empty() || options.recipients.size() > most_recipients)
    return unfit("one to 16 recipients are needed");
  if (options.file_name.size() > 255) return unfit("a file name is longer than 255 bytes");
  for (const PublicKey* recipient : options.recipients) {
    if (!recipient->can_encrypt()) return unfit("a recipient's key cannot be sealed to");
    if (recipient->version() != options.signer->public_key().version())
      return make_error(Errc::configuration, "openpgp: recipient and signer have keys of different versions",
                        "to an agent's version 6 key belongs a version 6 signing key: `regdata deposit keys` makes one");
  }
  std::unique_ptr<MessageWriter> writer(new MessageWriter(options, random, behind));
  if (auto done = writer->write_session_keys(options.recipients); !done) return done.error();
  if (auto done = writer->write_opening(options.file_name, options.zip_level); !done) return done.error();
  return writer;
}

Expected<void> MessageWriter::write_session_keys(const std::vector<const PublicKey*>& recipients) {
  Bytes out;
  for (const PublicKey* recipient : recipients) {
    key_.chances.push_back(recipient->draw(random_));
    const auto sealed = recipient->seal(key_.session, key_.chances.back());
    if (!sealed) return sealed.error();
    append_packet(out, PacketType::encrypted_session_key, *sealed);
  }
  return behind_.write(out);
}

Expected<void> MessageWriter::write_opening(const std::string& file_name, int zip_level) {
  sealing_ = is_v6(signer_) ? encrypt_v2(key_.session, random_, packet_) : encrypt_v1(key_.session, random_, packet_);
  if (zip_level > 0) {
    compressed_ = std::make_unique<PacketSink>(PacketType::compressed_data, *sealing_);
    if (auto sent = compressed_->write(std::array{zip}); !sent) return sent;
    zip_ = deflate_into(*compressed_, zip_level);
  }
  const PublicKey& key = signer_.public_key();
  Bytes announced{static_cast<std::uint8_t>(is_v6(signer_) ? 6 : 3), static_cast<std::uint8_t>(draft_.type),
                  static_cast<std::uint8_t>(draft_.hash), static_cast<std::uint8_t>(key.algorithm())};  // §5.4
  if (is_v6(signer_)) {
    announced.push_back(static_cast<std::uint8_t>(salt_.size()));
    append(announced, salt_);
    append(announced, key.fingerprint());
  } else {
    append(announced, key.key_id());
  }
  announced.push_back(1);  // not nested
  Bytes out;
  append_packet(out, PacketType::one_pass_signature, announced);
  if (auto sent = packets().write(out); !sent) return sent;

  literal_ = std::make_unique<PacketSink>(PacketType::literal_data, packets());
  Bytes header{binary, static_cast<std::uint8_t>(file_name.size())};
  append(header, as_bytes(file_name));
  append_number(header, std::uint32_t{0});  // a date would be believed, and is not signed
  return literal_->write(header);
}

Expected<void> MessageWriter::write(ByteView bytes) {
  signed_.update(bytes);
  return literal_->write(bytes);
}

Expected<void> MessageWriter::finish() {
  if (auto done = literal_->finish(); !done) return done;
  const auto signature = signer_.sign(draft_, salt_, std::move(signed_));
  if (!signature) return signature.error();
  Bytes out;
  append_packet(out, PacketType::signature, *signature);
  if (auto sent = packets().write(out); !sent) return sent;
  if (zip_)
    if (auto done = zip_->finish(); !done) return done;  // and the packet around it
  if (auto done = sealing_->finish(); !done) return done;
  if (auto done = packet_.finish(); !done) return done;
  return behind_.finish();
}

SessionKeyFinder with_message_key(const MessageKey& key, std::vector<const PublicKey*> recipients) {
  return [&key, recipients = std::move(recipients)](const std::vector<Bytes>& packets) -> Expected<SessionKey> {
    const auto wrong = [] {
      return make_error(Errc::damaged, "openpgp: the session keys in the file are not the ones for its recipients");
    };
    if (packets.size() != recipients.size() || key.chances.size() != recipients.size()) return wrong();
    for (std::size_t each = 0; each < packets.size(); ++each) {
      const auto expected = recipients[each]->seal(key.session, key.chances[each]);
      if (!expected) return expected.error();
      if (*expected != packets[each]) return wrong();
    }
    SessionKey copy;
    std::copy(key.session.bytes().begin(), key.session.bytes().end(), copy.bytes().begin());
    return copy;
  };
}

SessionKeyFinder with_secret_keys(std::vector<const SecretKey*> keys) {
  return [keys = std::move(keys)](const std::vector<Bytes>& packets) -> Expected<SessionKey> {
    Error last = make_error(Errc::not_found, "openpgp: the message is not for any of the keys at hand");
    for (const Bytes& packet : packets) {
      for (const SecretKey* key : keys) {
        auto opened = key->open(packet);
        if (opened) return opened;
        if (opened.error().code != Errc::not_found) last = opened.error();
      }
    }
    return last;
  };
}

Expected<std::unique_ptr<MessageReader>> MessageReader::open(ByteSource& from, const SessionKeyFinder& find,
                                                             const PublicKey& signer) {
  std::unique_ptr<MessageReader> reader(new MessageReader(from, signer));
  std::vector<Bytes> session_keys;
  while (true) {
    const auto type = reader->outer_.next();
    if (!type) return type.error();
    if (!*type) return refused("the file holds no encrypted data");
    if (**type == PacketType::encrypted_data) break;
    if (**type != PacketType::encrypted_session_key || session_keys.size() == most_recipients)
      return refused("the file is not a message of ours");
    auto body = reader->outer_.whole();
    if (!body) return body.error();
    const std::uint8_t version = body->empty() ? 0 : body->front();
    if (version != (signer.version() == 6 ? 6 : 3)) return refused("a session key of another version than the signer's key");
    session_keys.push_back(std::move(*body));
  }
  const auto key = find(session_keys);
  if (!key) return key.error();
  auto opened = decrypt(*key, signer.version() == 6 ? 2 : 1, reader->outer_);
  if (!opened) return opened.error();
  reader->opened_ = std::move(*opened);
  reader->inner_ = std::make_unique<PacketSource>(*reader->opened_);
  if (auto done = reader->read_opening(); !done) return done.error();
  return reader;
}

/// Of those that are signed: where they are compressed, the first one inside.
Expected<std::optional<PacketType>> MessageReader::first_packet() {
  auto first = inner_->next();
  if (!first || *first != PacketType::compressed_data) return first;
  std::array<std::uint8_t, 1> algorithm{};
  const auto size = inner_->read(algorithm);
  if (!size) return size.error();
  if (*size == 0 || algorithm[0] != zip) return refused("the message is compressed in a way that we do not write");
  unzipped_ = inflate_from(*inner_);
  packets_ = std::make_unique<PacketSource>(*unzipped_);
  return packets_->next();
}

Expected<void> MessageReader::read_opening() {
  const auto first = first_packet();
  if (!first) return first.error();
  if (*first != PacketType::one_pass_signature) return refused("the message is not signed");
  const auto announced = packets().whole();
  if (!announced) return announced.error();
  Fields fields(*announced);
  const std::uint8_t version = fields.octet();
  const auto type = static_cast<SignatureType>(fields.octet());
  const auto hash = static_cast<HashAlgorithm>(fields.octet());
  const auto algorithm = static_cast<KeyAlgorithm>(fields.octet());
  if (version == 6) {
    const ByteView salt = fields.bytes(fields.octet());
    salt_.assign(salt.begin(), salt.end());
  }
  const ByteView by = fields.bytes(version == 6 ? 32 : 8);
  const std::uint8_t last = fields.octet();
  const ByteView expected = version == 6 ? ByteView(signer_.fingerprint()) : signer_.key_id();
  const bool ours = fields.complete() && version == (signer_.version() == 6 ? 6 : 3) && type == SignatureType::binary &&
                    salt_size(hash) != 0 && (version != 6 || salt_.size() == salt_size(hash)) &&
                    algorithm == signer_.algorithm() && last == 1 &&
                    std::equal(by.begin(), by.end(), expected.begin(), expected.end());
  if (!ours) return refused("the message is not signed by the expected key");
  signed_ = std::make_unique<Hash>(hash);
  signed_->update(salt_);

  const auto second = packets().next();
  if (!second) return second.error();
  if (*second != PacketType::literal_data) return refused("the message holds no data");
  std::array<std::uint8_t, 2 + 255 + 4> header{};
  std::size_t wanted = 2;
  for (std::size_t filled = 0; filled < wanted;) {
    const auto size = packets().read(std::span(header).subspan(filled, wanted - filled));
    if (!size) return size.error();
    if (*size == 0) return refused("the message holds no data");
    filled += *size;
    if (filled == 2 && wanted == 2) wanted = 2U + header[1] + 4U;
  }
  if (header[0] != binary) return refused("the message holds text, not data");
  return {};
}

Expected<std::size_t> MessageReader::read(std::span<std::uint8_t> into) {
  if (ended_) return std::size_t{0};
  auto size = packets().read(into);
  if (!size) return size;
  if (*size == 0) {
    if (auto checked = check_end(); !checked) return checked.error();
    ended_ = true;
    return std::size_t{0};
  }
  signed_->update(into.first(*size));
  return *size;
}

Expected<void> MessageReader::check_end() {
  const auto type = packets().next();
  if (!type) return type.error();
  if (*type != PacketType::signature) return refused("the signature is missing");
  const auto body = packets().whole();
  if (!body) return body.error();
  if (packets_) {
    const auto more = packets_->next();  // reaches the end of what was compressed
    if (!more) return more.error();
    if (*more) return refused("the message goes on behind its signature");
  }
  const auto end = inner_->next();  // reaches the last tag
  if (!end) return end.error();
  if (*end) return refused("the message goes on behind its signature");
  const auto behind = outer_.next();
  if (!behind) return behind.error();
  if (*behind) return refused("the file goes on behind the message");
  const auto signature = Signature::read(*body);
  if (!signature) return signature.error();
  const bool holds = signature->type == SignatureType::binary && signature->hash == signed_->algorithm() &&
                     signature->salt == salt_ && signature->verify(signer_, std::move(*signed_));
  if (!holds) return make_error(Errc::damaged, "openpgp: the signature does not hold");
  return {};
}

}  // namespace regdata::escrow::openpgp
