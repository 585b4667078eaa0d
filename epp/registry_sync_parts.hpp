// Between the two halves of RegistrySync: messages, and looks at names.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "epp/registry_sync.hpp"

namespace regdata::epp {

inline Error not_all_answered() {
  return make_error(Errc::unavailable, "the registry did not answer all questions",
                    "what it answered is here; the rest is asked again");
}

/// What follows from looks.
struct RegistrySync::Findings {
  Effect effect;
  std::vector<Look> looks;
  std::set<std::string> unanswered;  ///< names that are to be asked for again; nothing is noted of them
  std::vector<NameToTake> not_here;  ///< ours there
};

/// What messages are about.
struct RegistrySync::Subjects {
  std::vector<SyncState::Dealt> dealt;
  std::vector<DomainName> names;                            ///< each once
  std::map<std::uint64_t, std::vector<std::string>> named;  ///< by number of the message
  std::map<std::uint64_t, UtcTime> kept;                    ///< the same
  std::set<std::string> known;
};

}  // namespace regdata::epp
