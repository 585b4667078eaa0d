// Nonces for XChaCha20-Poly1305.
#pragma once

#include <cstdint>
#include <span>

namespace regdata::store {

/// Fills a nonce with random bytes. They are drawn from the system in larger pieces, per thread: one system call for many
/// nonces. A forked child draws its own.
void fill_nonce(std::span<std::uint8_t, 24> nonce);

}  // namespace regdata::store
