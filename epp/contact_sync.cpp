#include "epp/contact_sync.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace regdata::epp {
namespace {

constexpr std::size_t contacts_at_once = 100;
constexpr std::size_t changes_at_once = 1000;
/// Before one that is not as wanted is looked at again.
constexpr std::chrono::hours contact_pause{1};

std::string told(const RecordedContact& known, std::string_view what) {
  return fmt::format("contact {} ({}): {}", known.handle, known.id, what);
}

std::string shows(const Elements& shown) { return "shows: " + (shown.none() ? std::string("nothing") : names_of(shown)); }

/// A frame as evidence: no secrets, nobody's data.
std::string evidence_of(const Command& command) {
  const auto frame = write(command, "DRY-RUN");
  return frame ? masked(masked(*frame), Masks::persons) : frame.error().context;
}

}  // namespace

struct ContactSync::Wanted {
  RecordedContact known;
  std::uint64_t sequence = 0;           ///< of the feed, before it was read
  std::optional<ContactTarget> target;  ///< empty: nothing is to be there
  ContactStanding standing = ContactStanding::as_wanted;
  std::string why;
};

ContactSync::ContactSync(ContactSyncRules rules, RegistrationStore& store, ContactRecord& record, Talk talk, Clock clock)
    : rules_(std::move(rules)), store_(store), record_(record), talk_(std::move(talk)), clock_(std::move(clock)) {}

void ContactSync::note_name(const Registration& held, const DomainData& there) {
  for (const std::string& handle : {held.registrant, held.technical, held.administrative, held.billing}) {
    if (handle.empty()) continue;
    std::string id = id_at_registry(rules_.prefix, handle);
    const bool has_it =
        there.registrant == id || std::ranges::any_of(there.contacts, [&](const DomainContact& one) { return one.id == id; });
    if (has_it) found_.emplace(handle, std::move(id));
  }
}

Expected<void> ContactSync::keep_names() {
  if (found_.empty()) return {};
  std::vector<RecordedContact> contacts;
  for (const auto& [handle, id] : std::exchange(found_, {})) contacts.push_back({handle, id, {}, {}});
  return record_.add(rules_.registry, contacts);
}

Expected<void> ContactSync::note_message(const std::string& id) { return record_.look_again(rules_.registry, id); }

Expected<void> ContactSync::follow_feed() {
  const auto mark = store_.feed_mark();
  if (!mark) return mark.error();
  const auto followed = record_.followed(rules_.registry);
  if (!followed) return followed.error();
  if (*followed == *mark) return {};
  const auto is_same_feed = store_.was_at(*followed);
  if (!is_same_feed) return is_same_feed.error();
  if (!*is_same_feed) return record_.follow_anew(rules_.registry, *mark);
  std::uint64_t after = followed->sequence;
  while (after < mark->sequence) {
    const auto changes = store_.changes_after(after, changes_at_once);
    if (!changes) return changes.error();
    if (changes->empty()) break;
    std::vector<ContactRecord::Changed> changed;
    for (const Change& one : *changes)
      if (one.kind == ChangeKind::contact_put || one.kind == ChangeKind::contact_erased || one.kind == ChangeKind::choice)
        changed.push_back({one.subject, one.sequence});
    if (!changed.empty())
      if (auto noted = record_.note_changed(rules_.registry, changed); !noted) return noted;
    after = changes->back().sequence;
  }
  return record_.follow(rules_.registry, *mark);
}

Expected<std::vector<RecordedContact>> ContactSync::due(std::size_t limit) {
  const UtcTime now = clock_();
  return record_.due(rules_.registry, {now - contact_pause, now - rules_.look_again, now}, limit);
}

Expected<ContactSync::Wanted> ContactSync::wanted(const RecordedContact& known) {
  Wanted wanted;
  wanted.known = known;
  const auto without = [&](ContactStanding standing, std::string why) {
    wanted.standing = standing;
    wanted.why = std::move(why);
    return std::move(wanted);
  };
  const auto sequence = store_.last_sequence();
  if (!sequence) return sequence.error();
  wanted.sequence = *sequence;
  const auto contact = store_.find_contact(known.handle);
  if (!contact) return contact.error();
  if (!*contact) return without(ContactStanding::must_go, "the store does not have it");
  if ((*contact)->state == ContactState::erased) return without(ContactStanding::must_go, "it was erased");
  if ((*contact)->state != ContactState::opened) return without(ContactStanding::not_brought, "it cannot be opened");
  const Contact& data = (*contact)->contact;
  if (const auto may = rules_.may_be_there(data); !may) return without(ContactStanding::must_go, may.error().context);
  auto target = target_of(data, (*contact)->choices, rules_.prefix, rules_.postal);
  if (!target) return without(ContactStanding::not_brought, target.error().context);
  target->data.id = known.id;  // whatever the prefix is today
  wanted.target = std::move(*target);
  return wanted;
}

Expected<void> ContactSync::note(const Wanted& wanted, ContactStanding standing, std::string why) {
  return record_.note(rules_.registry, {wanted.known.handle, wanted.known.id, standing, std::move(why)}, wanted.sequence,
                      clock_());
}

