#include "epp/registry_sync.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace regdata::epp {
namespace {

/// As many at once as a registry answers in a second or two: what was seen is written then.
constexpr std::size_t names_at_once = 200;
constexpr std::size_t most_names_at_once = 2000;
constexpr std::chrono::seconds time_at_once{1};
constexpr std::size_t messages_at_once = 200;
/// Of all names, and at least so many, may end in one run by themselves (epp.md §4.2, reliability.md §2 row 33).
constexpr std::uint64_t ends_share = 50;
constexpr std::uint64_t fewest_ends = 5;
/// Taken before they are applied, and before anything else gets its turn.
constexpr std::size_t most_messages = 1000;
/// Of one message, behind its acknowledgement: queues may lag.
constexpr unsigned most_repeats = 5;
/// For a message about a name that the registry does not tell of; then a person has to look.
constexpr std::chrono::hours longest_wait{24};
/// Before an answer that was not believed is asked for again.
constexpr std::chrono::hours doubtful_pause{1};

Error not_all_answered() {
  return make_error(Errc::unavailable, "the registry did not answer all questions",
                    "what it answered is here; the rest is asked again");
}

Error bad_poll_answer(const Response& answer, const char* to) {
  return make_error(Errc::unavailable, fmt::format("the registry answered {} to {}", answer.code(), to),
                    "what was told is kept; it goes on next time");
}

}  // namespace

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

