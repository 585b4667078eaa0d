#include "store/epp_sync_state.hpp"

#include <sodium.h>

#include <array>
#include <utility>

#include "store/sqlite.hpp"

namespace regdata::store {
namespace {

using epp::Message;

constexpr std::string_view sync_work = "reading or writing what registries told";
/// Bound into the seal (SqliteStore::seal_for).
constexpr std::string_view message_purpose = "epp-message";
constexpr const char* message_columns =
    "SELECT number, registry, account, id, queued, kept, state, note, raw, handle FROM epp_message ";

Message message_of(const Statement& row) {
  Message message;
  message.number = static_cast<std::uint64_t>(row.integer(0));
  message.registry = row.text(1);
  message.account = row.text(2);
  message.id = row.text(3);
  message.queued = row.text(4);
  message.kept = row.time(5);
  message.state = static_cast<epp::MessageState>(row.integer(6));
  message.note = row.text(7);
  message.handle = row.text(9);
  return message;
}

std::array<std::uint8_t, 32> digest_of(std::string_view content) {
  std::array<std::uint8_t, 32> digest{};
  crypto_generichash(digest.data(), digest.size(), blob_of(content).data(), content.size(), nullptr, 0);
  return digest;
}

}  // namespace

struct SqliteSyncState::Impl {
  Impl(SqliteStore& opened_store, SQLite::Database opened) : store(opened_store), database(std::move(opened)) {}

  /// Fills in what is sealed.
  Expected<void> open(Message& message, const std::vector<std::uint8_t>& sealed) {
    const auto opened = store.open_for(message.handle, message_purpose, sealed);
    if (!opened) return opened.error();
    if (*opened) message.raw = text_of(**opened);
    return {};
  }

  /// Adds names of a query that belong there, until there are enough.
  void take_names(Statement& rows, const std::function<bool(const DomainName&)>& belongs, std::size_t limit,
                  std::vector<DomainName>& names) {
    while (names.size() < limit && rows.step())
      if (auto name = DomainName::from_stored(rows.text(0)); name && belongs(*name)) names.push_back(std::move(*name));
    rows.reset();
  }

