#include "escrow/stream.hpp"

#include <algorithm>

namespace regdata::escrow {

Expected<std::size_t> MemorySource::read(std::span<std::uint8_t> into) {
  const std::size_t size = std::min(into.size(), rest_.size());
  std::copy_n(rest_.begin(), size, into.begin());
  rest_ = rest_.subspan(size);
  return size;
}

}  // namespace regdata::escrow
