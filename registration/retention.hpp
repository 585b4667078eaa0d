// How long data must stay after sponsorship ended.
#pragma once

#include "registration/utc_time.hpp"

namespace regdata {

/// Until when the elements that the Transfer Dispute Resolution Policy needs must be kept: 15 months of the calendar behind
/// the end of sponsorship, by deletion or transfer (rules.md §1.12; promise P10: never below). Where the last month has no such
/// day, the first instant of the month behind it: rather a day more than one less.
UtcTime kept_until(UtcTime sponsorship_ended) noexcept;

}  // namespace regdata
