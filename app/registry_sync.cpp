#include "app/registry_sync.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "epp/namespaces.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t names_at_once = 200;
constexpr std::size_t messages_at_once = 200;
/// Of all names, and at least so many, may end in one run by themselves (epp.md §4.2, reliability.md §2 row 33).
constexpr std::uint64_t ends_share = 50;
constexpr std::uint64_t fewest_ends = 5;

/// Taken before they are applied, and before anything else gets its turn.
constexpr std::size_t most_messages = 1000;
/// Of one message, behind its acknowledgement: queues may lag.
constexpr unsigned most_repeats = 5;
/// Before an answer that was not believed is asked for again.
constexpr std::chrono::hours doubtful_pause{1};

/// Held while one process reads a registry's messages: there is one head for all sessions of an account (RFC 5730 §2.9.2.3).
class PollLock {
 public:
  explicit PollLock(const std::filesystem::path& file) : descriptor_(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    held_ = descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
  }
  PollLock(const PollLock&) = delete;
  PollLock& operator=(const PollLock&) = delete;
  ~PollLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  int descriptor_;
  bool held_ = false;
};

Error not_all_answered() {
  return make_error(Errc::unavailable, "the registry did not answer all questions",
                    "what it answered is here; the rest is asked again");
}

epp::NewMessage message_in(const epp::Response& answer, const Config::Registry& settings) {
  const epp::MessageQueue& queue = *answer.queue();
  std::string content = queue.date + '\n' + queue.text;
  for (const std::string& part : answer.payloads()) content += '\n' + part;
  return {.registry = settings.id,
          .account = settings.account,
          .id = queue.id,
          .queued = queue.date,
          .content = std::move(content),
          .raw = epp::masked(answer.document().root().raw())};
}

}  // namespace

/// A name, and what the registry said.
struct RegistrySync::Seen {
  DomainName name;
  epp::Observation observation;
  std::vector<epp::HostData> glue{};
  bool glue_is_told = true;
};

RegistrySync::RegistrySync(const Config& config, const Config::Registry& settings, SyncAccess& access, Clock clock)
    : settings_(settings),
      access_(access),
      clock_(std::move(clock)),
      catalog_(config.catalog),
      lock_(config.store.database.string() + ".poll-" + settings.id) {
  begin();
}

void RegistrySync::begin() {
  ends_ = 0;
  const auto names = access_.store->count();
  most_ends_ = std::max(fewest_ends, names ? *names / ends_share : 0);
}

Expected<void> RegistrySync::drain(SyncReport& report) {
  const PollLock lock(lock_);
  if (!lock.held())
    return make_error(Errc::conflict, "another process reads the messages of " + settings_.id,
                      "`regdata run` does it by itself; nothing is lost");
  bool is_empty = false;
  std::string last_id;
  unsigned repeats = 0;
  std::size_t taken = 0;
  std::vector<Job> jobs;
  jobs.push_back({epp::PollRequest{}});
  const auto talked = talk(
      settings_, std::move(jobs), nullptr, clock_, [&](std::size_t number, epp::Outcome outcome) -> Expected<std::vector<Job>> {
        std::vector<Job> next;
        if (outcome.kind != epp::Outcome::Kind::answered) return outcome.why;
        const epp::Response& answer = *outcome.response;
        if (number % 2 == 1) {  // to an acknowledgement; gone already is as good (epp.md §1.4)
          if (!answer.is_success() && answer.code() != 2303)
            return make_error(Errc::unavailable, fmt::format("the registry answered {} to an acknowledgement", answer.code()),
                              "the message is kept; it is acknowledged next time");
          if (taken < most_messages) next.push_back({epp::PollRequest{}});
          return next;
        }
        if (answer.code() == 1300) {
          is_empty = true;
          return next;
        }
        if (answer.code() != 1301 || !answer.queue())
          return make_error(Errc::unavailable, fmt::format("the registry answered {} when asked for messages", answer.code()));
        repeats = answer.queue()->id == last_id ? repeats + 1 : 0;
        last_id = answer.queue()->id;
        if (repeats > most_repeats)
          return make_error(Errc::unavailable, "the registry tells a message again and again that was acknowledged",
                            "it is kept; ask the registry");
        const auto kept = access_.state->keep(message_in(answer, settings_), clock_());
        if (!kept) return kept.error();
        ++report.messages;
        next.push_back({epp::PollAcknowledgement{answer.queue()->id}});
        ++taken;
        return next;
      });
  if (!talked) return talked.error();
  if (auto noted = note_greeting(*talked, report); !noted) return noted;
  report.is_drained = is_empty;
  return is_empty ? access_.state->drained(settings_.id, clock_()) : Expected<void>();
}

