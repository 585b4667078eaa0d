#include "whois/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace regdata::whois {
namespace {

constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9U;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// The first `count` bytes as a number.
std::uint64_t leading(const ClientAddress& client, unsigned count) noexcept {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i) value = value << 8 | client.bytes[i];
  return value;
}

/// What a budget holds and how fast it drains, for a prefix with `factor` times the narrow one's.
float burst_of(const Budget& budget, std::uint32_t factor) noexcept {
  return static_cast<float>(std::max(budget.burst, 1U)) * static_cast<float>(factor);
}
float per_millisecond(const Budget& budget, std::uint32_t factor) noexcept {
  return static_cast<float>(budget.per_minute) * static_cast<float>(factor) / 60'000.0F;
}

}  // namespace

RateLimiter::RateLimiter(std::uint64_t seed, std::size_t entries)
    : seed_(seed),
      table_(std::max(entries / ways, std::size_t{1}) * ways),
      locks_(std::make_unique<std::array<std::mutex, stripes>>()) {}

std::array<RateLimiter::Place, 2> RateLimiter::places(const ClientAddress& client, const RateLimits& limits) noexcept {
  const std::uint32_t wide = std::max(limits.wide_factor, 1U);
  if (client.v6) return {Place{leading(client, 8), 3, 1}, Place{leading(client, 6), 4, wide}};
  return {Place{leading(client, 4), 1, 1}, Place{leading(client, 3), 2, wide}};
}

const Budget& RateLimiter::budget(const RateLimits& limits, std::size_t kind) noexcept {
  switch (kind) {
    case no_match_answer:
      return limits.no_matches;
    case personal_answer:
      return limits.personal;
    case server_time:
      return limits.server_time_us;
    default:
      return limits.queries;
  }
}

std::size_t RateLimiter::set_of(const Place& place) const noexcept {
  return static_cast<std::size_t>(mix(mix(place.key ^ seed_) + place.tag)) % (table_.size() / ways);
}

void RateLimiter::drain(Entry& entry, const RateLimits& limits, std::uint32_t factor, std::uint32_t now) noexcept {
  // another thread may have read the clock a little later: time never runs backwards for an entry. Anything else that looks
  // like the future is an entry that slept for weeks while the 32 bits went round.
  constexpr std::uint32_t clock_slack = 60'000;
  const std::uint32_t elapsed = now - entry.last;
  if (elapsed == 0 || elapsed > UINT32_MAX - clock_slack) return;
  entry.last = now;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    const float drained = per_millisecond(budget(limits, kind), factor) * static_cast<float>(elapsed);
    entry.used[kind] = std::max(0.0F, entry.used[kind] - drained);
  }
}

std::uint32_t RateLimiter::wait_for(const Entry& entry, const Budget& budget, std::uint32_t factor, std::size_t kind,
                                    float amount) noexcept {
  if (budget.per_minute == 0) return 0;
  const double excess = double{entry.used[kind]} + double{amount} - double{burst_of(budget, factor)};
  // a thousandth of a unit is rounding, not use; so is a millionth of a large budget, which is what a float can tell
  if (excess <= 0.001 + 1e-6 * double{burst_of(budget, factor)}) return 0;
  const double seconds = excess * 60 / (static_cast<double>(budget.per_minute) * factor);
  return static_cast<std::uint32_t>(std::clamp(std::ceil(seconds), 1.0, 86'400.0));
}

RateLimiter::Entry& RateLimiter::find_or_make(std::size_t set, const Place& place, const RateLimits& limits,
                                              std::uint32_t now) noexcept {
  Entry* const first = &table_[set * ways];
  Entry* victim = nullptr;
  float least = 0;
  for (Entry* entry = first; entry != first + ways; ++entry) {
    if (entry->tag == place.tag && entry->key == place.key) {
      drain(*entry, limits, place.factor, now);
      return *entry;
    }
  }
  for (Entry* entry = first; entry != first + ways; ++entry) {
    if (entry->tag == 0) {
      victim = entry;
      break;
    }
    const std::uint32_t factor = entry->tag % 2 == 0 ? std::max(limits.wide_factor, 1U) : 1U;
    drain(*entry, limits, factor, now);
    float use = 0;
    for (std::size_t kind = 0; kind < kinds; ++kind)
      use = std::max(use, entry->used[kind] / burst_of(budget(limits, kind), factor));
    if (victim == nullptr || use < least) {
      victim = entry;
      least = use;
    }
  }
  *victim = Entry{place.key, now, place.tag, {}};
  return *victim;
}

template <class Use>
auto RateLimiter::with_entry(const Place& place, const RateLimits& limits, Time now, Use use) {
  const std::size_t set = set_of(place);
  const std::lock_guard lock((*locks_)[set % stripes]);
  return use(find_or_make(set, place, limits, static_cast<std::uint32_t>(now.count())));
}

std::uint32_t RateLimiter::take_from_both(const ClientAddress& client, const RateLimits& limits, Time now, Kind taken,
                                          std::initializer_list<Kind> also) {
  const auto [narrow, wide] = places(client, limits);
  const float one = budget(limits, taken).per_minute == 0 ? 0.0F : 1.0F;
  const auto take = [&](const Place& place, float amount) {
    return with_entry(place, limits, now, [&](Entry& entry) {
      std::uint32_t wait = wait_for(entry, budget(limits, taken), place.factor, taken, 1.0F);
      for (const Kind kind : also) wait = std::max(wait, wait_for(entry, budget(limits, kind), place.factor, kind, 1.0F));
      if (wait == 0) entry.used[taken] += amount;
      return wait;
    });
  };
  // the seconds that are told must be enough for both prefixes
  if (const std::uint32_t wait = take(narrow, one); wait != 0) return std::max(wait, take(wide, 0));
  const std::uint32_t wait = take(wide, one);
  if (wait != 0)
    with_entry(narrow, limits, now, [&](Entry& entry) { entry.used[taken] = std::max(0.0F, entry.used[taken] - one); });
  return wait;
}

std::uint32_t RateLimiter::admit(const ClientAddress& client, const RateLimits& limits, Time now) {
  return take_from_both(client, limits, now, query, {no_match_answer, server_time});
}

std::uint32_t RateLimiter::admit_personal(const ClientAddress& client, const RateLimits& limits, Time now) {
  return take_from_both(client, limits, now, personal_answer, {});
}

void RateLimiter::settle(const ClientAddress& client, const RateLimits& limits, Time now, bool no_match,
                         std::uint32_t microseconds) {
  for (const Place& place : places(client, limits)) {
    with_entry(place, limits, now, [&](Entry& entry) {
      if (no_match && limits.no_matches.per_minute != 0) entry.used[no_match_answer] += 1.0F;
      if (limits.server_time_us.per_minute != 0) entry.used[server_time] += static_cast<float>(microseconds);
    });
  }
}

}  // namespace regdata::whois
