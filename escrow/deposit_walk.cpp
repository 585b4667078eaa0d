#include "escrow/deposit_walk.hpp"

#include <algorithm>

namespace regdata::escrow {
namespace {

constexpr std::uint64_t rows_between_tellings = 1000;

}  // namespace

/// Before a byte of it is written. The context names the contact by its handle.
Expected<void> DepositWalk::check_region(const RegistrationData& data) const {
  const auto refuse = [&](const std::string& whose, std::string_view region) {
    return make_error(Errc::refused,
                      data.registration.name.ascii() + ": " + whose + " must stay in " + std::string(region) +
                          ", and the agent " + agent_.id + " keeps deposits in " + agent_.region,
                      "deposit such names with an agent in that region; nothing was deposited");
  };
  const std::string& region = data.registration.region;
  if (!region.empty() && !may_keep(agent_, region, true)) return refuse("the registration", region);
  for (const RoleContact& contact : data.contacts) {
    if (!is_deposited(contact.role)) continue;
    const std::string& bound = contact.contact.region;
    if (!bound.empty() && !may_keep(agent_, bound, true)) return refuse("contact " + contact.contact.handle, bound);
  }
  return {};
}

/// A column takes something from the contact in this role.
bool DepositWalk::is_deposited(Role role) const {
  return agent_.plan.is_document || std::ranges::any_of(agent_.plan.columns, [role](const Column& column) {
           return takes_contact(column) && column.role == role;
         });
}

Expected<void> DepositWalk::list_contacts(const RegistrationData& data) {
  for (const RoleContact& contact : data.contacts)
    if (is_deposited(contact.role))
      if (auto added = contacts_.add(contact.contact.handle); !added) return added;
  return {};
}

Expected<void> DepositWalk::registrations(StoreSnapshot& snapshot) {
  std::uint64_t seen = 0;
  Expected<void> added;
  const auto done = snapshot.for_each({}, [&](const RegistrationData& data) {
    if (progress_ && ++seen % rows_between_tellings == 0) progress_(seen);
    if (data.registration.registrar != agent_.registrar.id) return true;
    if (const std::string rule = left_out_by(agent_, catalog_, data.registration.name); !rule.empty()) {
      ++left_out_[rule];
      return true;
    }
    if (!data.registration.privacy_service.empty()) services_.insert(data.registration.privacy_service);
    added = check_region(data);
    if (!added) return false;
    if (is_first_ && agent_.plan.is_document) {
      for (const DomainName& host : data.registration.hosts) used_hosts_.add(host.ascii());
      for (const Host& host : data.subordinate_hosts) hosts_below_.add(host.name.ascii());
    }
    const auto taken = form_.add(data, agent_.registrar);
    if (!taken)
      added = taken.error();
    else if (*taken && is_first_ && !agent_.plan.is_document)
      added = list_contacts(data);
    return added.has_value();
  });
  return done ? added : done;
}

Expected<void> DepositWalk::contacts(StoreSnapshot& snapshot) {
  const auto counts = [&](const DomainName& name, std::string_view registrar) {
    return registrar == agent_.registrar.id && left_out_by(agent_, catalog_, name).empty();
  };
  Expected<void> added;
  const auto done = snapshot.for_each_contact(counts, [&](const RoleContact& one) {
    // the walk before found all of them open; a key that was destroyed since then closes what the snapshot still shows
    const auto taken = one.state == ContactState::opened
                           ? form_.add(one.contact)
                           : make_error(Errc::key_missing, "contact " + one.contact.handle + " cannot be opened any more",
                                        "make the deposit again");
    if (!taken)
      added = taken.error();
    else if (*taken && is_first_)
      added = contacts_.add(one.contact.handle);
    return added.has_value();
  });
  return done ? added : done;
}

/// A host that stands below a name which is not deposited is a name here and no more: its addresses are that other name's.
Expected<void> DepositWalk::hosts(StoreSnapshot& snapshot) {
  Expected<bool> added(true);
  auto done = snapshot.for_each_host([&](const Host& held, bool) {
    const bool is_used = used_hosts_.contains(held.name.ascii());
    const bool is_below = hosts_below_.contains(held.name.ascii());
    if (!is_used && !is_below) return true;
    Host host = held;
    if (!is_below) host.addresses.clear();
    added = form_.add(host, is_used);
    return added.has_value();
  });
  if (!done) return done;
  return added ? Expected<void>() : added.error();
}

Expected<void> DepositWalk::others(StoreSnapshot& snapshot) {
  if (agent_.plan.is_document) {
    auto done = hosts(snapshot);
    return done ? contacts(snapshot) : done;
  }
  if (agent_.plan.contact_columns.empty()) return {};
  if (auto done = contacts(snapshot); !done) return done;
  for (const std::string& id : services_) {
    const PrivacyService* service = catalog_.privacy_service(id);
    Contact unknown;  // not configured any more: that one stood in front is told nevertheless
    unknown.handle = handle_of_service(id);
    if (auto added = form_.add(service != nullptr ? service_contact(*service) : unknown); !added) return added.error();
  }
  return {};
}

Expected<void> DepositWalk::run(StoreSnapshot& snapshot) {
  for (is_first_ = true;; is_first_ = false) {
    left_out_.clear();
    services_.clear();
    auto done = registrations(snapshot);
    if (done && form_.wants_others()) done = others(snapshot);
    if (!done) return done;
    const auto more = form_.once_more();
    if (!more) return more.error();
    if (!*more) return {};
  }
}

}  // namespace regdata::escrow
