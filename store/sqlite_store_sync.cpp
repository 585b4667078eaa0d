// What registries tell, written in one transaction with the registrations that it changes.
#include "store/sqlite_store_impl.hpp"

namespace regdata::store {
namespace {

/// A negative time is that of a change since which the name is to be asked for again: a look that was asked before
/// it does not end that, unless the change lies ahead, as of a clock that was put back: else it would be asked for without an
/// end.
void note_looks(SQLite::Database& database, const std::string& registry, const std::vector<epp::Look>& looks, UtcTime now) {
  Statement write(
      database,
      "INSERT INTO epp_look (registry, name, at, sight, missing_since, note) VALUES (?1, ?2, ?3, ?4, CASE WHEN ?4 = 2 "
      "THEN ?3 END, ?5) ON CONFLICT (registry, name) DO UPDATE SET at = CASE WHEN at < 0 AND -at BETWEEN ?6 AND ?3 THEN at "
      "ELSE ?3 END, "
      "missing_since = CASE WHEN ?4 = 2 THEN coalesce(missing_since, ?3) WHEN ?4 = 3 THEN missing_since END, sight = ?4, note "
      "= "
      "?5");
  for (const epp::Look& look : looks) write.bind(registry, look.name, now, look.sight, look.note, look.asked).run();
}

}  // namespace

Expected<std::vector<std::optional<Registration>>> SqliteStore::registration_facts(const std::vector<DomainName>& names) {
  using Facts = std::vector<std::optional<Registration>>;
  return guarded("reading registrations", [&]() -> Expected<Facts> {
    const Transaction transaction(impl_->tables.database, Transaction::Kind::read);
    Facts facts;
    facts.reserve(names.size());
    for (const DomainName& name : names) {
      auto stored = impl_->tables.registrations.load(name.ascii());
      if (!stored) return stored.error();
      facts.push_back(*stored ? std::optional(std::move((*stored)->registration)) : std::nullopt);
    }
    return facts;
  });
}

Expected<std::vector<epp::Effect::Change>> SqliteStore::apply_from_registry(const std::string& registry,
                                                                            const epp::Effect& effect,
                                                                            const std::vector<epp::Look>& looks,
                                                                            const std::vector<epp::SyncState::Dealt>& messages,
                                                                            std::string_view reason, UtcTime now) {
  using Changes = std::vector<epp::Effect::Change>;
  return impl_->write<Changes>(
      "writing what a registry told", reason, now, [&](RegistrationWriter& writer) -> Expected<Changes> {
        SQLite::Database& database = impl_->tables.database;
        Changes changes;
        std::vector<Difference> differences;
        writer.tell(&differences);
        for (const RegistrationPut& put : effect.puts) {
          if (const auto outcome = writer.put_facts(put); !outcome) return outcome.error();
          for (Difference& one : differences) changes.push_back({put.registration.name, std::move(one)});
          differences.clear();
        }
        writer.tell(nullptr);
        for (const epp::Effect::End& end : effect.ends)
          if (const auto outcome = writer.end(end.name, end.ended); !outcome) return outcome.error();
        note_looks(database, registry, looks, now);
        for (const epp::SyncState::Dealt& one : messages)
          Statement(database, "UPDATE epp_message SET state = ?, note = ? WHERE number = ? AND state <> 1")
              .bind(one.state, one.note, one.number)
              .run();
        return changes;
      });
}

}  // namespace regdata::store
