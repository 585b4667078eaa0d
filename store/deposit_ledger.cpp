#include "store/deposit_ledger.hpp"

#include <utility>
#include <vector>

#include "store/sqlite.hpp"

namespace regdata::store {
namespace {

using escrow::DepositEntry;
using escrow::DepositKind;
using escrow::DepositState;

constexpr std::string_view ledger_work = "reading or writing the ledger of deposits";

constexpr const char* deposit_columns =
    "SELECT id, agent, registrar, kind, date, revision, state, watermark, due, changed, sequence, entries, file_bytes, "
    "recipient, manifest, reason FROM deposit ";

DepositEntry entry_of(const Statement& row) {
  DepositEntry entry;
  entry.id = static_cast<std::uint64_t>(row.integer(0));
  entry.agent = row.text(1);
  entry.registrar = row.text(2);
  entry.kind = static_cast<DepositKind>(row.integer(3));
  entry.date = std::chrono::sys_days(std::chrono::days(row.integer(4)));
  entry.revision = static_cast<std::uint32_t>(row.integer(5));
  entry.state = static_cast<DepositState>(row.integer(6));
  entry.watermark = row.time(7);
  entry.due = row.optional_time(8);
  entry.changed = row.time(9);
  entry.sequence = static_cast<std::uint64_t>(row.integer(10));
  entry.rows = static_cast<std::uint64_t>(row.integer(11));
  entry.file_bytes = static_cast<std::uint64_t>(row.integer(12));
  entry.recipient = row.text(13);
  entry.manifest = row.text(14);
  entry.reason = row.text(15);
  return entry;
}

/// Whether the row of the last revision is used once more.
bool is_made_again(DepositState state, bool again) {
  switch (state) {
    case DepositState::planned:
    case DepositState::written:
    case DepositState::held:
    case DepositState::failed:
      return true;
    case DepositState::verified:
      return again;
    default:
      return false;
  }
}

Error stands_in_the_way(const DepositEntry& entry) {
  const bool waits = entry.state == DepositState::verified;
  return make_error(
      Errc::conflict,
      "agent " + entry.agent + " has a " + std::string(to_string(entry.kind)) + " deposit of this date: number " +
          std::to_string(entry.id) + ", revision " + std::to_string(entry.revision) + ", " +
          std::string(to_string(entry.state)),
      waits ? "`regdata deposit send` sends it; --again makes it once more" : "--again makes the next revision of it");
}

Error serves_already(const DepositEntry& entry) {
  return make_error(Errc::conflict, "deposit " + std::to_string(entry.id) + " serves the due time already",
                    "somebody else was at it; nothing is to be done");
}

}  // namespace

struct SqliteDepositLedger::Impl {
  explicit Impl(SQLite::Database opened) : database(std::move(opened)) {}

  void note(std::uint64_t id, DepositState state, std::string_view reason, UtcTime now) {
    Statement(database,
              "INSERT INTO deposit_event (deposit, number, at, state, reason) SELECT ?1, 1 + coalesce(max(number), 0), ?2, ?3, "
              "?4 FROM deposit_event WHERE deposit = ?1")
        .bind(id, now, state, reason)
        .run();
  }

  std::optional<DepositEntry> one(Statement& query) {
    std::optional<DepositEntry> entry;
    if (query.step()) entry = entry_of(query);
    query.reset();
    return entry;
  }

  /// The deposit that serves the due time already, also one that waits for a person: a full one, or any where none is due.
  /// Not one that was made under a clock that ran ahead: the rule is that of escrow::made_ahead().
  std::optional<DepositEntry> serving(const escrow::NewDeposit& deposit, UtcTime now) {
    if (!deposit.due) return std::nullopt;
    Statement query(
        database,
        std::string(deposit_columns) +
            "WHERE agent = ?1 AND registrar = ?2 AND (kind = ?3 OR ?4) AND watermark >= ?5 AND date >= ?6 AND state NOT IN "
            "(?7, ?8, ?9) AND watermark <= ?10 AND NOT EXISTS (SELECT 1 FROM deposit AS later WHERE later.agent = ?1 AND "
            "later.id > deposit.id AND later.watermark < deposit.watermark - ?11 AND deposit.date = deposit.watermark / "
            "86400000) LIMIT 1");
    return one(query.bind(deposit.agent, deposit.registrar, DepositKind::full, deposit.kind != DepositKind::full, *deposit.due,
                          std::chrono::floor<std::chrono::days>(*deposit.due).time_since_epoch().count(), DepositState::planned,
                          DepositState::written, DepositState::failed, now + escrow::clock_slack,
                          std::chrono::milliseconds(escrow::clock_slack).count()));
  }

  /// Its manifest is one that a later manifest may name: it has to stay in the chain.
  bool is_named_by_another(const DepositEntry& entry) {
    Statement query(
        database, "SELECT 1 FROM deposit WHERE agent = ? AND registrar = ? AND made > (SELECT made FROM deposit WHERE id = ?)");
    return query.bind(entry.agent, entry.registrar, entry.id).step();
  }

