// gzip (RFC 1952) and DEFLATE (RFC 1951) as layers: what stands between content and seal.
#pragma once

#include <memory>

#include "escrow/stream.hpp"

namespace regdata::escrow {

/// Of what regdata deposits: against level 6 of zlib a deposit is 8 % larger, and is compressed in less than half the time.
inline constexpr int usual_gzip_level = 4;

/// Compresses into the sink behind, which is finished with it. Level 1 to 9. No name and no time in its header: the same rows
/// give the same bytes.
std::unique_ptr<ByteSink> gzip_into(ByteSink& behind, int level = usual_gzip_level);

/// Decompresses exactly one gzip member; its check sum and length are verified before the end is told. Errc::damaged.
std::unique_ptr<ByteSource> gunzip_from(ByteSource& from);

/// The same for what OpenPGP calls ZIP (RFC 9580 §5.6): bare DEFLATE (RFC 1951), which has no check sum of its own.
std::unique_ptr<ByteSink> deflate_into(ByteSink& behind, int level);
std::unique_ptr<ByteSource> inflate_from(ByteSource& from);

}  // namespace regdata::escrow
