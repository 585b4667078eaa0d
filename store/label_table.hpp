// Texts that repeat, held once: sources and reasons.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/sqlite.hpp"

namespace regdata::store {

/// Labels by number and back. Remembers what it has seen; forget() after a transaction that was rolled back.
class LabelTable {
 public:
  explicit LabelTable(SQLite::Database& database);

  /// The number of a label; makes a new one, so only inside a write transaction.
  std::int64_t id_of(std::string_view text);
  /// The label of a number; empty for a number that is not there.
  const std::string& text_of(std::int64_t id);
  void forget();

 private:
  Statement find_, add_, text_;
  std::unordered_map<std::string, std::int64_t> ids_;
  std::unordered_map<std::int64_t, std::string> texts_;
  std::string last_text_;  ///< most calls ask for the same label again
  std::int64_t last_id_ = 0;
};

}  // namespace regdata::store