  SqliteStore& store;
  SQLite::Database database;
};

SqliteSyncState::SqliteSyncState(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteSyncState::~SqliteSyncState() = default;

Expected<std::unique_ptr<SqliteSyncState>> SqliteSyncState::open(SqliteStore& store, const StorePaths& paths) {
  auto database = open_file(paths.database, FileKind::database, Access::read_write);
  if (!database) return database.error();
  if (auto checked = check_schema(*database, "registration store"); !checked) return checked.error();
  return std::unique_ptr<SqliteSyncState>(new SqliteSyncState(std::make_unique<Impl>(store, std::move(*database))));
}

Expected<std::uint64_t> SqliteSyncState::keep(const epp::NewMessage& message, UtcTime now) {
  const auto sealed = impl_->store.seal_for(message.handle, message_purpose, blob_of(message.raw));
  if (!sealed) return sealed.error();
  const auto digest = digest_of(message.content);
  return guarded(sync_work, [&]() -> Expected<std::uint64_t> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement known(impl_->database,
                    "SELECT number FROM epp_message WHERE registry = ? AND account = ? AND id = ? AND digest = ?");
    if (known.bind(message.registry, message.account, message.id, Blob(digest)).step())
      return static_cast<std::uint64_t>(known.integer(0));
    known.reset();
    Statement insert(
        impl_->database,
        "INSERT INTO epp_message (registry, account, id, digest, queued, handle, kept, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(message.registry, message.account, message.id, Blob(digest), message.queued, message.handle, now, Blob(*sealed))
        .run();
    const std::uint64_t number = insert.last_row();
    transaction.commit();
    return number;
  });
}

Expected<std::vector<Message>> SqliteSyncState::to_apply(const std::string& registry, std::size_t limit) {
  std::vector<std::vector<std::uint8_t>> sealed;
  auto found = guarded(sync_work, [&]() -> Expected<std::vector<Message>> {
    std::vector<Message> messages;
    Statement read(impl_->database, std::string(message_columns) + "WHERE registry = ? AND state = 0 ORDER BY number LIMIT ?");
    read.bind(registry, static_cast<std::int64_t>(limit));
    while (read.step()) {
      messages.push_back(message_of(read));
      const Blob raw = read.blob(8);
      sealed.emplace_back(raw.begin(), raw.end());
    }
    return messages;
  });
  if (!found) return found;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    if (auto opened = impl_->open((*found)[i], sealed[i]); !opened) return opened.error();
  }
  return found;
}

Expected<std::vector<std::optional<Registration>>> SqliteSyncState::facts(const std::vector<DomainName>& names) {
  return impl_->store.registration_facts(names);
}

Expected<std::vector<epp::Effect::Change>> SqliteSyncState::apply(const std::string& registry, const epp::Effect& effect,
                                                                  const std::vector<epp::Look>& looks,
                                                                  const std::vector<Dealt>& messages, std::string_view reason,
                                                                  UtcTime now) {
  return impl_->store.apply_from_registry(registry, effect, looks, messages, reason, now);
}

Expected<std::vector<Message>> SqliteSyncState::list(std::size_t limit) {
  return guarded(sync_work, [&]() -> Expected<std::vector<Message>> {
    std::vector<Message> messages;
    Statement read(impl_->database, std::string(message_columns) + "ORDER BY number DESC LIMIT ?");
    read.bind(static_cast<std::int64_t>(limit));
    while (read.step()) messages.push_back(message_of(read));
    return messages;
  });
}

Expected<Message> SqliteSyncState::find_message(std::uint64_t number) {
  std::vector<std::uint8_t> sealed;
  auto found = guarded(sync_work, [&]() -> Expected<Message> {
    Statement read(impl_->database, std::string(message_columns) + "WHERE number = ?");
    if (!read.bind(number).step())
      return make_error(Errc::not_found, "there is no message " + std::to_string(number), "`regdata sync messages`");
    const Blob raw = read.blob(8);
    sealed.assign(raw.begin(), raw.end());
    return message_of(read);
  });
  if (!found) return found;
  if (auto opened = impl_->open(*found, sealed); !opened) return opened.error();
  return found;
}

Expected<std::optional<UtcTime>> SqliteSyncState::missing_since(const std::string& registry, const std::string& name) {
  return guarded(sync_work, [&]() -> Expected<std::optional<UtcTime>> {
    Statement read(impl_->database, "SELECT missing_since FROM epp_look WHERE registry = ? AND name = ?");
    if (!read.bind(registry, name).step()) return std::optional<UtcTime>();
    return read.optional_time(0);
  });
}

Expected<std::vector<DomainName>> SqliteSyncState::names_to_look_at(const std::string& registry,
                                                                    const std::function<bool(const DomainName&)>& belongs,
                                                                    Due& due, std::size_t limit) {
  return guarded(sync_work, [&]() -> Expected<std::vector<DomainName>> {
    std::vector<DomainName> names;
    // The index is named: by the other one all looks would be read each time, where few are doubtful.
    constexpr std::string_view in_doubt =
        "SELECT epp_look.name FROM epp_look INDEXED BY epp_look_doubtful JOIN registration ON registration.name = "
        "epp_look.name WHERE registry = ?1 AND sight >= 2 AND ended_at IS NULL AND ";
    Statement due_again(impl_->database,
                        std::string(in_doubt) +
                            "at < max(?2, ?3, ?4) AND at < CASE sight WHEN 2 THEN ?2 WHEN 4 THEN ?4 ELSE ?3 END ORDER BY at");
    impl_->take_names(due_again.bind(registry, due.missing_before, due.doubtful_before, due.other_holder_before), belongs,
                      limit, names);
    Statement ahead(impl_->database, std::string(in_doubt) + "at > ?2 + 3600000 ORDER BY at");
    impl_->take_names(ahead.bind(registry, due.now), belongs, limit, names);
    Statement never(
        impl_->database,
        "SELECT name FROM registration WHERE name > ?2 AND ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM epp_look WHERE "
        "registry = ?1 AND epp_look.name = registration.name) ORDER BY name");
    const std::size_t doubted = names.size();
    if (due.never) impl_->take_names(never.bind(registry, due.never_after), belongs, limit, names);
    if (names.size() > doubted) due.never_after = names.back().ascii();
    due.never = due.never && names.size() >= limit;  // else there are no more of them
    // What ended since is looked at no more; a look that lies ahead was noted by a clock that has been put back.
    for (const char* when : {"at > ?2 + 3600000", "at < ?2"}) {
      Statement old(
          impl_->database,
          std::string("SELECT epp_look.name FROM epp_look JOIN registration ON registration.name = epp_look.name WHERE "
                      "registry = ?1 AND ") +
              when + " AND sight < 2 AND ended_at IS NULL ORDER BY at");
      const UtcTime bound = when[3] == '>' ? due.now : due.any_before;
      impl_->take_names(old.bind(registry, bound), belongs, limit, names);
    }
    return names;
  });
}

Expected<std::string> SqliteSyncState::greeting(const std::string& registry) {
  return guarded(sync_work, [&]() -> Expected<std::string> {
    Statement read(impl_->database, "SELECT greeting FROM epp_registry WHERE registry = ?");
    return read.bind(registry).step() ? std::string(read.text(0)) : std::string();
  });
}

Expected<void> SqliteSyncState::keep_greeting(const std::string& registry, const std::string& raw) {
  return guarded(sync_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement(
        impl_->database,
        "INSERT INTO epp_registry (registry, greeting) VALUES (?1, ?2) ON CONFLICT (registry) DO UPDATE SET greeting = ?2")
        .bind(registry, raw)
        .run();
    transaction.commit();
    return {};
  });
}

