#include "escrow/first_line.hpp"

#include <algorithm>

namespace regdata::escrow {
namespace {

constexpr std::size_t longest_first_line = 1U << 16;

}  // namespace

Expected<WithFirstLine> WithFirstLine::read(ByteSource& from) {
  WithFirstLine source(from);
  Bytes& head = source.head_;
  while (std::ranges::find(head, '\n') == head.end() && head.size() < longest_first_line) {
    const std::size_t before = head.size();
    head.resize(before + 4096);
    const auto size = from.read(std::span(head).subspan(before));
    if (!size) return size.error();
    head.resize(before + *size);
    if (*size == 0) break;
  }
  return source;
}

Expected<std::size_t> WithFirstLine::read(std::span<std::uint8_t> into) {
  if (given_ == head_.size()) return from_.read(into);
  const std::size_t size = std::min(into.size(), head_.size() - given_);
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(given_), size, into.begin());
  given_ += size;
  return size;
}

std::string_view WithFirstLine::line() const {
  const std::string_view all = as_text(head_);
  return all.substr(0, all.find('\n'));
}

}  // namespace regdata::escrow