Expected<void> RegistrySync::note_greeting(const epp::Greeting& greeting, SyncReport& report) {
  const auto kept = access_.state->greeting(settings_.id);
  if (!kept) return kept.error();
  if (!kept->empty()) {
    const auto document = epp::XmlDocument::parse(*kept);
    const auto former = document ? epp::read_greeting(*document) : Expected<epp::Greeting>(document.error());
    if (former) {
      report.greeting = epp::changes(*former, greeting);
      if (report.greeting.empty()) return {};
    }
  }
  return access_.state->keep_greeting(settings_.id, greeting.raw);
}

Expected<std::vector<RegistrySync::Seen>> RegistrySync::ask(const std::vector<DomainName>& names, bool& knows_ds) {
  std::vector<Seen> seen;
  std::vector<Job> jobs;
  for (const DomainName& name : names) {
    seen.push_back({name, {}});
    jobs.push_back({epp::DomainInfo{name.ascii(), "all", {}}});
  }
  std::map<std::size_t, std::size_t> glue_of;  // number of a question for a host, and the name that it belongs to
  std::size_t asked = jobs.size();
  const auto greeting = talk(
      settings_, std::move(jobs), nullptr, clock_, [&](std::size_t number, epp::Outcome outcome) -> Expected<std::vector<Job>> {
        std::vector<Job> next;
        if (number >= names.size()) {
          Seen& one = seen.at(glue_of.at(number));
          const auto host = outcome.response && outcome.response->is_success() ? epp::read_host(*outcome.response)
                                                                               : Expected<epp::HostData>(outcome.why);
          if (host)
            one.glue.push_back(*host);
          else
            one.glue_is_told = false;
          return next;
        }
        seen[number].observation = epp::observe(outcome, names[number], settings_.account);
        if (!seen[number].observation.data) return next;
        for (const std::string& host : epp::glue_hosts(*seen[number].observation.data)) {
          glue_of[asked++] = number;
          next.push_back({epp::HostInfo{host}});
        }
        return next;
      });
  if (!greeting) return greeting.error();
  knows_ds = greeting->services.extensions.contains(std::string(epp::sec_dns_namespace));
  return seen;
}

Expected<epp::Look> RegistrySync::judge(const Seen& seen, bool knows_ds, epp::Effect& effect, SyncReport& report) {
  epp::Look look{seen.name.ascii(), seen.observation.sight, seen.observation.why};
  const auto held = access_.store->find(seen.name);
  if (!held) return held.error();
  if (!*held) {
    if (look.sight == epp::Sight::ours) look.note = "the registry says that it is ours, and the store does not have it";
    return look;
  }
  const Registration& registration = (*held)->registration;
  const UtcTime now = clock_();
  const auto end = [&](EndReason why, UtcTime at) {
    if (registration.ended) return;
    effect.ends.push_back({seen.name, Ended{why, at}});
  };
  switch (look.sight) {
    case epp::Sight::ours: {
      const epp::DomainData& data = *seen.observation.data;
      if (registration.ended &&
          std::max(data.created.value_or(UtcTime{}), data.transferred.value_or(UtcTime{})) > registration.ended->at) {
        look.note = "ours again since it ended here: its holder has to be imported";
        break;
      }
      if (const std::string doubt = epp::doubt_about(*seen.observation.data, now); !doubt.empty()) {
        look = {look.name, epp::Sight::untold, doubt};
        ++report.doubtful;
        break;
      }
      if (!seen.glue_is_told) {
        look = {look.name, epp::Sight::untold, "the registry did not tell the addresses of its hosts"};
        ++report.doubtful;
        break;
      }
      effect.puts.push_back(
          epp::facts_of(registration, *seen.observation.data, seen.glue, knows_ds, {SourceClass::registry, reason(), now}));
      break;
    }
    case epp::Sight::others:
      end(EndReason::transferred, now);
      break;
    case epp::Sight::missing: {
      const auto since = access_.state->missing_since(settings_.id, look.name);
      if (!since) return since.error();
      if (*since && now - **since >= settings_.second_look_time) {
        end(EndReason::deleted, **since);
      } else {
        look.note = "not there at the first look";
        ++report.doubtful;
      }
      break;
    }
    case epp::Sight::untold:
      ++report.doubtful;
      break;
  }
  return look;
}

