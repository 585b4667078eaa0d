// The ledger of privacy choices: append-only, hash-chained, sealed at its head.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "registration/privacy_choice.hpp"
#include "store/master_key.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {

/// Each entry's hash is BLAKE2b-256 over the hash before it and the entry; the number and hash of the last entry are sealed
/// with a key of the master key (meta row ledger_head). So an entry that was edited, removed, inserted or moved breaks the
/// chain, and a chain that was cut short or computed anew breaks the seal. Appends inside the caller's transaction. Throws
/// SQLite::Exception.
class ChoiceLedger {
 public:
  ChoiceLedger(SQLite::Database& database, const MasterKey& master);

  /// All entries of one contact, in order. Errc::damaged where one was changed in itself; such a contact counts as never asked.
  Expected<std::vector<ChoiceEntry>> entries(std::string_view handle);
  /// Appends `entry`; sequence, recorded, previous and hash are set. Reads the head where the ledger was not written by this
  /// object last.
  void append(ChoiceEntry entry, UtcTime now);
  /// mark_of() the entry appended last.
  [[nodiscard]] std::int64_t last_mark() const noexcept;
  /// Whether the last entry is the one that was sealed. Where it is not, what is appended stays unsealed: the break is not
  /// healed over, and verify() goes on to tell it.
  [[nodiscard]] bool head_holds();
  /// Seals the new head: once, behind the last append of a transaction. Nothing happens without an append.
  void seal_head();
  /// Another object may have written since: the head is read again.
  void forget() noexcept;

  /// Walks all of it; see RegistrationStore::verify_choices.
  Expected<std::uint64_t> verify();

 private:
  using Hash = std::array<std::uint8_t, 32>;
  void read_head();
  [[nodiscard]] Hash seal_of(std::uint64_t sequence, const Hash& hash) const;

  SQLite::Database& database_;
  SecretBytes<32> key_;
  Statement read_, append_, head_, read_seal_, write_seal_;
  bool head_known_ = false;
  bool head_broken_ = false;
  bool unsealed_ = false;
  std::uint64_t last_sequence_ = 0;
  Hash last_hash_{};
};

/// The hash that `entry` must have behind `entry.previous`.
std::array<std::uint8_t, 32> hash_of(const ChoiceEntry& entry);

/// Tells an entry by its hash, in 8 bytes.
std::int64_t mark_of(const std::array<std::uint8_t, 32>& hash) noexcept;

}  // namespace regdata::store
