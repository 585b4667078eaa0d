#include "epp/pace.hpp"

#include <algorithm>
#include <cmath>

namespace regdata::epp {
namespace {

constexpr double slowest = 1.0 / 64;
/// What a bucket holds: so many seconds' worth.
constexpr double burst_seconds = 10;
/// Where no limit is configured and the registry says that there is one.
constexpr double supposed_per_second = 10;
constexpr std::chrono::minutes recovery{1};  ///< doubles the speed again

}  // namespace

double Pace::per_second(CommandClass of_class, Moment now) {
  while (factor_ < 1 && now - slowed_ >= recovery) {
    factor_ = std::min(1.0, factor_ * 2);
    slowed_ += recovery;
  }
  const unsigned limit = of_class == CommandClass::transform ? rules_.transforms_per_minute : rules_.queries_per_minute;
  if (limit == 0) return factor_ < 1 ? supposed_per_second * factor_ : 0;
  return limit / 60.0 * rules_.share * factor_;
}

std::optional<Pace::Moment> Pace::take(CommandClass of_class, Moment now) {
  const double rate = per_second(of_class, now);
  if (rate <= 0) return std::nullopt;
  Bucket& bucket = of_class == CommandClass::transform ? transforms_ : queries_;
  const double most = std::max(1.0, rate * burst_seconds);
  const double since = bucket.turns < 0 ? 0 : std::chrono::duration<double>(now - bucket.filled).count();
  bucket.turns = bucket.turns < 0 ? most : std::min(most, bucket.turns + since * rate);
  bucket.filled = now;
  if (bucket.turns >= 1) {
    bucket.turns -= 1;
    return std::nullopt;
  }
  const double wait = (1 - bucket.turns) / rate;
  return now + std::chrono::milliseconds(1 + static_cast<long>(std::ceil(wait * 1000)));
}

void Pace::slow_down(Moment now) {
  factor_ = std::max(slowest, factor_ / 2);
  slowed_ = now;
  for (Bucket* bucket : {&queries_, &transforms_}) *bucket = {.turns = 0, .filled = now};
}

}  // namespace regdata::epp
