#include "store/outbox.hpp"

#include <utility>

#include "store/sqlite.hpp"

namespace regdata::store {
namespace {

constexpr std::string_view outbox_work = "reading or writing the outbox";
/// Bound into the seal (SqliteStore::seal_for).
constexpr std::string_view purpose = "relay-letter";

enum State : std::int64_t { unconfirmed = 0, waiting = 1 };

std::optional<std::string_view> or_null(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

}  // namespace

struct SqliteOutbox::Impl {
  Impl(SqliteStore& sealing, SQLite::Database opened) : store(sealing), database(std::move(opened)) {}

  void note(std::uint64_t letter, std::string_view handle, std::string_view name, std::string_view status, UtcTime now) {
    Statement(
        database,
        "INSERT INTO accuracy_note (handle, name, letter, status, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (letter) DO NOTHING")
        .bind(handle, name, letter, status, now)
        .run();
  }

  /// Notes that it is asked; false: it was asked often enough.
  bool may_ask(const relay::Asked& asked, UtcTime now) {
    Statement count(database, "SELECT count(*) FROM letter_asked WHERE fingerprint = ? AND at > ?");
    if (count.bind(blob_of(asked.fingerprint), asked.since).step() && count.integer(0) >= asked.most) return false;
    Statement(database, "INSERT INTO letter_asked (fingerprint, at) VALUES (?, ?)").bind(blob_of(asked.fingerprint), now).run();
    return true;
  }

  /// The letter whose sender a confirmation asks has the confirmation's source without its last character.
  void confirmation_ended(std::string_view source, bool delivered, UtcTime now) {
    const std::string_view letter = source.substr(0, source.empty() ? 0 : source.size() - 1);
    if (delivered)
      Statement(database, "UPDATE letter SET queued = ? WHERE source = ? AND state = 0").bind(now, letter).run();
    else
      Statement(database, "DELETE FROM letter WHERE source = ? AND state = 0").bind(letter).run();
  }

