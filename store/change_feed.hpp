// The change feed as a table.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "registration/registration_store.hpp"
#include "store/label_table.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {

/// Appends to the feed inside the transaction of the change itself. Throws SQLite::Exception.
class ChangeFeed {
 public:
  ChangeFeed(SQLite::Database& database, LabelTable& labels);

  /// Returns the sequence number. `change.sequence` is not read.
  std::uint64_t append(ChangeKind kind, std::string_view subject, std::string_view roid, std::string_view reason, bool hides,
                       UtcTime now);
  std::vector<Change> after(std::uint64_t sequence, std::size_t limit);
  std::uint64_t last();

 private:
  LabelTable& labels_;
  Statement append_, after_, last_;
};

}  // namespace regdata::store
