#include "store/choice_ledger.hpp"

#include <sodium.h>

#include <algorithm>

namespace regdata::store {
namespace {

constexpr const char* choice_columns =
    "SELECT sequence, handle, element, act, at, recorded, method, notice_version, evidence_id, previous, hash FROM choice ";

bool read_hash(Blob from, std::array<std::uint8_t, 32>& to) {
  if (from.size() != to.size()) return false;
  std::ranges::copy(from, to.begin());
  return true;
}

/// False where the row holds what no entry can hold.
bool read_entry(Statement& row, ChoiceEntry& entry) {
  entry.sequence = static_cast<std::uint64_t>(row.integer(0));
  entry.handle = row.text(1);
  entry.element = static_cast<Element>(row.integer(2));
  entry.act = static_cast<ChoiceAct>(row.integer(3));
  entry.at = row.time(4);
  entry.recorded = row.time(5);
  entry.method = row.text(6);
  entry.notice_version = row.text(7);
  entry.evidence_id = row.text(8);
  return row.integer(2) >= 0 && row.integer(2) < static_cast<std::int64_t>(all_elements.size()) && row.integer(3) >= 0 &&
         row.integer(3) <= static_cast<std::int64_t>(ChoiceAct::ended) && read_hash(row.blob(9), entry.previous) &&
         read_hash(row.blob(10), entry.hash);
}

void add_number(crypto_generichash_state& state, std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  crypto_generichash_update(&state, bytes.data(), bytes.size());
}

void add_text(crypto_generichash_state& state, std::string_view text) {
  add_number(state, text.size());
  crypto_generichash_update(&state, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

std::uint64_t millis(UtcTime time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

Error broken(std::uint64_t sequence, std::string_view how) {
  return make_error(Errc::damaged, "ledger of choices: entry " + std::to_string(sequence) + " " + std::string(how),
                    "compare with a backup; until it is mended, trust no choice behind that entry");
}

}  // namespace

std::array<std::uint8_t, 32> hash_of(const ChoiceEntry& entry) {
  std::array<std::uint8_t, 32> hash;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, hash.size());
  crypto_generichash_update(&state, entry.previous.data(), entry.previous.size());
  add_number(state, entry.sequence);
  add_text(state, entry.handle);
  add_number(state, static_cast<std::uint64_t>(entry.element));
  add_number(state, static_cast<std::uint64_t>(entry.act));
  add_number(state, millis(entry.at));
  add_number(state, millis(entry.recorded));
  add_text(state, entry.method);
  add_text(state, entry.notice_version);
  add_text(state, entry.evidence_id);
  crypto_generichash_final(&state, hash.data(), hash.size());
  return hash;
}

std::int64_t mark_of(const std::array<std::uint8_t, 32>& hash) noexcept {
  std::uint64_t mark = 0;
  for (std::size_t i = 0; i < sizeof mark; ++i) mark = (mark << 8U) | hash[i];
  return static_cast<std::int64_t>(mark);
}

ChoiceLedger::ChoiceLedger(SQLite::Database& database, const MasterKey& master)
    : database_(database),
      read_(database, std::string(choice_columns) + "WHERE handle = ? ORDER BY sequence"),
      append_(database,
              "INSERT INTO choice (sequence, handle, element, act, at, recorded, method, notice_version, evidence_id, "
              "previous, hash) "
              "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      head_(database, "SELECT sequence, hash FROM choice ORDER BY sequence DESC LIMIT 1"),
      read_seal_(database, "SELECT value FROM meta WHERE key = 'ledger_head'"),
      write_seal_(database,
                  "INSERT INTO meta (key, value) VALUES ('ledger_head', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1") {
  master.derive("regLEDGR", 1, key_.bytes());
}

Expected<std::vector<ChoiceEntry>> ChoiceLedger::entries(std::string_view handle) {
  std::vector<ChoiceEntry> entries;
  read_.bind(handle);
  while (read_.step()) {
    ChoiceEntry entry;
    if (!read_entry(read_, entry) || entry.hash != hash_of(entry)) {
      read_.reset();
      return broken(entry.sequence, "was changed");
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

void ChoiceLedger::append(ChoiceEntry entry, UtcTime now) {
  if (!head_known_) read_head();
  entry.sequence = last_sequence_ + 1;
  entry.recorded = now;
  entry.previous = last_hash_;
  entry.hash = hash_of(entry);
  append_
      .bind(entry.sequence, entry.handle, entry.element, entry.act, entry.at, entry.recorded, entry.method,
            entry.notice_version, entry.evidence_id, Blob(entry.previous), Blob(entry.hash))
      .run();
  last_sequence_ = entry.sequence;
  last_hash_ = entry.hash;
  unsealed_ = true;
}

std::int64_t ChoiceLedger::last_mark() const noexcept { return mark_of(last_hash_); }

bool ChoiceLedger::head_holds() {
  if (!head_known_) read_head();
  return !head_broken_;
}

void ChoiceLedger::seal_head() {
  if (!unsealed_ || head_broken_) return;
  const Hash seal = seal_of(last_sequence_, last_hash_);
  write_seal_.bind(Blob(seal)).run();
  unsealed_ = false;
}

void ChoiceLedger::forget() noexcept {
  head_known_ = false;
  unsealed_ = false;
}

Expected<std::uint64_t> ChoiceLedger::verify() {
  Transaction transaction(database_, Transaction::Kind::read);
  Statement walk(database_, std::string(choice_columns) + "ORDER BY sequence");
  std::uint64_t count = 0;
  Hash hash{};
  while (walk.step()) {
    ChoiceEntry entry;
    const bool readable = read_entry(walk, entry);
    if (entry.sequence != count + 1) return broken(count + 1, "is missing");
    if (!readable) return broken(entry.sequence, "cannot be read");
    if (entry.previous != hash) return broken(entry.sequence, "does not follow the one before it");
    if (entry.hash != hash_of(entry)) return broken(entry.sequence, "was changed");
    hash = entry.hash;
    ++count;
  }
  Statement seal(database_, "SELECT value FROM meta WHERE key = 'ledger_head'");
  const bool sealed = seal.step();
  if (!sealed && count == 0) return count;
  Hash held{};
  const Hash expected = seal_of(count, hash);
  if (!sealed || !read_hash(seal.blob(0), held) || sodium_memcmp(held.data(), expected.data(), held.size()) != 0) {
    return broken(count + 1, "is missing, or the ledger was computed anew: its seal does not hold");
  }
  return count;
}

void ChoiceLedger::read_head() {
  last_sequence_ = 0;
  last_hash_ = {};
  if (head_.bind().step()) {
    last_sequence_ = static_cast<std::uint64_t>(head_.integer(0));
    if (!read_hash(head_.blob(1), last_hash_)) last_hash_ = {};  // verify() names the entry
  }
  head_.reset();
  head_known_ = true;
  const bool sealed = read_seal_.bind().step();
  Hash held{};
  const Hash expected = seal_of(last_sequence_, last_hash_);
  head_broken_ = sealed ? !read_hash(read_seal_.blob(0), held) || sodium_memcmp(held.data(), expected.data(), held.size()) != 0
                        : last_sequence_ > 0;
  read_seal_.reset();
}

ChoiceLedger::Hash ChoiceLedger::seal_of(std::uint64_t sequence, const Hash& hash) const {
  Hash seal;
  crypto_generichash_state state;
  crypto_generichash_init(&state, key_.bytes().data(), key_.bytes().size(), seal.size());
  add_number(state, sequence);
  crypto_generichash_update(&state, hash.data(), hash.size());
  crypto_generichash_final(&state, seal.data(), seal.size());
  return seal;
}

}  // namespace regdata::store
