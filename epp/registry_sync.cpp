#include "epp/registry_sync.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "epp/registry_sync_parts.hpp"

namespace regdata::epp {
namespace {

/// As many at once as a registry answers in a second or two: what was seen is written then.
constexpr std::size_t names_at_once = 200;
constexpr std::size_t most_names_at_once = 2000;
constexpr std::chrono::seconds time_at_once{1};
/// Of all names, and at least so many, may end in one run by themselves (epp.md §4.2, reliability.md §2 row 33).
constexpr std::uint64_t ends_share = 50;
constexpr std::uint64_t fewest_ends = 5;
/// Before an answer that was not believed is asked for again.
constexpr std::chrono::hours doubtful_pause{1};
/// Until a name is asked for again that has another holder there: a person must do something first.
constexpr std::chrono::hours other_holder_pause{24};

}  // namespace

RegistrySync::RegistrySync(SyncRules rules, RegistrationStore& store, Journal& journal, SyncState& state, ContactSync* contacts,
                           const Talk& talk, const Talk& questions, const Clock& clock)
    : rules_(std::move(rules)),
      store_(store),
      journal_(journal),
      state_(state),
      contacts_(contacts),
      talk_(talk),
      questions_(questions),
      clock_(clock),
      import_({rules_.registry, rules_.account, rules_.registrar, rules_.prefix, rules_.belongs}, store, state,
              contacts == nullptr ? nullptr : &contacts->record(), questions, clock) {
  begin();
}

void RegistrySync::begin() {
  ends_ = 0;
  const auto names = store_.count();
  most_ends_ = std::max(fewest_ends, names ? *names / ends_share : 0);
}

Expected<void> RegistrySync::run(SyncReport& report, std::size_t limit, const std::function<bool()>& goes_on) {
  std::optional<Error> first;
  const auto stops = [&](const Expected<void>& done) {
    if (!done && !first) first = done.error();
    return !goes_on() || (!done && (done.error().code == Errc::refused || done.error().code == Errc::configuration));
  };
  const auto result = [&] { return first ? Expected<void>(*first) : Expected<void>(); };
  while (true) {
    const auto drained = drain(report);
    if (stops(drained) || stops(apply_messages(report))) return result();
    if (!drained || report.is_drained) break;
  }
  const auto resolved = resolve_due(journal_, rules_.registry, rules_.resolution, clock_, talk_);
  if (resolved) report.resolved = *resolved;
  if (stops(resolved ? Expected<void>() : Expected<void>(resolved.error()))) return result();
  // before names: a "no" must not wait for them. And behind them those that they named.
  if (stops(sync_contacts(report, goes_on)) || stops(reconcile(report, limit, Writes::yes))) return result();
  stops(sync_contacts(report, goes_on));
  return result();
}

Expected<void> RegistrySync::rehearse(SyncReport& report, std::size_t limit) {
  if (auto done = reconcile(report, std::min(limit, names_at_once), Writes::no); !done) return done;
  return contacts_ == nullptr ? Expected<void>() : contacts_->rehearse(report.contacts, limit);
}

Expected<void> RegistrySync::sync_contacts(SyncReport& report, const std::function<bool()>& goes_on) {
  return contacts_ == nullptr ? Expected<void>() : contacts_->run(report.contacts, goes_on);
}

Expected<void> RegistrySync::reconcile(SyncReport& report, std::size_t limit, Writes writes) {
  const UtcTime now = clock_();
  SyncState::Due due{now - rules_.resolution.times.second_look,
                     now - doubtful_pause,
                     now - other_holder_pause,
                     now - rules_.look_again,
                     now,
                     true};
  const auto sequence = store_.last_sequence();
  if (!sequence) return sequence.error();
  due.never = all_seen_at_ != *sequence;  // else no name came: all need not be read again
  std::size_t at_once = names_at_once;
  for (std::size_t left = limit; left > 0;) {
    due.now = clock_();
    const auto begin = std::chrono::steady_clock::now();
    const auto names = state_.names_to_look_at(rules_.registry, rules_.belongs, due, std::min(at_once, left));
    if (!names) return names.error();
    if (names->empty()) {
      all_seen_at_ = *sequence;
      return {};
    }
    left -= names->size();
    auto findings = look_at(*names, report, writes);
    if (!findings) return findings.error();
    const bool is_whole = findings->unanswered.empty();
    if (writes == Writes::no) return tell(*findings, report);
    if (auto done = write(std::move(*findings), {}, report); !done) return done;
    if (!is_whole) return not_all_answered();
    const bool was_quick = std::chrono::steady_clock::now() - begin < time_at_once;
    at_once = was_quick ? std::min(at_once * 2, most_names_at_once) : names_at_once;
  }
  return {};
}

Expected<RegistrySync::Held> RegistrySync::held(const std::vector<DomainName>& names, Writes writes) {
  if (writes == Writes::yes) return state_.facts(names);
  Held all;  // what would be different is found with contacts
  for (const DomainName& name : names) {
    auto data = store_.find(name);
    if (!data) return data.error();
    all.push_back(*data ? std::optional(std::move((*data)->registration)) : std::nullopt);
  }
  return all;
}

Expected<RegistrySync::Findings> RegistrySync::look_at(const std::vector<DomainName>& names, SyncReport& report,
                                                       Writes writes) {
  Findings findings;
  if (names.empty()) return findings;
  const UtcTime asked = clock_();
  const auto seen = look_at_names(names, rules_.account, questions_);
  if (!seen) return seen.error();
  report.looked += names.size();
  const auto all_held = held(names, writes);
  if (!all_held) return all_held.error();
  for (std::size_t number = 0; number < names.size(); ++number) {
    const SeenName& one = seen->names[number];
    if (!one.observation.was_answered) {
      findings.unanswered.insert(one.name.ascii());
      continue;
    }
    auto look = judge(one, (*all_held)[number], seen->knows_ds, findings, report);
    if (!look) return look.error();
    look->asked = asked;
    findings.looks.push_back(std::move(*look));
  }
  return findings;
}

/// Which of our contacts the name has there; where it has others: which.
Expected<std::string> RegistrySync::note_contacts(const SeenName& seen) {
  const DomainData& data = *seen.observation.data;
  if (contacts_ == nullptr || (data.registrant.empty() && data.contacts.empty())) return std::string();
  const auto held = store_.find(seen.name);
  if (!held) return held.error();
  if (!*held || (*held)->registration.ended) return std::string();
  return contacts_->note_name((*held)->registration, data);
}

Expected<Look> RegistrySync::judge(const SeenName& seen, const std::optional<Registration>& held, bool knows_ds,
                                   Findings& findings, SyncReport& report) {
  Look look{seen.name.ascii(), seen.observation.sight, seen.observation.why};
  if (!held) {
    // whatever came to us, or may have: nobody would look at it again
    if (look.sight == Sight::ours || look.sight == Sight::untold) findings.not_here.push_back({seen.name});
    return look;
  }
  const Registration& registration = *held;
  const UtcTime now = clock_();
  const auto end = [&](EndReason why, UtcTime at) {
    if (!registration.ended) findings.effect.ends.push_back({seen.name, Ended{why, at}});
  };
  const auto doubt = [&](std::string why) { look = {look.name, Sight::untold, std::move(why)}; };
  switch (look.sight) {
    case Sight::ours: {
      const DomainData& data = *seen.observation.data;
      const auto other_holder = note_contacts(seen);
      if (!other_holder) return other_holder.error();
      const UtcTime since = std::max(data.created.value_or(UtcTime{}), data.transferred.value_or(UtcTime{}));
      if (registration.ended && since > registration.ended->at)
        findings.not_here.push_back({seen.name});
      else if (std::string why = doubt_about(data, now); !why.empty())
        doubt(std::move(why));
      else if (!seen.glue_is_told)
        doubt("the registry did not tell the addresses of its hosts");
      else {
        findings.effect.puts.push_back(
            facts_of(registration, data, seen.glue, knows_ds, {SourceClass::registry, "epp:" + rules_.registry, now}));
        if (!other_holder->empty()) look = {look.name, Sight::other_holder, *other_holder};
      }
      break;
    }
    case Sight::others:
      end(EndReason::transferred, now);
      break;
    case Sight::missing: {
      const auto since = state_.missing_since(rules_.registry, look.name);
      if (!since) return since.error();
      if (*since && now - **since >= rules_.resolution.times.second_look) {
        end(EndReason::deleted, **since);
      } else {
        look.note = "not there at the first look";
        ++report.doubtful;
      }
      break;
    }
    case Sight::untold:
    case Sight::other_holder:
      break;
  }
  if (look.sight == Sight::other_holder) report.tell(look.name + ": " + look.note);
  if (look.sight == Sight::untold || look.sight == Sight::other_holder) ++report.doubtful;
  return look;
}

Expected<void> RegistrySync::tell(const Findings& findings, SyncReport& report) {
  for (const RegistrationPut& put : findings.effect.puts) {
    const auto differences = store_.difference(put);
    if (!differences) return differences.error();
    if (!differences->empty()) ++report.changed;
    for (const Difference& one : *differences) tell_change(put.registration.name, one, report);
  }
  tell_ends(findings.effect, report);
  return {};
}

void RegistrySync::tell_change(const DomainName& name, const Difference& difference, SyncReport& report) {
  report.tell(fmt::format("{}: {}: {} {}", name.ascii(), difference.object, difference.element, difference.what));
}

void RegistrySync::tell_ends(const Effect& effect, SyncReport& report) {
  for (const Effect::End& end : effect.ends)
    report.tell(
        fmt::format("{}: ended, {}", end.name.ascii(), end.ended.reason == EndReason::deleted ? "deleted" : "transferred"));
  report.ended += effect.ends.size();
}

Expected<void> RegistrySync::write(Findings findings, const std::vector<SyncState::Dealt>& dealt, SyncReport& report) {
  // brake: what would end too many names at once is more likely wrong than right
  std::erase_if(findings.effect.ends, [&](const Effect::End& end) {
    if (ends_ < most_ends_) {
      ++ends_;
      return false;
    }
    ++report.held;
    for (Look& look : findings.looks)
      if (look.name == end.name.ascii()) look = {look.name, Sight::untold, "its end waits: too many in one run", look.asked};
    return true;
  });
  if (contacts_ != nullptr)
    if (auto kept = contacts_->keep_names(); !kept) return kept;
  const auto changes =
      state_.apply(rules_.registry, findings.effect, findings.looks, dealt, "epp:" + rules_.registry, clock_());
  if (!changes) return changes.error();
  const DomainName* last = nullptr;
  for (const Effect::Change& one : *changes) {
    if (last == nullptr || *last != one.name) ++report.changed;
    last = &one.name;
    tell_change(one.name, one.difference, report);
  }
  tell_ends(findings.effect, report);
  return {};
}

}  // namespace regdata::epp
