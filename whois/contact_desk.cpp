#include "whois/contact_desk.hpp"

#include <sodium.h>

#include <algorithm>

namespace regdata::whois {
namespace {

// The limiter counts per minute; letters are counted per hour and per day by a clock that runs slower.
constexpr std::int64_t hour_in_minutes = 60;
constexpr std::int64_t day_in_minutes = 24 * 60;

constexpr RateLimits no_limits{{0, 1}, {0, 1}, {0, 1}, {0, 1}, 16};

RateLimiter::Time slowed(ContactDesk::Instant now, std::int64_t factor) {
  return std::chrono::duration_cast<RateLimiter::Time>(now.time_since_epoch()) / factor;
}

std::uint64_t seed_from(const Challenges::Random& random) {
  std::uint64_t seed = 0;
  random(&seed, sizeof seed);
  return seed;
}

std::string subject_of(const relay::Letter& letter) {
  return letter.domain + (letter.addressee == relay::Addressee::technical ? "/t" : "/r");
}

}  // namespace

ContactDesk::ContactDesk(std::unique_ptr<relay::Spool> spool, ContactLimits limits, const Challenges::Random& random)
    : spool_(std::move(spool)),
      limits_(limits),
      challenges_(random),
      senders_(seed_from(random)),
      confirmers_(seed_from(random)),
      names_(seed_from(random)) {
  random(name_key_.data(), name_key_.size());
}

std::string ContactDesk::challenge(const relay::Letter& letter, UtcTime now) {
  return challenges_.issue(subject_of(letter), now);
}

Challenges::Verdict ContactDesk::check(const relay::Letter& letter, std::string_view challenge, std::string_view solution,
                                       UtcTime now) {
  return challenges_.check(challenge, solution, subject_of(letter), limits_.bits, now);
}

std::uint32_t ContactDesk::admit_sender(RateLimiter& senders, const ClientAddress& client, Instant now) const {
  RateLimits of_sender = no_limits;
  of_sender.queries = {limits_.letters_an_hour, std::max(1U, limits_.letters_at_once)};
  return senders.admit(client, of_sender, slowed(now, hour_in_minutes)) * static_cast<std::uint32_t>(hour_in_minutes);
}

std::uint32_t ContactDesk::admit_confirmation(const ClientAddress& client, Instant now) {
  return admit_sender(confirmers_, client, now);
}

std::uint32_t ContactDesk::admit(const ClientAddress& client, std::string_view domain, Instant now) {
  if (const std::uint32_t wait = admit_sender(senders_, client, now)) return wait;
  // A name takes the place of an IPv6 /64 in a table of its own: bounded, and keyed so that nobody can aim at a place.
  std::array<std::uint8_t, 16> place{};
  crypto_generichash(place.data(), place.size(), reinterpret_cast<const unsigned char*>(domain.data()), domain.size(),
                     name_key_.data(), name_key_.size());
  RateLimits of_name = no_limits;
  of_name.queries = {limits_.letters_to_a_name, std::max(1U, limits_.letters_to_a_name)};
  of_name.wide_factor = 65536;  // what the table takes for a /48 means nothing here
  return names_.admit({place, true}, of_name, slowed(now, day_in_minutes)) * static_cast<std::uint32_t>(day_in_minutes);
}

void ContactDesk::drop(const relay::Record& record) {
  const auto put = spool_->put(record);
  ++(put ? counters_.spooled : counters_.lost);
}

}  // namespace regdata::whois
