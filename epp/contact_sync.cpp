#include "epp/contact_sync.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace regdata::epp {
namespace {

constexpr std::size_t contacts_at_once = 100;
constexpr std::size_t changes_at_once = 1000;
/// Before one that is not as wanted is looked at again.
constexpr std::chrono::hours contact_pause{1};
/// Of the line, in one run.
constexpr unsigned most_breaks = 3;

std::string told(const RecordedContact& known, std::string_view what) {
  return fmt::format("contact {} ({}): {}", known.handle, known.id, what);
}

/// Ids of the contacts that a name has there, in a role or in any.
std::vector<std::string> ids_of(const DomainData& there, std::optional<Role> role) {
  constexpr std::array<std::string_view, all_roles.size()> types{"", "tech", "admin", "billing"};  // RFC 5731 §2.2
  std::vector<std::string> ids;
  if (role.value_or(Role::registrant) == Role::registrant && !there.registrant.empty()) ids.push_back(there.registrant);
  for (const DomainContact& one : there.contacts)
    if (!role || one.type == types[static_cast<std::size_t>(*role)]) ids.push_back(one.id);
  return ids;
}

bool has(const std::vector<std::string>& ids, const std::string& id) { return std::ranges::find(ids, id) != ids.end(); }

std::string shows(const Elements& shown) { return "shows: " + (shown.none() ? std::string("nothing") : names_of(shown)); }

}  // namespace

struct ContactSync::Wanted {
  RecordedContact known;
  std::uint64_t sequence = 0;  ///< of the feed, before it was read
  ContactTarget target;
  ContactStanding standing = ContactStanding::as_wanted;  ///< once the target is reached
  std::string why;
};

ContactSync::ContactSync(ContactSyncRules rules, const Parts& parts, Talk talk, Clock clock)
    : rules_(std::move(rules)), parts_(parts), talk_(std::move(talk)), clock_(std::move(clock)) {}

Expected<std::string> ContactSync::known_id(const std::string& handle) {
  if (const auto found = found_.find(handle); found != found_.end()) return found->second;
  const auto recorded = parts_.record.find(rules_.registry, handle);
  if (!recorded) return recorded.error();
  return *recorded ? (*recorded)->id : std::string();
}

Expected<std::string> ContactSync::note_name(const Registration& held, const DomainData& there) {
  const std::vector<std::string> all = ids_of(there, {});
  for (const Role role : all_roles)
    if (const std::string& handle = regdata::handle_of(held, role); !handle.empty())
      if (std::string id = id_at_registry(rules_.prefix, handle); has(all, id)) found_.emplace(handle, std::move(id));
  std::string differs;
  for (const Role role : all_roles) {
    const std::string& handle = regdata::handle_of(held, role);
    const std::vector<std::string> ids = ids_of(there, role);
    if (handle.empty() || ids.empty()) continue;
    const auto known = known_id(handle);
    if (!known) return known.error();
    if (has(ids, *known)) continue;
    const auto other = handle_of(ids.front());
    if (!other) return other.error();
    if (known->empty() && (other->empty() || *other == handle)) continue;
    differs += fmt::format("{}the {} there is {}{}, and not {}", differs.empty() ? "" : "; ", to_string(role), ids.front(),
                           other->empty() ? "" : ", " + *other + " here", handle);
  }
  return differs;
}

Expected<void> ContactSync::keep_names() {
  if (found_.empty()) return {};
  std::vector<RecordedContact> contacts;
  for (const auto& [handle, id] : std::exchange(found_, {})) {
    RecordedContact& one = contacts.emplace_back();
    one.handle = handle;
    one.id = id;
  }
  return parts_.record.add(rules_.registry, contacts);
}

Expected<void> ContactSync::note_message(const std::string& id) { return parts_.record.look_again(rules_.registry, id); }

Expected<void> ContactSync::follow_feed() {
  const auto mark = parts_.store.feed_mark();
  if (!mark) return mark.error();
  const auto rules = parts_.record.rules(rules_.registry);
  if (!rules) return rules.error();
  const auto followed = parts_.record.followed(rules_.registry);
  if (!followed) return followed.error();
  const auto is_same_feed = *followed == *mark ? Expected<bool>(true) : parts_.store.was_at(*followed);
  if (!is_same_feed) return is_same_feed.error();
  if (std::exchange(looks_at_all_, false) || !*is_same_feed || *rules != rules_.digest) {
    if (auto anew = parts_.record.follow_anew(rules_.registry, *mark); !anew) return anew;
    return parts_.record.keep_rules(rules_.registry, rules_.digest);
  }
  if (*followed == *mark) return {};
  std::uint64_t after = followed->sequence;
  while (after < mark->sequence) {
    const auto changes = parts_.store.changes_after(after, changes_at_once);
    if (!changes) return changes.error();
    if (changes->empty()) break;
    std::vector<ContactRecord::Changed> changed;
    for (const Change& one : *changes)
      if (one.kind == ChangeKind::contact_put || one.kind == ChangeKind::contact_erased || one.kind == ChangeKind::choice)
        changed.push_back({one.subject, one.sequence});
    if (!changed.empty())
      if (auto noted = parts_.record.note_changed(rules_.registry, changed); !noted) return noted;
    after = changes->back().sequence;
  }
  return parts_.record.follow(rules_.registry, *mark);
}

