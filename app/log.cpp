#include "app/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <mutex>

#include "app/output.hpp"

namespace regdata::app {
namespace {

constexpr std::string_view word_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

/// sd-daemon(3): SD_DEBUG, SD_INFO, SD_WARNING, SD_ERR.
constexpr int priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return 7;
    case LogLevel::info:
      return 6;
    case LogLevel::warning:
      return 4;
    case LogLevel::error:
      return 3;
  }
  return 3;
}

spdlog::level::level_enum spd_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

LogLevel level_from(std::string_view word) {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning}) {
    if (word == word_of(level)) return level;
  }
  return LogLevel::error;
}

/// One write(2) a line, so that lines of two processes on one descriptor do not mix.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FileSink(std::FILE* file) : file_(file) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line_.assign(message.payload.data(), message.payload.size());
    line_ += '\n';
    std::fwrite(line_.data(), 1, line_.size(), file_);
    std::fflush(file_);
  }
  void flush_() override { std::fflush(file_); }

  std::FILE* file_;
  std::string line_;
};

struct Plain {
  std::string operator()(const std::string& text) const { return escape_controls(text); }
  std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(double number) const { return fmt::format("{:.6g}", number); }
};

/// Quoted where a reader of logfmt would split it.
std::string logfmt_value(const LogValue& value) {
  std::string text = std::visit(Plain{}, value.value());
  if (!text.empty() && text.find_first_of(" \"=\\") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

struct ToJson {
  boost::json::value operator()(const std::string& text) const { return boost::json::value(escape_controls(text)); }
  boost::json::value operator()(std::int64_t number) const { return number; }
  boost::json::value operator()(bool flag) const { return flag; }
  boost::json::value operator()(double number) const { return number; }
};

}  // namespace

Log::Log(std::FILE* file, std::string process, const Config::Log& settings, bool journal, Clock clock)
    : process_(std::move(process)), journal_(journal), clock_(std::move(clock)) {
  logger_ = std::make_shared<spdlog::logger>("regdata", std::make_shared<FileSink>(file));
  configure(settings);
}

Log::~Log() = default;

void Log::configure(const Config::Log& settings) {
  format_ = settings.format == "json" ? Format::json : settings.format == "logfmt" ? Format::logfmt : Format::text;
  logger_->set_level(spd_level(level_from(settings.level)));
}

void Log::write(LogLevel level, std::string_view event, LogFields fields) {
  if (!logger_->should_log(spd_level(level))) return;
  logger_->log(spd_level(level), spdlog::string_view_t{format(level, event, fields)});
}

std::string Log::format(LogLevel level, std::string_view event, LogFields fields) const {
  const std::string prefix = journal_ ? fmt::format("<{}>", priority_of(level)) : "";
  const std::string time = journal_ ? "" : format_rfc3339(clock_());
  if (format_ == Format::json) {
    boost::json::object line;
    if (!journal_) line["time"] = time;
    line["level"] = word_of(level);
    line["process"] = process_;
    line["event"] = escape_controls(event);
    for (const LogField& field : fields) line[escape_controls(field.key)] = std::visit(ToJson{}, field.value.value());
    return prefix + boost::json::serialize(line);
  }
  std::string line = prefix;
  if (format_ == Format::logfmt) {
    if (!journal_) line += fmt::format("time={} ", time);
    line += fmt::format("level={} process={} event={}", word_of(level), process_, logfmt_value(event));
  } else {
    if (!journal_) line += time + " ";
    line += fmt::format("{} {}: {}", word_of(level), process_, escape_controls(event));
  }
  for (const LogField& field : fields) line += fmt::format(" {}={}", escape_controls(field.key), logfmt_value(field.value));
  return line;
}

bool is_journal(std::FILE* file, const char* journal_stream) {
  if (journal_stream == nullptr) return false;
  struct stat status {};
  if (::fstat(::fileno(file), &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == journal_stream;
}

}  // namespace regdata::app
