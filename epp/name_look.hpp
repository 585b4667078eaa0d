// Asking a registry for names, and for the addresses of hosts that lie in them.
#pragma once

#include <string>
#include <vector>

#include "epp/host.hpp"
#include "epp/observation.hpp"
#include "epp/talk.hpp"
#include "registration/domain_name.hpp"

namespace regdata::epp {

/// A name, and what the registry said.
struct SeenName {
  DomainName name;
  Observation observation;
  std::vector<HostData> glue{};
  bool glue_is_told = true;
};
struct SeenNames {
  std::vector<SeenName> names;  ///< in the order of the questions
  bool knows_ds = false;        ///< DNSSEC is spoken with that registry, so that no DS data means none
};
/// Errors: those of Talk, where nobody could be spoken with; a question that was not answered is none
/// (Observation::was_answered).
Expected<SeenNames> look_at_names(const std::vector<DomainName>& names, const std::string& account, const Talk& talk);

}  // namespace regdata::epp