RegistrySync::RegistrySync(SyncRules rules, RegistrationStore& store, Journal& journal, SyncState& state, ContactSync* contacts,
                           const Talk& talk, const Clock& clock)
    : rules_(std::move(rules)),
      store_(store),
      journal_(journal),
      state_(state),
      contacts_(contacts),
      talk_(talk),
      clock_(clock),
      import_({rules_.registry, rules_.account, rules_.registrar, rules_.prefix, rules_.belongs}, store, state,
              contacts == nullptr ? nullptr : &contacts->record(), talk, clock) {
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

Expected<void> RegistrySync::drain(SyncReport& report) {
  const auto held = rules_.hold_queue();
  if (!held)
    return make_error(Errc::conflict, "another process reads the messages of " + rules_.registry,
                      "`regdata run` does it by itself; nothing is lost");
  std::string last_id;
  unsigned repeats = 0;
  std::size_t taken = 0;
  std::vector<Job> jobs;
  jobs.push_back({PollRequest{}});
  // questions and acknowledgements take turns: even numbers are questions
  const auto talked = talk_(std::move(jobs), [&](std::size_t number, Outcome outcome) -> Expected<std::vector<Job>> {
    std::vector<Job> next;
    if (outcome.kind != Outcome::Kind::answered) return outcome.why;
    const Response& answer = *outcome.response;
    if (number % 2 == 1) {
      // gone already is as good (epp.md §1.4)
      if (!answer.is_success() && answer.code() != 2303) return bad_poll_answer(answer, "an acknowledgement");
      if (taken < most_messages) next.push_back({PollRequest{}});
      return next;
    }
    if (answer.code() == 1300) {
      report.is_drained = true;
      return next;
    }
    if (answer.code() != 1301 || !answer.queue()) return bad_poll_answer(answer, "a question for messages");
    repeats = answer.queue()->id == last_id ? repeats + 1 : 0;
    last_id = answer.queue()->id;
    if (repeats > most_repeats)
      return make_error(Errc::unavailable, "the registry tells a message again and again that was acknowledged",
                        "it is kept; ask the registry");
    const auto message = message_in(answer);
    if (!message) return message.error();
    const auto kept = state_.keep(*message, clock_());
    if (!kept) return kept.error();
    ++report.messages;
    ++taken;
    next.push_back({PollAcknowledgement{answer.queue()->id}});
    return next;
  });
  if (!talked) return talked.error();
  if (auto noted = note_greeting(*talked, report); !noted) return noted;
  return report.is_drained ? state_.drained(rules_.registry, clock_()) : Expected<void>();
}

Expected<NewMessage> RegistrySync::message_in(const Response& answer) {
  const MessageQueue& queue = *answer.queue();
  NewMessage message;
  message.registry = rules_.registry;
  message.account = rules_.account;
  message.id = queue.id;
  if (parse_rfc3339(queue.date)) message.queued = queue.date;
  // its sizes, not its texts: a digest of what stands in it would outlive an erasure
  message.content = fmt::format("{} {}", queue.date, queue.text.size());
  for (const std::string& part : answer.payloads()) message.content += fmt::format(" {}", part.size());
  message.raw = masked(answer.document().root().raw());
  const auto contacts = contacts_of(answer);
  if (contacts.empty()) return message;
  // sealed under the contact's own key, or, where no key is theirs alone, kept without what is in it: an erasure must reach it
  std::string handle = contacts.front();
  if (contacts_ != nullptr) {
    const auto recorded = contacts_->handle_of(handle);
    if (!recorded) return recorded.error();
    if (!recorded->empty()) handle = *recorded;
  }
  const auto held = store_.find_contact(handle);
  if (!held) return held.error();
  if (contacts.size() == 1 && *held && (*held)->state != ContactState::erased)
    message.handle = handle;
  else
    message.raw = without_persons(answer);
  return message;
}

Expected<void> RegistrySync::note_greeting(const Greeting& greeting, SyncReport& report) {
  const auto kept = state_.greeting(rules_.registry);
  if (!kept) return kept.error();
  if (!kept->empty()) {
    const auto document = XmlDocument::parse(*kept);
    const auto former = document ? read_greeting(*document) : Expected<Greeting>(document.error());
    if (former) {
      report.greeting = changes(*former, greeting);
      if (report.greeting.empty()) return {};
    }
  }
  return state_.keep_greeting(rules_.registry, greeting.raw);
}

Expected<void> RegistrySync::apply_messages(SyncReport& report) {
  while (true) {
    const auto messages = state_.to_apply(rules_.registry, messages_at_once);
    if (!messages) return messages.error();
    Subjects subjects;
    for (const Message& message : *messages)
      if (auto read = read_message(message, subjects); !read) return read;
    if (subjects.dealt.empty()) return {};
    auto findings = look_at(subjects.names, report, Writes::yes);
    if (!findings) return findings.error();
    // a message about a name that the registry did not tell of yet stays, for some time
    std::set<std::string> unanswered = findings->unanswered;
    if (auto taken = take_in(findings->not_here, unanswered, subjects, report); !taken) return taken;
    std::erase_if(subjects.dealt, [&](SyncState::Dealt& one) {
      const auto waits_for =
          std::ranges::find_if(subjects.named[one.number], [&](const std::string& name) { return unanswered.contains(name); });
      if (waits_for == subjects.named[one.number].end()) return false;
      if (clock_() - subjects.kept[one.number] < longest_wait) return true;
      leave_to_a_person(one, *waits_for + ": the registry did not tell of it for a day", report);
      return false;
    });
    const bool is_waiting = std::ranges::any_of(*messages, [&](const Message& message) {
      return std::ranges::none_of(subjects.dealt, [&](const SyncState::Dealt& one) { return one.number == message.number; }) &&
             subjects.named.contains(message.number);
    });
    if (auto done = write(std::move(*findings), subjects.dealt, report); !done) return done;
    if (is_waiting) return not_all_answered();
  }
}

void RegistrySync::leave_to_a_person(SyncState::Dealt& dealt, const std::string& why, SyncReport& report) {
  dealt.state = MessageState::for_a_person;
  dealt.note += (dealt.note.empty() ? "" : "; ") + why;
  ++report.doubtful;
  ++report.left_to_persons;
}

/// Names that came to us, or may have. `unanswered` gets those that the registry may tell of later; what is told about one
/// that cannot be taken waits for a person.
Expected<void> RegistrySync::take_in(const std::vector<NameToTake>& names, std::set<std::string>& unanswered,
                                     Subjects& subjects, SyncReport& report) {
  if (names.empty()) return {};
  auto fates = import_.take(names, NameImport::Writes::yes);
  if (!fates && fates.error().code != Errc::configuration && fates.error().code != Errc::invalid) return fates.error();
  if (!fates) {  // nobody knows whose they are, or one of them cannot be held: the others must not wait for it
    const Error why = fates.error();
    fates = std::vector<FateOfName>();
    for (const NameToTake& one : names) {
      auto alone = import_.take({one}, NameImport::Writes::yes);
      if (alone)
        fates->insert(fates->end(), alone->begin(), alone->end());
      else
        fates->push_back({one.name.ascii(), NameFate::not_told, alone.error().context});
    }
  }
  for (const FateOfName& one : *fates) {
    if (one.fate == NameFate::taken || one.fate == NameFate::held) ++report.taken;
    if (one.fate != NameFate::held)
      report.tell(fmt::format("{}: came to us: {}{}{}", one.name, to_string(one.fate), one.note.empty() ? "" : ": ", one.note));
    if (one.fate == NameFate::not_answered) unanswered.insert(one.name);
    if (one.fate != NameFate::without_holder && one.fate != NameFate::not_told) continue;
    for (SyncState::Dealt& dealt : subjects.dealt) {
      const auto& named = subjects.named[dealt.number];
      if (std::ranges::find(named, one.name) != named.end())
        leave_to_a_person(dealt, fmt::format("{} is ours there, and not here: {}", one.name, one.note), report);
    }
  }
  return {};
}

Expected<void> RegistrySync::read_message(const Message& message, Subjects& subjects) {
  if (!message.raw) {
    subjects.dealt.push_back({message.number, MessageState::applied, "its contact was erased"});
    return {};
  }
  auto document = XmlDocument::parse(*message.raw);
  const auto answer = document ? Response::read(std::move(*document)) : Expected<Response>(document.error());
  const MessageSubject subject = answer ? subject_of(*answer) : MessageSubject{};
  bool is_of_ours = false;  // it is looked at again, which is all that there is to be done
  if (answer && contacts_ != nullptr)
    for (const std::string& id : contacts_of(*answer)) {
      const auto handle = contacts_->handle_of(id);
      if (!handle) return handle.error();
      is_of_ours |= !handle->empty();
      if (auto noted = contacts_->note_message(id); !noted) return noted;
    }
  for (const Maintenance& one : subject.maintenance)
    if (one.is_off() || one.concerns_us())
      if (auto noted = state_.note_absence(rules_.registry, {one.id, one.starts, one.ends, one.is_off()}); !noted) return noted;
  if (subject.pending && !subject.pending->client_id.empty()) {
    const auto entry = journal_.find_by_client_id(subject.pending->client_id);
    if (!entry) return entry.error();
    if (*entry && (*entry)->state == EntryState::open) return {};  // its answer is still to come: the message waits for it
    if (*entry && ((*entry)->state == EntryState::pending || is_unresolved((*entry)->state))) {
      const auto state = subject.pending->was_done ? EntryState::applied : EntryState::not_applied;
      if (auto done = journal_.resolve((*entry)->number, state, "told by a message", clock_()); !done) return done;
    }
  }
  for (const std::string& text : subject.names) {
    auto name = DomainName::from_stored(text);
    if (name && rules_.belongs(*name) && subjects.known.insert(text).second) subjects.names.push_back(std::move(*name));
  }
  subjects.named[message.number] = subject.names;
  subjects.kept[message.number] = message.kept;
  subjects.dealt.push_back(
      {message.number, subject.is_understood || is_of_ours ? MessageState::applied : MessageState::for_a_person, subject.note});
  return {};
}

Expected<void> RegistrySync::reconcile(SyncReport& report, std::size_t limit, Writes writes) {
  const UtcTime now = clock_();
  SyncState::Due due{now - rules_.resolution.times.second_look, now - doubtful_pause, now - rules_.look_again, now, true};
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
  const auto seen = look_at_names(names, rules_.account, talk_);
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
    findings.looks.push_back(std::move(*look));
  }
  return findings;
}

