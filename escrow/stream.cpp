#include "escrow/stream.hpp"

#include <sodium.h>

#include <algorithm>

namespace regdata::escrow {

namespace {

std::string written_in(std::string_view digits, ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t octet : bytes) {
    text += digits[octet >> 4];
    text += digits[octet & 15];
  }
  return text;
}

}  // namespace

std::string hex(ByteView bytes) { return written_in("0123456789abcdef", bytes); }
std::string upper_hex(ByteView bytes) { return written_in("0123456789ABCDEF", bytes); }

void wipe(Bytes& bytes) noexcept {
  bytes.resize(bytes.capacity());  // never allocates: there is room
  if (!bytes.empty()) sodium_memzero(bytes.data(), bytes.size());
  bytes.clear();
}

Expected<std::size_t> MemorySource::read(std::span<std::uint8_t> into) {
  const std::size_t size = std::min(into.size(), rest_.size());
  std::copy_n(rest_.begin(), size, into.begin());
  rest_ = rest_.subspan(size);
  return size;
}

}  // namespace regdata::escrow