  /// Earlier revisions that wait here: `entry` has taken their place.
  void give_up_former(const DepositEntry& entry, UtcTime now) {
    constexpr std::string_view reason = "made once more, as the next revision";
    std::vector<std::uint64_t> former;
    Statement query(database,
                    "SELECT id FROM deposit WHERE agent = ? AND registrar = ? AND kind = ? AND date = ? AND revision < ? AND "
                    "state IN (?, ?)");
    query.bind(entry.agent, entry.registrar, entry.kind, entry.date.time_since_epoch().count(), entry.revision,
               DepositState::verified, DepositState::held);
    while (query.step()) former.push_back(static_cast<std::uint64_t>(query.integer(0)));
    for (const std::uint64_t id : former) {
      Statement(database, "UPDATE deposit SET state = ?, changed = ?, reason = ? WHERE id = ?")
          .bind(DepositState::failed, now, reason, id)
          .run();
      note(id, DepositState::failed, reason, now);
    }
  }

  /// A good one that stood while its next revision was not made.
  std::optional<DepositEntry> standing(const DepositEntry& last) {
    if (last.state != DepositState::failed) return std::nullopt;
    Statement query(database, std::string(deposit_columns) +
                                  "WHERE agent = ? AND registrar = ? AND kind = ? AND date = ? AND state = ? ORDER BY revision "
                                  "DESC LIMIT 1");
    return one(query.bind(last.agent, last.registrar, last.kind, last.date.time_since_epoch().count(), DepositState::verified));
  }

  std::optional<DepositEntry> by_id(std::uint64_t id) {
    Statement query(database, std::string(deposit_columns) + "WHERE id = ?");
    return one(query.bind(id));
  }

  SQLite::Database database;
};

SqliteDepositLedger::SqliteDepositLedger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteDepositLedger::~SqliteDepositLedger() = default;

Expected<std::unique_ptr<SqliteDepositLedger>> SqliteDepositLedger::open(const StorePaths& paths) {
  auto database = open_file(paths.database, FileKind::database, Access::read_write);
  if (!database) return database.error();
  if (auto checked = check_schema(*database, "registration store"); !checked) return checked.error();
  return std::unique_ptr<SqliteDepositLedger>(new SqliteDepositLedger(std::make_unique<Impl>(std::move(*database))));
}

Expected<DepositEntry> SqliteDepositLedger::plan(const escrow::NewDeposit& deposit, UtcTime now) {
  return guarded(ledger_work, [&]() -> Expected<DepositEntry> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    const std::int64_t date =
        deposit.date.value_or(std::chrono::floor<std::chrono::days>(deposit.watermark)).time_since_epoch().count();
    Statement last(impl_->database,
                   std::string(deposit_columns) +
                       "WHERE agent = ? AND registrar = ? AND kind = ? AND date = ? ORDER BY revision DESC LIMIT 1");
    const auto former = impl_->one(last.bind(deposit.agent, deposit.registrar, deposit.kind, date));
    if (const auto serving = impl_->serving(deposit, now)) return serves_already(*serving);
    std::uint64_t id = 0;
    const bool once_more = former && is_made_again(former->state, deposit.again);
    const bool named = once_more && (former->revision < deposit.least_revision || impl_->is_named_by_another(*former));
    if (const auto stands = former && !deposit.again ? impl_->standing(*former) : std::nullopt)
      return stands_in_the_way(*stands);
    if (once_more && !named) {
      id = former->id;
      Statement(impl_->database,
                "UPDATE deposit SET state = 0, watermark = ?, due = coalesce(?, due), changed = ?, sequence = 0, entries = 0, "
                "file_bytes = 0, recipient = '', manifest = NULL, made = NULL, reason = '' WHERE id = ?")
          .bind(deposit.watermark, deposit.due, now, id)
          .run();
    } else {
      if (former && !named && !deposit.again && former->state != DepositState::rejected) return stands_in_the_way(*former);
      Statement insert(impl_->database,
                       "INSERT INTO deposit (agent, registrar, kind, date, revision, state, watermark, due, changed) VALUES "
                       "(?, ?, ?, ?, ?, 0, ?, ?, ?)");
      insert
          .bind(deposit.agent, deposit.registrar, deposit.kind, date,
                std::max(former ? former->revision + 1 : 0U, deposit.least_revision), deposit.watermark, deposit.due, now)
          .run();
      id = insert.last_row();
    }
    impl_->note(id, DepositState::planned, {}, now);
    auto entry = impl_->by_id(id);
    if (!entry) return make_error(Errc::damaged, "the ledger does not hold what was just written");
    transaction.commit();
    return std::move(*entry);
  });
}

