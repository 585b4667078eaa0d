// Points in time: always UTC, millisecond resolution, written as RFC 3339.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "registration/error.hpp"

namespace regdata {

using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where "now" comes from. Real clocks are made in main; tests pass their own.
using Clock = std::function<UtcTime()>;

/// Reads an RFC 3339 §5.6 date-time with an explicit zone ("Z" or a numeric offset); lower-case t and z are accepted,
/// digits of the second past the third are cut. A time without a zone, a day that does not exist and a year outside
/// 0001–9999 are Errc::invalid. A leap second (:60) is read as the first instant of the next minute.
Expected<UtcTime> parse_rfc3339(std::string_view text);

/// "2026-11-23T21:06:52Z"; milliseconds are written only when they are not zero.
std::string format_rfc3339(UtcTime time);

}  // namespace regdata
