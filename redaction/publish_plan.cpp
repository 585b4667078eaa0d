#include "redaction/publish_plan.hpp"

#include <algorithm>
#include <utility>

#include "redaction/view_bytes.hpp"

namespace regdata::redaction {
namespace {

constexpr std::uint8_t note_version = 1;
/// Entries of the feed read at a time.
constexpr std::size_t page = 2000;

}  // namespace

std::string ResumeNote::encode() const {
  if (*this == ResumeNote{}) return {};
  std::string bytes;
  ByteWriter out(bytes);
  out.byte(note_version);
  out.number(hides_until);
  for (const FanOut* one : {&hide, &feed}) {
    out.number(one->sequence);
    out.text(one->after);
  }
  return bytes;
}

ResumeNote ResumeNote::decode(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.byte() != note_version) return {};
  ResumeNote note;
  note.hides_until = in.number();
  for (FanOut* one : {&note.hide, &note.feed}) {
    one->sequence = in.number();
    one->after = in.text();
  }
  return in.finished() ? note : ResumeNote{};
}

PublishPlanner::PublishPlanner(RegistrationStore& store, std::uint64_t sequence, ResumeNote note, std::size_t limit)
    : store_(store), limit_(std::max<std::size_t>(limit, 1)), from_(sequence) {
  plan_.sequence = sequence;
  plan_.note = std::move(note);
}

Expected<PublishPlan> PublishPlanner::plan(UtcTime now) {
  auto step = plan_hides();
  if (step && *step == Step::taken) step = plan_due(now);
  if (step && *step == Step::taken) step = plan_feed();
  if (!step) return step.error();
  plan_.complete = *step == Step::taken;
  // Everything up to the sequence is done, hides too: there is nothing to remember.
  if (plan_.note.hides_until <= plan_.sequence) plan_.note.hides_until = 0;
  return std::move(plan_);
}

/// House.md §1: hides are published before shows. All that waits is searched for them, once.
Expected<PublishPlanner::Step> PublishPlanner::plan_hides() {
  std::uint64_t& until = plan_.note.hides_until;
  until = std::max(until, from_);
  for (;;) {
    const auto changes = store_.changes_after(until, page);
    if (!changes) return changes.error();
    for (const Change& change : *changes) {
      if (change.hides) {
        const auto step = take(change, plan_.note.hide);
        if (!step) return step.error();
        if (*step == Step::full) return Step::full;
      }
      until = change.sequence;
    }
    if (changes->size() < page) return Step::taken;
  }
}

Expected<PublishPlanner::Step> PublishPlanner::plan_due(UtcTime now) {
  if (taken() >= limit_) return Step::full;
  const std::size_t room = limit_ - taken();
  auto due = store_.due_names(now, room);
  if (!due) return due.error();
  const bool more = due->size() >= room;
  for (DomainName& name : *due) add_name(std::move(name), true, false);
  return more ? Step::full : Step::taken;
}

Expected<PublishPlanner::Step> PublishPlanner::plan_feed() {
  for (;;) {
    const auto changes = store_.changes_after(plan_.sequence, page);
    if (!changes) return changes.error();
    for (const Change& change : *changes) {
      const bool done_already = change.hides && change.sequence <= plan_.note.hides_until;
      if (!done_already) {
        const auto step = take(change, plan_.note.feed);
        if (!step) return step.error();
        if (*step == Step::full) return Step::full;
      }
      plan_.sequence = change.sequence;
      ++plan_.changes;
    }
    if (changes->size() < page) return Step::taken;
  }
}

Expected<PublishPlanner::Step> PublishPlanner::take(const Change& change, FanOut& fan_out) {
  switch (change.kind) {
    case ChangeKind::contact_put:
    case ChangeKind::contact_erased:
    case ChangeKind::choice:
      return take_contact(change, fan_out);
    case ChangeKind::registration_put:
    case ChangeKind::registration_ended:
    case ChangeKind::look_again:
    case ChangeKind::host_put:
    case ChangeKind::host_removed:
      break;
  }
  if (taken() >= limit_) return Step::full;
  auto name = DomainName::from_stored(change.subject);
  if (!name) {
    plan_.problems.push_back("change " + std::to_string(change.sequence) + ": its subject is not a name");
    return Step::taken;
  }
  if (change.kind == ChangeKind::host_put || change.kind == ChangeKind::host_removed) {
    if (seen_hosts_.insert(name->ascii()).second) plan_.hosts.push_back(std::move(*name));
  } else {
    add_name(std::move(*name), false, change.kind == ChangeKind::registration_ended);
  }
  return Step::taken;
}

Expected<PublishPlanner::Step> PublishPlanner::take_contact(const Change& change, FanOut& fan_out) {
  const bool resumed = fan_out.sequence == change.sequence;
  auto names = store_.names_of_contact(change.subject, resumed ? fan_out.after : std::string_view(), limit_ + 1);
  if (!names) return names.error();
  if (names->empty()) {
    if (resumed) fan_out = {};
    return Step::taken;
  }
  const bool whole = names->size() <= limit_;
  // What fits into a transaction of its own is not torn apart: it waits for the next one.
  if (taken() != 0 && (!whole || taken() + names->size() > limit_)) return Step::full;
  if (!whole) names->resize(limit_, names->front());
  const std::string last = names->back().ascii();
  for (DomainName& name : *names) add_name(std::move(name), false, false);
  if (whole) {
    if (resumed) fan_out = {};
    return Step::taken;
  }
  fan_out = {change.sequence, last};
  return Step::full;
}

void PublishPlanner::add_name(DomainName name, bool due, bool ended) {
  if (!seen_names_.insert(name.ascii()).second) {
    if (!due && !ended) return;
    const auto known = std::find_if(plan_.names.begin(), plan_.names.end(), [&](const auto& one) { return one.name == name; });
    known->due = known->due || due;
    known->ended = known->ended || ended;
    return;
  }
  plan_.names.push_back({std::move(name), due, ended});
}

}  // namespace regdata::redaction
