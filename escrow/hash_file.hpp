// The hash file of a deposit: SHA-256 of its plain content files, as sha256sum(1) writes and reads it (escrow.md §1.8).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "escrow/deposit_part.hpp"

namespace regdata::escrow {

/// A line for each part. `with_extension`: its name ends with ".csv".
std::string hash_file_text(std::span<const PartFacts> parts, bool with_extension);

struct HashLine {
  std::string name;  ///< of a content file, maybe without ".csv"
  Digest digest{};
};
/// Errc::invalid: a line that sha256sum(1) would not take either.
Expected<std::vector<HashLine>> read_hash_file(std::string_view text);

}  // namespace regdata::escrow
