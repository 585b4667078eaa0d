#include "store/epp_journal.hpp"

#include <utility>

#include "store/sqlite.hpp"

namespace regdata::store {
namespace {

using epp::Entry;
using epp::EntryState;

constexpr std::string_view journal_work = "reading or writing the journal of registries";
/// Bound into the seals (SqliteStore::seal_for).
constexpr std::string_view frame_purpose = "epp-frame";
constexpr std::string_view answer_purpose = "epp-answer";

constexpr const char* entry_columns =
    "SELECT number, registry, account, client_id, command, object, handle, state, begun, answer_by, ended, code, server_id, "
    "why, looks, looked, frame, answer FROM epp_journal ";

Entry journaled(const Statement& row) {
  Entry entry;
  entry.number = static_cast<std::uint64_t>(row.integer(0));
  entry.registry = row.text(1);
  entry.account = row.text(2);
  entry.client_id = row.text(3);
  entry.command = row.text(4);
  entry.object = row.text(5);
  entry.handle = row.text(6);
  entry.state = static_cast<EntryState>(row.integer(7));
  entry.begun = row.time(8);
  entry.answer_by = row.time(9);
  entry.ended = row.optional_time(10);
  entry.code = static_cast<std::uint16_t>(row.integer(11));
  entry.server_id = row.text(12);
  entry.why = row.text(13);
  entry.looks = static_cast<std::uint32_t>(row.integer(14));
  entry.looked = row.optional_time(15);
  return entry;
}

std::vector<std::uint8_t> copied(Blob blob) { return {blob.begin(), blob.end()}; }

Error no_entry(std::uint64_t number) {
  return make_error(Errc::not_found, "the journal has no entry " + std::to_string(number), "`regdata epp journal list`");
}

}  // namespace

struct SqliteJournal::Impl {
  Impl(SqliteStore& sealing, SQLite::Database opened)
      : store(sealing),
        database(std::move(opened)),
        in_the_way(database, "SELECT 1 FROM epp_journal WHERE registry = ? AND object = ? AND state IN (0, 5, 8)"),
        insert(
            database,
            "INSERT INTO epp_journal (registry, account, client_id, command, object, handle, state, begun, answer_by, frame) "
            "VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)"),
        end(database,
            "UPDATE epp_journal SET state = ?1, ended = ?2, code = ?3, server_id = ?4, answer = ?5, why = ?6 WHERE client_id = "
            "?7 AND "
            "(state IN (0, 5) OR (?3 <> 0 AND state IN (7, 8))) RETURNING registry, object"),
        end_late(database,
                 "UPDATE epp_journal SET code = ?, server_id = ?, answer = ? WHERE client_id = ? AND (answer IS NULL OR state "
                 "IN (1, 2, 4))"),
        handle_of(database, "SELECT handle FROM epp_journal WHERE client_id = ?"),
        ask_again(database, "UPDATE epp_look SET at = -?3 WHERE registry = ?1 AND name = ?2") {}

  /// Sealed for the contact of the entry that it ends; empty: there is nothing, or the contact was erased.
  Expected<std::vector<std::uint8_t>> sealed_answer(const epp::EntryEnd& ended) {
    if (ended.answer.empty()) return std::vector<std::uint8_t>{};
    if (!handle_of.bind(ended.client_id).step())
      return make_error(Errc::not_found, "the journal has no entry " + ended.client_id);
    const std::string handle(handle_of.text(0));
    handle_of.reset();
    auto sealed = store.seal_for(handle, answer_purpose, blob_of(ended.answer));
    if (!sealed && sealed.error().code == Errc::refused) return std::vector<std::uint8_t>{};
    return sealed;
  }

  void note_end(const epp::EntryEnd& ended, const std::vector<std::uint8_t>& answer, UtcTime now) {
    const std::optional<Blob> kept = answer.empty() ? std::nullopt : std::optional<Blob>(answer);
    end.bind(ended.state, now, ended.code, ended.server_id, kept, ended.why, ended.client_id);
    const bool is_news = end.step();
    if (is_news) note_done(ended.state, std::string(end.text(0)), std::string(end.text(1)), now);
    end.reset();
    if (!is_news && kept) end_late.bind(ended.code, ended.server_id, kept, ended.client_id).run();
  }