/// Which of our contacts the name has there.
Expected<void> RegistrySync::note_contacts(const SeenName& seen) {
  const DomainData& data = *seen.observation.data;
  if (contacts_ == nullptr || (data.registrant.empty() && data.contacts.empty())) return {};
  const auto held = store_.find(seen.name);
  if (!held) return held.error();
  if (*held && !(*held)->registration.ended) contacts_->note_name((*held)->registration, data);
  return {};
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
      if (auto noted = note_contacts(seen); !noted) return noted.error();
      const UtcTime since = std::max(data.created.value_or(UtcTime{}), data.transferred.value_or(UtcTime{}));
      if (registration.ended && since > registration.ended->at)
        findings.not_here.push_back({seen.name});
      else if (std::string why = doubt_about(data, now); !why.empty())
        doubt(std::move(why));
      else if (!seen.glue_is_told)
        doubt("the registry did not tell the addresses of its hosts");
      else
        findings.effect.puts.push_back(
            facts_of(registration, data, seen.glue, knows_ds, {SourceClass::registry, "epp:" + rules_.registry, now}));
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
      break;
  }
  if (look.sight == Sight::untold) ++report.doubtful;
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
      if (look.name == end.name.ascii()) look = {look.name, Sight::untold, "its end waits: too many in one run"};
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
