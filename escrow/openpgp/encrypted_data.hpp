// The inside of a Symmetrically Encrypted and Integrity Protected Data packet (RFC 9580 §5.13), written and read.
#pragma once

#include <memory>

#include "escrow/openpgp/cipher.hpp"
#include "escrow/openpgp/public_key.hpp"
#include "escrow/stream.hpp"

namespace regdata::escrow::openpgp {

/// Version 1: AES-256 in CFB mode with a modification detection code. For version 4 keys.
std::unique_ptr<ByteSink> encrypt_v1(const SessionKey& key, const Random& random, ByteSink& behind);
/// Version 2: AES-256-OCB in chunks of 64 KiB. For version 6 keys.
std::unique_ptr<ByteSink> encrypt_v2(const SessionKey& key, const Random& random, ByteSink& behind);

/// Reads the body of such a packet, which must be of this version (1 or 2). A source of version 2 gives only bytes that are
/// authenticated; of version 1 only the end tells whether all before was good. Errors: Errc::damaged (changed, cut off, another
/// key); Errc::invalid (another cipher or mode than ours).
Expected<std::unique_ptr<ByteSource>> decrypt(const SessionKey& key, std::uint8_t version, ByteSource& from);

}  // namespace regdata::escrow::openpgp
