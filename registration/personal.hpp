// Personal data as a type of its own: it can be compared and moved, and read only by saying so.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace regdata {

/// Text about a person. Has no operator<< and no fmt formatter, and does not convert to std::string, so that it cannot
/// slip into a log line, an error or a metric. `reveal()` is the one way out; every call to it is a place to review.
class PersonalText {
 public:
  PersonalText() = default;
  explicit PersonalText(std::string value) : value_(std::move(value)) {}

  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  /// The text itself. Lives as long as this object.
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }

  friend bool operator==(const PersonalText&, const PersonalText&) = default;

 private:
  std::string value_;
};

}  // namespace regdata
