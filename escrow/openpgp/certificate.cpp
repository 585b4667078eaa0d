#include "escrow/openpgp/certificate.hpp"

#include <algorithm>

#include "escrow/openpgp/armor.hpp"
#include "escrow/openpgp/refused.hpp"

namespace regdata::escrow::openpgp {
namespace {

constexpr std::size_t weakest_rsa = 3072;  // escrow.md §1.9

Error holds_secret() {
  return make_error(Errc::refused, "openpgp: the file holds a secret key where a certificate belongs",
                    "export the certificate alone; who else has had this file?");
}

bool is_certification(SignatureType type) {
  return type >= SignatureType::generic_certification && type <= SignatureType::positive_certification;
}

bool certifies(const Signature& signature, const PublicKey& primary, ByteView user_id) {
  Hash hash = signature.begin();
  hash_user_id(hash, primary, user_id);
  return signature.verify(primary, std::move(hash));
}

/// Whether `by` made the signature over the key, or the key and its subkey.
bool is_over_keys(const Signature& signature, const PublicKey& by, const PublicKey& primary, const PublicKey* subkey) {
  Hash hash = signature.begin();
  hash_keys(hash, primary, subkey);
  return signature.verify(by, std::move(hash));
}

KeyStatement statement_of(const PublicKey& key, const Signature& signature) {
  KeyStatement said{.created = *signature.created, .flags = signature.key_flags, .features = signature.features};
  if (signature.key_expires) said.expires = key.created() + *signature.key_expires;
  if (signature.expires) {
    const UtcTime end = *signature.created + *signature.expires;
    said.expires = said.expires ? std::min(*said.expires, end) : end;
  }
  return said;
}

/// The newest of those that had been made at `at`.
const KeyStatement* newest(const std::vector<KeyStatement>& all, UtcTime at) {
  const KeyStatement* best = nullptr;
  for (const KeyStatement& one : all)
    if (one.created <= at && (best == nullptr || one.created >= best->created)) best = &one;
  return best;
}

/// What holds of a key at a time: of a primary key's two kinds of statements the earlier end, and the flags of the newer one
/// that has any.
struct Standing {
  bool said = false;
  std::optional<UtcTime> expires{};
  std::uint8_t flags = 0;
  std::uint8_t features = 0;
};

/// Keys of before key flags may do all that their algorithm can.
std::uint8_t usual_flags(const PublicKey& key) {
  return static_cast<std::uint8_t>((key.can_sign() ? key_flag::certify | key_flag::sign : 0) |
                                   (key.can_encrypt() ? key_flag::encrypt_communications | key_flag::encrypt_storage : 0));
}

Standing standing_of(const CertifiedKey& key, UtcTime at) {
  Standing standing;
  std::optional<std::uint8_t> flags;
  UtcTime flags_from = UtcTime::min();
  for (const KeyStatement* one : {newest(key.statements, at), newest(key.by_user_ids, at)}) {
    if (one == nullptr) continue;
    standing.said = true;
    if (one->expires && (!standing.expires || *one->expires < *standing.expires)) standing.expires = one->expires;
    if (one->flags && one->created >= flags_from) {
      flags = one->flags;
      flags_from = one->created;
    }
    standing.features |= one->features;
  }
  // a signature of version 6 that says nothing of uses allows none
  standing.flags = flags.value_or(key.key.version() == 4 ? usual_flags(key.key) : std::uint8_t{0});
  return standing;
}

/// A subkey that signs must say itself that it belongs to the primary key, or a thief could claim its signatures (§5.2.1.9).
bool signs_back(const Signature& binding, const PublicKey& primary, const PublicKey& subkey) {
  const auto back = Signature::read(binding.embedded);
  return back && back->type == SignatureType::primary_key_binding && is_over_keys(*back, subkey, primary, &subkey);
}

const char* reason(KeyTrouble trouble) {
  switch (trouble) {
    case KeyTrouble::none:
      return "none";
    case KeyTrouble::not_yet_valid:
      return "it is not valid yet; is this machine's clock right?";
    case KeyTrouble::expired:
      return "it has expired";
    case KeyTrouble::revoked:
      return "it was revoked";
    case KeyTrouble::weak:
      return "it is weak: RSA keys need 3072 bits or more";
    case KeyTrouble::unbound:
      return "its owner's signature is missing or does not hold";
    case KeyTrouble::wrong_use:
      return "its owner did not make it for that";
  }
  return "";
}

}  // namespace

/// Goes through the packets of one certificate.
class CertificateReader {
 public:
  Expected<Certificate> read(ByteView bytes) {
    PacketWalk walk(bytes);
    while (true) {
      const auto packet = walk.next();
      if (!packet) return packet.error();
      if (!*packet) break;
      if (auto taken = take(**packet); !taken) return taken.error();
    }
    end_user_id();
    if (made_.keys_.empty()) return refused("there is no key in the file");
    CertifiedKey& primary = made_.keys_.front();
    if (primary.statements.empty() && primary.by_user_ids.empty())
      return refused("the key's own signature is missing or does not hold");
    for (const Signature& strange : foreign_revocations_) primary.revoked = primary.revoked || is_by_revoker(strange);
    return std::move(made_);
  }

