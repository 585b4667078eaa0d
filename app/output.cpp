#include "app/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <cstring>

namespace regdata::app {
namespace {

constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view cyan = "\x1b[36m";
constexpr std::string_view faint = "\x1b[2m";
constexpr std::string_view plain = "\x1b[0m";

void write(std::FILE* file, std::string_view bytes) { std::fwrite(bytes.data(), 1, bytes.size(), file); }

/// Length of the valid UTF-8 sequence at the start of `text` and its code point; 0 for a bad one (RFC 3629 §4).
std::size_t decode(std::string_view text, char32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  std::size_t length = 0;
  if (lead < 0x80) {
    point = lead;
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
    point = lead & 0x1FU;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    point = lead & 0x0FU;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    point = lead & 0x07U;
  } else {
    return 0;
  }
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    point = (point << 6U) | (byte(i) & 0x3FU);
  }
  if ((length == 3 && point < 0x800) || (length == 4 && (point < 0x10000 || point > 0x10FFFF))) return 0;
  if (point >= 0xD800 && point <= 0xDFFF) return 0;
  return length;
}

bool drives_a_terminal(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x2028 || point == 0x2029 || point == 0x200E ||
         point == 0x200F || point == 0x061C || (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
         point == 0xFEFF;
}

}  // namespace

std::string escape_controls(std::string_view text, bool keep_tab) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    char32_t point = 0;
    const std::size_t length = decode(text, point);
    if (length == 0) {
      safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    if (!drives_a_terminal(point) || (keep_tab && point == '\t')) {
      safe.append(text.substr(0, length));
    } else if (point < 0x100) {
      safe += fmt::format("\\x{:02x}", static_cast<unsigned>(point));
    } else {
      safe += fmt::format("\\u{{{:04x}}}", static_cast<unsigned>(point));
    }
    text.remove_prefix(length);
  }
  return safe;
}

void Output::configure(Options options, const char* (*environment)(const char*)) {
  options_ = options;
  const char* term = environment("TERM");
  const char* no_color = environment("NO_COLOR");
  const bool dumb = term != nullptr && std::strcmp(term, "dumb") == 0;
  const bool refused = no_color != nullptr && *no_color != '\0';  // no-color.org: present and not empty
  interactive_ = ::isatty(::fileno(err_)) != 0 && !dumb;
  const auto wants = [&](std::FILE* file) {
    if (options_.color == ColorMode::always) return true;
    if (options_.color == ColorMode::never) return false;
    return ::isatty(::fileno(file)) != 0 && !dumb && !refused;
  };
  color_out_ = wants(out_) && !options_.json;
  color_err_ = wants(err_);
}

void Output::line(std::string_view text) {
  if (options_.json) return;
  // Colours are added by tint(); they are the only escapes let through.
  if (color_out_) {
    write(out_, text);
  } else {
    write(out_, escape_controls(text, true));
  }
  write(out_, "\n");
}

void Output::raw(std::string_view bytes) {
  if (!options_.json) write(out_, bytes);
}

void Output::warn(std::string text) {
  if (!options_.json) say("warning", yellow, text);
  warnings_.push_back(std::move(text));
}

void Output::error(const Error& error) {
  if (options_.json) return;
  say("error", red, error.context);
  if (!error.hint.empty()) say("hint", cyan, error.hint);
}

void Output::note(std::string_view text) {
  if (options_.json) return;
  progress_end();
  write(err_, fmt::format("regdata: {}\n", escape_controls(text)));
}

std::string Output::tint(Tint tint, std::string_view text) const {
  std::string safe = escape_controls(text, true);
  if (!color_out_) return safe;
  const std::string_view color = tint == Tint::good ? green : tint == Tint::bad ? red : tint == Tint::caution ? yellow : faint;
  return fmt::format("{}{}{}", color, safe, plain);
}

void Output::progress(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (options_.json) return;
  const std::uint64_t percent = total == 0 ? 0 : std::min<std::uint64_t>(100, done * 100 / total);
  if (interactive_) {
    constexpr std::uint64_t width = 30;
    std::string bar(percent * width / 100, '=');
    bar.resize(width, ' ');
    const std::string text =
        total == 0 ? fmt::format("\r{} {}", what, done) : fmt::format("\r{} [{}] {:3}%", what, bar, percent);
    write(err_, text);
    std::fflush(err_);
    bar_open_ = true;
    return;
  }
  const int tenth = static_cast<int>(percent / 10);
  if (total == 0 || tenth == last_tenth_) return;
  last_tenth_ = tenth;
  write(err_, fmt::format("regdata: {} {}%\n", what, tenth * 10));
}

void Output::progress_end() {
  if (bar_open_) write(err_, "\n");
  bar_open_ = false;
  last_tenth_ = -1;
}

int Output::finish(const Outcome& outcome) {
  progress_end();
  if (options_.json) {
    boost::json::object envelope;
    envelope["ok"] = outcome.exit == Exit::done;
    envelope["data"] = outcome.data;
    envelope["warnings"] = boost::json::array(warnings_.begin(), warnings_.end());
    if (outcome.error) {
      envelope["error"] = {
          {"code", word_of(outcome.error->code)}, {"message", outcome.error->context}, {"hint", outcome.error->hint}};
    } else {
      envelope["error"] = nullptr;
    }
    write(out_, boost::json::serialize(envelope));
    write(out_, "\n");
  } else if (outcome.error) {
    error(*outcome.error);
  }
  std::fflush(err_);
  if (std::fflush(out_) != 0 || std::ferror(out_) != 0) {
    // A result that nobody could read is not done (a full disk behind a redirection).
    if (outcome.exit == Exit::done) return static_cast<int>(Exit::failed);
  }
  return static_cast<int>(outcome.exit);
}

void Output::say(std::string_view kind, std::string_view color, std::string_view text) {
  progress_end();
  std::fflush(out_);
  const std::string safe = escape_controls(text);
  if (color_err_) {
    write(err_, fmt::format("regdata: {}{}:{} {}\n", color, kind, plain, safe));
  } else {
    write(err_, fmt::format("regdata: {}: {}\n", kind, safe));
  }
}

}  // namespace regdata::app
