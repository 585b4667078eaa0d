// What a registry's answers say about a name that we hold (docs/decisions/0024). No I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "epp/maintenance.hpp"
#include "epp/session.hpp"
#include "epp/sync_state.hpp"

namespace regdata::epp {

/// What the answer to an info of a name tells.
struct Observation {
  Sight sight = Sight::untold;
  std::optional<DomainData> data;  ///< where it is ours
  std::string why;                 ///< where it did not tell
  bool was_answered = true;        ///< else it is to be asked again, and nothing is noted
  bool is_passing = false;         ///< not answered, or with what is wrong at the registry at the moment (2400 and above)
};
/// `name` was asked for.
Observation observe(const Outcome& outcome, const DomainName& name, const std::string& account);

/// Delegated hosts that lie in the name and are objects at the registry: their addresses are glue, and have to be asked for.
std::vector<std::string> glue_hosts(const DomainData& data);

/// The held registration with the registry's facts, and hosts as they stand there. `knows_ds`: DNSSEC is spoken with that
/// registry, so that no DS data means none. What the answer leaves out stays as it is held.
RegistrationPut facts_of(const Registration& held, const DomainData& data, const std::vector<HostData>& glue, bool knows_ds,
                         const Provenance& from);

/// Why such an answer is not believed; empty: it is. "created 1969-12-31".
std::string doubt_about(const DomainData& data, UtcTime now);

/// What a message is about.
struct MessageSubject {
  std::vector<std::string> names;  ///< of domains, as they stand there; without those that are none
  struct Ended {
    std::string client_id;  ///< clTRID of the command that was pending
    bool was_done = false;
  };
  std::optional<Ended> pending;          ///< panData
  std::vector<Maintenance> maintenance;  ///< when the registry will be away
  std::string note;                      ///< what it says that is worth noting: kinds of payload, who and why; nothing personal
  bool is_understood = false;            ///< something in it says what it is about
};
MessageSubject subject_of(const Response& message);
/// The ids of the contacts that payloads are about, each once; at most 100.
std::vector<std::string> contacts_of(const Response& message);
/// The message without what could be a person's: of what this program knows, identifiers, dates and codes; of all else the
/// names of elements. It can be read as an answer.
std::string without_persons(const Response& message);
/// What a message holds, without what stands in it: "infData (urn:ietf:params:xml:ns:domain-1.0)", one line an element, those
/// inside indented. At most 100.
std::vector<std::string> outline_of(const Response& message);

}  // namespace regdata::epp
