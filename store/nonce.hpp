// Nonces for XChaCha20-Poly1305.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace regdata::store {

/// Octets: crypto_aead_xchacha20poly1305_ietf_NPUBBYTES.
constexpr std::size_t nonce_size = 24;

/// Fills a nonce with random bytes. They are drawn from the system in larger pieces, per thread: one system call for many
/// nonces. A forked child draws its own.
void fill_nonce(std::span<std::uint8_t, nonce_size> nonce);

}  // namespace regdata::store