 private:
  enum class About : std::uint8_t { primary, subkey, user_id, other };

  Expected<void> take(const Packet& packet) {
    if (static_cast<PacketType>(packet.type) != PacketType::signature) end_user_id();
    switch (static_cast<PacketType>(packet.type)) {
      case PacketType::secret_key:
      case PacketType::secret_subkey:
        return holds_secret();
      case PacketType::public_key:
        if (!made_.keys_.empty()) return refused("there is more than one certificate in the file");
        return take_key(packet.body, About::primary);
      case PacketType::public_subkey:
        if (made_.keys_.empty()) return refused("a subkey without a primary key");
        return take_key(packet.body, About::subkey);
      case PacketType::user_id:
        if (made_.keys_.empty()) return refused("a user id without a key");
        about_ = About::user_id;
        user_id_ = packet.body;
        return {};
      case PacketType::signature:
        if (made_.keys_.empty()) return refused("a signature without a key");
        take_signature(packet.body);
        return {};
      default:  // §4.3: markers, padding and trust packets mean nothing here; what certifies others neither
        about_ = packet.type == 10 || packet.type == 12 || packet.type == 21 ? about_ : About::other;
        return {};
    }
  }

  Expected<void> take_key(ByteView body, About about) {
    auto key = PublicKey::read(body);
    if (!key && about == About::primary) return key.error();
    // a subkey of an algorithm that we do not speak may stand beside one that we do; one of another version may not (§10.1)
    const bool ours = key && (about == About::primary || key->version() == made_.primary().version());
    about_ = ours ? about : About::other;
    if (ours) made_.keys_.push_back(CertifiedKey{.key = std::move(*key)});
    return {};
  }

  void take_signature(ByteView body) {
    const auto type = static_cast<SignatureType>(body.size() > 1 ? body[1] : 0);
    const auto signature = Signature::read(body);
    CertifiedKey& subject = about_ == About::subkey ? made_.keys_.back() : made_.keys_.front();
    // a key's revocation counts wherever it stands: gpg hands them out as files of their own, to be put behind the rest
    if (type == SignatureType::key_revocation) return take_key_revocation(signature);
    if (about_ == About::other) return;
    if (!signature) {
      // what may be a revocation in words that we do not understand is taken for one: nothing is sealed on the strength of a
      // guess
      if (type == SignatureType::subkey_revocation) subject.revoked = true;
      return;
    }
    const PublicKey& primary = made_.primary();
    if (about_ == About::user_id) {
      if (certifies(*signature, primary, user_id_)) take_about_user_id(*signature);
      return;
    }
    const PublicKey* subkey = about_ == About::subkey ? &subject.key : nullptr;
    if (!is_over_keys(*signature, primary, primary, subkey)) return;
    note_revokers(*signature);
    if (about_ == About::primary) {
      if (signature->type == SignatureType::direct_key) subject.statements.push_back(statement_of(primary, *signature));
    } else if (signature->type == SignatureType::subkey_revocation) {
      subject.revoked = true;
    } else if (signature->type == SignatureType::subkey_binding) {
      take_binding(subject, *signature);
    }
  }

  void take_key_revocation(const Expected<Signature>& signature) {
    CertifiedKey& primary = made_.keys_.front();
    if (!signature || is_over_keys(*signature, primary.key, primary.key, nullptr))
      primary.revoked = true;
    else
      foreign_revocations_.push_back(*signature);
  }

  void take_about_user_id(const Signature& signature) {
    note_revokers(signature);
    if (signature.type == SignatureType::certification_revocation) {
      revoked_at_ = std::max(revoked_at_.value_or(*signature.created), *signature.created);
    } else if (is_certification(signature.type)) {
      certifications_.push_back(statement_of(made_.primary(), signature));
    }
  }

  /// A user id with all its signatures was read. Revoked and certified again later it stands.
  void end_user_id() {
    std::erase_if(certifications_, [this](const KeyStatement& one) { return revoked_at_ && one.created <= *revoked_at_; });
    if (!certifications_.empty()) {
      if (made_.user_id_.empty()) made_.user_id_ = std::string(as_text(user_id_));
      CertifiedKey& primary = made_.keys_.front();
      // in version 6 a user id says nothing of the key (§10.1.1)
      if (primary.key.version() == 4)
        primary.by_user_ids.insert(primary.by_user_ids.end(), certifications_.begin(), certifications_.end());
    }
    certifications_.clear();
    revoked_at_.reset();
  }

  void take_binding(CertifiedKey& subkey, const Signature& signature) {
    constexpr unsigned as_signer = key_flag::sign | key_flag::certify;
    KeyStatement said = statement_of(subkey.key, signature);
    // a binding of before key flags allows all that the algorithm can, and signing only with the subkey's own word
    if (!said.flags && subkey.key.version() == 4) said.flags = usual_flags(subkey.key);
    if ((said.flags.value_or(0) & as_signer) != 0 && !signs_back(signature, made_.primary(), subkey.key)) {
      if (signature.key_flags) return;
      said.flags = static_cast<std::uint8_t>(*said.flags & ~as_signer);
    }
    subkey.statements.push_back(said);
  }

