// Detached signatures (RFC 9580 §10.4).
#pragma once

#include "escrow/openpgp/secret_key.hpp"

namespace regdata::escrow::openpgp {

/// One binary signature packet over `data`, as programs keep it in a ".sig" file.
Expected<Bytes> sign_detached(const SecretKey& signer, ByteView data, UtcTime now, const Random& random);

/// The same over what a source gives, to its end. Errors of the source too.
Expected<Bytes> sign_detached(const SecretKey& signer, ByteSource& data, UtcTime now, const Random& random);

/// Errc::damaged: not one signature packet, of another key, or over other data. When it was made is not looked at.
Expected<void> verify_detached(ByteView signature, ByteView data, const PublicKey& signer);

/// The same over what a source gives, to its end. Errors of the source too.
Expected<void> verify_detached(ByteView signature, ByteSource& data, const PublicKey& signer);

}  // namespace regdata::escrow::openpgp
