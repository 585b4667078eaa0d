// Logs: structured, to standard error, without personal data.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "app/config.hpp"
#include "registration/error.hpp"
#include "registration/personal.hpp"
#include "registration/utc_time.hpp"

namespace spdlog {
class logger;
}
namespace regdata {
struct Contact;
struct RegistrationData;
struct ChoiceEntry;
}  // namespace regdata

namespace regdata::app {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// A value that may be logged: numbers, flags, durations and texts that are not about a person. PersonalText converts to none
/// of them (promise P11; tests/app/log_test.cpp holds the static_asserts).
class LogValue {
 public:
  LogValue(std::string_view text) : value_(std::string(text)) {}
  LogValue(const char* text) : value_(std::string(text)) {}
  LogValue(const std::string& text) : value_(text) {}
  template <class Number>
  requires(std::is_integral_v<Number> && !std::is_same_v<Number, bool>) LogValue(Number number)
      : value_(static_cast<std::int64_t>(number)) {}
  template <class Flag>
  requires std::is_same_v<Flag, bool> LogValue(Flag flag) : value_(flag) {}
  LogValue(double number) : value_(number) {}
  LogValue(const PersonalText&) = delete;
  LogValue(const Contact&) = delete;
  LogValue(const RegistrationData&) = delete;
  LogValue(const ChoiceEntry&) = delete;

  using Value = std::variant<std::string, std::int64_t, bool, double>;
  [[nodiscard]] const Value& value() const noexcept { return value_; }

 private:
  Value value_;
};

struct LogField {
  std::string_view key;
  LogValue value;
};
using LogFields = std::initializer_list<LogField>;

/// Thread-safe. One line an event: every value is escaped, so no value can end a line or drive a terminal.
class Log {
 public:
  /// `process` is part of every line: "worker", "serve". With `journal` lines carry the priority prefix of sd-daemon(3) and no
  /// time, since the journal has its own.
  Log(std::FILE* file, std::string process, const Config::Log& settings, bool journal, Clock clock);
  ~Log();

  void debug(std::string_view event, LogFields fields = {}) { write(LogLevel::debug, event, fields); }
  void info(std::string_view event, LogFields fields = {}) { write(LogLevel::info, event, fields); }
  void warning(std::string_view event, LogFields fields = {}) { write(LogLevel::warning, event, fields); }
  void error(std::string_view event, LogFields fields = {}) { write(LogLevel::error, event, fields); }
  void error(std::string_view event, const Error& why) {
    write(LogLevel::error, event, {{"why", why.context}, {"hint", why.hint}});
  }

  void write(LogLevel level, std::string_view event, LogFields fields);

  /// After a reload of the configuration.
  void configure(const Config::Log& settings);

 private:
  enum class Format : std::uint8_t { text, logfmt, json };
  [[nodiscard]] std::string format(LogLevel level, std::string_view event, LogFields fields) const;

  std::string process_;
  bool journal_;
  Clock clock_;
  std::atomic<Format> format_{Format::text};
  std::shared_ptr<spdlog::logger> logger_;
};

/// True when standard error goes to the journal (systemd.exec(5), JOURNAL_STREAM names its device and inode).
bool is_journal(std::FILE* file, const char* journal_stream);

}  // namespace regdata::app
