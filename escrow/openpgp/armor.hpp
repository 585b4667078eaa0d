// ASCII armour (RFC 9580 §6).
#pragma once

#include <string>
#include <string_view>

#include "escrow/stream.hpp"

namespace regdata::escrow::openpgp {

/// "-----BEGIN LABEL-----" and so on, with the checksum that programs of version 4 still want where `checksum` is set (§6.1).
std::string armored(ByteView bytes, std::string_view label, bool checksum);

/// Takes the armour off every block with this label, one behind the other; bytes that are binary (first bit set) stay as they
/// are. Errc::invalid: neither, or damaged. A checksum is looked at where there is one. Copies that it made of a secret are
/// wiped; what it returns is the caller's to wipe.
Expected<Bytes> unarmored(ByteView bytes, std::string_view label);

}  // namespace regdata::escrow::openpgp
