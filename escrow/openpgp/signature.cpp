#include "escrow/openpgp/signature.hpp"

#include <algorithm>

#include "escrow/openpgp/refused.hpp"

namespace regdata::escrow::openpgp {
namespace {

/// RFC 9580 §5.2.3.7.
enum class Subpacket : std::uint8_t {
  creation_time = 2,
  expiration_time = 3,
  exportable = 4,
  trust = 5,
  regular_expression = 6,
  revocable = 7,
  key_expiration_time = 9,
  preferred_ciphers = 11,
  revocation_key = 12,
  issuer_key_id = 16,
  notation = 20,
  preferred_hashes = 21,
  preferred_compression = 22,
  key_server_preferences = 23,
  preferred_key_server = 24,
  primary_user_id = 25,
  policy_uri = 26,
  key_flags = 27,
  signers_user_id = 28,
  reason_for_revocation = 29,
  features = 30,
  signature_target = 31,
  embedded_signature = 32,
  issuer_fingerprint = 33,
  intended_recipient = 35,
  preferred_aead = 39,
};
constexpr std::uint8_t critical = 0x80;

std::chrono::seconds seconds_in(Fields& fields) { return std::chrono::seconds(fields.four()); }

/// Only those whose meaning we can leave alone without misreading the rest.
bool is_harmless(Subpacket type) {
  switch (type) {
    case Subpacket::exportable:
    case Subpacket::revocable:
    case Subpacket::preferred_ciphers:
    case Subpacket::preferred_hashes:
    case Subpacket::preferred_compression:
    case Subpacket::key_server_preferences:
    case Subpacket::preferred_key_server:
    case Subpacket::primary_user_id:
    case Subpacket::policy_uri:
    case Subpacket::signers_user_id:
    case Subpacket::reason_for_revocation:
    case Subpacket::intended_recipient:
    case Subpacket::preferred_aead:
      return true;
    default:
      return false;
  }
}

/// One subpacket. What an unhashed area says is not signed: only who issued it, and a signature that proves itself, are taken.
Expected<void> read_subpacket(Signature& into, std::uint8_t type_octet, ByteView body, bool hashed) {
  const auto type = static_cast<Subpacket>(type_octet & ~critical);
  Fields fields(body);
  switch (type) {
    case Subpacket::issuer_key_id:
      (hashed ? into.issuer_id : into.issuer_hints.emplace_back()).assign(body.begin(), body.end());
      return {};
    case Subpacket::issuer_fingerprint:
      if (body.size() < 21) return hashed ? refused("a signature's issuer is cut off") : Expected<void>();
      (hashed ? into.issuer : into.issuer_hints.emplace_back()).assign(body.begin() + 1, body.end());
      return {};
    case Subpacket::embedded_signature:
      into.embedded.assign(body.begin(), body.end());
      return {};
    default:
      break;
  }
  if (!hashed) return {};
  switch (type) {
    case Subpacket::creation_time:
      into.created = UtcTime(seconds_in(fields));
      break;
    case Subpacket::expiration_time:
      if (const auto after = seconds_in(fields); after.count() != 0) into.expires = after;
      break;
    case Subpacket::key_expiration_time:
      if (const auto after = seconds_in(fields); after.count() != 0) into.key_expires = after;
      break;
    case Subpacket::key_flags:
      into.key_flags = body.empty() ? std::uint8_t{0} : body.front();
      return {};
    case Subpacket::revocation_key:
      if (body.size() < 22) return refused("a revocation key is cut off");
      into.revokers.emplace_back(body.begin() + 2, body.end());
      return {};
    case Subpacket::features:
      into.features = body.empty() ? std::uint8_t{0} : body.front();
      return {};
    default:
      if ((type_octet & critical) != 0 && !is_harmless(type))
        return refused("a signature with a critical part that is not spoken");
      return {};
  }
  return fields.complete() ? Expected<void>() : refused("a time in a signature is cut off");
}

Expected<void> read_subpackets(Signature& into, ByteView area, bool hashed) {
  Fields fields(area);
  while (!fields.at_end()) {
    std::size_t length = fields.octet();
    if (length >= 192 && length < 255)
      length = ((length - 192) << 8) + fields.octet() + 192;
    else if (length == 255)
      length = fields.four();
    if (length == 0) return refused("an empty part of a signature");
    const std::uint8_t type = fields.octet();
    const ByteView body = fields.bytes(length - 1);
    if (!fields.good()) return refused("a signature's parts are cut off");
    if (auto read = read_subpacket(into, type, body, hashed); !read) return read;
  }
  return {};
}

void add(Bytes& out, Subpacket type, ByteView body, std::uint8_t mark) {
  const std::size_t length = body.size() + 1;
  if (length < 192) {
    out.push_back(static_cast<std::uint8_t>(length));
  } else {
    out.push_back(255);
    append_number(out, static_cast<std::uint32_t>(length));
  }
  out.push_back(static_cast<std::uint8_t>(type) | mark);
  append(out, body);
}

void add_seconds(Bytes& out, Subpacket type, std::chrono::seconds seconds) {
  Bytes body;
  append_number(body, static_cast<std::uint32_t>(seconds.count()));
  add(out, type, body, critical);
}

}  // namespace

Expected<Signature> Signature::read(ByteView body) {
  Fields fields(body);
  Signature read;
  read.version = fields.octet();
  if (read.version != 4 && read.version != 6) return refused("a signature of a version that is not spoken");
  read.type = static_cast<SignatureType>(fields.octet());
  read.algorithm = static_cast<KeyAlgorithm>(fields.octet());
  read.hash = static_cast<HashAlgorithm>(fields.octet());
  const bool long_form = read.version == 6;
  const ByteView hashed = fields.bytes(long_form ? fields.four() : fields.two());
  if (!fields.good()) return refused("a signature is cut off");
  if (salt_size(read.hash) == 0) return refused("a signature with a hash that is not trusted; SHA-256, -384 and -512 are");
  read.hashed.assign(body.begin(), body.begin() + static_cast<std::ptrdiff_t>((long_form ? 8U : 6U) + hashed.size()));
  const ByteView unhashed = fields.bytes(long_form ? fields.four() : fields.two());
  read.digest_begins = fields.two();
  if (long_form) {
    const ByteView salt = fields.bytes(fields.octet());
    if (salt.size() != salt_size(read.hash)) return refused("a signature whose salt does not fit its hash");
    read.salt.assign(salt.begin(), salt.end());
  }
  const ByteView own = fields.rest();
  if (!fields.good()) return refused("a signature is cut off");
  read.fields.assign(own.begin(), own.end());
  if (auto parts = read_subpackets(read, unhashed, false); !parts) return parts.error();
  if (auto parts = read_subpackets(read, hashed, true); !parts) return parts.error();
  if (!read.created) return refused("a signature without its time");  // §5.2.3.11
  return read;
}

Hash Signature::begin() const {
  Hash data(hash);
  data.update(salt);
  return data;
}

void hash_user_id(Hash& hash, const PublicKey& primary, ByteView user_id) {
  primary.hash_into(hash);
  Bytes header{0xB4};
  append_number(header, static_cast<std::uint32_t>(user_id.size()));
  hash.update(header);
  hash.update(user_id);
}

void hash_keys(Hash& hash, const PublicKey& primary, const PublicKey* subkey) {
  primary.hash_into(hash);
  if (subkey != nullptr) subkey->hash_into(hash);
}

void hash_trailer(Hash& hash, std::uint8_t version, ByteView hashed) {
  hash.update(hashed);
  Bytes end{version, 0xFF};
  append_number(end, static_cast<std::uint32_t>(hashed.size()));
  hash.update(end);
}

bool Signature::says_issuer(const PublicKey& key) const {
  if (!issuer.empty() && issuer != key.fingerprint()) return false;
  return issuer_id.empty() || std::equal(issuer_id.begin(), issuer_id.end(), key.key_id().begin(), key.key_id().end());
}

bool Signature::verify(const PublicKey& by, Hash data) const {
  // §10.3.2.2: the versions of key and signature go together
  if (by.version() != version || by.algorithm() != algorithm || !says_issuer(by)) return false;
  hash_trailer(data, version, hashed);
  const Bytes digest = data.digest();
  if (digest_begins != digest[0] * 256U + digest[1]) return false;
  return by.verifies(hash, digest, fields);
}

Bytes SignatureDraft::hashed(const PublicKey& by) const {
  Bytes parts;
  add_seconds(parts, Subpacket::creation_time, std::chrono::floor<std::chrono::seconds>(created).time_since_epoch());
  Bytes issuer{by.version()};
  append(issuer, by.fingerprint());
  add(parts, Subpacket::issuer_fingerprint, issuer, 0);
  if (by.version() == 4) add(parts, Subpacket::issuer_key_id, by.key_id(), 0);
  if (key_flags) add(parts, Subpacket::key_flags, {&*key_flags, 1}, critical);
  if (key_expires) add_seconds(parts, Subpacket::key_expiration_time, *key_expires);
  if (features) add(parts, Subpacket::features, {&*features, 1}, 0);
  if (preferences) {
    add(parts, Subpacket::preferred_ciphers, std::array<std::uint8_t, 1>{9}, 0);
    add(parts, Subpacket::preferred_hashes, std::array<std::uint8_t, 2>{10, 8}, 0);
    add(parts, Subpacket::preferred_compression, std::array<std::uint8_t, 1>{0}, 0);
    if (by.version() == 6) add(parts, Subpacket::preferred_aead, std::array<std::uint8_t, 2>{9, 2}, 0);
  }
  if (primary_user_id) add(parts, Subpacket::primary_user_id, std::array<std::uint8_t, 1>{1}, 0);
  if (!embedded.empty()) add(parts, Subpacket::embedded_signature, embedded, 0);

  Bytes out{by.version(), static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(by.algorithm()),
            static_cast<std::uint8_t>(hash)};
  if (by.version() == 6)
    append_number(out, static_cast<std::uint32_t>(parts.size()));
  else
    append_number(out, static_cast<std::uint16_t>(parts.size()));
  append(out, parts);
  return out;
}

}  // namespace regdata::escrow::openpgp