Expected<void> SqliteSyncState::drained(const std::string& registry, UtcTime now) {
  return guarded(sync_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement(impl_->database,
              "INSERT INTO epp_registry (registry, drained) VALUES (?1, ?2) ON CONFLICT (registry) DO UPDATE SET drained = ?2")
        .bind(registry, now)
        .run();
    transaction.commit();
    return {};
  });
}

Expected<void> SqliteSyncState::note_absence(const std::string& registry, const epp::Absence& absence) {
  return guarded(sync_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement(impl_->database, "DELETE FROM epp_absence WHERE registry = ?1 AND (id = ?2 OR ends < ?3)")
        .bind(registry, absence.id, absence.starts - std::chrono::days(400))
        .run();
    if (!absence.is_off)
      Statement(impl_->database, "INSERT INTO epp_absence (registry, id, starts, ends) VALUES (?, ?, ?, ?)")
          .bind(registry, absence.id, absence.starts, absence.ends)
          .run();
    transaction.commit();
    return {};
  });
}

Expected<std::optional<UtcTime>> SqliteSyncState::away_until(const std::string& registry, UtcTime now) {
  return guarded(sync_work, [&]() -> Expected<std::optional<UtcTime>> {
    Statement read(impl_->database, "SELECT max(ends) FROM epp_absence WHERE registry = ?1 AND starts <= ?2 AND ends > ?2");
    if (!read.bind(registry, now).step()) return std::optional<UtcTime>();
    return read.optional_time(0);
  });
}

Expected<epp::SyncFigures> SqliteSyncState::figures(const std::string& registry) {
  return guarded(sync_work, [&]() -> Expected<epp::SyncFigures> {
    epp::SyncFigures figures;
    const auto count = [&](const char* sql) {
      Statement read(impl_->database, sql);
      return read.bind(registry).step() ? static_cast<std::uint64_t>(read.integer(0)) : 0;
    };
    figures.messages_waiting = count("SELECT count(*) FROM epp_message WHERE registry = ? AND state = 0");
    figures.messages_for_a_person = count("SELECT count(*) FROM epp_message WHERE registry = ? AND state = 2");
    const auto in_doubt = [&](epp::Sight sight) {
      Statement read(
          impl_->database,
          "SELECT count(*) FROM epp_look JOIN registration ON registration.name = epp_look.name WHERE registry = ? AND "
          "sight >= 2 AND sight = ? AND ended_at IS NULL");
      return read.bind(registry, sight).step() ? static_cast<std::uint64_t>(read.integer(0)) : 0;
    };
    figures.names_untold = in_doubt(epp::Sight::untold);
    figures.names_missing = in_doubt(epp::Sight::missing);
    figures.names_of_others = in_doubt(epp::Sight::other_holder);
    Statement newest(impl_->database, "SELECT max(at) FROM epp_look WHERE registry = ? AND at > 0");
    if (newest.bind(registry).step()) figures.last_look = newest.optional_time(0);
    Statement drained(impl_->database, "SELECT drained FROM epp_registry WHERE registry = ?");
    if (drained.bind(registry).step()) figures.last_drain = drained.optional_time(0);
    return figures;
  });
}

Expected<std::vector<epp::Look>> SqliteSyncState::doubtful(const std::string& registry, std::size_t limit) {
  return guarded(sync_work, [&]() -> Expected<std::vector<epp::Look>> {
    std::vector<epp::Look> looks;
    Statement read(
        impl_->database,
        "SELECT epp_look.name, sight, note FROM epp_look JOIN registration ON registration.name = epp_look.name WHERE "
        "registry = ? AND sight >= 2 AND ended_at IS NULL ORDER BY epp_look.name LIMIT ?");
    read.bind(registry, static_cast<std::int64_t>(limit));
    while (read.step())
      looks.push_back({std::string(read.text(0)), static_cast<epp::Sight>(read.integer(1)), std::string(read.text(2))});
    return looks;
  });
}

}  // namespace regdata::store
