// The limits that port 43 keeps and publishes. Every number is in the help text and in docs/whois.md.
#pragma once

#include <chrono>
#include <cstdint>

namespace regdata::whois {

/// A budget that refills at `per_minute` and holds at most `burst`.
struct Budget {
  std::uint32_t per_minute = 60;  ///< 0: no limit
  std::uint32_t burst = 20;       ///< at least 1
  friend bool operator==(const Budget&, const Budget&) = default;
};

/// What one prefix may use. The narrow prefix (IPv4 /32, IPv6 /64) has the budgets as they stand, the wide one (IPv4 /24,
/// IPv6 /48) `wide_factor` times as much; a query must fit into both (reliability.md §6, limits ladder).
struct RateLimits {
  Budget queries{60, 20};
  /// Answers that say "no match". Smaller, because probing for free names is the commonest abuse (lookup.md §7).
  Budget no_matches{30, 20};
  /// Answers that show a personal element by its holder's choice: what a harvester is after (promise P2).
  Budget personal{10, 20};
  /// Time that the server works for the prefix, in microseconds. Weighs dear queries more than cheap ones.
  Budget server_time_us{3'000'000, 500'000};
  std::uint32_t wide_factor = 32;
  friend bool operator==(const RateLimits&, const RateLimits&) = default;
};

/// How long a connection may take.
struct Timeouts {
  std::chrono::milliseconds first_byte{5'000};  ///< from accept to the first byte
  std::chrono::milliseconds query{10'000};      ///< from accept to the end of the line
  std::chrono::milliseconds write{15'000};      ///< from the end of the line to the last byte of the answer taken
  std::chrono::milliseconds linger{2'000};      ///< from the answer: waiting for the client to close its side too
  friend bool operator==(const Timeouts&, const Timeouts&) = default;
};

}  // namespace regdata::whois
