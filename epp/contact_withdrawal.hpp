// Taking a contact away from a registry where it must not be any more: from the names there, then itself (epp.md §1.9).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "epp/talk.hpp"

namespace regdata::epp {

struct Withdrawal {
  std::vector<std::string> names;  ///< of which it was taken away
  std::vector<std::string> left;   ///< those that did not let go of it, each with why
  bool was_there = false;          ///< the contact itself
  bool is_gone = false;            ///< the registry says so
  bool is_there = false;           ///< it says so; neither: it does not tell
};
/// `id` at the registry; `names` are those that may have it. Looks at each, takes it away where it is,
/// then deletes it, and asks at the end. `done` is filled as far as it went. Errors: those of Talk, and of the journal;
/// unavailable: what became of a command is not known.
Expected<void> withdraw_contact(const std::string& id, const std::vector<std::string>& names, const std::string& account,
                                const Talk& talk, Withdrawal& done);

/// What takes the contact away from a name, of the answer to its info; empty: it has it not, or is not ours.
std::optional<Command> release_of(const std::string& id, const std::string& account, const Outcome& looked);

}  // namespace regdata::epp
