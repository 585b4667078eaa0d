// What became of a command whose answer never came, told from what the registry holds now (epp.md §4.3). No I/O.
#pragma once

#include <optional>
#include <string>

#include "epp/disclosure.hpp"
#include "epp/journal.hpp"
#include "epp/talk.hpp"

namespace regdata::epp {

enum class Verdict : std::uint8_t {
  applied,
  not_applied,   ///< as far as this look tells: another one must agree
  never,         ///< not applied, and no later look can say otherwise
  undecided,     ///< the registry did not tell; to be looked at again
  for_a_person,  ///< it told, and that does not decide it
};
struct Judgement {
  Verdict verdict = Verdict::undecided;
  std::string why;  ///< for the journal; names of objects and dates, nothing personal
};

/// The query whose answer tells. Errc::damaged: the frame is not one of ours; not_found: there is none that could, a person
/// must look, or its frame is gone with its contact.
Expected<Command> probe_for(const Entry& entry);
struct ResolutionRules {
  ResolutionTimes times{};
  std::optional<DisclosureRules> disclosure{};  ///< empty: nobody knows how the registry tells what it shows of a contact
};
/// `answer` answers probe_for(entry).
Judgement judge(const Entry& entry, const ResolutionRules& rules, const Response& answer);

struct Resolved {
  std::uint64_t applied = 0;
  std::uint64_t not_applied = 0;
  std::uint64_t for_a_person = 0;
  std::uint64_t undecided = 0;  ///< looked at, and to be looked at again
};
/// Looks at all that is due at one registry, and notes in the journal what is found. Errors of the journal, and of `talk`.
Expected<Resolved> resolve_due(Journal& journal, const std::string& registry, const ResolutionRules& rules, const Clock& clock,
                               const Talk& talk);

}  // namespace regdata::epp
