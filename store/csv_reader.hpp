// Records of comma-separated values (RFC 4180), one at a time, from whatever part of a file is at hand.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace regdata::store {

enum class CsvStep {
  need_more,  ///< the text ends inside a record: call again with more behind it
  record,     ///< `fields` holds one record
  broken,     ///< `problem` says why; `consumed` ends the line on which the record began, so that only that line is lost
};

/// Reads one record. Keeps its buffers from record to record. Total: any bytes in.
///
/// Beyond RFC 4180: LF alone ends a record as CRLF does; the delimiter may be any ASCII character but a quote or a line ending.
/// A quote or a bare CR inside an unquoted field, text behind a closing quote and a quote that is never closed are errors.
class CsvReader {
 public:
  explicit CsvReader(char delimiter = ',') : delimiter_(delimiter) {}

  /// Longest record, in bytes. A longer one is broken; a quote left open therefore costs no more memory than this.
  static constexpr std::size_t record_limit = 256 * 1024;
  static constexpr std::size_t field_limit = 1024;

  /// Reads from the start of `text`. `at_end`: nothing comes behind it, so a record without a line ending is complete.
  /// With `need_more` nothing is consumed; at the end `text` is never empty for a record or a broken one.
  CsvStep read(std::string_view text, bool at_end);

  /// Bytes to take off the text.
  [[nodiscard]] std::size_t consumed() const noexcept { return consumed_; }
  /// Lines among them: one, and one more for each line ending inside quotes.
  [[nodiscard]] std::size_t lines() const noexcept { return lines_; }
  /// Valid until the next call, as long as the text is. An empty line is one empty field.
  [[nodiscard]] const std::vector<std::string_view>& fields() const noexcept { return fields_; }
  /// Without data of the record.
  [[nodiscard]] std::string_view problem() const noexcept { return problem_; }

 private:
  struct Piece {
    std::size_t at = 0, size = 0;
    bool unquoted_copy = false;  ///< in `unescaped_`, not in the text
  };
  CsvStep fail(std::string_view text, std::string_view problem);
  bool field(std::string_view text, bool at_end);
  bool quoted_field(std::string_view text, bool at_end);

  char delimiter_;
  std::size_t position_ = 0;
  std::size_t consumed_ = 0;
  std::size_t lines_ = 0;
  std::vector<Piece> pieces_;
  std::vector<std::string_view> fields_;
  std::string unescaped_;
  std::string_view problem_;
};

}  // namespace regdata::store
