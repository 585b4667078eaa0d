#include "escrow/drift.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace regdata::escrow {
namespace {

struct Share {
  std::uint64_t DepositQuality::*count;
  const char* what;
};
constexpr std::array<Share, 5> poor{{{&DepositQuality::without_email, "registrants without an e-mail"},
                                     {&DepositQuality::bad_email, "e-mails that are no addresses"},
                                     {&DepositQuality::without_phone, "registrants without a phone"},
                                     {&DepositQuality::bad_phone, "phones that are no numbers"},
                                     {&DepositQuality::bad_country, "countries that are none"}}};

double percent(std::uint64_t count, std::uint64_t rows) {
  return rows == 0 ? 0.0 : 100.0 * static_cast<double>(count) / static_cast<double>(rows);
}

std::string told(const char* what, std::uint64_t before, std::uint64_t rows_before, std::uint64_t now, std::uint64_t rows) {
  return fmt::format("{}: {} of {} ({:.1f} %), before {} of {} ({:.1f} %)", what, now, rows, percent(now, rows), before,
                     rows_before, percent(before, rows_before));
}

}  // namespace

std::vector<std::string> drift(const DepositQuality& before, const DepositQuality& now, const DriftLimits& limits) {
  std::vector<std::string> reasons;
  const auto enough = [&](double rows) { return rows >= static_cast<double>(limits.least_rows); };
  if (before.rows > now.rows && enough(static_cast<double>(before.rows - now.rows)) &&
      percent(before.rows - now.rows, before.rows) > limits.fewer_rows)
    reasons.push_back(fmt::format("rows: {}, before {}", now.rows, before.rows));
  for (const Share& share : poor) {
    const std::uint64_t was = before.*share.count;
    const std::uint64_t is = now.*share.count;
    const double points = percent(is, now.rows) - percent(was, before.rows);
    if (points > limits.worse && enough(points / 100.0 * static_cast<double>(now.rows)))
      reasons.push_back(told(share.what, was, before.rows, is, now.rows));
  }
  const double points = std::abs(percent(now.beyond_ascii, now.rows) - percent(before.beyond_ascii, before.rows));
  if (before.rows > 0 && now.rows > 0 && points > limits.script && enough(points / 100.0 * static_cast<double>(now.rows)))
    reasons.push_back(told("names beyond ASCII", before.beyond_ascii, before.rows, now.beyond_ascii, now.rows));
  return reasons;
}

}  // namespace regdata::escrow
