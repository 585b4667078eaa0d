// Budgets per prefix in a table of fixed size: IPv4 /32 and /24, IPv6 /64 and /48 (reliability.md §6, limits ladder).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <vector>

#include "whois/limits.hpp"
#include "whois/prefix.hpp"

namespace regdata::whois {

/// Thread-safe. What a prefix has used drains away at the budget's rate, so that every block ends by itself. A refused query
/// costs nothing. When a set of the table is full, the prefix that has used least is forgotten: that can only forgive.
class RateLimiter {
 public:
  /// Monotonic milliseconds; where they begin does not matter.
  using Time = std::chrono::milliseconds;

  /// Entries in the table, of 32 bytes each.
  static constexpr std::size_t capacity = std::size_t{1} << 16;

  /// `seed` keys the place of a prefix in the table, so that nobody can aim at another's. Random in production. `entries`: at
  /// least 8.
  explicit RateLimiter(std::uint64_t seed, std::size_t entries = capacity);

  /// Takes one query from the budgets of `client`'s two prefixes. 0: go on; else seconds to wait, 1 or more, and nothing was
  /// taken. Also refuses while the budgets for no-match answers or for server time are used up: what the answer would have
  /// been does not show.
  std::uint32_t admit(const ClientAddress& client, const RateLimits& limits, Time now);

  /// Takes one answer with personal elements shown by choice. As admit().
  std::uint32_t admit_personal(const ClientAddress& client, const RateLimits& limits, Time now);

  /// Books what an admitted query came to. Never refuses; the next admit() sees it.
  void settle(const ClientAddress& client, const RateLimits& limits, Time now, bool no_match, std::uint32_t microseconds);

 private:
  enum Kind : std::size_t { query, no_match_answer, personal_answer, server_time, kinds };
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t last = 0;  ///< milliseconds, low 32 bits
    std::uint32_t tag = 0;   ///< family and width; 0: free
    std::array<float, kinds> used{};
  };
  static_assert(sizeof(Entry) == 32);
  struct Place {
    std::uint64_t key = 0;
    std::uint32_t tag = 0;
    std::uint32_t factor = 1;
  };

  static constexpr std::size_t ways = 8;
  static constexpr std::size_t stripes = 64;

  static std::array<Place, 2> places(const ClientAddress& client, const RateLimits& limits) noexcept;
  static const Budget& budget(const RateLimits& limits, std::size_t kind) noexcept;
  static void drain(Entry& entry, const RateLimits& limits, std::uint32_t factor, std::uint32_t now) noexcept;
  static std::uint32_t wait_for(const Entry& entry, const Budget& budget, std::uint32_t factor, std::size_t kind,
                                float amount) noexcept;
  std::size_t set_of(const Place& place) const noexcept;
  Entry& find_or_make(std::size_t set, const Place& place, const RateLimits& limits, std::uint32_t now) noexcept;
  /// Takes one of `taken` from both prefixes, if both have it and `also` is not used up; else the longer of the two waits.
  std::uint32_t take_from_both(const ClientAddress& client, const RateLimits& limits, Time now, Kind taken,
                               std::initializer_list<Kind> also);
  /// Runs `use` on the entry of `place`, drained to `now`, under its lock.
  template <class Use>
  auto with_entry(const Place& place, const RateLimits& limits, Time now, Use use);

  std::uint64_t seed_;
  std::vector<Entry> table_;
  std::unique_ptr<std::array<std::mutex, stripes>> locks_;
};

}  // namespace regdata::whois