Expected<std::vector<RecordedContact>> ContactSync::due(std::size_t limit) {
  const UtcTime now = clock_();
  return parts_.record.due(rules_.registry,
                           {.doubtful_before = now - contact_pause,
                            .missing_before = now - rules_.second_look,
                            .any_before = now - rules_.look_again,
                            .now = now},
                           limit);
}

Expected<ContactSync::Wanted> ContactSync::wanted(const RecordedContact& known) {
  Wanted wanted;
  wanted.known = known;
  wanted.target = hidden_target(known.handle, known.id);
  const auto hidden = [&](ContactStanding standing, std::string why) {
    wanted.standing = standing;
    wanted.why = std::move(why);
    return std::move(wanted);
  };
  const auto sequence = parts_.store.last_sequence();
  if (!sequence) return sequence.error();
  wanted.sequence = *sequence;
  const auto contact = parts_.store.find_contact(known.handle);
  if (!contact) return contact.error();
  if (!*contact) return hidden(ContactStanding::must_go, "the store does not have it");
  if ((*contact)->state == ContactState::erased) return hidden(ContactStanding::must_go, "it was erased");
  if ((*contact)->state != ContactState::opened) return hidden(ContactStanding::not_brought, "it cannot be opened");
  const Contact& data = (*contact)->contact;
  if (const auto may = rules_.may_be_there(data); !may) return hidden(ContactStanding::must_go, may.error().context);
  auto target = target_of(data, (*contact)->choices, rules_.prefix, rules_.postal);
  if (!target) {  // what may be shown is known all the same
    wanted.target.chosen = chosen_elements(data, (*contact)->choices);
    return hidden(ContactStanding::not_brought, target.error().context);
  }
  target->data.id = known.id;  // whatever the prefix is today
  target->was_only_found = known.standing == ContactStanding::not_looked;
  wanted.target = std::move(*target);
  return wanted;
}

Expected<void> ContactSync::note(const Wanted& wanted, ContactStanding standing, std::string why) {
  RecordedContact noted = wanted.known;
  if (standing != ContactStanding::missing) noted.missing_since = {};
  noted.standing = standing;
  noted.note = std::move(why);
  return parts_.record.note(rules_.registry, noted, wanted.sequence, clock_());
}

Expected<void> ContactSync::run(ContactReport& report, const std::function<bool()>& goes_on) {
  if (auto followed = follow_feed(); !followed) return followed;
  std::optional<Error> failed;
  for (unsigned breaks = 0; breaks < most_breaks && goes_on();) {
    const auto some = due(contacts_at_once);
    if (!some) return some.error();
    if (some->empty()) break;
    const auto done = bring(*some, report);
    if (done) continue;
    failed = done.error();
    if (failed->code == Errc::refused || failed->code == Errc::configuration) break;
    ++breaks;
  }
  const auto figures = parts_.record.figures(rules_.registry);
  if (!figures) return figures.error();
  report.figures = *figures;
  return failed ? Expected<void>(*failed) : Expected<void>();
}

Expected<void> ContactSync::bring(const std::vector<RecordedContact>& some, ContactReport& report) {
  std::vector<Wanted> all;
  std::vector<ContactTarget> targets;
  for (const RecordedContact& known : some) {
    auto one = wanted(known);
    if (!one) return one.error();
    targets.push_back(std::exchange(one->target, {}));
    all.push_back(std::move(*one));
  }
  std::optional<Error> failed;
  const Talk talk = [&](std::vector<Job> jobs, const OnDone& on_done) {
    auto greeting = talk_(std::move(jobs), on_done);
    if (!greeting) failed = greeting.error();
    return greeting;
  };
  const auto results = push_contacts(targets, rules_.disclosure, rules_.account, IfMissing::leave, talk);
  for (std::size_t at = 0; at < results.size(); ++at) {
    // of what nobody was asked nothing is known: it is still due
    if (!results[at].was_asked) {
      if (!failed) failed = results[at].failed;
      continue;
    }
    if (auto noted = note_result(all[at], results[at], report); !noted) return noted;
  }
  return failed ? Expected<void>(*failed) : Expected<void>();
}

