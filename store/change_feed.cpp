#include "store/change_feed.hpp"

namespace regdata::store {

ChangeFeed::ChangeFeed(SQLite::Database& database, LabelTable& labels)
    : labels_(labels),
      append_(database, "INSERT INTO change (at, kind, subject, roid, reason, hides) VALUES (?, ?, ?, ?, ?, ?)"),
      after_(
          database,
          "SELECT sequence, at, kind, subject, roid, reason, hides FROM change WHERE sequence > ? ORDER BY sequence LIMIT ?"),
      last_(database, "SELECT coalesce(max(sequence), 0) FROM change") {}

std::uint64_t ChangeFeed::append(ChangeKind kind, std::string_view subject, std::string_view roid, std::string_view reason,
                                 bool hides, UtcTime now) {
  append_.bind(now, kind, subject, roid, labels_.id_of(reason), hides).run();
  return append_.last_row();
}

std::vector<Change> ChangeFeed::after(std::uint64_t sequence, std::size_t limit) {
  std::vector<Change> changes;
  after_.bind(sequence, limit);
  while (after_.step()) {
    Change change;
    change.sequence = static_cast<std::uint64_t>(after_.integer(0));
    change.at = after_.time(1);
    change.kind = static_cast<ChangeKind>(after_.integer(2));
    change.subject = after_.text(3);
    change.roid = after_.text(4);
    change.reason = labels_.text_of(after_.integer(5));
    change.hides = after_.integer(6) != 0;
    changes.push_back(std::move(change));
  }
  return changes;
}

std::uint64_t ChangeFeed::last() {
  const std::uint64_t sequence = last_.bind().step() ? static_cast<std::uint64_t>(last_.integer(0)) : 0;
  last_.reset();
  return sequence;
}

}  // namespace regdata::store
