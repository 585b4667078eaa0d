// Any trace of clients and times: every block ends after the seconds that were told, and no trace breaks the table.
#include <cstdint>
#include <cstdlib>

#include "whois/rate_limit.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regdata::whois;
  RateLimiter limiter(1, 64);  // small, so that prefixes push each other out
  RateLimiter::Time now(0);
  const RateLimits limits{{60, 5}, {30, 3}, {10, 2}, {60'000, 20'000}, 4};
  for (std::size_t i = 0; i + 4 <= size; i += 4) {
    const ClientAddress client = *ClientAddress::parse(data[i] % 2 == 0 ? "192.0.2.1" : "2001:db8::1");
    ClientAddress one = client;
    one.bytes[one.v6 ? 7 : 3] = data[i + 1];
    now += RateLimiter::Time(data[i + 2] * (data[i] & 64 ? 100'000'000LL : 1));
    const std::uint32_t wait = data[i] & 2 ? limiter.admit_personal(one, limits, now) : limiter.admit(one, limits, now);
    if (wait > 86'400) std::abort();
    if (wait == 0) {
      limiter.settle(one, limits, now, (data[i] & 4) != 0, data[i + 3]);
      continue;
    }
    if (!(data[i] & 8)) continue;
    now += RateLimiter::Time(std::int64_t{wait} * 1000 + 2);
    if ((data[i] & 2 ? limiter.admit_personal(one, limits, now) : limiter.admit(one, limits, now)) != 0) std::abort();
  }
  return 0;
}
