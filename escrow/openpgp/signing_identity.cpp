#include "escrow/openpgp/signing_identity.hpp"

#include "escrow/openpgp/armor.hpp"
#include "escrow/openpgp/refused.hpp"

namespace regdata::escrow::openpgp {
namespace {

/// A transferable secret key, packet by packet.
struct Builder {
  WipedBytes secret{16384};

  void add_key(const SecretKey& key, bool primary) {
    WipedBytes body(4096);
    key.append_body(body);
    append_packet(secret.bytes, primary ? PacketType::secret_key : PacketType::secret_subkey, body.bytes);
  }
  void add(PacketType type, ByteView body) { append_packet(secret.bytes, type, body); }
};

/// Of a user id where one is given, else of the key or of the key and its subkey.
Expected<Bytes> self_signature(const SecretKey& primary, const SignatureDraft& draft, const Random& random,
                               const PublicKey* subkey, ByteView user_id) {
  const Bytes salt = primary.new_salt(draft.hash, random);
  Hash hash(draft.hash);
  hash.update(salt);
  if (user_id.empty())
    hash_keys(hash, primary.public_key(), subkey);
  else
    hash_user_id(hash, primary.public_key(), user_id);
  return primary.sign(draft, salt, std::move(hash));
}

}  // namespace

Expected<SigningIdentity> SigningIdentity::generate(std::uint8_t version, std::string_view user_id, UtcTime now,
                                                    std::optional<std::chrono::seconds> expires, const Random& random) {
  if (user_id.empty()) return refused("a key needs a user id: the registrar's name and IANA id");
  if (expires && (expires->count() < 1 || expires->count() > std::int64_t{UINT32_MAX}))
    return refused("a key's life must be from 1 to 4294967295 seconds");
  const bool v6 = version == 6;
  auto primary = SecretKey::generate(version, v6 ? KeyAlgorithm::ed25519 : KeyAlgorithm::rsa, now, random);
  if (!primary) return primary.error();
  auto subkey = SecretKey::generate(version, v6 ? KeyAlgorithm::x25519 : KeyAlgorithm::rsa, now, random);
  if (!subkey) return subkey.error();

  Builder builder;
  builder.add_key(*primary, true);
  SignatureDraft about_key{.type = SignatureType::direct_key, .created = now, .key_expires = expires};
  about_key.key_flags = static_cast<std::uint8_t>(key_flag::certify | key_flag::sign);
  about_key.features = static_cast<std::uint8_t>(v6 ? 0x09 : 0x01);  // SEIPD v1, and v2
  about_key.preferences = true;
  SignatureDraft about_user{.type = SignatureType::positive_certification, .created = now};
  if (v6) {
    const auto direct = self_signature(*primary, about_key, random, nullptr, {});
    if (!direct) return direct.error();
    builder.add(PacketType::signature, *direct);
  } else {  // programs of version 4 look for all this beside the user id
    about_user = about_key;
    about_user.type = SignatureType::positive_certification;
  }
  about_user.primary_user_id = true;
  builder.add(PacketType::user_id, as_bytes(user_id));
  const auto certification = self_signature(*primary, about_user, random, nullptr, as_bytes(user_id));
  if (!certification) return certification.error();
  builder.add(PacketType::signature, *certification);

  builder.add_key(*subkey, false);
  SignatureDraft about_subkey{.type = SignatureType::subkey_binding, .created = now, .key_expires = expires};
  about_subkey.key_flags = static_cast<std::uint8_t>(key_flag::encrypt_communications | key_flag::encrypt_storage);
  const auto binding = self_signature(*primary, about_subkey, random, &subkey->public_key(), {});
  if (!binding) return binding.error();
  builder.add(PacketType::signature, *binding);
  return read(builder.secret.bytes);
}

Expected<SigningIdentity> SigningIdentity::read(ByteView bytes) {
  auto plain = unarmored(bytes, "PGP PRIVATE KEY BLOCK");
  if (!plain) return plain.error();
  WipedBytes whole;
  whole.bytes = std::move(*plain);
  if (whole.bytes.size() > Certificate::longest) return refused("the secret key is longer than 64 KiB");
  PacketWalk walk(whole.bytes);
  Bytes open;
  std::vector<SecretKey> secrets;
  while (true) {
    const auto packet = walk.next();
    if (!packet) return packet.error();
    if (!*packet) break;
    const auto type = static_cast<PacketType>((*packet)->type);
    if (type != PacketType::secret_key && type != PacketType::secret_subkey) {
      append_packet(open, type, (*packet)->body);
      continue;
    }
    auto key = SecretKey::read((*packet)->body);
    if (!key) return key.error();
    append_packet(open, type == PacketType::secret_key ? PacketType::public_key : PacketType::public_subkey,
                  key->public_key().body());
    secrets.push_back(std::move(*key));
  }
  if (secrets.empty()) return refused("there is no secret key in the file");
  auto certificate = Certificate::read(open);
  if (!certificate) return certificate.error();
  return SigningIdentity(std::move(*certificate), std::move(secrets), std::move(open));
}

const SecretKey* SigningIdentity::secret(const PublicKey& key) const noexcept {
  for (const SecretKey& secret : secrets_)
    if (secret.public_key().fingerprint() == key.fingerprint()) return &secret;
  return nullptr;
}

WipedBytes SigningIdentity::secret_bytes() const {
  WipedBytes out(public_bytes_.size() + secrets_.size() * 4096);
  PacketWalk walk(public_bytes_);
  for (auto packet = walk.next(); packet && *packet; packet = walk.next()) {
    const auto type = static_cast<PacketType>((*packet)->type);
    const bool primary = type == PacketType::public_key;
    if (!primary && type != PacketType::public_subkey) {
      append_packet(out.bytes, type, (*packet)->body);
      continue;
    }
    const auto half = PublicKey::read((*packet)->body);
    const SecretKey* key = half ? secret(*half) : nullptr;
    if (key == nullptr) continue;
    WipedBytes body(4096);
    key->append_body(body);
    append_packet(out.bytes, primary ? PacketType::secret_key : PacketType::secret_subkey, body.bytes);
  }
  return out;
}

}  // namespace regdata::escrow::openpgp
