// The registration store on one machine: SQLite files, contacts sealed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "epp/sync_state.hpp"
#include "registration/registration_store.hpp"
#include "store/key_rotation.hpp"
#include "store/master_key.hpp"
#include "store/store_paths.hpp"

namespace regdata::store {

/// RegistrationStore on two SQLite files (WAL). One object per thread; any number of objects and processes on one store, one of
/// them writing at a time (others wait up to five seconds, then Errc::unavailable). Not to be carried across fork().
class SqliteStore final : public RegistrationStore {
 public:
  /// What to do about a database and keys that do not belong together: one of the two is older, or each went on alone.
  enum class Mismatch : std::uint8_t {
    refuse,
    adopt,  ///< open for adopt_restored(): nothing is put in order, and writing is refused until it was called
  };
  /// What adopting found.
  struct Adoption {
    std::uint64_t rolled_back = 0;    ///< contacts whose version before the latest is the current one now
    std::uint64_t choices_ended = 0;  ///< contacts whose latest choices are lost: nothing of them is shown by choice any more
    std::uint64_t unreadable = 0;     ///< contacts whose keys are lost: published withheld
    std::uint64_t erased_again = 0;   ///< erasures that one of the two files had forgotten
  };

  /// Makes both files, mode 0600. `region` ("EU") is written into the store and bound to every sealed contact without a
  /// region of its own; it cannot be changed later. Errors: conflict (a file is there), invalid (region), unavailable.
  static Expected<void> create(const StorePaths& paths, std::shared_ptr<const MasterKey> master, std::string_view region,
                               UtcTime now);

  /// Opens a store. Also ends what a kill left half done: sweeps data keys that were never used, settles contact versions,
  /// completes erasures. Errors: not_found (no such file), version (schema older: run `regdata db migrate`; or newer),
  /// configuration (another master key, keys of another store, another region), conflict (database and keys do not belong
  /// together, see Mismatch), unavailable, damaged.
  static Expected<std::unique_ptr<SqliteStore>> open(const StorePaths& paths, std::shared_ptr<const MasterKey> master,
                                                     std::string_view region, Clock clock,
                                                     Mismatch mismatch = Mismatch::refuse);
  ~SqliteStore() override;

  Expected<std::optional<RegistrationData>> find(const DomainName& name) override;
  Expected<std::optional<RoleContact>> find_contact(std::string_view handle) override;
  Expected<FeedMark> for_each(std::string_view after, const std::function<bool(const RegistrationData&)>& visit) override;
  Expected<FeedMark> read_snapshot(const std::function<Expected<void>(StoreSnapshot&)>& look) override;
  Expected<std::vector<DomainName>> names_of_contact(std::string_view handle, std::string_view after,
                                                     std::size_t limit) override;
  Expected<std::vector<std::string>> handles_by_email(std::string_view email) override;
  Expected<std::optional<Host>> find_host(const DomainName& name) override;
  Expected<std::optional<DomainName>> sponsored_ancestor(const DomainName& name) override;
  Expected<std::uint64_t> count() override;

  Expected<std::vector<PutOutcome>> put(const std::vector<RegistrationPut>& batch, std::string_view reason,
                                        UtcTime now) override;
  Expected<std::vector<PutOutcome>> put_contacts(const std::vector<Contact>& contacts, std::string_view reason,
                                                 UtcTime now) override;
  Expected<std::vector<Difference>> difference(const RegistrationPut& put) override;
  Expected<PutOutcome> end(const DomainName& name, Ended ended, std::string_view reason, UtcTime now) override;
  Expected<std::uint64_t> add_choices(const std::vector<ChoiceEntry>& entries, std::string_view reason, UtcTime now) override;
  Expected<std::vector<ChoiceEntry>> choice_entries(std::string_view handle) override;
  Expected<std::uint64_t> verify_choices() override;
  Expected<void> erase_contact(std::string_view handle, std::string_view reason, UtcTime now) override;
  Expected<void> erase_contact_unless_needed(std::string_view handle, std::string_view reason, UtcTime now) override;

  Expected<std::vector<Change>> changes_after(std::uint64_t sequence, std::size_t limit) override;
  Expected<std::uint64_t> last_sequence() override;
  Expected<FeedMark> feed_mark() override;
  Expected<bool> was_at(const FeedMark& mark) override;

  Expected<std::vector<DomainName>> due_names(UtcTime now, std::size_t limit) override;
  Expected<std::optional<UtcTime>> next_due() override;
  Expected<void> set_due(std::span<const DueTime> times) override;

  /// SyncState::apply(): effects, looks, and messages that were dealt with.
  Expected<std::vector<std::optional<Registration>>> registration_facts(const std::vector<DomainName>& names);
  Expected<std::vector<epp::Effect::Change>> apply_from_registry(const std::string& registry, const epp::Effect& effect,
                                                                 const std::vector<epp::Look>& looks,
                                                                 const std::vector<epp::SyncState::Dealt>& messages,
                                                                 std::string_view reason, UtcTime now);

  /// Seals bytes under the data key of a contact, for whatever else holds its personal data (journaled frames, letters): one
  /// erase_contact() then reaches them too. An empty handle: under a key of the store's own, for what is about nobody.
  /// `purpose` is bound into the seal ("epp-frame"). Errors: not_found, key_missing, refused (the contact was erased), damaged.
  Expected<std::vector<std::uint8_t>> seal_for(std::string_view handle, std::string_view purpose,
                                               std::span<const std::uint8_t> bytes);
  /// Opens what seal_for() made; empty: the contact was erased. Errors: not_found, key_missing, damaged.
  Expected<std::optional<std::vector<std::uint8_t>>> open_for(std::string_view handle, std::string_view purpose,
                                                              std::span<const std::uint8_t> sealed);

  /// Draws a new relay token for names whose own was drawn before `drawn_before`, at most `limit`, those that have it longest
  /// first; a former one leads to the holder until `former_until`. Returns how many. Changes nothing else of a registration:
  /// the feed says look_again.
  Expected<std::size_t> renew_relay_tokens(UtcTime drawn_before, UtcTime former_until, std::size_t limit, UtcTime now);
  /// Re-wraps data keys under a new key-encryption key, at most `limit` a call, each call a transaction; to be called until
  /// nothing is left. The first call after a finished rotation starts the next one. Contacts are not touched. Survives kills.
  Expected<KeyRotation> rotate_keys(std::size_t limit);

  /// Goes on with the files as they are, on an operator's word: `regdata db adopt`. Takes the database's version of each
  /// contact as current. A contact whose ledger is shorter than the keys say lost choices that may have been withdrawals:
  /// everything that it could choose is recorded as withdrawn. What one of the files holds as erased is erased in both. Views
  /// are made anew. Killed in between it leaves files that are refused as before, and is to be called again. Also for files
  /// that belong together: then only the views are made anew.
  Expected<Adoption> adopt_restored();

  struct Impl;

 private:
  enum class Erase : std::uint8_t { whatever_needs_it, unless_needed };
  Expected<void> erase(std::string_view handle, std::string_view reason, UtcTime now, Erase which);

  explicit SqliteStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::store
