// Dates as panels export them: in a form of their own and without a zone, which the column mapping must state.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::store {

/// How the dates of one CSV file are to be read.
struct CsvDates {
  /// Tried in order. %Y four digits; %m %d %H %M %S one or two; %f a fraction of a second; %% a percent sign; anything else
  /// stands for itself. Empty: the file has RFC 3339 dates with their own zones.
  std::vector<std::string> formats;
  std::chrono::minutes zone{};  ///< what the source's clock is ahead of UTC; a fixed offset, no summer time
  std::string zone_text;        ///< as the mapping has it, for the report

  friend bool operator==(const CsvDates&, const CsvDates&) = default;
};

/// "UTC", "Z", "+02:00", "-05:30". Nothing for anything else: names of regions have summer times, and an hour a year would
/// be there twice.
std::optional<std::chrono::minutes> zone_offset(std::string_view text) noexcept;

/// Refuses a format with an unknown directive, or without year, month and day.
Expected<void> check_date_format(std::string_view format);

/// By the first format that fits; nothing where none does.
std::optional<UtcTime> parse_csv_date(std::string_view text, const CsvDates& dates) noexcept;

/// True for what databases write where no date is: "0000-00-00 00:00:00", "00.00.0000".
bool is_zero_date(std::string_view text) noexcept;

}  // namespace regdata::store
