// Vector files: one case a line, "input | expected | …", read by the tests of parsers and checks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace regdata::testing {

/// One case. Columns are trimmed and unescaped; `where` is "file:line" for failure messages.
struct Vector {
  std::string where;
  std::vector<std::string> columns;

  [[nodiscard]] const std::string& input() const { return columns.front(); }
  /// The second column, or the input where there is none: "stays as it is".
  [[nodiscard]] const std::string& expected() const { return columns.size() > 1 ? columns[1] : columns.front(); }
  /// True for an expectation that begins with "!": the input is refused; `refusal()` is part of the error's text.
  [[nodiscard]] bool is_refused() const { return expected().starts_with('!'); }
  [[nodiscard]] std::string refusal() const;
};

/// Reads `path` below the source directory. Lines that are blank or begin with "#" say nothing. Escapes, so that every byte is
/// visible: \x7F (one byte), \u{2603} (one code point as UTF-8), \n \r \t \s (space) \p (bar) \\ and \*63{a} ("a" 63 times).
/// Throws std::runtime_error for a file that is missing or empty: no cases prove nothing.
std::vector<Vector> read_vectors(std::string_view path);

}  // namespace regdata::testing