  /// What we changed at the registry is asked for again, so that what is held here follows (note_looks()): the name, of a host
  /// those above it.
  void note_done(EntryState state, const std::string& registry, std::string_view object, UtcTime now) {
    if (state != EntryState::done && state != EntryState::applied) return;
    const auto space = object.find(' ');
    const std::string_view kind = object.substr(0, space);
    if (space == std::string_view::npos || (kind != "domain" && kind != "host")) return;
    for (std::string_view name = object.substr(space + 1);; name.remove_prefix(name.find('.') + 1)) {
      ask_again.bind(registry, name, now).run();
      if (kind == "domain" || name.find('.') == std::string_view::npos) return;
    }
  }

  Expected<std::optional<std::string>> opened(const std::string& handle, std::string_view purpose,
                                              const std::vector<std::uint8_t>& sealed) {
    if (sealed.empty()) return std::optional<std::string>();
    const auto clear = store.open_for(handle, purpose, sealed);
    if (!clear) return clear.error();
    if (!*clear) return std::optional<std::string>();
    return std::optional(text_of(**clear));
  }

  SqliteStore& store;
  SQLite::Database database;
  Statement in_the_way, insert, end, end_late, handle_of, ask_again;
};

SqliteJournal::SqliteJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteJournal::~SqliteJournal() = default;

Expected<std::unique_ptr<SqliteJournal>> SqliteJournal::open(SqliteStore& store, const StorePaths& paths) {
  auto database = open_file(paths.database, FileKind::database, Access::read_write);
  if (!database) return database.error();
  if (auto checked = check_schema(*database, "registration store"); !checked) return checked.error();
  return guarded(journal_work, [&]() -> Expected<std::unique_ptr<SqliteJournal>> {
    return std::unique_ptr<SqliteJournal>(new SqliteJournal(std::make_unique<Impl>(store, std::move(*database))));
  });
}

Expected<std::vector<std::string>> SqliteJournal::write(const std::vector<epp::EntryEnd>& ended,
                                                        const std::vector<epp::NewEntry>& begun, UtcTime now) {
  // Sealed before the write lock is taken: a seal reads the key file, and its writers take the two locks in the other order.
  std::vector<std::vector<std::uint8_t>> answers, frames;
  return guarded(journal_work, [&]() -> Expected<std::vector<std::string>> {
    for (const epp::EntryEnd& one : ended) {
      auto sealed = impl_->sealed_answer(one);
      if (!sealed) return sealed.error();
      answers.push_back(std::move(*sealed));
    }
    for (const epp::NewEntry& one : begun) {
      auto sealed = impl_->store.seal_for(one.handle, frame_purpose, blob_of(one.frame));
      if (!sealed) return sealed.error();
      frames.push_back(std::move(*sealed));
    }
    std::vector<std::string> refused;
    Transaction transaction(impl_->database, Transaction::Kind::write);
    for (std::size_t i = 0; i < ended.size(); ++i) impl_->note_end(ended[i], answers[i], now);
    for (std::size_t i = 0; i < begun.size(); ++i) {
      const epp::NewEntry& one = begun[i];
      if (impl_->in_the_way.bind(one.registry, one.object).step()) {
        impl_->in_the_way.reset();
        refused.push_back(one.client_id);
        continue;
      }
      impl_->insert
          .bind(one.registry, one.account, one.client_id, one.command, one.object, one.handle, now, one.answer_by,
                Blob(frames[i]))
          .run();
    }
    transaction.commit();
    return refused;
  });
}

Expected<std::vector<Entry>> SqliteJournal::due(const std::string& registry, const epp::ResolutionTimes& times, UtcTime now,
                                                std::size_t limit) {
  std::vector<std::vector<std::uint8_t>> sealed;
  auto found = guarded(journal_work, [&]() -> Expected<std::vector<Entry>> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    // What lies well ahead was written by a clock that has been put back since; a little, by another process a moment ago.
    const UtcTime ahead = now + std::chrono::hours(1);
    Statement(
        impl_->database,
        "UPDATE epp_journal SET state = 5, ended = answer_by, why = 'no answer was noted: what asked came to its end' WHERE "
        "registry = ?1 AND state IN (0, 5, 8) AND state = 0 AND (answer_by <= ?2 OR begun > ?3)")
        .bind(registry, now, ahead)
        .run();
    std::vector<Entry> entries;
    Statement read(
        impl_->database,
        std::string(entry_columns) +
            "WHERE registry = ?1 AND state IN (0, 5, 8) AND state = 5 AND ((looked IS NULL AND (ended <= ?2 OR ended > ?4)) "
            "OR looked <= ?3 OR looked > ?4) ORDER BY number LIMIT ?5");
    read.bind(registry, now - times.settle, now - times.second_look, ahead, static_cast<std::int64_t>(limit));
    Statement former(
        impl_->database,
        "SELECT command LIKE '%:create', begun FROM epp_journal WHERE registry = ? AND object = ? AND number < ? AND state "
        "IN (1, 4, 6) AND (command LIKE '%:create' OR command LIKE '%:delete') ORDER BY number DESC LIMIT 1");
    while (read.step()) {
      Entry entry = journaled(read);
      if (former.bind(entry.registry, entry.object, entry.number).step() && former.integer(0) != 0)
        entry.created_before = former.time(1);
      former.reset();
      entries.push_back(std::move(entry));
      sealed.push_back(copied(read.blob(16)));
    }
    transaction.commit();
    return entries;
  });
  if (!found) return found;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto frame = impl_->opened((*found)[i].handle, frame_purpose, sealed[i]);
    if (!frame) return frame.error();
    (*found)[i].frame = std::move(*frame);
  }
  return found;
}

