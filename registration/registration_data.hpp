// Everything held about one name, read in one transaction: the input of redaction, escrow and disclosure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registration/contact.hpp"
#include "registration/host.hpp"
#include "registration/privacy_choice.hpp"
#include "registration/registration.hpp"

namespace regdata {

/// Whether a contact's sealed data could be opened.
enum class ContactState : std::uint8_t {
  opened,      ///< `contact` holds the data
  erased,      ///< its data key was destroyed: the person's data are gone, on purpose
  unreadable,  ///< key missing, wrong key or damaged row: an error to mend, never a blank to publish
};

/// A contact in a role. Where `state` is not `opened`, `contact` holds its handle only.
struct RoleContact {
  Role role = Role::registrant;
  ContactState state = ContactState::unreadable;
  Contact contact;
  ContactChoices choices;
  std::string problem;  ///< why it is unreadable; names the handle only
  std::optional<UtcTime> erased_at;
};

/// One registration with its contacts and the hosts below it. Withheld from the rooms that face the public: nothing in
/// whois/ may include this header (layering test).
struct RegistrationData {
  Registration registration;
  std::vector<RoleContact> contacts;    ///< in the order of Role; one entry per filled role
  std::vector<Host> subordinate_hosts;  ///< hosts at or below the name, by name
  std::string relay_token;              ///< random, per domain, never derived from data (rules.md §1.7): 16 of [a-z2-7]
};

}  // namespace regdata
