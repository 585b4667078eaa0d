// How the command line speaks: text for people, one JSON envelope for programs.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/exit_code.hpp"
#include "registration/error.hpp"

namespace regdata::app {

enum class ColorMode : std::uint8_t { automatic, always, never };

/// What a command came to.
struct Outcome {
  Exit exit = Exit::done;
  std::optional<Error> error;
  boost::json::value data;  ///< goes into the envelope; ignored for text

  Outcome() = default;
  Outcome(Exit code) : exit(code) {}
  Outcome(Error failure) : exit(exit_of(failure.code)), error(std::move(failure)) {}
  Outcome(Exit code, Error failure) : exit(code), error(std::move(failure)) {}
  Outcome(Exit code, boost::json::value value) : exit(code), data(std::move(value)) {}
};

/// Standard output and standard error of one command. Results go to the first, everything else to the second.
///
/// Voice: lower case, no full stop: `regdata: error: …`, then `regdata: hint: …`; `regdata: warning: …` (house.md §6).
/// With `--json` nothing but one envelope {ok,data,warnings,error{code,message,hint}} is printed, and only by `finish`.
/// Everything that is printed through here has its control characters escaped, so that data cannot drive a terminal.
class Output {
 public:
  struct Options {
    bool json = false;
    ColorMode color = ColorMode::automatic;
  };
  Output(std::FILE* out, std::FILE* err) : out_(out), err_(err) {}

  /// Once, when the command line is known. `NO_COLOR` and TERM=dumb are looked up by `environment` (as std::getenv).
  void configure(Options options, const char* (*environment)(const char*));

  [[nodiscard]] bool json() const noexcept { return options_.json; }
  /// True when standard error is a terminal: progress bars, prompts.
  [[nodiscard]] bool interactive() const noexcept { return interactive_; }

  /// One line of result; nothing with --json. Control characters but tab are escaped.
  void line(std::string_view text);
  /// Bytes of result as they are (WHOIS answers, generated files); nothing with --json.
  void raw(std::string_view bytes);
  void warn(std::string text);
  /// An error that is not the last: with --json nothing, the command puts it into its data.
  void error(const Error& error);
  /// One line for the person at the terminal on standard error; nothing with --json.
  void note(std::string_view text);

  enum class Tint : std::uint8_t { good, bad, caution, faint };
  /// The text in a colour where standard output takes colours.
  [[nodiscard]] std::string tint(Tint tint, std::string_view text) const;

  /// A bar on a terminal, else a line for every 10 %, on standard error; nothing with --json. `total` 0: unknown.
  void progress(std::string_view what, std::uint64_t done, std::uint64_t total);
  void progress_end();

  /// What was printed is there now, for whoever reads it while the command goes on.
  void flush() noexcept { std::fflush(out_); }
  /// Prints error and hint, or the envelope; returns the exit code for main.
  int finish(const Outcome& outcome);

 private:
  void say(std::string_view kind, std::string_view color, std::string_view text);

  std::FILE* out_;
  std::FILE* err_;
  Options options_;
  bool color_out_ = false;
  bool color_err_ = false;
  bool interactive_ = false;
  bool bar_open_ = false;
  int last_tenth_ = -1;
  std::vector<std::string> warnings_;
};

/// Control characters (C0 but tab when `keep_tab`, DEL, C1), line and paragraph separators and bidirectional controls as \xNN
/// or \u{NNNN}; bytes that are not UTF-8 as \xNN. What comes out is safe on a terminal and in a log line.
std::string escape_controls(std::string_view text, bool keep_tab = false);

}  // namespace regdata::app
