// Which columns of a CSV export make which fields of a registration (docs/import.md, "CSV").
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "store/csv_dates.hpp"
#include "store/import_document.hpp"
#include "store/import_line.hpp"

namespace regdata::store {

/// What a field of a line takes.
enum class CsvKind : std::uint8_t {
  text,
  date,
  list,    ///< each column an entry, and each cell split: statuses, hosts
  street,  ///< each column an entry; a cell split at line breaks
  ds,      ///< entries "key_tag algorithm digest_type digest"; "none" for unsigned
};

/// How the cells of a target's columns become one text.
enum class CsvForm : std::uint8_t {
  join,    ///< the cells that are not empty, with `separator` between
  handle,  ///< `prefix` and the cell: a handle where the source has a number only
  phone,   ///< country code and number, put into the form of RFC 5733 §2.5 (operations.md §1.3 trap 9)
};

/// One field and where it comes from.
struct CsvTarget {
  std::string path;  ///< "contacts.registrant.name"
  CsvKind kind = CsvKind::text;
  CsvForm form = CsvForm::join;
  std::vector<std::string> columns;  ///< may be empty: only the default
  std::string separator = " ";
  std::string prefix;
  std::string fallback;                       ///< where all cells are empty
  std::map<std::string, std::string> values;  ///< what the source writes → what is meant
};

/// A mapping, read from its file and not yet tied to one.
struct CsvMapping {
  char delimiter = ',';
  std::string list_separator;  ///< empty: comma, semicolon, bar, line break and, except for DS, space
  CsvDates dates;
  std::vector<CsvTarget> targets;  ///< in the order in which a line is written: contacts role by role

  /// Reads the TOML text of a mapping. Pure. Errc::configuration names line, key and what is allowed.
  static Expected<CsvMapping> parse(std::string_view toml);
};

/// Every path that `[columns]` and `[defaults]` may name, in order.
const std::vector<std::string>& csv_target_paths();

/// A mapping tied to the header row of one file: turns records into what read_import_line() reads.
class CsvColumns {
 public:
  /// Errc::configuration where a column of the mapping is not in the header; lists those that are.
  static Expected<CsvColumns> bind(CsvMapping mapping, const std::vector<std::string_view>& header);

  /// Fields that each record must have.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Columns that nothing maps, but for those of the two lists below. Names that may not be shown count as "(unnamed)".
  [[nodiscard]] const std::vector<std::string>& ignored() const noexcept { return ignored_; }
  /// Unmapped columns with a panel's disclose flags: not consent.
  [[nodiscard]] const std::vector<std::string>& not_consent() const noexcept { return not_consent_; }
  /// Unmapped columns with transfer secrets.
  [[nodiscard]] const std::vector<std::string>& auth_codes() const noexcept { return auth_codes_; }
  [[nodiscard]] const CsvMapping& mapping() const noexcept { return mapping_; }

  /// `fields` must have size() entries. Adds what the mapping itself finds wrong to `rejections`.
  void map(const std::vector<std::string_view>& fields, ImportDocument& document, std::vector<Rejection>& rejections);

 private:
  struct Bound {
    std::vector<std::size_t> columns;
    std::string value;
    bool from_cells = false;  ///< not by default and not a made handle: a sign that the source holds this contact
  };
  void sort_columns(const std::vector<std::string_view>& header);
  void collect(const std::vector<std::string_view>& fields);
  void write(std::size_t target, std::string_view key, ImportDocument& document, std::vector<Rejection>& rejections);
  void write_group(std::size_t begin, std::size_t end, ImportDocument& document, std::vector<Rejection>& rejections);
  void write_list(const CsvTarget& target, const std::string& value, ImportDocument& document);
  [[nodiscard]] std::size_t group_end(std::size_t begin, std::string_view prefix) const;

  CsvMapping mapping_;
  std::vector<Bound> bound_;  ///< beside mapping_.targets
  std::size_t size_ = 0;
  std::vector<std::string> ignored_;
  std::vector<std::string> not_consent_;
  std::vector<std::string> auth_codes_;
};

}  // namespace regdata::store