Expected<void> ContactSync::note_result(const Wanted& wanted, const Pushed& result, ContactReport& report) {
  const auto tell = [&](std::string_view what) { report.lines.push_back(told(wanted.known, what)); };
  ++report.looked;
  if (result.failed) return note_try(wanted, result, report);
  if (!result.is_there) return note_missing(wanted, report);
  if (result.against_before.any())
    report.found_shown.push_back(told(wanted.known, "was shown against the choice: " + names_of(result.against_before)));
  if (result.plan.kind == PushPlan::Kind::update) {
    ++report.changed;
    tell(fmt::format("updated, because: {}; {}", fmt::join(result.plan.why, ", "), shows(result.plan.shown)));
  }
  if (wanted.standing == ContactStanding::as_wanted) return note(wanted, wanted.standing, note_of(result.plan));
  tell(wanted.why);
  return note(wanted, wanted.standing, wanted.why);
}

Expected<void> ContactSync::note_try(const Wanted& wanted, const Pushed& result, ContactReport& report) {
  RecordedContact noted = wanted.known;
  // one that was only found by its id stays so until it was seen to be the same person
  if (noted.standing != ContactStanding::not_looked) noted.standing = ContactStanding::not_brought;
  noted.note = result.failed->context;
  if (result.against.any()) {
    noted.standing = ContactStanding::shown_against;
    noted.note = fmt::format("shown against the choice: {}; {}", names_of(result.against), noted.note);
  }
  report.lines.push_back(told(noted, noted.note));
  return parts_.record.note_try(rules_.registry, noted, clock_());
}

/// As for names, two looks have to agree; and what is still being made is not gone.
Expected<void> ContactSync::note_missing(const Wanted& wanted, ContactReport& report) {
  const RecordedContact& known = wanted.known;
  const auto open = parts_.journal.is_under_way(rules_.registry, "contact " + known.id);
  if (!open) return open.error();
  if (*open) {
    Pushed waiting;
    waiting.failed = make_error(Errc::conflict, "it is not there, and a command about it is not resolved yet");
    return note_try(wanted, waiting, report);
  }
  const UtcTime now = clock_();
  const bool was_missing = known.standing == ContactStanding::missing;
  if (was_missing && now - known.missing_since >= rules_.second_look) {
    report.lines.push_back(told(known, "is no longer there"));
    return parts_.record.forget(rules_.registry, known.handle);
  }
  Wanted missing = wanted;
  if (!was_missing) missing.known.missing_since = now;
  report.lines.push_back(told(known, "was not there"));
  return note(missing, ContactStanding::missing, "not there at the first look");
}

Expected<void> ContactSync::rehearse(ContactReport& report, std::size_t limit) {
  // what is due is noted, too: that is for us alone, and would be so a moment later
  if (auto followed = follow_feed(); !followed) return followed;
  const auto some = due(std::min(limit, contacts_at_once));
  if (!some) return some.error();
  std::vector<Wanted> all;
  std::vector<Job> jobs;
  for (const RecordedContact& known : *some) {
    auto one = wanted(known);
    if (!one) return one.error();
    if (one->standing != ContactStanding::as_wanted) report.lines.push_back(told(known, one->why));
    jobs.push_back({ContactInfo{known.id, {}}, {}});
    all.push_back(std::move(*one));
  }
  if (!jobs.empty()) {
    const auto talked = talk_(std::move(jobs), [&](std::size_t number, const Outcome& outcome) -> Expected<std::vector<Job>> {
      rehearse_one(all.at(number), outcome, report);
      return std::vector<Job>{};
    });
    if (!talked) return talked.error();
  }
  const auto figures = parts_.record.figures(rules_.registry);
  if (!figures) return figures.error();
  report.figures = *figures;
  return {};
}

void ContactSync::rehearse_one(const Wanted& wanted, const Outcome& looked, ContactReport& report) const {
  ++report.looked;
  const auto tell = [&](std::string_view what) { report.lines.push_back(told(wanted.known, what)); };
  const auto plan = plan_push(wanted.target, rules_.disclosure, rules_.account, looked);
  if (!plan) return tell(plan.error().context);
  if (plan->kind == PushPlan::Kind::create) return tell("is not there");
  if (plan->kind == PushPlan::Kind::nothing) return;
  ++report.changed;
  tell(fmt::format("would be updated, because: {}; {}", fmt::join(plan->why, ", "), shows(plan->shown)));
  for (const Command& command : plan->commands) {
    const auto frame = evidence_of(command);
    report.lines.push_back(frame ? *frame : frame.error().context);
  }
}

}  // namespace regdata::epp
