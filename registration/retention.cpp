#include "registration/retention.hpp"

namespace regdata {

UtcTime kept_until(UtcTime sponsorship_ended) noexcept {
  using namespace std::chrono;
  constexpr months retention{15};
  const auto day = floor<days>(sponsorship_ended);
  const year_month_day last = year_month_day{day} + retention;
  if (!last.ok()) return sys_days{(last.year() / last.month() + months{1}) / 1};
  return sys_days{last} + (sponsorship_ended - day);
}

}  // namespace regdata
