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
  /// What a transaction appended.
  struct Appended {
    bool any = false;
    bool hides = false;
  };

  ChangeFeed(SQLite::Database& database, LabelTable& labels);

  /// Returns the sequence number. `change.sequence` is not read.
  std::uint64_t append(ChangeKind kind, std::string_view subject, std::string_view roid, std::string_view reason, bool hides,
                       UtcTime now);
  std::vector<Change> after(std::uint64_t sequence, std::size_t limit);
  std::uint64_t last();

  /// Marks the last entry of a transaction: once, behind the last append. Nothing happens without an append.
  Appended mark_end();
  /// What was appended was rolled back.
  void forget() noexcept { appended_ = {}; }

  FeedMark mark();
  bool holds(const FeedMark& mark);
  /// No mark given until now is held any more: whoever follows the feed begins anew.
  void renew_marks();

 private:
  LabelTable& labels_;
  Appended appended_;
  std::uint64_t last_appended_ = 0;
  Statement append_, after_, last_, write_mark_, last_mark_, find_mark_, drop_marks_;
};

}  // namespace regdata::store
