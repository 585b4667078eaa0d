#include "registration/utc_time.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace regdata {
namespace {

using namespace std::chrono;

constexpr std::string_view expected_form = "expected an RFC 3339 time with a zone, such as 2026-11-23T21:06:52Z";

Error invalid_time(std::string_view what) {
  return make_error(Errc::invalid, "time: " + std::string(what), std::string(expected_form));
}

/// Reads exactly `digits` digits at `at` and moves behind them.
std::optional<int> number(std::string_view text, std::size_t& at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  at += digits;
  return value;
}

bool literal(std::string_view text, std::size_t& at, char upper, char lower) {
  if (at >= text.size() || (text[at] != upper && text[at] != lower)) return false;
  ++at;
  return true;
}

/// ".123456" behind the seconds; nothing there is 0 ms, a lone dot is an error.
std::optional<milliseconds> fraction(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '.') return milliseconds{0};
  ++at;
  const std::size_t first = at;
  int value = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (at - first < 3) value = value * 10 + (text[at] - '0');
  }
  if (at == first) return std::nullopt;
  for (std::size_t i = at - first; i < 3; ++i) value *= 10;
  return milliseconds{value};
}

/// "Z", "+hh:mm" or "-hh:mm" (RFC 3339 §5.6 time-offset).
std::optional<minutes> zone(std::string_view text, std::size_t& at) {
  if (literal(text, at, 'Z', 'z')) return minutes{0};
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
  const bool west = text[at++] == '-';
  const auto hour = number(text, at, 2);
  if (!hour || !literal(text, at, ':', ':')) return std::nullopt;
  const auto minute = number(text, at, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  const minutes offset = hours{*hour} + minutes{*minute};
  return west ? -offset : offset;
}

}  // namespace

Expected<UtcTime> parse_rfc3339(std::string_view text) {
  if (text.size() > 64) return invalid_time("too long");
  std::size_t at = 0;
  const auto y = number(text, at, 4);
  if (!y || !literal(text, at, '-', '-')) return invalid_time("no year");
  const auto m = number(text, at, 2);
  if (!m || !literal(text, at, '-', '-')) return invalid_time("no month");
  const auto d = number(text, at, 2);
  if (!d) return invalid_time("no day");
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (*y < 1 || !date.ok()) return invalid_time("no such day");
  if (!literal(text, at, 'T', 't')) return invalid_time("no time of day");
  const auto hour = number(text, at, 2);
  if (!hour || *hour > 23 || !literal(text, at, ':', ':')) return invalid_time("no such hour");
  const auto minute = number(text, at, 2);
  if (!minute || *minute > 59 || !literal(text, at, ':', ':')) return invalid_time("no such minute");
  const auto second = number(text, at, 2);
  // RFC 3339 §5.7: 60 is a leap second; the clock here has none, so it is the first instant of the next minute.
  if (!second || *second > 60) return invalid_time("no such second");
  const auto milli = fraction(text, at);
  if (!milli) return invalid_time("no digits behind the dot");
  const auto offset = zone(text, at);
  if (!offset) return invalid_time("no zone");
  if (at != text.size()) return invalid_time("text behind the zone");
  const milliseconds within = *second == 60 ? milliseconds{0} : *milli;
  const UtcTime time = sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second} + within - *offset;
  // An offset may carry the first or last day out of the years that four digits can write.
  const year_month_day in_utc{floor<days>(time)};
  if (in_utc.year() < year{1} || in_utc.year() > year{9999}) return invalid_time("year outside 0001 to 9999");
  return time;
}

std::string format_rfc3339(UtcTime time) {
  const auto day_start = floor<days>(time);
  const year_month_day date{day_start};
  const hh_mm_ss clock{time - day_start};
  // digits by hand: every answer to the public holds four times, and printf would cost as much as finding its name
  std::array<char, 24> text{};  // "2026-06-01T12:34:56.789Z"
  char* at = text.data();
  const auto put = [&at](unsigned number, char behind) {
    *at++ = static_cast<char>('0' + number / 10 % 10);
    *at++ = static_cast<char>('0' + number % 10);
    *at++ = behind;
  };
  const int year = static_cast<int>(date.year());
  const bool known = year >= 0 && year <= 9999;
  if (known) {
    *at++ = static_cast<char>('0' + year / 1000);
    *at++ = static_cast<char>('0' + year / 100 % 10);
    put(static_cast<unsigned>(year % 100), '-');
  } else {
    *at++ = '-';
  }
  put(static_cast<unsigned>(date.month()), '-');
  put(static_cast<unsigned>(date.day()), 'T');
  put(static_cast<unsigned>(clock.hours().count()), ':');
  put(static_cast<unsigned>(clock.minutes().count()), ':');
  put(static_cast<unsigned>(clock.seconds().count()), 'Z');
  if (const auto milli = static_cast<unsigned>(clock.subseconds().count()); milli != 0) {
    at[-1] = '.';
    *at++ = static_cast<char>('0' + milli / 100);
    put(milli % 100, 'Z');
  }
  const std::string_view written(text.data(), static_cast<std::size_t>(at - text.data()));
  // outside RFC 3339: readable, and refused by parse_rfc3339
  return known ? std::string(written) : std::to_string(year).append(written);
}

}  // namespace regdata