  void note_revokers(const Signature& signature) {
    revokers_.insert(revokers_.end(), signature.revokers.begin(), signature.revokers.end());
  }

  /// By a key that the owner named for revoking: we do not have that key, so its word is taken.
  [[nodiscard]] bool is_by_revoker(const Signature& signature) const {
    std::vector<Bytes> issuers = signature.issuer_hints;
    issuers.push_back(signature.issuer);
    issuers.push_back(signature.issuer_id);
    return std::ranges::any_of(revokers_, [&](const Bytes& revoker) {
      return std::ranges::any_of(issuers, [&](const Bytes& issuer) {  // a key id is the end of a version 4 fingerprint
        return !issuer.empty() && issuer.size() <= revoker.size() &&
               std::equal(issuer.rbegin(), issuer.rend(), revoker.rbegin());
      });
    });
  }

  Certificate made_;
  ByteView user_id_;
  About about_ = About::primary;
  std::vector<KeyStatement> certifications_;  ///< of the current user id, by its owner
  std::optional<UtcTime> revoked_at_;         ///< the current user id
  std::vector<Bytes> revokers_;
  std::vector<Signature> foreign_revocations_;
};

Expected<Certificate> Certificate::read(ByteView bytes) {
  if (bytes.size() > 2 * longest) return refused("the certificate is longer than 64 KiB");
  if (as_text(bytes).find("-----BEGIN PGP PRIVATE KEY BLOCK-----") != std::string_view::npos) return holds_secret();
  const auto plain = unarmored(bytes, "PGP PUBLIC KEY BLOCK");
  if (!plain) return plain.error();
  if (plain->size() > longest) return refused("the certificate is longer than 64 KiB");
  return CertificateReader().read(*plain);
}

bool Certificate::takes_seipd2(UtcTime at) const { return (standing_of(keys_.front(), at).features & 0x08) != 0; }

KeyTrouble Certificate::trouble(const CertifiedKey& key, std::uint8_t use, UtcTime at) const {
  const auto state = [at](const CertifiedKey& one) {
    if (one.revoked) return KeyTrouble::revoked;
    if (one.statements.empty() && one.by_user_ids.empty()) return KeyTrouble::unbound;
    const Standing standing = standing_of(one, at);
    if (!standing.said || at < one.key.created()) return KeyTrouble::not_yet_valid;
    if (standing.expires && at >= *standing.expires) return KeyTrouble::expired;
    if (one.key.algorithm() == KeyAlgorithm::rsa && one.key.strength() < weakest_rsa) return KeyTrouble::weak;
    return KeyTrouble::none;
  };
  if (const KeyTrouble own = state(key); own != KeyTrouble::none) return own;
  if (const KeyTrouble primary = state(keys_.front()); primary != KeyTrouble::none) return primary;
  return (standing_of(key, at).flags & use) != 0 ? KeyTrouble::none : KeyTrouble::wrong_use;
}

Expected<const PublicKey*> Certificate::find(std::uint8_t use, UtcTime at, ByteView fingerprint, const char* purpose) const {
  const CertifiedKey* best = nullptr;
  KeyTrouble last = KeyTrouble::wrong_use;
  for (const CertifiedKey& key : keys_) {
    if (!fingerprint.empty() &&
        !std::equal(fingerprint.begin(), fingerprint.end(), key.key.fingerprint().begin(), key.key.fingerprint().end()))
      continue;
    if (use == key_flag::sign ? !key.key.can_sign() : !key.key.can_encrypt()) continue;
    const KeyTrouble found = trouble(key, use, at);
    if (found == KeyTrouble::none) {
      if (best == nullptr || key.key.created() > best->key.created()) best = &key;
    } else if (found != KeyTrouble::wrong_use) {
      last = found;
    }
  }
  if (best != nullptr) return &best->key;
  return make_error(
      Errc::refused,
      "openpgp: certificate " + upper_hex(primary().fingerprint()) + " has no key to " + purpose + ": " + reason(last),
      "ask its owner for a current one, and compare the fingerprint by another way than the one it came by");
}

Expected<const PublicKey*> Certificate::encryption_key(UtcTime at) const {
  return find(key_flag::encrypt_communications | key_flag::encrypt_storage, at, {}, "seal to");
}

Expected<const PublicKey*> Certificate::signing_key(UtcTime at, ByteView fingerprint) const {
  return find(key_flag::sign, at, fingerprint, "sign with");
}

std::optional<UtcTime> Certificate::expires(UtcTime at) const {
  std::optional<UtcTime> first;
  const auto look_at = [&](const CertifiedKey& key) {
    const auto end = standing_of(key, at).expires;
    if (end && (!first || *end < *first)) first = end;
  };
  for (const auto& used : {encryption_key(at), signing_key(at)}) {
    if (!used) continue;
    look_at(keys_.front());
    for (const CertifiedKey& key : keys_)
      if (&key.key == *used) look_at(key);
  }
  return first;
}

}  // namespace regdata::escrow::openpgp
