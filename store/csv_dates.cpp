#include "store/csv_dates.hpp"

#include <algorithm>

#include "registration/ascii.hpp"

namespace regdata::store {
namespace {

/// Takes `least` to `most` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) noexcept {
  std::size_t size = 0;
  int value = 0;
  for (; size < most && size < text.size() && is_digit(text[size]); ++size) value = value * 10 + (text[size] - '0');
  if (size < least) return std::nullopt;
  text.remove_prefix(size);
  return value;
}

/// Fraction digits as milliseconds; digits past the third are cut.
std::optional<int> take_fraction(std::string_view& text) noexcept {
  std::size_t size = 0;
  int value = 0;
  for (; size < text.size() && is_digit(text[size]); ++size) {
    if (size < 3) value = value * 10 + (text[size] - '0');
  }
  if (size == 0 || size > 9) return std::nullopt;
  text.remove_prefix(size);
  for (; size < 3; ++size) value *= 10;
  return value;
}

struct Fields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
};

/// Takes what one directive stands for.
bool take(std::string_view& text, char directive, Fields& fields) noexcept {
  const auto store = [](std::optional<int> value, int& into) {
    if (value) into = *value;
    return value.has_value();
  };
  switch (directive) {
    case 'Y':
      return store(take_number(text, 4, 4), fields.year);
    case 'm':
      return store(take_number(text, 1, 2), fields.month);
    case 'd':
      return store(take_number(text, 1, 2), fields.day);
    case 'H':
      return store(take_number(text, 1, 2), fields.hour);
    case 'M':
      return store(take_number(text, 1, 2), fields.minute);
    case 'S':
      return store(take_number(text, 1, 2), fields.second);
    case 'f':
      return store(take_fraction(text), fields.millisecond);
    default:
      if (text.empty() || text.front() != directive) return false;
      text.remove_prefix(1);
      return true;
  }
}

std::optional<UtcTime> to_time(const Fields& f, std::chrono::minutes zone) noexcept {
  using namespace std::chrono;
  const year_month_day date{year{f.year}, month{static_cast<unsigned>(f.month)}, day{static_cast<unsigned>(f.day)}};
  if (!date.ok() || f.year < 1 || f.hour > 23 || f.minute > 59 || f.second > 59) return std::nullopt;
  return UtcTime{sys_days{date}} + hours{f.hour} + minutes{f.minute} + seconds{f.second} + milliseconds{f.millisecond} - zone;
}

std::optional<UtcTime> parse_one(std::string_view text, std::string_view format, std::chrono::minutes zone) noexcept {
  Fields fields;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const bool directive = format[i] == '%' && i + 1 < format.size() && format[i + 1] != '%';
    if (format[i] == '%') ++i;
    if (directive) {
      if (!take(text, format[i], fields)) return std::nullopt;
    } else {
      if (i >= format.size() || text.empty() || text.front() != format[i]) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  return text.empty() ? to_time(fields, zone) : std::nullopt;
}

}  // namespace

std::optional<std::chrono::minutes> zone_offset(std::string_view text) noexcept {
  using std::chrono::minutes;
  if (text == "UTC" || text == "Z") return minutes{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  for (const std::size_t i : {1U, 2U, 4U, 5U}) {
    if (!is_digit(text[i])) return std::nullopt;
  }
  const int hour = (text[1] - '0') * 10 + (text[2] - '0');
  const int minute = (text[4] - '0') * 10 + (text[5] - '0');
  if (hour > 14 || minute > 59) return std::nullopt;
  const minutes offset{hour * 60 + minute};
  return text[0] == '-' ? -offset : offset;
}

Expected<void> check_date_format(std::string_view format) {
  std::string_view missing = "Ymd";
  std::string seen;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size() || std::string_view("YmdHMSf%").find(format[i]) == std::string_view::npos) {
      return make_error(Errc::configuration, "date format has an unknown directive", "%Y %m %d %H %M %S %f %% are known");
    }
    seen += format[i];
  }
  const auto there = [&](char c) { return seen.find(c) != std::string::npos; };
  if (!std::all_of(missing.begin(), missing.end(), there)) {
    return make_error(Errc::configuration, "date format lacks %Y, %m or %d", "for example \"%Y-%m-%d %H:%M:%S\"");
  }
  return {};
}

std::optional<UtcTime> parse_csv_date(std::string_view text, const CsvDates& dates) noexcept {
  for (const auto& format : dates.formats) {
    if (const auto time = parse_one(text, format, dates.zone)) return time;
  }
  return std::nullopt;
}

bool is_zero_date(std::string_view text) noexcept {
  bool zeros = false;
  for (const char c : text) {
    if (c == '0') {
      zeros = true;
    } else if (is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z' && c != 'T' && c != 'Z')) {
      return false;
    }
  }
  return zeros;
}

}  // namespace regdata::store
