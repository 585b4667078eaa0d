// The one interface between what is known and everybody who reads or changes it. Implemented in store/.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "registration/feed_mark.hpp"
#include "registration/host.hpp"
#include "registration/privacy_choice.hpp"
#include "registration/registration.hpp"
#include "registration/registration_data.hpp"

namespace regdata {

/// What changed. The numbers are stored: append only.
enum class ChangeKind : std::uint8_t {
  registration_put,    ///< subject: domain name
  registration_ended,  ///< subject: domain name; a hide
  contact_put,         ///< subject: handle
  contact_erased,      ///< subject: handle; a hide
  choice,              ///< subject: handle
  host_put,            ///< subject: host name
  host_removed,        ///< subject: host name; a hide
  look_again,          ///< subject: domain name; a rule bound to time became due
};

/// One entry of the change feed. Deletions stay in it, with what incremental deposits need to name them.
struct Change {
  std::uint64_t sequence = 0;
  UtcTime at{};
  ChangeKind kind = ChangeKind::registration_put;
  std::string subject;
  std::string roid;    ///< of the object, where it had one
  std::string reason;  ///< why: "import:panel", "choice:withdrawn"; a label without personal data
  bool hides = false;  ///< may take something out of public view: published before the others
};

/// What a put did.
enum class PutOutcome : std::uint8_t { unchanged, added, changed };

/// What the same source states again further on. The last statement holds: these are taken only where nothing is held yet, so
/// that a source that is read again changes nothing on its way to its last word (docs/decisions/0004).
struct Superseded {
  bool registration = false;              ///< with its hosts
  std::optional<UtcTime> ended_at;        ///< the last word about the name is an end: the earliest time of its ends
  std::vector<std::string> contacts;      ///< handles
  std::vector<std::string> other_holder;  ///< those of them whose last statement names another holder: consent is not theirs
  std::vector<DomainName> hosts;

  friend bool operator==(const Superseded&, const Superseded&) = default;
};

/// A registration with the contacts and hosts that its source states with it (one import line, one registry answer).
struct RegistrationPut {
  Registration registration;
  std::vector<Contact> contacts;
  std::vector<Host> hosts;
  std::vector<ChoiceEntry> choices;  ///< with evidence; entries equal to one in the ledger are not added again
  Superseded superseded{};
  /// Where the registration that is held has ended: this is another one of the same name, and nothing of who had that one is
  /// carried over.
  bool is_anew = false;
};

/// One difference that a put would make, without values: "registrant C-17: email".
struct Difference {
  std::string object;   ///< "domain", "contact C-17", "host ns1.example.test"
  std::string element;  ///< name of the field
  std::string what;     ///< "added", "changed", "removed", "kept (registry)"
};

/// When a name is to be looked at again (see redact()); empty: it is not.
struct DueTime {
  DomainName name;
  std::optional<UtcTime> when;
};

/// What one read transaction shows, however long it is looked at. Good only inside RegistrationStore::read_snapshot(); walks
/// follow each other, none begins inside another. Errors as the store's.
class StoreSnapshot {
 public:
  virtual ~StoreSnapshot() = default;

  /// The state that is shown.
  [[nodiscard]] virtual FeedMark mark() const = 0;

  /// As RegistrationStore::for_each().
  virtual Expected<void> for_each(std::string_view after, const std::function<bool(const RegistrationData&)>& visit) = 0;

  /// Whether a use of a contact counts: a registration, not ended, that names it in any role, and the registrar's id.
  using ContactUse = std::function<bool(const DomainName& name, std::string_view registrar)>;
  /// Calls `visit` for contacts in order of handle, role is registrant: those with a use that `counts`; all that are held where
  /// `counts` is empty. `visit` returns false to stop.
  virtual Expected<void> for_each_contact(const ContactUse& counts, const std::function<bool(const RoleContact&)>& visit) = 0;

  /// Calls `visit` for all hosts that are held, those of one name together, and whether a registration that is not ended uses
  /// it. `visit` returns false to stop.
  virtual Expected<void> for_each_host(const std::function<bool(const Host&, bool used)>& visit) = 0;
};

/// The registration data and its ledgers. One object per thread; several objects may be open on one store.
///
/// Every method that changes something is a transaction that also writes the change feed; a call that returned without
/// error survives kill -9 and loss of power. Errors: unavailable (busy, disk full), damaged, key_missing, version.
class RegistrationStore {
 public:
  virtual ~RegistrationStore() = default;

  // --- reading ---

  /// The name with everything held about it, sponsored or ended; empty: not held. A contact that cannot be opened does not
  /// fail the call (see ContactState).
  virtual Expected<std::optional<RegistrationData>> find(const DomainName& name) = 0;

  /// One contact with its choices, whatever it is used for; role is registrant. Empty: no such handle.
  virtual Expected<std::optional<RoleContact>> find_contact(std::string_view handle) = 0;