Expected<void> SqliteJournal::looked(std::uint64_t number, bool counts, std::string_view why, UtcTime now) {
  return guarded(journal_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement(
        impl_->database,
        "UPDATE epp_journal SET looked = ?1, looks = CASE WHEN ?2 THEN looks + 1 ELSE 0 END, why = CASE WHEN ?3 = '' THEN "
        "why ELSE ?3 END WHERE number = ?4 AND state = 5")
        .bind(now, counts, why, number)
        .run();
    transaction.commit();
    return {};
  });
}

Expected<void> SqliteJournal::resolve(std::uint64_t number, EntryState state, std::string_view why, UtcTime now) {
  return guarded(journal_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement change(impl_->database,
                     "UPDATE epp_journal SET state = ?, looked = ?, why = ? WHERE number = ? AND state IN (4, 5, 8) RETURNING "
                     "registry, object");
    if (change.bind(state, now, why, number).step()) {
      impl_->note_done(state, std::string(change.text(0)), std::string(change.text(1)), now);
      change.reset();
    } else {
      Statement known(impl_->database, "SELECT state FROM epp_journal WHERE number = ?");
      if (!known.bind(number).step()) return no_entry(number);
      const auto is = static_cast<EntryState>(known.integer(0));
      return make_error(Errc::conflict, "entry " + std::to_string(number) + " is " + std::string(to_string(is)),
                        is == EntryState::open ? "its answer may still come; try again after its time is over"
                                               : "only what is unknown, pending or waits for a person can be resolved");
    }
    transaction.commit();
    return {};
  });
}

Expected<std::vector<Entry>> SqliteJournal::list(bool only_unresolved, std::size_t limit) {
  return guarded(journal_work, [&]() -> Expected<std::vector<Entry>> {
    std::vector<Entry> entries;
    Statement read(impl_->database, std::string(entry_columns) + (only_unresolved ? "WHERE state IN (0, 4, 5, 8) " : "") +
                                        "ORDER BY number DESC LIMIT ?");
    read.bind(static_cast<std::int64_t>(limit));
    while (read.step()) entries.push_back(journaled(read));
    return entries;
  });
}

Expected<Entry> SqliteJournal::find(std::uint64_t number) {
  std::vector<std::uint8_t> frame, answer;
  auto found = guarded(journal_work, [&]() -> Expected<Entry> {
    Statement read(impl_->database, std::string(entry_columns) + "WHERE number = ?");
    if (!read.bind(number).step()) return no_entry(number);
    frame = copied(read.blob(16));
    answer = copied(read.blob(17));
    return journaled(read);
  });
  if (!found) return found;
  auto opened_frame = impl_->opened(found->handle, frame_purpose, frame);
  if (!opened_frame) return opened_frame.error();
  found->frame = std::move(*opened_frame);
  auto opened_answer = impl_->opened(found->handle, answer_purpose, answer);
  if (!opened_answer) return opened_answer.error();
  found->answer = std::move(*opened_answer);
  return found;
}

Expected<std::optional<Entry>> SqliteJournal::find_by_client_id(std::string_view client_id) {
  return guarded(journal_work, [&]() -> Expected<std::optional<Entry>> {
    Statement read(impl_->database, std::string(entry_columns) + "WHERE client_id = ?");
    if (!read.bind(client_id).step()) return std::optional<Entry>();
    return std::optional(journaled(read));
  });
}

Expected<bool> SqliteJournal::is_under_way(const std::string& registry, const std::string& object) {
  return guarded(journal_work, [&]() -> Expected<bool> {
    Statement read(impl_->database,
                   "SELECT 1 FROM epp_journal WHERE registry = ? AND object = ? AND state IN (0, 4, 5, 8) LIMIT 1");
    return read.bind(registry, object).step();
  });
}

}  // namespace regdata::store
