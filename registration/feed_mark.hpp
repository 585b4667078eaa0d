// Where a store's history stands.
#pragma once

#include <cstdint>

namespace regdata {

/// A state of the store, by what its change feed was then. No other history of the store, as after a backup was put back, has
/// an equal one.
struct FeedMark {
  std::uint64_t sequence = 0;  ///< last entry
  std::uint64_t mark = 0;      ///< random

  friend bool operator==(const FeedMark&, const FeedMark&) = default;
};

}  // namespace regdata
