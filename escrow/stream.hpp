// Bytes on their way: pushed through sinks when a deposit is written, pulled through sources when one is read. Layers are put
// around each other; none of them holds more than a block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"

namespace regdata::escrow {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) noexcept { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Lower case, as sha256sum(1) prints it.
std::string hex(ByteView bytes);
/// Upper case, as fingerprints are printed.
std::string upper_hex(ByteView bytes);

/// Overwrites all that the vector has room for, and empties it.
void wipe(Bytes& bytes) noexcept;

/// Takes bytes one after the other. After an error it is of no use any more: nothing else may be called.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Expected<void> write(ByteView bytes) = 0;
  /// Nothing follows: what was held back is written and the sink behind finished. To be called once; a sink that goes without
  /// it leaves what is behind it unfinished.
  virtual Expected<void> finish() = 0;
};

/// Gives bytes one after the other.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// At least one byte and at most `into`, unless the end is reached: then 0, and 0 again. `into` is not empty.
  virtual Expected<std::size_t> read(std::span<std::uint8_t> into) = 0;
};

/// A sink that keeps everything. For what is small.
class MemorySink final : public ByteSink {
 public:
  Expected<void> write(ByteView bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return {};
  }
  Expected<void> finish() override { return {}; }
  [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }

 private:
  Bytes bytes_;
};

/// A source of bytes that are there already, and stay there for as long as it lives.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(ByteView bytes) noexcept : rest_(bytes) {}
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;

 private:
  ByteView rest_;
};

}  // namespace regdata::escrow
