#include "store/change_feed.hpp"

#include <sodium.h>

#include <utility>

namespace regdata::store {
namespace {

std::uint64_t random_mark() {
  std::uint64_t mark = 0;
  randombytes_buf(&mark, sizeof mark);
  return mark;
}

}  // namespace

ChangeFeed::ChangeFeed(SQLite::Database& database, LabelTable& labels)
    : labels_(labels),
      append_(database, "INSERT INTO change (at, kind, subject, roid, reason, hides) VALUES (?, ?, ?, ?, ?, ?)"),
      after_(
          database,
          "SELECT sequence, at, kind, subject, roid, reason, hides FROM change WHERE sequence > ? ORDER BY sequence LIMIT ?"),
      last_(database, "SELECT coalesce(max(sequence), 0) FROM change"),
      write_mark_(database, "INSERT INTO feed_mark (sequence, mark) VALUES (?, ?)"),
      last_mark_(database, "SELECT sequence, mark FROM feed_mark ORDER BY sequence DESC LIMIT 1"),
      find_mark_(database, "SELECT 1 FROM feed_mark WHERE sequence = ? AND mark = ?"),
      drop_marks_(database, "DELETE FROM feed_mark") {}

std::uint64_t ChangeFeed::append(ChangeKind kind, std::string_view subject, std::string_view roid, std::string_view reason,
                                 bool hides, UtcTime now) {
  append_.bind(now, kind, subject, roid, labels_.id_of(reason), hides).run();
  appended_.any = true;
  appended_.hides |= hides;
  last_appended_ = append_.last_row();
  return last_appended_;
}

ChangeFeed::Appended ChangeFeed::mark_end() {
  if (appended_.any) write_mark_.bind(last_appended_, random_mark()).run();
  return std::exchange(appended_, Appended());
}

FeedMark ChangeFeed::mark() {
  FeedMark mark;
  if (last_mark_.bind().step()) {
    mark.sequence = static_cast<std::uint64_t>(last_mark_.integer(0));
    mark.mark = static_cast<std::uint64_t>(last_mark_.integer(1));
  }
  last_mark_.reset();
  return mark;
}

bool ChangeFeed::holds(const FeedMark& mark) {
  const bool held = find_mark_.bind(mark.sequence, mark.mark).step();
  find_mark_.reset();
  return held;
}

void ChangeFeed::renew_marks() {
  drop_marks_.bind().run();
  write_mark_.bind(last(), random_mark()).run();
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
