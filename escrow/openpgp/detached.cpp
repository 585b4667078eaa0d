#include "escrow/openpgp/detached.hpp"

namespace regdata::escrow::openpgp {

namespace {

Expected<void> hash_all(ByteSource& data, Hash& hash) {
  Bytes block(65536);
  while (true) {
    const auto size = data.read(block);
    if (!size) return size.error();
    if (*size == 0) return {};
    hash.update(ByteView(block).first(*size));
  }
}

}  // namespace

Expected<Bytes> sign_detached(const SecretKey& signer, ByteView data, UtcTime now, const Random& random) {
  MemorySource source(data);
  return sign_detached(signer, source, now, random);
}

Expected<Bytes> sign_detached(const SecretKey& signer, ByteSource& data, UtcTime now, const Random& random) {
  const SignatureDraft draft{.type = SignatureType::binary, .created = now};
  const Bytes salt = signer.new_salt(draft.hash, random);
  Hash hash(draft.hash);
  hash.update(salt);
  if (auto read = hash_all(data, hash); !read) return read.error();
  const auto body = signer.sign(draft, salt, std::move(hash));
  if (!body) return body.error();
  Bytes packet;
  append_packet(packet, PacketType::signature, *body);
  return packet;
}

Expected<void> verify_detached(ByteView signature, ByteView data, const PublicKey& signer) {
  MemorySource source(data);
  return verify_detached(signature, source, signer);
}

Expected<void> verify_detached(ByteView signature, ByteSource& data, const PublicKey& signer) {
  const auto bad = [](const char* why) { return make_error(Errc::damaged, std::string("the signature ") + why); };
  PacketWalk walk(signature);
  const auto packet = walk.next();
  if (!packet || !*packet || (*packet)->type != static_cast<std::uint8_t>(PacketType::signature))
    return bad("is not an OpenPGP signature");
  const auto end = walk.next();
  if (!end || *end) return bad("is followed by something else");
  const auto read = Signature::read((*packet)->body);
  if (!read) return bad("cannot be read");
  if (read->type != SignatureType::binary || !read->says_issuer(signer)) return bad("is another key's");
  Hash hash = read->begin();
  if (auto hashed = hash_all(data, hash); !hashed) return hashed;
  return read->verify(signer, std::move(hash)) ? Expected<void>() : bad("does not hold");
}

}  // namespace regdata::escrow::openpgp