Expected<void> SqliteDepositLedger::advance(std::uint64_t id, DepositState from, DepositState to,
                                            const escrow::DepositStep& step, UtcTime now) {
  return guarded(ledger_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    const auto entry = impl_->by_id(id);
    if (!entry) return make_error(Errc::not_found, "no deposit has the number " + std::to_string(id));
    if (entry->state != from || !may_follow(from, to))
      return make_error(Errc::conflict, "deposit " + std::to_string(id) + " is " + std::string(to_string(entry->state)) +
                                            " and does not become " + std::string(to_string(to)));
    Statement(impl_->database,
              "UPDATE deposit SET state = ?1, changed = ?2, reason = ?3, sequence = coalesce(?4, sequence), entries = "
              "coalesce(?5, entries), file_bytes = coalesce(?6, file_bytes), recipient = coalesce(?7, recipient), made = "
              "CASE WHEN ?8 IS NULL THEN made ELSE (SELECT 1 + coalesce(max(made), 0) FROM deposit) END, manifest = "
              "coalesce(?8, manifest) WHERE id = ?9")
        .bind(to, now, step.reason, step.sequence, step.rows, step.file_bytes, step.recipient, step.manifest, id)
        .run();
    impl_->note(id, to, step.reason, now);
    if (to == DepositState::verified || to == DepositState::held) impl_->give_up_former(*entry, now);
    transaction.commit();
    return {};
  });
}

Expected<void> SqliteDepositLedger::reinstate(std::uint64_t id, UtcTime watermark, const escrow::DepositStep& step,
                                              UtcTime now) {
  return guarded(ledger_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    const auto entry = impl_->by_id(id);
    if (!entry || (entry->state != DepositState::planned && entry->state != DepositState::written))
      return make_error(Errc::conflict, "deposit " + std::to_string(id) + " is not being made once more");
    Statement(
        impl_->database,
        "UPDATE deposit SET state = ?1, changed = ?2, reason = ?3, watermark = ?4, sequence = ?5, entries = ?6, file_bytes = "
        "?7, recipient = ?8, manifest = ?9, made = (SELECT 1 + coalesce(max(made), 0) FROM deposit) WHERE id = ?10")
        .bind(DepositState::verified, now, step.reason, watermark, step.sequence, step.rows, step.file_bytes, step.recipient,
              step.manifest, id)
        .run();
    impl_->note(id, DepositState::verified, step.reason, now);
    transaction.commit();
    return {};
  });
}

Expected<std::optional<DepositEntry>> SqliteDepositLedger::find(std::uint64_t id) {
  return guarded(ledger_work, [&]() -> Expected<std::optional<DepositEntry>> { return impl_->by_id(id); });
}

Expected<std::vector<DepositEntry>> SqliteDepositLedger::list(std::string_view agent, std::size_t limit) {
  return guarded(ledger_work, [&]() -> Expected<std::vector<DepositEntry>> {
    Statement query(impl_->database, std::string(deposit_columns) + "WHERE ?1 = '' OR agent = ?1 ORDER BY id DESC LIMIT ?2");
    query.bind(agent, static_cast<std::int64_t>(limit));
    std::vector<DepositEntry> entries;
    while (query.step()) entries.push_back(entry_of(query));
    return entries;
  });
}

Expected<std::optional<DepositEntry>> SqliteDepositLedger::last_made(std::string_view agent, std::string_view registrar) {
  return guarded(ledger_work, [&]() -> Expected<std::optional<DepositEntry>> {
    Statement query(impl_->database, std::string(deposit_columns) +
                                         "WHERE agent = ? AND registrar = ? AND made IS NOT NULL ORDER BY made DESC LIMIT 1");
    return impl_->one(query.bind(agent, registrar));
  });
}

Expected<std::optional<DepositEntry>> SqliteDepositLedger::last_good(std::string_view agent, std::string_view registrar) {
  return guarded(ledger_work, [&]() -> Expected<std::optional<DepositEntry>> {
    Statement query(impl_->database, std::string(deposit_columns) +
                                         "WHERE agent = ? AND registrar = ? AND made IS NOT NULL AND state IN (?, ?, ?, ?, ?) "
                                         "ORDER BY made DESC LIMIT 1");
    return impl_->one(query.bind(agent, registrar, DepositState::verified, DepositState::sending, DepositState::sent,
                                 DepositState::accepted, DepositState::missing));
  });
}

Expected<std::vector<escrow::DepositEvent>> SqliteDepositLedger::history(std::uint64_t id) {
  return guarded(ledger_work, [&]() -> Expected<std::vector<escrow::DepositEvent>> {
    Statement query(impl_->database, "SELECT at, state, reason FROM deposit_event WHERE deposit = ? ORDER BY number");
    query.bind(id);
    std::vector<escrow::DepositEvent> events;
    while (query.step())
      events.push_back({query.time(0), static_cast<DepositState>(query.integer(1)), std::string(query.text(2))});
    return events;
  });
}

}  // namespace regdata::store