Expected<void> RegistrySync::write(epp::Effect effect, std::vector<epp::Look> looks,
                                   const std::vector<epp::SyncState::Dealt>& dealt, SyncReport& report) {
  for (const RegistrationPut& put : effect.puts) {
    const auto differences = access_.store->difference(put);
    if (!differences) return differences.error();
    if (!differences->empty()) ++report.changed;
    for (const Difference& one : *differences)
      report.tell(fmt::format("{}: {}: {} {}", put.registration.name.ascii(), one.object, one.element, one.what));
  }
  // brake: what would end too many names at once is more likely wrong than right
  std::erase_if(effect.ends, [&](const epp::Effect::End& end) {
    const bool allowed = ends_ < most_ends_;
    if (allowed) {
      ++ends_;
      ++report.ended;
      report.tell(
          fmt::format("{}: ended, {}", end.name.ascii(), end.ended.reason == EndReason::deleted ? "deleted" : "transferred"));
      return false;
    }
    ++report.held;
    for (epp::Look& look : looks)
      if (look.name == end.name.ascii()) look = {look.name, epp::Sight::untold, "its end waits: too many in one run"};
    return true;
  });
  return access_.state->apply(settings_.id, effect, looks, dealt, reason(), clock_());
}

Expected<void> RegistrySync::look_at(const std::vector<DomainName>& names, SyncReport& report, bool dry) {
  if (names.empty()) return {};
  bool knows_ds = false;
  const auto seen = ask(names, knows_ds);
  if (!seen) return seen.error();
  report.looked += seen->size();
  epp::Effect effect;
  std::vector<epp::Look> looks;
  bool is_whole = true;
  for (const Seen& one : *seen) {
    if (!one.observation.was_answered) {
      is_whole = false;
      continue;
    }
    auto look = judge(one, knows_ds, effect, report);
    if (!look) return look.error();
    looks.push_back(std::move(*look));
  }
  if (!dry) {
    const auto done = write(std::move(effect), std::move(looks), {}, report);
    return done && !is_whole ? Expected<void>(not_all_answered()) : done;
  }
  for (const RegistrationPut& put : effect.puts) {
    const auto differences = access_.store->difference(put);
    if (!differences) return differences.error();
    if (!differences->empty()) ++report.changed;
    for (const Difference& one : *differences)
      report.tell(fmt::format("{}: {}: {} {}", put.registration.name.ascii(), one.object, one.element, one.what));
  }
  for (const epp::Effect::End& end : effect.ends) report.tell(end.name.ascii() + ": would end");
  report.ended += effect.ends.size();
  return {};
}

