// Looking at the first line of a file before it is read: it tells how the others end.
#pragma once

#include <string_view>

#include "escrow/stream.hpp"

namespace regdata::escrow {

/// Gives its source's bytes, and shows the first line before.
class WithFirstLine final : public ByteSource {
 public:
  /// `from` must outlive it. Errors of the source.
  static Expected<WithFirstLine> read(ByteSource& from);
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;
  /// Without its line feed; at most 64 KiB of it.
  [[nodiscard]] std::string_view line() const;

 private:
  explicit WithFirstLine(ByteSource& from) : from_(from) {}
  ByteSource& from_;
  Bytes head_;
  std::size_t given_ = 0;
};

}  // namespace regdata::escrow