  /// Calls `visit` for registrations that are not ended, in order of name, all from one read transaction, beginning behind
  /// `after` (empty: from the start). `visit` returns false to stop. Returns the state that was walked through.
  virtual Expected<FeedMark> for_each(std::string_view after, const std::function<bool(const RegistrationData&)>& visit) = 0;

  /// Calls `look` with a snapshot, and returns its error or the state that it saw. One at a time.
  virtual Expected<FeedMark> read_snapshot(const std::function<Expected<void>(StoreSnapshot&)>& look) = 0;

  /// Names, ended ones too, that use a contact in any role, in order, behind `after`, at most `limit`.
  virtual Expected<std::vector<DomainName>> names_of_contact(std::string_view handle, std::string_view after,
                                                             std::size_t limit) = 0;

  /// Handles whose contact has this e-mail address, by the keyed blind index; nothing is decrypted.
  virtual Expected<std::vector<std::string>> handles_by_email(std::string_view email) = 0;

  /// A host object; empty: not held.
  virtual Expected<std::optional<Host>> find_host(const DomainName& name) = 0;

  /// The registration, not ended, that sponsors `name` or a name above it; empty: none.
  virtual Expected<std::optional<DomainName>> sponsored_ancestor(const DomainName& name) = 0;

  /// How many registrations are not ended.
  virtual Expected<std::uint64_t> count() = 0;

  // --- changing ---

  /// Puts complete registrations as their source states them, all or none; `outcomes` get one entry each. Putting what is
  /// already there writes nothing. Facts held from a source of higher class are kept (house.md: the registry wins for domain,
  /// host, DS, status and dates; our own store for contacts and choices). A changed name or organization ends that
  /// contact's given choices in the same transaction.
  virtual Expected<std::vector<PutOutcome>> put(const std::vector<RegistrationPut>& batch, std::string_view reason,
                                                UtcTime now) = 0;

  /// Puts contacts that no registration is stated with, all or none, as put() puts those of a registration.
  virtual Expected<std::vector<PutOutcome>> put_contacts(const std::vector<Contact>& contacts, std::string_view reason,
                                                         UtcTime now) = 0;

  /// What `put` would change, by name of field; writes nothing.
  virtual Expected<std::vector<Difference>> difference(const RegistrationPut& put) = 0;

  /// Ends sponsorship; data stay for retention. Errc::not_found for a name that is not held; ending twice with the same
  /// reason changes nothing (unchanged).
  virtual Expected<PutOutcome> end(const DomainName& name, Ended ended, std::string_view reason, UtcTime now) = 0;

  /// Appends to the ledger of choices; returns the change feed's sequence, or 0 when the same entry was there already.
  /// Errc::not_found for an unknown handle; Errc::invalid by check_choice.
  virtual Expected<std::uint64_t> add_choices(const std::vector<ChoiceEntry>& entries, std::string_view reason,
                                              UtcTime now) = 0;

  /// All entries of one contact, in ledger order.
  virtual Expected<std::vector<ChoiceEntry>> choice_entries(std::string_view handle) = 0;

  /// Walks the whole ledger; Errc::damaged names the first entry whose chain does not hold. Returns the number of entries.
  virtual Expected<std::uint64_t> verify_choices() = 0;

  /// Destroys the contact's data key: it becomes unreadable everywhere, backups of the data included.
  virtual Expected<void> erase_contact(std::string_view handle, std::string_view reason, UtcTime now) = 0;
  /// The same, but Errc::refused where a registration needs the contact: it is live, or ended and still kept (retention.hpp).
  virtual Expected<void> erase_contact_unless_needed(std::string_view handle, std::string_view reason, UtcTime now) = 0;

  // --- the change feed ---

  /// Entries behind `sequence`, in order, at most `limit`.
  virtual Expected<std::vector<Change>> changes_after(std::uint64_t sequence, std::size_t limit) = 0;
  /// The last sequence number given; 0 for an empty feed.
  virtual Expected<std::uint64_t> last_sequence() = 0;

  /// The state that the store is in.
  virtual Expected<FeedMark> feed_mark() = 0;
  /// Whether the store has been in that state. False after a backup from before it was put back, whatever came in since, and
  /// after files that do not belong together were adopted: what was made of the store then is not to be carried on.
  virtual Expected<bool> was_at(const FeedMark& mark) = 0;

  /// Names to look at again at or before `now`.
  virtual Expected<std::vector<DomainName>> due_names(UtcTime now, std::size_t limit) = 0;
  virtual Expected<std::optional<UtcTime>> next_due() = 0;
  /// All or none. Of two times for one name the later in the list holds.
  virtual Expected<void> set_due(std::span<const DueTime> times) = 0;
};

}  // namespace regdata
