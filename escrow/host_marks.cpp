#include "escrow/host_marks.hpp"

#include <algorithm>
#include <cstring>

namespace regdata::escrow {
namespace {

constexpr std::size_t added_at_once = 4096;

}  // namespace

std::uint64_t HostMarks::mark(std::string_view name) const {
  const Mark bytes = mark_of(key_, name);
  std::uint64_t number = 0;
  static_assert(sizeof number == sizeof bytes);
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

void HostMarks::settle() {
  std::ranges::sort(added_);
  const auto middle = static_cast<std::ptrdiff_t>(held_.size());
  held_.insert(held_.end(), added_.begin(), added_.end());
  std::inplace_merge(held_.begin(), held_.begin() + middle, held_.end());
  held_.erase(std::unique(held_.begin(), held_.end()), held_.end());
  added_.clear();
}

void HostMarks::add(std::string_view name) {
  added_.push_back(mark(name));
  // as many as there are: each host is moved a few times, however many come
  if (added_.size() >= std::max(added_at_once, held_.size() / 2)) settle();
}

bool HostMarks::contains(std::string_view name) {
  if (!added_.empty()) settle();
  return std::ranges::binary_search(held_, mark(name));
}

}  // namespace regdata::escrow
