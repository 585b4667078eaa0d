// A strict reader of port 43 answers, written from the rules and not from the renderer (rules.md §3.2, §3.3).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace regdata::testing {

struct AnswerLine {
  std::string key;
  std::string value;
  friend bool operator==(const AnswerLine&, const AnswerLine&) = default;
};

/// A domain answer, taken apart.
struct ParsedAnswer {
  std::vector<AnswerLine> fields;  ///< in order, up to DNSSEC and its DS data
  std::string complaint_line;
  std::string last_update;  ///< the time only
  std::vector<std::string> disclaimer;
  std::vector<std::string> problems;  ///< every rule that is broken; empty: a sound answer

  [[nodiscard]] std::vector<std::string> values(std::string_view key) const;
  /// The only value of a key; problems of the test's own where there is none or are several.
  [[nodiscard]] std::string value(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;
};

/// What may differ between two operators' sound answers.
struct CheckerOptions {
  std::string redacted = "REDACTED";
};

ParsedAnswer check_domain_answer(std::string_view text, const CheckerOptions& options = {});

/// The rules that hold for every byte that is sent: CRLF, no control characters, no tabs, no bidirectional controls, no blanks
/// at the end of a line or twice in a row outside help, valid UTF-8.
std::vector<std::string> check_lines(std::string_view text);

}  // namespace regdata::testing