Expected<void> ContactSync::run(ContactReport& report, std::size_t limit, const std::function<bool()>& goes_on) {
  if (auto followed = follow_feed(); !followed) return followed;
  for (std::size_t left = limit; left > 0 && goes_on();) {
    const auto some = due(std::min(left, contacts_at_once));
    if (!some) return some.error();
    if (some->empty()) break;
    left -= some->size();
    std::vector<Wanted> to_bring;
    std::vector<Wanted> gone;
    for (const RecordedContact& known : *some) {
      auto one = wanted(known);
      if (!one) return one.error();
      (one->target ? to_bring : gone).push_back(std::move(*one));
    }
    if (auto done = bring(std::move(to_bring), report); !done) return done;
    if (auto done = check_gone(gone, report); !done) return done;
  }
  return {};
}

Expected<void> ContactSync::bring(std::vector<Wanted> all, ContactReport& report) {
  if (all.empty()) return {};
  std::vector<ContactTarget> targets;
  for (Wanted& one : all) targets.push_back(std::move(*one.target));
  std::optional<Error> failed;
  const auto results = push_contacts(targets, rules_.disclosure, rules_.account, IfMissing::leave, talk_);
  for (std::size_t at = 0; at < results.size(); ++at) {
    // what broke off is still due, and soon: a no must not wait an hour because a line was cut
    const bool broke_off = results[at].failed && results[at].failed->code == Errc::unavailable;
    if (broke_off) failed = results[at].failed;
    if (broke_off && results[at].against.none()) continue;
    if (auto noted = note_result(all[at], results[at], report, broke_off); !noted) return noted;
  }
  return failed ? Expected<void>(*failed) : Expected<void>();
}

Expected<void> ContactSync::note_result(const Wanted& wanted, const Pushed& result, ContactReport& report, bool is_due) {
  const RecordedContact& known = wanted.known;
  const auto tell = [&](std::string_view what) { report.lines.push_back(told(known, what)); };
  ++report.looked;
  if (result.failed) {
    const bool is_shown = result.against.any();
    ++(is_shown ? report.shown_against : report.in_doubt);
    std::string why = result.failed->context;
    if (is_shown) why = fmt::format("shown against the choice: {}; {}", names_of(result.against), why);
    tell(why);
    if (is_due) return {};
    return note(wanted, is_shown ? ContactStanding::shown_against : ContactStanding::not_brought, std::move(why));
  }
  if (!result.is_there) {
    tell("is no longer there");
    return record_.forget(rules_.registry, known.handle);
  }
  if (result.against_before.any())
    report.found_shown.push_back(told(known, "was shown against the choice: " + names_of(result.against_before)));
  if (result.plan.kind == PushPlan::Kind::update) {
    ++report.changed;
    tell(fmt::format("updated, because: {}; {}", fmt::join(result.plan.why, ", "), shows(result.plan.shown)));
  }
  return note(wanted, ContactStanding::as_wanted, note_of(result.plan));
}

Expected<void> ContactSync::check_gone(const std::vector<Wanted>& all, ContactReport& report) {
  if (all.empty()) return {};
  std::vector<Job> jobs;
  for (const Wanted& one : all) jobs.push_back({ContactInfo{one.known.id, {}}, {}});
  std::vector<bool> is_gone(all.size());
  std::vector<bool> was_answered(all.size());
  const auto talked = talk_(std::move(jobs), [&](std::size_t number, const Outcome& outcome) -> Expected<std::vector<Job>> {
    was_answered.at(number) = outcome.kind == Outcome::Kind::answered;
    is_gone.at(number) = was_answered.at(number) && outcome.response->code() == 2303;
    return std::vector<Job>{};
  });
  for (std::size_t at = 0; at < all.size(); ++at) {
    const Wanted& one = all[at];
    if (!was_answered[at]) continue;
    ++report.looked;
    if (is_gone[at]) {
      report.lines.push_back(told(one.known, "is no longer there"));
      if (auto done = record_.forget(rules_.registry, one.known.handle); !done) return done;
      continue;
    }
    ++report.in_doubt;
    report.lines.push_back(told(one.known, one.why));
    if (auto noted = note(one, one.standing, one.why); !noted) return noted;
  }
  return talked ? Expected<void>() : talked.error();
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
    if (one->target) {
      jobs.push_back({ContactInfo{known.id, {}}, {}});
      all.push_back(std::move(*one));
    } else {
      report.lines.push_back(told(known, one->why));
    }
  }
  if (jobs.empty()) return {};
  const auto talked = talk_(std::move(jobs), [&](std::size_t number, const Outcome& outcome) -> Expected<std::vector<Job>> {
    rehearse_one(all.at(number), outcome, report);
    return std::vector<Job>{};
  });
  return talked ? Expected<void>() : talked.error();
}

void ContactSync::rehearse_one(const Wanted& wanted, const Outcome& looked, ContactReport& report) const {
  ++report.looked;
  const auto tell = [&](std::string_view what) { report.lines.push_back(told(wanted.known, what)); };
  const auto plan = plan_push(*wanted.target, rules_.disclosure, rules_.account, looked);
  if (!plan) return tell(plan.error().context);
  if (plan->kind == PushPlan::Kind::create) return tell("is no longer there");
  if (plan->kind == PushPlan::Kind::nothing) return;
  ++report.changed;
  tell(fmt::format("would be updated, because: {}; {}", fmt::join(plan->why, ", "), shows(plan->shown)));
  for (const Command& command : plan->commands) report.lines.push_back(evidence_of(command));
}

}  // namespace regdata::epp
