// One transaction of changes: what sources state goes into the tables, the ledger and the change feed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "registration/registration_store.hpp"
#include "store/host_table.hpp"
#include "store/merge.hpp"
#include "store/store_tables.hpp"

namespace regdata::store {

/// Used inside a write transaction on the database and one on the key store; call finish() before committing. After an error or
/// an exception both are to be rolled back. Throws SQLite::Exception.
class RegistrationWriter {
 public:
  /// `reason` goes into the change feed; `differences`, where given, gets what changes.
  RegistrationWriter(StoreTables& tables, std::string_view reason, UtcTime now, std::vector<Difference>* differences = nullptr);
  /// From here on it gets what changes; null: nobody does.
  void tell(std::vector<Difference>* differences) noexcept { differences_ = differences; }

  Expected<PutOutcome> put(const RegistrationPut& put);
  /// The same without a word of contacts: those that the name has stay, none is read. Of a name that is not held: unchanged.
  Expected<PutOutcome> put_facts(const RegistrationPut& put);
  /// A contact by itself.
  Expected<PutOutcome> put(const Contact& contact);
  Expected<PutOutcome> end(const DomainName& name, const Ended& ended);
  /// Returns whether anything was appended.
  Expected<bool> add_choices(const std::vector<ChoiceEntry>& entries);
  /// SqliteStore::renew_relay_tokens().
  Expected<std::size_t> renew_relay_tokens(UtcTime drawn_before, UtcTime former_until, std::size_t limit);
  /// Returns what went into the change feed.
  ChangeFeed::Appended finish();

  /// Contact versions announced to the key store, to be settled after the commit.
  [[nodiscard]] const std::vector<ListedKey>& announced() const noexcept { return announced_; }

 private:
  /// What is to be done about a contact's choices behind its change.
  struct HolderChange {
    std::string handle;
    UtcTime held_as_of{};  ///< until then, at least, the old holder was there
  };

  Expected<bool> put_contact(const Contact& stated, const Superseded& superseded);
  bool mend_contact(const StoredContact& held, const Contact& stated);
  Expected<bool> put_choices(const std::vector<ChoiceEntry>& stated, const Superseded& superseded = {});
  Expected<bool> put_choices_of(const std::string& handle, std::vector<ChoiceEntry> stated, const HolderChange* change);
  Expected<ContactIds> resolve(const Registration& registration);
  Expected<bool> put_registration(const RegistrationPut& put, StoredRegistration stated, bool& added);
  void write_registration(const StoredRegistration& stored, const ContactIds& held_contacts, bool hides);
  Expected<void> use_hosts(const std::vector<DomainName>& before, const std::vector<DomainName>& after,
                           const Provenance& provenance);
  Expected<bool> put_hosts(const RegistrationPut& put, const Registration& result);
  Expected<bool> put_host(const Host& stated, const Superseded& superseded);
  /// Whether there are any.
  Expected<bool> announce_hosts_below(const DomainName& name, bool hides);
  void report(std::string object, std::string element, std::string what);

  StoreTables& tables_;
  std::string reason_;
  UtcTime now_;
  std::vector<Difference>* differences_;
  HostBatch hosts_;
  std::vector<ListedKey> announced_;
  std::vector<HolderChange> holder_changes_;  ///< of the put in hand
  std::int64_t sponsored_delta_ = 0;
};

}  // namespace regdata::store
