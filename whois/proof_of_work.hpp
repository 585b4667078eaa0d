// Proof of work instead of a captcha: a challenge that is bound to a name and a time, solved by the sender's browser.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "registration/utc_time.hpp"

namespace regdata::whois {

/// Issues and checks challenges. Nothing is kept about one that was issued: it carries its time, a random part and a tag made
/// with a key that lives in this object only and is replaced daily; the day before's is still taken. One that was solved is
/// remembered until it expires, so that it serves once. Thread-safe.
class Challenges {
 public:
  static constexpr std::chrono::hours valid_for{2};
  static constexpr std::size_t most_remembered = 100'000;
  using Random = std::function<void(void*, std::size_t)>;

  explicit Challenges(Random random) : random_(std::move(random)) {}

  /// 64 hexadecimal digits: one block of SHA-256, so that a browser hashes it once.
  std::string issue(std::string_view subject, UtcTime now);

  enum class Verdict : std::uint8_t {
    good,
    stale,  ///< expired, used before, or issued before a restart: a new one helps
    wrong,  ///< not a solution
  };
  /// `solution`: up to 16 decimal digits such that SHA-256 of "CHALLENGE.SOLUTION" begins with `bits` zero bits.
  Verdict check(std::string_view challenge, std::string_view solution, std::string_view subject, unsigned bits, UtcTime now);

 private:
  using Key = std::array<std::uint8_t, 32>;
  struct Day {
    std::int64_t number = -1;
    Key key{};
  };
  void turn(UtcTime now);
  bool remember(std::string_view challenge, UtcTime expires, UtcTime now);

  Random random_;
  std::mutex mutex_;
  Day today_;
  Day yesterday_;
  std::set<std::string, std::less<>> used_;
  std::deque<std::pair<UtcTime, std::string>> used_in_order_;
};

/// Leading zero bits of SHA-256 over "CHALLENGE.SOLUTION".
unsigned proof_bits(std::string_view challenge, std::string_view solution);

}  // namespace regdata::whois
