// Comma-separated values as deposits have them (RFC 4180): written without loss, read without mercy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "escrow/stream.hpp"

namespace regdata::escrow {

/// What an agent may want otherwise (escrow.md §1.6). UTF-8 without a byte order mark, always.
struct CsvDialect {
  char separator = ',';
  bool quote_all = false;  ///< else only what needs it
  bool crlf = false;       ///< lines end with CR LF, else with LF
};

/// Builds one record. Keeps its memory from record to record.
class CsvRecord {
 public:
  explicit CsvRecord(CsvDialect dialect) : dialect_(dialect) {}
  void clear() noexcept {
    text_.clear();
    fields_ = 0;
  }
  /// Any text of UTF-8 without NUL: separators, quotes and line ends in it are kept as they are.
  void add(std::string_view field);
  /// Ends the record; `text()` is what belongs into the file.
  void end();
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] std::size_t fields() const noexcept { return fields_; }

 private:
  CsvDialect dialect_;
  std::string text_;
  std::size_t fields_ = 0;
};

/// Reads records of the same dialect, strictly: quotes where none can be, other line ends, a last line without one, and what is
/// not UTF-8 are Errc::damaged, with the number of the record and never its text. Quotes that were not needed are taken. Total:
/// any bytes in.
class CsvRecords {
 public:
  /// Most bytes of a record: the longest registration has a tenth of it.
  static constexpr std::size_t longest = 1U << 20;

  CsvRecords(ByteSource& from, CsvDialect dialect) : from_(from), dialect_(dialect) {}

  /// Reads the next record into `fields`; false at the end.
  Expected<bool> next(std::vector<std::string>& fields);
  /// The bytes of the record that was read last, line end included. Until the next call.
  [[nodiscard]] std::string_view raw() const noexcept { return std::string_view(text_).substr(begun_, at_ - begun_); }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }  ///< of records read

 private:
  /// Makes sure that the record that begins at begun_ is in text_ whole, as far as the source has it.
  Expected<void> hold_record();
  /// Reads the field at at_ and goes behind what ends it; true: that was the line's end.
  Expected<bool> field(std::string& into);
  [[nodiscard]] Error broken(std::string_view why) const;

  ByteSource& from_;
  CsvDialect dialect_;
  std::string text_;
  std::size_t begun_ = 0;  ///< of the current record, in text_
  std::size_t at_ = 0;
  std::size_t end_ = 0;  ///< of the current record
  bool source_ended_ = false;
  std::uint64_t number_ = 0;
};

}  // namespace regdata::escrow
