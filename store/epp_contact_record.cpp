#include "store/epp_contact_record.hpp"

#include <utility>

#include "store/migrations.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {
namespace {

using epp::RecordedContact;

constexpr std::string_view contact_work = "reading or writing which contacts are at registries";
constexpr const char* contact_columns = "SELECT handle, id, standing, note, version, missing_since FROM epp_contact ";

std::vector<RecordedContact> contacts_of(Statement& rows, std::size_t limit) {
  std::vector<RecordedContact> contacts;
  while (contacts.size() < limit && rows.step())
    contacts.push_back({std::string(rows.text(0)), std::string(rows.text(1)),
                        static_cast<epp::ContactStanding>(rows.integer(2)), std::string(rows.text(3)),
                        static_cast<std::uint64_t>(rows.integer(4)), rows.time(5)});
  rows.reset();
  return contacts;
}

}  // namespace

struct SqliteContactRecord::Impl {
  explicit Impl(SQLite::Database opened) : database(std::move(opened)) {}

  /// One transaction of writes.
  template <class Work>
  Expected<void> write(const Work& work) {
    return guarded(contact_work, [&]() -> Expected<void> {
      Transaction transaction(database, Transaction::Kind::write);
      work();
      transaction.commit();
      return {};
    });
  }

  void move_to(const std::string& registry, const FeedMark& to) {
    Statement(
        database,
        "INSERT INTO epp_registry (registry, contacts_sequence, contacts_mark) VALUES (?1, ?2, ?3) ON CONFLICT (registry) "
        "DO UPDATE SET contacts_sequence = ?2, contacts_mark = ?3")
        .bind(registry, to.sequence, to.mark)
        .run();
  }

  SQLite::Database database;
};

