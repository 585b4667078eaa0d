#include "store/label_table.hpp"

namespace regdata::store {

LabelTable::LabelTable(SQLite::Database& database)
    : find_(database, "SELECT id FROM label WHERE text = ?"),
      add_(database, "INSERT INTO label (text) VALUES (?) RETURNING id"),
      text_(database, "SELECT text FROM label WHERE id = ?") {}

std::int64_t LabelTable::id_of(std::string_view text) {
  if (last_id_ != 0 && last_text_ == text) return last_id_;
  const std::string wanted(text);
  auto known = ids_.find(wanted);
  if (known == ids_.end()) {
    Statement& statement = find_.bind(text).step() ? find_ : add_.bind(text);
    if (&statement == &add_) add_.step();
    known = ids_.emplace(wanted, statement.integer(0)).first;
    statement.reset();
  }
  last_text_ = known->first;
  last_id_ = known->second;
  return last_id_;
}

const std::string& LabelTable::text_of(std::int64_t id) {
  const auto known = texts_.find(id);
  if (known != texts_.end()) return known->second;
  std::string text;
  if (text_.bind(id).step()) text = text_.text(0);
  text_.reset();
  return texts_.emplace(id, std::move(text)).first->second;
}

void LabelTable::forget() {
  ids_.clear();
  texts_.clear();
  last_id_ = 0;
}

}  // namespace regdata::store
