// Messages of a registry: taken, kept, acknowledged, and what they are about looked at.
#include <fmt/format.h>

#include <algorithm>

#include "epp/registry_sync_parts.hpp"

namespace regdata::epp {
namespace {

constexpr std::size_t messages_at_once = 200;
/// Taken before they are applied, and before anything else gets its turn.
constexpr std::size_t most_messages = 1000;
/// Of one message, behind its acknowledgement: queues may lag.
constexpr unsigned most_repeats = 5;
/// For a message about a name that the registry does not tell of; then a person has to look.
constexpr std::chrono::hours longest_wait{24};

Error bad_poll_answer(const Response& answer, const char* to) {
  return make_error(Errc::unavailable, fmt::format("the registry answered {} to {}", answer.code(), to),
                    "what was told is kept; it goes on next time");
}

}  // namespace

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

}  // namespace regdata::epp