  SqliteStore& store;
  SQLite::Database database;
};

SqliteOutbox::SqliteOutbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteOutbox::~SqliteOutbox() = default;

Expected<std::unique_ptr<SqliteOutbox>> SqliteOutbox::open(SqliteStore& store, const StorePaths& paths) {
  auto database = open_file(paths.database, FileKind::database, Access::read_write);
  if (!database) return database.error();
  if (auto checked = check_schema(*database, "registration store"); !checked) return checked.error();
  return std::unique_ptr<SqliteOutbox>(new SqliteOutbox(std::make_unique<Impl>(store, std::move(*database))));
}

Expected<relay::Put> SqliteOutbox::put(const std::vector<relay::NewMail>& mails, const relay::Asked* asked, UtcTime now) {
  // Sealed before the write lock is taken: a seal reads the key file, and its writers take the two locks in the other order.
  std::vector<std::vector<std::uint8_t>> sealed;
  for (const relay::NewMail& mail : mails) {
    if (mail.handle.empty()) {
      sealed.emplace_back(mail.content.begin(), mail.content.end());
      continue;
    }
    auto closed = impl_->store.seal_for(mail.handle, purpose, blob_of(mail.content));
    if (!closed) return closed.error();
    sealed.push_back(std::move(*closed));
  }
  return guarded(outbox_work, [&]() -> Expected<relay::Put> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement known(impl_->database, "SELECT 1 FROM letter WHERE source = ?");
    Statement insert(
        impl_->database,
        "INSERT INTO letter (kind, state, source, name, handle, token, confirmation, sealed, queued, next, attempts, "
        "status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?9, ?9, 0, '')");
    for (std::size_t i = 0; i < mails.size(); ++i) {
      const relay::NewMail& mail = mails[i];
      if (!mail.source.empty() && known.bind(mail.source).step()) return relay::Put::known;
      known.reset();
      const State state = mail.confirmation.empty() ? waiting : unconfirmed;
      const std::optional<Blob> confirmation =
          mail.confirmation.empty() ? std::nullopt : std::optional(blob_of(mail.confirmation));
      insert
          .bind(mail.kind, state, or_null(mail.source), mail.domain, mail.handle, mail.token, confirmation, Blob(sealed[i]),
                now)
          .run();
    }
    if (asked != nullptr && !impl_->may_ask(*asked, now)) return relay::Put::too_many;
    transaction.commit();
    return relay::Put::queued;
  });
}

Expected<std::vector<relay::DueMail>> SqliteOutbox::due(UtcTime now, std::size_t limit) {
  std::vector<std::string> sealed;
  auto mails = guarded(outbox_work, [&]() -> Expected<std::vector<relay::DueMail>> {
    std::vector<relay::DueMail> found;
    Statement read(impl_->database,
                   "SELECT id, kind, name, handle, token, attempts, queued, sealed FROM letter WHERE state = 1 AND (next <= ?1 "
                   "OR next > ?2) ORDER BY next, id LIMIT ?3");
    // Nothing is put off for longer: what lies further ahead was written by a clock that has been put back since.
    read.bind(now, now + relay::longest_retry, static_cast<std::int64_t>(limit));
    while (read.step()) {
      relay::DueMail mail;
      mail.id = static_cast<std::uint64_t>(read.integer(0));
      mail.kind = static_cast<relay::MailKind>(read.integer(1));
      mail.domain = read.text(2);
      mail.handle = read.text(3);
      mail.token = read.text(4);
      mail.attempts = static_cast<std::uint32_t>(read.integer(5));
      mail.queued = read.time(6);
      sealed.push_back(text_of(read.blob(7)));
      found.push_back(std::move(mail));
    }
    return found;
  });
  if (!mails) return mails;
  for (std::size_t i = 0; i < mails->size(); ++i) {
    relay::DueMail& mail = (*mails)[i];
    if (mail.handle.empty()) {
      mail.content = std::move(sealed[i]);
      continue;
    }
    auto opened = impl_->store.open_for(mail.handle, purpose, blob_of(sealed[i]));
    mail.unreadable = !opened;  // one contact's trouble must not keep the others' mail
    if (opened && *opened) mail.content = text_of(**opened);
  }
  return mails;
}

Expected<void> SqliteOutbox::try_later(std::uint64_t id, UtcTime next, std::string_view status) {
  return guarded(outbox_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement(impl_->database, "UPDATE letter SET next = ?, attempts = attempts + 1, status = ? WHERE id = ? AND state = 1")
        .bind(next, status, id)
        .run();
    transaction.commit();
    return {};
  });
}

Expected<void> SqliteOutbox::end(std::uint64_t id, relay::MailEnd end, std::string_view status, bool inaccurate, UtcTime now) {
  return guarded(outbox_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement read(impl_->database, "SELECT handle, name, kind, source FROM letter WHERE id = ? AND state = 1");
    if (!read.bind(id).step()) return make_error(Errc::damaged, "the outbox does not hold a mail that was just sent");
    if (inaccurate) impl_->note(id, read.text(0), read.text(1), status, now);
    const bool asks = static_cast<relay::MailKind>(read.integer(2)) == relay::MailKind::confirmation;
    if (asks) impl_->confirmation_ended(read.text(3), end == relay::MailEnd::delivered, now);
    read.reset();
    Statement(impl_->database,
              "UPDATE letter SET state = ?, status = ?, ended = ?, sealed = NULL, confirmation = NULL WHERE id = ?")
        .bind(end, status, now, id)
        .run();
    transaction.commit();
    return {};
  });
}

Expected<bool> SqliteOutbox::confirm(std::string_view confirmation, UtcTime now) {
  return guarded(outbox_work, [&]() -> Expected<bool> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement(impl_->database,
              "UPDATE letter SET state = 1, queued = ?1, next = ?1, confirmation = NULL WHERE confirmation = ?2 AND state = 0")
        .bind(now, blob_of(confirmation))
        .run();
    const bool found = impl_->database.getChanges() > 0;
    transaction.commit();
    return found;
  });
}