Expected<void> RegistrySync::apply_messages(SyncReport& report) {
  while (true) {
    const auto messages = access_.state->to_apply(settings_.id, messages_at_once);
    if (!messages) return messages.error();
    if (messages->empty()) return {};
    std::vector<epp::SyncState::Dealt> dealt;
    std::vector<DomainName> names;
    std::set<std::string> known;
    std::map<std::uint64_t, std::vector<std::string>> names_of;  // by number of the message
    for (const epp::Message& message : *messages) {
      epp::SyncState::Dealt one{message.number, epp::MessageState::applied, ""};
      auto document = epp::XmlDocument::parse(*message.raw);
      const auto answer = document ? epp::Response::read(std::move(*document)) : Expected<epp::Response>(document.error());
      const epp::MessageSubject subject = answer ? epp::subject_of(*answer) : epp::MessageSubject{};
      one.note = subject.note;
      if (!subject.is_understood) one.state = epp::MessageState::for_a_person;
      if (subject.pending && !subject.pending->client_id.empty()) {
        const auto entry = access_.journal->find_by_client_id(subject.pending->client_id);
        if (!entry) return entry.error();
        const auto state_now = *entry ? (*entry)->state : epp::EntryState::done;
        if (state_now == epp::EntryState::open) continue;  // its answer is still to come: the message waits for it
        if (state_now == epp::EntryState::pending || is_unresolved(state_now)) {
          const auto state = subject.pending->was_done ? epp::EntryState::applied : epp::EntryState::not_applied;
          if (auto done = access_.journal->resolve((*entry)->number, state, "told by a message", clock_()); !done)
            return done.error();
        }
      }
      names_of[message.number] = subject.names;
      for (const std::string& text : subject.names) {
        auto name = DomainName::from_stored(text);
        if (name && belongs(*name) && known.insert(text).second) names.push_back(std::move(*name));
      }
      dealt.push_back(std::move(one));
    }
    bool knows_ds = false;
    auto seen = names.empty() ? Expected<std::vector<Seen>>(std::vector<Seen>()) : ask(names, knows_ds);
    if (!seen) return seen.error();
    report.looked += seen->size();
    epp::Effect effect;
    std::vector<epp::Look> looks;
    std::set<std::string> unanswered;
    for (const Seen& one : *seen) {
      if (!one.observation.was_answered) {
        unanswered.insert(one.name.ascii());
        continue;
      }
      auto look = judge(one, knows_ds, effect, report);
      if (!look) return look.error();
      looks.push_back(std::move(*look));
    }
    // a message about a name that the registry did not tell of yet stays
    std::erase_if(dealt, [&](const epp::SyncState::Dealt& one) {
      return std::ranges::any_of(names_of[one.number], [&](const std::string& name) { return unanswered.contains(name); });
    });
    const bool is_stuck = dealt.empty();
    if (auto done = write(std::move(effect), std::move(looks), dealt, report); !done) return done;
    if (is_stuck && unanswered.empty()) return {};
    if (!unanswered.empty()) return not_all_answered();
  }
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
  if (stops(resolve(report))) return result();
  stops(reconcile(report, limit, false));
  return result();
}

Expected<void> RegistrySync::resolve(SyncReport& report) {
  auto resolved = resolve_at(settings_, *access_.journal, clock_);
  if (!resolved) return resolved.error();
  report.resolved = *resolved;
  return {};
}

Expected<void> RegistrySync::reconcile(SyncReport& report, std::size_t limit, bool dry) {
  const UtcTime now = clock_();
  epp::SyncState::Due due{now - settings_.second_look_time, now - doubtful_pause, now - settings_.look_again, now, true};
  const auto sequence = access_.store->last_sequence();
  if (!sequence) return sequence.error();
  due.never = all_seen_at_ != *sequence;  // else no name came: all need not be read again
  std::uint64_t left = limit;
  while (left > 0) {
    due.now = clock_();
    const auto names = access_.state->names_to_look_at(
        settings_.id, [&](const DomainName& name) { return belongs(name); }, due, std::min<std::uint64_t>(names_at_once, left));
    if (!names) return names.error();
    if (names->empty()) {
      all_seen_at_ = *sequence;
      return {};
    }
    left -= names->size();
    if (auto done = look_at(*names, report, dry); !done) return done;
    if (dry) return {};  // nothing was noted: the same names would come again
  }
  return {};
}

}  // namespace regdata::app
