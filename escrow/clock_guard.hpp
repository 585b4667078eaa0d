// A clock that jumps makes deposits of days that have not come (reliability.md §5.3).
#pragma once

#include <chrono>
#include <optional>

#include "registration/utc_time.hpp"

namespace regdata::escrow {

/// Compares the clock of the day with one that only counts on. Pure. A pause of the whole program is no jump: both went on.
class ClockGuard {
 public:
  static constexpr std::chrono::hours most{36};

  /// How far the clock has jumped forward since it was last looked at, if that is more than `most`. `counter`: since whenever,
  /// suspended time included (CLOCK_BOOTTIME).
  std::optional<std::chrono::hours> look(UtcTime now, std::chrono::nanoseconds counter) {
    const UtcTime expected =
        before_ ? before_->now + std::chrono::floor<std::chrono::milliseconds>(counter - before_->counter) : now;
    before_ = Look{now, counter};
    if (now - expected <= most) return std::nullopt;
    return std::chrono::floor<std::chrono::hours>(now - expected);
  }

 private:
  struct Look {
    UtcTime now;
    std::chrono::nanoseconds counter;
  };
  std::optional<Look> before_;
};

}  // namespace regdata::escrow