Expected<std::optional<relay::Returned>> SqliteOutbox::returned(std::string_view token, std::string_view status,
                                                                bool inaccurate, UtcTime now) {
  return guarded(outbox_work, [&]() -> Expected<std::optional<relay::Returned>> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement read(impl_->database, "SELECT id, name, handle FROM letter WHERE token = ?");
    if (!read.bind(token).step()) return std::optional<relay::Returned>();
    const auto id = static_cast<std::uint64_t>(read.integer(0));
    relay::Returned found{std::string(read.text(1)), std::string(read.text(2)), false};
    read.reset();
    if (inaccurate) {
      Statement(impl_->database, "UPDATE letter SET status = ?, returned = ? WHERE id = ?").bind(status, now, id).run();
      if (!found.handle.empty()) {
        impl_->note(id, found.handle, found.domain, status, now);
        found.new_note = impl_->database.getChanges() > 0;
      }
    }
    transaction.commit();
    return std::optional(std::move(found));
  });
}

Expected<std::uint64_t> SqliteOutbox::count(std::string_view domain, relay::MailKind kind, UtcTime since) {
  return guarded(outbox_work, [&]() -> Expected<std::uint64_t> {
    Statement read(impl_->database, "SELECT count(*) FROM letter WHERE name = ? AND kind = ? AND queued > ?");
    read.bind(domain, kind, since).step();
    return static_cast<std::uint64_t>(read.integer(0));
  });
}

Expected<std::optional<std::string>> SqliteOutbox::domain_of_relay_token(std::string_view token, UtcTime now) {
  return guarded(outbox_work, [&]() -> Expected<std::optional<std::string>> {
    Statement read(impl_->database,
                   "SELECT name FROM registration WHERE relay_token = ?1 AND relay_token <> '' AND ended_at IS NULL UNION ALL "
                   "SELECT name FROM relay_token_before JOIN registration USING (name) WHERE token = ?1 AND until > ?2 AND "
                   "ended_at IS NULL");
    if (!read.bind(token, now).step()) return std::optional<std::string>();
    return std::optional(std::string(read.text(0)));
  });
}

Expected<std::size_t> SqliteOutbox::renew_relay_tokens(UtcTime drawn_before, UtcTime former_until, std::size_t limit,
                                                       UtcTime now) {
  return impl_->store.renew_relay_tokens(drawn_before, former_until, limit, now);
}

Expected<relay::OutboxState> SqliteOutbox::state() {
  return guarded(outbox_work, [&]() -> Expected<relay::OutboxState> {
    // length() reads a blob's header and not the blob
    Statement read(impl_->database,
                   "SELECT count(*), coalesce(sum(length(sealed)), 0), min(queued) FROM letter WHERE state = 1");
    read.step();
    return relay::OutboxState{static_cast<std::uint64_t>(read.integer(0)), static_cast<std::uint64_t>(read.integer(1)),
                              read.optional_time(2)};
  });
}

Expected<void> SqliteOutbox::forget(UtcTime before_confirmation, UtcTime ended) {
  return guarded(outbox_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    Statement(impl_->database,
              "DELETE FROM letter WHERE state = 0 AND queued < ? AND NOT EXISTS (SELECT 1 FROM letter AS asking WHERE "
              "asking.source = letter.source || '?' AND asking.state = 1)")
        .bind(before_confirmation)
        .run();
    Statement(impl_->database, "DELETE FROM letter WHERE ended < ?").bind(ended).run();
    Statement(impl_->database, "DELETE FROM letter_asked WHERE at < ?").bind(before_confirmation).run();
    transaction.commit();
    return {};
  });
}

}  // namespace regdata::store
