// Contacts of ours at one registry, kept as their persons chose (docs/decisions/0026). No sockets: sessions come in as Talk.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "epp/contact_push.hpp"
#include "epp/contact_record.hpp"
#include "epp/journal.hpp"
#include "registration/registration_store.hpp"

namespace regdata::epp {

struct ContactSyncRules {
  std::string registry;  ///< id of the configuration
  std::string account;   ///< clID
  DisclosureRules disclosure{};
  std::string prefix;  ///< of ids there
  PostalForm postal = PostalForm::by_script;
  std::chrono::milliseconds look_again{std::chrono::hours(24 * 30)};
  std::chrono::milliseconds second_look{30'000};  ///< until one that was not there is looked for again
  std::string digest{};  ///< of all that decides what is brought there, so that a change of it is noticed
  /// Whether the contact may be at that registry at all. Errc::refused, with why.
  std::function<Expected<void>(const Contact&)> may_be_there;
};

/// What a run did. Lines name handles and elements, and hold nothing that is in them.
struct ContactReport {
  std::uint64_t looked = 0;
  std::uint64_t changed = 0;             ///< there
  ContactRecord::Figures figures{};      ///< how it stands behind it
  std::vector<std::string> found_shown;  ///< were shown against the choice, and are hidden now
  std::vector<std::string> lines;
};

/// Used by one thread. What is referred to must outlive it. Errors: those of the store, the record, the journal and Talk.
class ContactSync {
 public:
  struct Parts {
    RegistrationStore& store;
    ContactRecord& record;
    Journal& journal;
  };
  /// `talk` journals what changes something.
  ContactSync(ContactSyncRules rules, const Parts& parts, Talk talk, Clock clock);

  /// The next run looks at all of them: after a start nobody knows which database is there now.
  void look_at_all() { looks_at_all_ = true; }
  /// A name of ours has these contacts there, and we hold these: those that are ours by their id get into the record. Where
  /// another one stands there than ours, which one: "the registrant there is X, C-18 here, and not C-17". Empty: nothing speaks
  /// against them; of contacts that nobody knows there nothing can be said.
  Expected<std::string> note_name(const Registration& held, const DomainData& there);
  /// Writes what note_name() found.
  Expected<void> keep_names();
  /// A message is about the contact with this id.
  Expected<void> note_message(const std::string& id);
  [[nodiscard]] ContactRecord& record() noexcept { return parts_.record; }
  /// Whose it is; empty: it is not in the record.
  Expected<std::string> handle_of(const std::string& id) { return parts_.record.handle_of(rules_.registry, id); }
  /// Brings all that is due there; `goes_on` is asked in between. One whose look breaks the line keeps none of the others from
  /// theirs; a login that is refused ends it.
  Expected<void> run(ContactReport& report, const std::function<bool()>& goes_on);
  /// Looks at those that are due, `limit` at most, and only tells what would be said.
  Expected<void> rehearse(ContactReport& report, std::size_t limit);

 private:
  struct Wanted;
  Expected<void> follow_feed();
  /// The id of a contact of ours there, as far as anybody knows; empty: nobody does.
  Expected<std::string> known_id(const std::string& handle);
  Expected<std::vector<RecordedContact>> due(std::size_t limit);
  /// What is to be there, or that nothing of it is to be shown, and why.
  Expected<Wanted> wanted(const RecordedContact& known);
  Expected<void> bring(const std::vector<RecordedContact>& some, ContactReport& report);
  Expected<void> note_result(const Wanted& wanted, const Pushed& result, ContactReport& report);
  Expected<void> note_missing(const Wanted& wanted, ContactReport& report);
  Expected<void> note_try(const Wanted& wanted, const Pushed& result, ContactReport& report);
  void rehearse_one(const Wanted& wanted, const Outcome& looked, ContactReport& report) const;
  Expected<void> note(const Wanted& wanted, ContactStanding standing, std::string why);

  ContactSyncRules rules_;
  Parts parts_;
  Talk talk_;
  Clock clock_;
  bool looks_at_all_ = false;
  std::map<std::string, std::string> found_;  ///< handle to id, of note_name(); not in the record yet
};

}  // namespace regdata::epp