SqliteContactRecord::SqliteContactRecord(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteContactRecord::~SqliteContactRecord() = default;

Expected<std::unique_ptr<SqliteContactRecord>> SqliteContactRecord::open(const StorePaths& paths) {
  auto database = open_file(paths.database, FileKind::database, Access::read_write);
  if (!database) return database.error();
  if (auto checked = check_schema(*database, "registration store"); !checked) return checked.error();
  return std::unique_ptr<SqliteContactRecord>(new SqliteContactRecord(std::make_unique<Impl>(std::move(*database))));
}

Expected<void> SqliteContactRecord::add(const std::string& registry, const std::vector<RecordedContact>& contacts) {
  return impl_->write([&] {
    Statement insert(
        impl_->database,
        "INSERT INTO epp_contact (registry, handle, id) SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM epp_contact WHERE "
        "registry = ?1 AND id = ?3 AND handle <> ?2) ON CONFLICT (registry, handle) DO NOTHING");
    for (const RecordedContact& one : contacts) insert.bind(registry, one.handle, one.id).run();
  });
}

Expected<std::optional<RecordedContact>> SqliteContactRecord::find(const std::string& registry, const std::string& handle) {
  return guarded(contact_work, [&]() -> Expected<std::optional<RecordedContact>> {
    Statement read(impl_->database, std::string(contact_columns) + "WHERE registry = ? AND handle = ?");
    auto found = contacts_of(read.bind(registry, handle), 1);
    return found.empty() ? std::optional<RecordedContact>() : std::optional(std::move(found.front()));
  });
}

Expected<void> SqliteContactRecord::note(const std::string& registry, const RecordedContact& contact, std::uint64_t sequence,
                                         UtcTime now) {
  return impl_->write([&] {
    Statement(impl_->database,
              "UPDATE epp_contact SET seen = CASE version WHEN ?5 THEN ?3 ELSE -1 END, at = ?4, standing = ?6, note = ?7, "
              "missing_since = ?8, tries = 0, version = version + 1 WHERE registry = ?1 AND handle = ?2")
        .bind(registry, contact.handle, sequence, now, contact.version, contact.standing, contact.note, contact.missing_since)
        .run();
  });
}

Expected<void> SqliteContactRecord::note_try(const std::string& registry, const RecordedContact& contact, UtcTime now) {
  return impl_->write([&] {
    Statement(impl_->database,
              "UPDATE epp_contact SET seen = -1, at = ?3, standing = ?4, note = ?5, tries = tries + 1, version = version + 1 "
              "WHERE registry = ?1 AND handle = ?2")
        .bind(registry, contact.handle, now, contact.standing, contact.note)
        .run();
  });
}

Expected<std::string> SqliteContactRecord::rules(const std::string& registry) {
  return guarded(contact_work, [&]() -> Expected<std::string> {
    Statement read(impl_->database, "SELECT contacts_rules FROM epp_registry WHERE registry = ?");
    return read.bind(registry).step() ? std::string(read.text(0)) : std::string();
  });
}

Expected<void> SqliteContactRecord::keep_rules(const std::string& registry, const std::string& rules) {
  return impl_->write([&] {
    Statement(impl_->database,
              "INSERT INTO epp_registry (registry, contacts_rules) VALUES (?1, ?2) ON CONFLICT (registry) DO UPDATE SET "
              "contacts_rules = ?2")
        .bind(registry, rules)
        .run();
  });
}

Expected<void> SqliteContactRecord::forget(const std::string& registry, const std::string& handle) {
  return impl_->write([&] {
    Statement(impl_->database, "DELETE FROM epp_contact WHERE registry = ? AND handle = ?").bind(registry, handle).run();
  });
}

Expected<std::string> SqliteContactRecord::handle_of(const std::string& registry, const std::string& id) {
  return guarded(contact_work, [&]() -> Expected<std::string> {
    Statement read(impl_->database, "SELECT handle FROM epp_contact WHERE registry = ? AND id = ?");
    return read.bind(registry, id).step() ? std::string(read.text(0)) : std::string();
  });
}

Expected<FeedMark> SqliteContactRecord::followed(const std::string& registry) {
  return guarded(contact_work, [&]() -> Expected<FeedMark> {
    Statement read(impl_->database, "SELECT contacts_sequence, contacts_mark FROM epp_registry WHERE registry = ?");
    if (!read.bind(registry).step()) return FeedMark{};
    return FeedMark{static_cast<std::uint64_t>(read.integer(0)), static_cast<std::uint64_t>(read.integer(1))};
  });
}

Expected<void> SqliteContactRecord::note_changed(const std::string& registry, const std::vector<Changed>& changed) {
  return impl_->write([&] {
    Statement update(impl_->database,
                     "UPDATE epp_contact SET changed = max(changed, ?3), tries = 0 WHERE registry = ?1 AND handle = ?2");
    for (const Changed& one : changed) update.bind(registry, one.handle, one.sequence).run();
  });
}

Expected<void> SqliteContactRecord::follow(const std::string& registry, const FeedMark& to) {
  return impl_->write([&] { impl_->move_to(registry, to); });
}

Expected<void> SqliteContactRecord::follow_anew(const std::string& registry, const FeedMark& to) {
  return impl_->write([&] {
    Statement(impl_->database, "UPDATE epp_contact SET changed = 0, seen = -1, tries = 0 WHERE registry = ?")
        .bind(registry)
        .run();
    impl_->move_to(registry, to);
  });
}

Expected<void> SqliteContactRecord::look_again(const std::string& registry, const std::string& id) {
  return impl_->write([&] {
    Statement(impl_->database, "UPDATE epp_contact SET seen = -1, tries = 0 WHERE registry = ? AND id = ?")
        .bind(registry, id)
        .run();
  });
}

Expected<std::vector<RecordedContact>> SqliteContactRecord::due(const std::string& registry, const Due& due,
                                                                std::size_t limit) {
  return guarded(contact_work, [&]() -> Expected<std::vector<RecordedContact>> {
    Statement changed(impl_->database, std::string(contact_columns) +
                                           "WHERE registry = ?1 AND changed > seen AND (tries = 0 OR at > ?2 + 3600000 OR at < "
                                           "?2 - min(3600000, 7500 << min(tries, 9))) ORDER BY at, handle");
    auto contacts = contacts_of(changed.bind(registry, due.now), limit);
    Statement doubtful(impl_->database, std::string(contact_columns) +
                                            "WHERE registry = ?1 AND changed <= seen AND standing <> 1 AND (at < CASE standing "
                                            "WHEN 5 THEN ?2 ELSE ?3 END OR at > ?4 + 3600000) ORDER BY at");
    const auto add = [&](Statement& rows) {
      for (RecordedContact& one : contacts_of(rows, limit - contacts.size())) contacts.push_back(std::move(one));
    };
    add(doubtful.bind(registry, due.missing_before, due.doubtful_before, due.now));
    Statement old(impl_->database, std::string(contact_columns) +
                                       "WHERE registry = ?1 AND changed <= seen AND standing = 1 AND (at < ?2 OR at > ?3 + "
                                       "3600000) ORDER BY at");
    add(old.bind(registry, due.any_before, due.now));
    return contacts;
  });
}

Expected<std::vector<RecordedContact>> SqliteContactRecord::doubtful(const std::string& registry, std::size_t limit) {
  return guarded(contact_work, [&]() -> Expected<std::vector<RecordedContact>> {
    Statement read(impl_->database, std::string(contact_columns) + "WHERE registry = ? AND standing <> 1 ORDER BY handle");
    return contacts_of(read.bind(registry), limit);
  });
}

Expected<epp::ContactRecord::Figures> SqliteContactRecord::figures(const std::string& registry) {
  return guarded(contact_work, [&]() -> Expected<Figures> {
    Statement read(
        impl_->database,
        "SELECT count(*), total(standing <> 1 AND standing <> 3), total(standing = 3) FROM epp_contact WHERE registry "
        "= ?");
    Figures figures;
    if (!read.bind(registry).step()) return figures;
    figures.held = static_cast<std::uint64_t>(read.integer(0));
    figures.in_doubt = static_cast<std::uint64_t>(read.integer(1));
    figures.shown_against = static_cast<std::uint64_t>(read.integer(2));
    return figures;
  });
}

}  // namespace regdata::store
