#include "epp/resolution.hpp"

#include <utility>

namespace regdata::epp {
namespace {

Expected<void> note(Journal& journal, const Entry& entry, const Judgement& judgement, UtcTime now, Resolved& resolved) {
  const auto resolve = [&](EntryState state, std::uint64_t& count) {
    ++count;
    auto done = journal.resolve(entry.number, state, judgement.why, now);
    // somebody else has looked meanwhile
    return !done && done.error().code == Errc::conflict ? Expected<void>() : done;
  };
  switch (judgement.verdict) {
    case Verdict::applied:
      return resolve(EntryState::applied, resolved.applied);
    case Verdict::never:
      return resolve(EntryState::not_applied, resolved.not_applied);
    case Verdict::for_a_person:
      return resolve(EntryState::for_a_person, resolved.for_a_person);
    case Verdict::not_applied:
      if (entry.looks > 0) return resolve(EntryState::not_applied, resolved.not_applied);
      break;
    case Verdict::undecided:
      break;
  }
  ++resolved.undecided;
  return journal.looked(entry.number, judgement.verdict == Verdict::not_applied, judgement.why, now);
}

/// Those that are due, at most `limit`; true: there may be more that are worth it.
Expected<bool> resolve_some(Journal& journal, const std::string& registry, const ResolutionRules& rules, const Clock& clock,
                            const Talk& talk, Resolved& resolved) {
  constexpr std::size_t at_once = 100;
  const auto due = journal.due(registry, rules.times, clock(), at_once);
  if (!due) return due.error();
  const std::uint64_t open_before = resolved.undecided;
  std::vector<Job> probes;
  std::vector<const Entry*> asked;
  for (const Entry& entry : *due) {
    auto probe = probe_for(entry);
    if (probe) {
      probes.push_back({std::move(*probe)});
      asked.push_back(&entry);
    } else if (const auto noted =
                   note(journal, entry, Judgement{Verdict::for_a_person, probe.error().context}, clock(), resolved);
               !noted) {
      return noted.error();
    }
  }
  if (!probes.empty()) {
    const auto talked = talk(std::move(probes), [&](std::size_t number, Outcome outcome) -> Expected<std::vector<Job>> {
      const Entry& entry = *asked.at(number);
      const Judgement judgement = outcome.kind == Outcome::Kind::answered
                                      ? judge(entry, rules, *outcome.response)
                                      : Judgement{Verdict::undecided, "the registry did not answer when asked"};
      if (const auto noted = note(journal, entry, judgement, clock(), resolved); !noted) return noted.error();
      return std::vector<Job>();
    });
    if (!talked) return talked.error();
  }
  // what was looked at and stays unknown comes again: without an end to any there is nothing more to find now
  return due->size() == at_once && resolved.undecided - open_before < at_once;
}

}  // namespace

Expected<Resolved> resolve_due(Journal& journal, const std::string& registry, const ResolutionRules& rules, const Clock& clock,
                               const Talk& talk) {
  Resolved resolved;
  while (true) {
    const auto more = resolve_some(journal, registry, rules, clock, talk, resolved);
    if (!more) return more.error();
    if (!*more) return resolved;
  }
}

}  // namespace regdata::epp
