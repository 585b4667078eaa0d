// Which line of a file has the last word about what (docs/decisions/0004).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/import_batches.hpp"

namespace regdata::store {

/// Filled in a first pass over a file, asked in the second. Holds 16 MiB, and some 50 bytes for each object that the file
/// states more than once; of what stands there once it remembers a bit.
class LastStatements {
 public:
  LastStatements();

  /// First pass: a line that has passed all checks.
  void note(const ImportItem& item);
  /// Second pass: marks what a later line of the file states again.
  void mark(ImportItem& item) const;

 private:
  struct Last {
    std::uint64_t line = 0;
    std::size_t holder = 0;              ///< of a contact
    UtcTime stated_at = UtcTime::max();  ///< of a name whose last line is a registration
    bool is_end = false;                 ///< of a name
    std::optional<UtcTime> first_end;    ///< the earliest time of its ends, but for one that is the first line about it
  };
  void note(std::size_t object, const Last& last);
  /// The last statement of an object, where it comes behind `line`; null: this line has the last word.
  [[nodiscard]] const Last* later(std::size_t object, std::uint64_t line) const;

  std::vector<std::uint64_t> seen_;
  std::unordered_map<std::size_t, Last> repeated_;
};

}  // namespace regdata::store
