// What the letter form's threads share: challenges, limits, and the spool behind them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "relay/spool.hpp"
#include "whois/prefix.hpp"
#include "whois/proof_of_work.hpp"
#include "whois/rate_limit.hpp"

namespace regdata::whois {

struct ContactLimits {
  unsigned bits = 18;                 ///< of the proof of work: about 2^bits hashes
  std::uint32_t letters_an_hour = 6;  ///< of one IPv4 address or IPv6 /64; 0: no limit
  std::uint32_t letters_at_once = 4;
  std::uint32_t letters_to_a_name = 20;  ///< a day, from everybody; 0: no limit
};

/// What became of forms. For metrics.
struct ContactCounters {
  using Count = std::atomic<std::uint64_t>;
  Count spooled{0};
  Count lost{0};  ///< the spool was full or could not be written; the sender was told nothing else
  Count limited{0};
  Count refused{0};  ///< faults in the form, challenges that were not solved
};

/// Thread-safe. Does not know and cannot find out which names exist.
class ContactDesk {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  ContactDesk(std::unique_ptr<relay::Spool> spool, ContactLimits limits, const Challenges::Random& random);

  std::string challenge(const relay::Letter& letter, UtcTime now);
  Challenges::Verdict check(const relay::Letter& letter, std::string_view challenge, std::string_view solution, UtcTime now);

  /// Takes one letter from the budgets of the client and of the name. 0: go on; else seconds to wait.
  std::uint32_t admit(const ClientAddress& client, std::string_view domain, Instant now);

  /// Takes one from the client's budget for confirmations: as large as the one for letters, and apart from it, so that who has
  /// written all letters that they may can still confirm them.
  std::uint32_t admit_confirmation(const ClientAddress& client, Instant now);

  /// A full spool is no news for the sender: whoever fills it must not learn so, and a sender could do nothing about it.
  void drop(const relay::Record& record);

  [[nodiscard]] const ContactLimits& limits() const noexcept { return limits_; }
  [[nodiscard]] ContactCounters& counters() noexcept { return counters_; }

 private:
  std::unique_ptr<relay::Spool> spool_;
  ContactLimits limits_;
  Challenges challenges_;
  RateLimiter senders_;
  RateLimiter confirmers_;
  RateLimiter names_;
  std::uint32_t admit_sender(RateLimiter& senders, const ClientAddress& client, Instant now) const;

  std::array<std::uint8_t, 32> name_key_{};
  ContactCounters counters_;
};

}  // namespace regdata::whois
