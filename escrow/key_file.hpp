// A registrar's own signing keys at rest: an OpenPGP secret key, sealed under a key that comes from the master key. A copy of
// the file alone signs nothing (docs/decisions/0012).
#pragma once

#include <filesystem>
#include <span>

#include "escrow/openpgp/signing_identity.hpp"

namespace regdata::escrow {

/// 32 bytes under which key files are sealed.
using KeyFileKey = std::span<const std::uint8_t, 32>;

/// Makes the file, mode 0600, synced with its directory. Errc::conflict: one is there; nothing is overwritten.
Expected<void> write_key_file(const std::filesystem::path& file, const openpgp::SigningIdentity& identity, KeyFileKey key,
                              const openpgp::Random& random);

/// Errors: not_found; configuration (others can read it, or it is no such file); damaged (changed, or of another master key).
Expected<openpgp::SigningIdentity> read_key_file(const std::filesystem::path& file, KeyFileKey key);

/// The same, or a secret key as OpenPGP programs export it (RFC 9580 §10.2), without a passphrase: an agent's, or a drill's.
/// Errors as read_key_file(), and invalid.
Expected<openpgp::SigningIdentity> read_secret_key(const std::filesystem::path& file, KeyFileKey key);

}  // namespace regdata::escrow
