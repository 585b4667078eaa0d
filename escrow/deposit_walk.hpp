// Which of a snapshot's objects are deposited: what a form gets, in the store's order.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "escrow/agent.hpp"
#include "escrow/contact_list.hpp"
#include "escrow/host_marks.hpp"
#include "registration/registration_store.hpp"

namespace regdata::escrow {

/// For one deposit. What is referred to must outlive it.
class DepositWalk {
 public:
  /// `contacts` gets the handles of all contacts that are deposited; `key` is of the marks of hosts, and forgotten with them.
  DepositWalk(const Agent& agent, const Catalog& catalog, DepositForm& form, ContactList& contacts, const Digest& key,
              std::function<void(std::uint64_t)> progress)
      : agent_(agent),
        catalog_(catalog),
        form_(form),
        contacts_(contacts),
        used_hosts_(key),
        hosts_below_(key),
        progress_(std::move(progress)) {}

  /// All of one snapshot, as often as the form wants it. Errors: refused (data that may not go to the agent's region),
  /// key_missing, and of form and snapshot.
  Expected<void> run(StoreSnapshot& snapshot);
  /// Names that stayed out, by rule.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& left_out() const noexcept { return left_out_; }

 private:
  /// With the services that stand in front of them, and their hosts.
  Expected<void> registrations(StoreSnapshot& snapshot);
  /// What the format has by itself: hosts and contacts that registrations of the deposit use, services.
  Expected<void> others(StoreSnapshot& snapshot);
  Expected<void> hosts(StoreSnapshot& snapshot);
  Expected<void> contacts(StoreSnapshot& snapshot);
  Expected<void> check_region(const RegistrationData& data) const;
  [[nodiscard]] bool is_deposited(Role role) const;
  Expected<void> list_contacts(const RegistrationData& data);

  const Agent& agent_;
  const Catalog& catalog_;
  DepositForm& form_;
  ContactList& contacts_;
  HostMarks used_hosts_;   ///< name servers of deposited names
  HostMarks hosts_below_;  ///< at or below deposited names
  std::set<std::string> services_;
  std::map<std::string, std::uint64_t> left_out_;
  std::function<void(std::uint64_t)> progress_;  ///< may be empty
  bool is_first_ = true;                         ///< of several walks
};

}  // namespace regdata::escrow
