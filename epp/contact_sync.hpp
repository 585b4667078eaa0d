// Contacts of ours at one registry, kept as their persons chose (docs/decisions/0026). No sockets: sessions come in as Talk.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "epp/contact_push.hpp"
#include "epp/contact_record.hpp"
#include "registration/registration_store.hpp"

namespace regdata::epp {

struct ContactSyncRules {
  std::string registry;  ///< id of the configuration
  std::string account;   ///< clID
  DisclosureRules disclosure{};
  std::string prefix;  ///< of ids there
  PostalForm postal = PostalForm::by_script;
  std::chrono::milliseconds look_again{std::chrono::hours(24 * 30)};
  /// Whether the contact may be at that registry at all. Errc::refused, with why.
  std::function<Expected<void>(const Contact&)> may_be_there;
};

/// What a run did. Lines name handles and elements, and hold nothing that is in them.
struct ContactReport {
  std::uint64_t looked = 0;
  std::uint64_t changed = 0;             ///< there
  std::uint64_t in_doubt = 0;            ///< could not be brought there, or must not be there
  std::uint64_t shown_against = 0;       ///< still shown against the choice
  std::vector<std::string> found_shown;  ///< were shown against the choice, and are hidden now
  std::vector<std::string> lines;
};

/// Used by one thread. What is referred to must outlive it. Errors: those of the store, the record and Talk.
class ContactSync {
 public:
  /// `talk` journals what changes something.
  ContactSync(ContactSyncRules rules, RegistrationStore& store, ContactRecord& record, Talk talk, Clock clock);

  /// A name of ours has these contacts there, and we hold these: those that are ours by their id get into the record.
  void note_name(const Registration& held, const DomainData& there);
  /// A message is about the contact with this id.
  Expected<void> note_message(const std::string& id);
  /// Whose it is; empty: it is not in the record.
  Expected<std::string> handle_of(const std::string& id) { return record_.handle_of(rules_.registry, id); }
  /// Brings what is due there, `limit` at most; `goes_on` is asked in between.
  Expected<void> run(ContactReport& report, std::size_t limit, const std::function<bool()>& goes_on);
  /// Looks at those that are due, `limit` at most, and only tells what would be said.
  Expected<void> rehearse(ContactReport& report, std::size_t limit);
  /// Writes what note_name() found.
  Expected<void> keep_names();

 private:
  struct Wanted;
  Expected<void> follow_feed();
  Expected<std::vector<RecordedContact>> due(std::size_t limit);
  /// What is to be there, or why nothing is.
  Expected<Wanted> wanted(const RecordedContact& known);
  Expected<void> bring(std::vector<Wanted> all, ContactReport& report);
  Expected<void> note_result(const Wanted& wanted, const Pushed& result, ContactReport& report, bool is_due);
  /// Those that must not be there, or that we cannot read.
  Expected<void> check_gone(const std::vector<Wanted>& all, ContactReport& report);
  void rehearse_one(const Wanted& wanted, const Outcome& looked, ContactReport& report) const;
  Expected<void> note(const Wanted& wanted, ContactStanding standing, std::string why);

  ContactSyncRules rules_;
  RegistrationStore& store_;
  ContactRecord& record_;
  Talk talk_;
  Clock clock_;
  std::map<std::string, std::string> found_;  ///< handle to id, of note_name(); not in the record yet
};

}  // namespace regdata::epp
