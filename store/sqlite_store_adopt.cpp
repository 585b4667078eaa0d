// SqliteStore: going on with a database and keys that do not belong together (docs/decisions/0007).
#include <algorithm>
#include <map>
#include <utility>

#include "store/sqlite_store.hpp"
#include "store/sqlite_store_impl.hpp"

namespace regdata::store {
namespace {

constexpr std::string_view reason = "restore:adopted";

/// One pass over all contacts, inside write transactions of both files. What is read is changed behind the pass.
class Adopting {
 public:
  Adopting(StoreTables& tables, KeyStore& keys, FileAge age, UtcTime now)
      : tables_(tables), keys_(keys), age_(age), now_(now) {}

  void read() {
    for (SharingKey& key : keys_.sharing()) sharing_.emplace(key.handle, std::move(key));
    Statement contacts(tables_.database,
                       "SELECT id, handle, data_key, version, erased_at IS NOT NULL FROM contact ORDER BY id");
    while (contacts.step()) {
      const Held held{contacts.integer(0), contacts.integer(2), std::string(contacts.text(1))};
      DataKey key;
      const auto row = keys_.find(held.data_key, held.handle, key);
      if (!row) {
        ++report.unreadable;  // a damaged key; nothing is known of it
      } else if (contacts.integer(4) != 0) {
        if (row->state == KeyState::live) erased_here_.push_back(held);
      } else if (row->state == KeyState::destroyed) {
        erased_there_.emplace_back(held, row->destroyed_at.value_or(now_));
      } else {
        read_open(held, *row, static_cast<std::uint64_t>(contacts.integer(3)));
      }
    }
  }

  void write() {
    for (const Held& held : rolled_back_) keys_.force_version(held.data_key, held.version);
    for (const Held& held : erased_here_) keys_.destroy(held.data_key, held.handle, reason, now_);
    for (const auto& [held, when] : erased_there_) {
      tables_.contacts.set_erased(held.id, when);
      tables_.feed.append(ChangeKind::contact_erased, held.handle, {}, reason, true, now_);
    }
    for (const Held& held : doubtful_) end_choices(held);
    tables_.ledger.seal_head();
    tables_.feed.mark_end();
    tables_.feed.renew_marks();
    write_meta(tables_.database, "erased", static_cast<std::int64_t>(keys_.destroyed_count()));
    // Keys of contacts that this database never had stay: it may yet be put back. Their ids are given to nobody else.
    write_meta(tables_.database, "last_key", std::max(keys_.last_id(), read_meta(tables_.database, "last_key")));
    report.rolled_back = rolled_back_.size();
    report.choices_ended = doubtful_.size();
    report.erased_again = erased_here_.size() + erased_there_.size();
  }

  SqliteStore::Adoption report;

 private:
  struct Held {
    std::int64_t id = 0;
    std::int64_t data_key = 0;
    std::string handle;
    std::uint64_t version = 0;
  };

  void read_open(Held held, const KeyRow& row, std::uint64_t version) {
    const auto entries = tables_.ledger.entries(held.handle);
    const auto lacks = [&](const std::optional<std::int64_t>& mark) {
      const auto is_it = [&](const ChoiceEntry& entry) { return mark_of(entry.hash) == mark; };
      return mark && (!entries || std::ranges::none_of(*entries, is_it));
    };
    bool lost = lacks(row.last_choice);
    // What was said while this database was away: its contact was made again, under another key.
    const auto [first, last] = sharing_.equal_range(held.handle);
    lost = lost || std::any_of(first, last, [&](const auto& entry) { return lacks(entry.second.last_choice); });
    held.version = version;
    if (row.state == KeyState::absent) {
      ++report.unreadable;
      // Newer keys know of no loss. Those of another history know nothing of this contact.
      lost = lost || age_ != FileAge::older_keys;
    } else {
      if (!lost && entries && !entries->empty() && mark_of(entries->back().hash) != row.last_choice) {
        keys_.note_choice(held.data_key, held.handle, mark_of(entries->back().hash));
      }
      if (!row.expects(version)) rolled_back_.push_back(held);
    }
    if (lost) doubtful_.push_back(std::move(held));
  }

  /// What the ledger lost may have been a withdrawal or an objection of any element: when in doubt, withhold (promise P6). Only
  /// `withdrawn` is heard as both.
  void end_choices(const Held& held) {
    const auto entries = tables_.ledger.entries(held.handle);
    // A ledger that was tampered with gives no consent as it is.
    const auto choices = entries ? ContactChoices::fold(*entries) : ContactChoices();
    std::size_t appended = 0;
    for (const Element element : all_elements) {
      const ChoiceEntry* last = choices.find(element);
      if (!is_choosable(element) || (last != nullptr && last->act == ChoiceAct::withdrawn)) continue;
      ChoiceEntry entry;
      entry.handle = held.handle;
      entry.element = element;
      entry.act = ChoiceAct::withdrawn;
      entry.at = now_;
      entry.method = "restored-backup";
      tables_.ledger.append(std::move(entry), now_);
      ++appended;
    }
    if (appended > 0) {
      tables_.contacts.count_choices(held.id, appended, tables_.ledger.last_mark());
      tables_.feed.append(ChangeKind::choice, held.handle, {}, reason, true, now_);
    } else if (!entries || entries->empty()) {
      return;
    }
    const std::int64_t heard = appended > 0 ? tables_.ledger.last_mark() : mark_of(entries->back().hash);
    keys_.note_choice(held.data_key, held.handle, heard);
    // What those keys told of is answered now; the next adoption does not end later choices for it.
    const auto [first, last] = sharing_.equal_range(held.handle);
    std::for_each(first, last, [&](const auto& entry) { keys_.note_choice(entry.second.id, entry.first, heard); });
  }

  StoreTables& tables_;
  KeyStore& keys_;
  FileAge age_;
  UtcTime now_;
  std::multimap<std::string, SharingKey, std::less<>> sharing_;  ///< by handle; few, see KeyStore::sharing()
  std::vector<Held> rolled_back_;
  std::vector<Held> erased_here_;
  std::vector<std::pair<Held, UtcTime>> erased_there_;
  std::vector<Held> doubtful_;
};

}  // namespace

Expected<SqliteStore::Adoption> SqliteStore::adopt_restored() {
  return guarded("adopting a restored store", [&]() -> Expected<Adoption> {
    Impl& impl = *impl_;
    KeyStore& keys = *impl.keys;
    SQLite::Database& database = impl.tables.database;
    impl.tables.forget();
    Transaction in_database(database, Transaction::Kind::write);
    Transaction in_keys = keys.begin_write();
    const std::int64_t held = read_meta(database, "key_epoch");
    const KeyEpochs epochs = keys.epochs();
    const FileAge age = age_of(held, epochs);
    Adopting adopting(impl.tables, keys, age, impl.clock());
    adopting.read();
    adopting.write();
    const std::int64_t epoch = epoch_after(held, epochs.epoch);
    write_meta(database, "key_epoch", epoch);
    keys.adopt_epoch(epoch);
    // The other way round than everywhere else: a kill in between leaves a database that the keys do not know, which is
    // refused, and keys that still tell what was lost.
    in_database.commit();
    in_keys.commit();
    impl.unsettled_epoch = 0;
    if (const auto tidied = impl.tidy(); !tidied) return tidied.error();
    if (adopting.report.erased_again > 0) {
      if (const auto wiped = keys.wipe_log(); !wiped) return wiped.error();
    }
    return adopting.report;
  });
}

}  // namespace regdata::store
