// Challenges: good once, for their subject, for two hours, over midnight and over small steps of the clock.
#include "whois/proof_of_work.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

namespace regdata::whois {
namespace {

using namespace std::chrono_literals;
using Verdict = Challenges::Verdict;

constexpr unsigned bits = 4;
constexpr UtcTime midnight{std::chrono::days{20'000}};

std::string solve(const std::string& challenge) {
  for (int number = 0;; ++number) {
    if (proof_bits(challenge, std::to_string(number)) >= bits) return std::to_string(number);
  }
}

class ProofOfWork : public testing::Test {
 protected:
  Verdict check(const std::string& challenge, UtcTime now, std::string_view subject = "a.test/r") {
    return challenges.check(challenge, solve(challenge), subject, bits, now);
  }
  Challenges challenges{[](void* to, std::size_t size) { randombytes_buf(to, size); }};
};

TEST_F(ProofOfWork, AChallengeServesOnceForItsSubjectAndTwoHours) {
  const std::string challenge = challenges.issue("a.test/r", midnight + 1h);
  EXPECT_EQ(check(challenge, midnight + 2h, "b.test/r"), Verdict::stale);
  EXPECT_EQ(challenges.check(challenge, "x", "a.test/r", bits, midnight + 2h), Verdict::wrong);
  EXPECT_EQ(check(challenge, midnight + 3h + 1ms), Verdict::stale);
  EXPECT_EQ(check(challenge, midnight + 1h - 1ms), Verdict::stale) << "of the future";
  EXPECT_EQ(check(challenge, midnight + 3h), Verdict::good);
  EXPECT_EQ(check(challenge, midnight + 3h), Verdict::stale) << "used";
}

TEST_F(ProofOfWork, MidnightEndsNothing) {
  const std::string before = challenges.issue("a.test/r", midnight - 1ms);
  const std::string after = challenges.issue("a.test/r", midnight);
  // A thread that looked at the clock earlier, and comes later.
  const std::string late = challenges.issue("a.test/r", midnight - 1ms);
  EXPECT_EQ(check(before, midnight + 1h), Verdict::good);
  EXPECT_EQ(check(after, midnight + 1h), Verdict::good);
  EXPECT_EQ(check(late, midnight + 1h), Verdict::good);
}

TEST_F(ProofOfWork, ADayLaterTheKeyIsAnother) {
  const std::string challenge = challenges.issue("a.test/r", midnight);
  challenges.issue("a.test/r", midnight + 48h);
  EXPECT_EQ(check(challenge, midnight + 1h), Verdict::stale);
}

}  // namespace
}  // namespace regdata::whois
