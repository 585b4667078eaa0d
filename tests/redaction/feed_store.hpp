// A registration store in memory, for the publisher's order of work: what is read, in which order, and what happens when the
// store fails. Whether the real store and the publisher agree is tested with the real store (tests/app/publication_test.cpp).
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "registration/registration_store.hpp"

namespace regdata::testing {

class FeedStore : public RegistrationStore {
 public:
  // --- what a test says ---
  /// Puts the registration, its hosts and contacts, and says so in the feed.
  void hold(const RegistrationData& data, bool hides = false);
  void end_registration(const std::string& name);
  void add_host(const std::string& name, std::vector<std::string> addresses);
  void remove_host(const std::string& name);
  void say(ChangeKind kind, const std::string& subject, bool hides = false);
  /// Changes the held data of all names that use the handle, and says nothing.
  void edit_contact(const std::string& handle, const std::function<void(RoleContact&)>& edit);

  std::map<std::string, RegistrationData> registrations;
  std::map<std::string, Host> host_objects;
  std::vector<Change> feed;
  std::map<std::string, UtcTime> due;
  std::set<std::string> broken_names;    ///< find() fails for these: damaged
  bool down = false;                     ///< everything fails: unavailable
  std::vector<std::string> found;        ///< names asked for, in order
  std::size_t due_writes = 0;            ///< calls that set due times
  std::function<void()> before_set_due;  ///< called before due times are stored
  std::function<void()> before_find;     ///< called before a registration is read

  // --- RegistrationStore ---
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

 private:
  std::map<std::uint64_t, std::uint64_t> marks_{{0, 1}};  ///< by sequence; never the same twice
  std::uint64_t last_mark_ = 1;
  [[nodiscard]] RegistrationData complete(const RegistrationData& data) const;
};

}  // namespace regdata::testing
