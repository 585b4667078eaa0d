// Bringing the store up to date with one registry (docs/decisions/0024). No sockets: sessions come in as Talk.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "epp/contact_sync.hpp"
#include "epp/name_import.hpp"
#include "epp/observation.hpp"
#include "epp/resolution.hpp"
#include "registration/registration_store.hpp"

namespace regdata::epp {

/// What a run did.
struct SyncReport {
  std::uint64_t messages = 0;         ///< kept and acknowledged
  std::uint64_t looked = 0;           ///< names that were asked for
  std::uint64_t changed = 0;          ///< registrations that were different
  std::uint64_t taken = 0;            ///< names that came to us, and are here now
  std::uint64_t left_to_persons = 0;  ///< messages about names that could not be taken
  std::uint64_t ended = 0;
  std::uint64_t doubtful = 0;  ///< answers that were not believed, and names that were not there once
  std::uint64_t held = 0;      ///< ends that wait for a person: too many in one run
  bool is_drained = false;     ///< the queue was found empty
  Resolved resolved;
  ContactReport contacts;
  std::vector<std::string> greeting;  ///< what is new or gone in it: "extension urn:…: new"
  /// What would be put, or was: names and fields, without values. At most `most_lines`.
  std::vector<std::string> lines;
  std::uint64_t more_lines = 0;  ///< that are left out

  static constexpr std::size_t most_lines = 10'000;
  void tell(std::string line) {
    if (lines.size() < most_lines)
      lines.push_back(std::move(line));
    else
      ++more_lines;
  }
};

struct SyncRules {
  std::string registry;     ///< id of the configuration
  std::string account;      ///< clID
  std::string registrar{};  ///< of ours, whose account it is; empty: nobody knows, and no name is taken in
  std::string prefix{};     ///< of ids of our contacts there
  ResolutionRules resolution{};
  std::chrono::milliseconds look_again{std::chrono::hours(24 * 30)};
  /// Whether a name is of this registry.
  std::function<bool(const DomainName&)> belongs;
  /// Held while its messages are read: there is one head for all sessions of an account (RFC 5730 §2.9.2.3). Null: another
  /// process holds it.
  std::function<std::shared_ptr<void>()> hold_queue;
};

/// For one registry, used by one thread. What is referred to must outlive it.
class RegistrySync {
 public:
  /// `contacts` may be null: nobody follows them there. `questions` is for names and what they name: infos alone.
  RegistrySync(SyncRules rules, RegistrationStore& store, Journal& journal, SyncState& state, ContactSync* contacts,
               const Talk& talk, const Talk& questions, const Clock& clock);

  /// From here on names may end again, up to a share of all.
  void begin();
  /// As many may end until begin(), on a person's word.
  void allow_ends(std::uint64_t most) { most_ends_ = most; }
  /// Messages first, then what is unknown, then contacts, then names (epp.md §4.2 (7)), of these at most `limit`. What fails
  /// keeps nothing else from being done, but a login that is refused; the first error is returned (conflict: another process
  /// reads the messages). `goes_on` is asked in between.
  Expected<void> run(SyncReport& report, std::size_t limit, const std::function<bool()>& goes_on);
  /// Looks at names and contacts that are due, 200 and `limit` at most, and only tells what would be different.
  Expected<void> rehearse(SyncReport& report, std::size_t limit);

 private:
  /// What follows from looks.
  struct Findings;
  struct Subjects;
  enum class Writes : bool { no, yes };
  /// Takes messages, a thousand at most: each is kept, then acknowledged.
  Expected<void> drain(SyncReport& report);
  Expected<NewMessage> message_in(const Response& answer);
  /// Compares it with the one that was kept: a registry that speaks otherwise may behave otherwise (epp.md §1.2).
  Expected<void> note_greeting(const Greeting& greeting, SyncReport& report);
  Expected<void> apply_messages(SyncReport& report);
  Expected<void> take_in(const std::vector<NameToTake>& names, std::set<std::string>& unanswered, Subjects& subjects,
                         SyncReport& report);
  static void leave_to_a_person(SyncState::Dealt& dealt, const std::string& why, SyncReport& report);
  Expected<void> read_message(const Message& message, Subjects& subjects);
  Expected<void> sync_contacts(SyncReport& report, const std::function<bool()>& goes_on);
  Expected<void> reconcile(SyncReport& report, std::size_t limit, Writes writes);
  /// Asks for them, and what follows.
  Expected<Findings> look_at(const std::vector<DomainName>& names, SyncReport& report, Writes writes);
  /// In the order of the names; with handles of contacts only where nothing is written.
  using Held = std::vector<std::optional<Registration>>;
  Expected<Held> held(const std::vector<DomainName>& names, Writes writes);
  Expected<std::string> note_contacts(const SeenName& seen);
  Expected<Look> judge(const SeenName& seen, const std::optional<Registration>& held, bool knows_ds, Findings& findings,
                       SyncReport& report);
  Expected<void> tell(const Findings& findings, SyncReport& report);
  static void tell_change(const DomainName& name, const Difference& difference, SyncReport& report);
  static void tell_ends(const Effect& effect, SyncReport& report);
  Expected<void> write(Findings findings, const std::vector<SyncState::Dealt>& dealt, SyncReport& report);

  SyncRules rules_;
  RegistrationStore& store_;
  Journal& journal_;
  SyncState& state_;
  ContactSync* contacts_;
  Talk talk_;
  Talk questions_;
  Clock clock_;
  NameImport import_;
  std::optional<std::uint64_t> all_seen_at_;  ///< change of the feed up to which every name was looked at once
  std::uint64_t most_ends_ = 0;
  std::uint64_t ends_ = 0;
};

}  // namespace regdata::epp
