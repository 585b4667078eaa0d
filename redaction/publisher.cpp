#include "redaction/publisher.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "redaction/change_digest.hpp"
#include "redaction/publish_names.hpp"
#include "redaction/publish_plan.hpp"

namespace regdata::redaction {
namespace {

using namespace std::chrono_literals;

/// A new generation is begun this long after a hide; five minutes are allowed (house.md §1), the copy and a retry fit between.
constexpr auto compact_after = 3min;
/// After a failed compaction (a full disk) the next try waits.
constexpr auto compact_again_after = 20s;
/// Records copied between two looks at the feed: some tens of milliseconds.
constexpr std::size_t compact_slice = 20'000;
/// A reader this many transactions behind keeps all pages replaced since from being used again: a new generation frees them.
constexpr std::uint64_t most_reader_lag = 1'000;
/// More than this waiting, and twice as many as there are names: reading everything in order is quicker than one by one.
constexpr std::uint64_t rebuild_above = 20'000;
/// A rebuild leaves the store's read transaction after so many names, so that its log can be checkpointed.
constexpr std::size_t rebuild_slice = 50'000;

UtcTime minute_of(UtcTime time) { return std::chrono::floor<std::chrono::minutes>(time); }

/// Changes whenever a view could come out otherwise. Texts beside the views do not count: they are replaced in place.
std::uint64_t digest_of(const Publication& publication) {
  ChangeDigest digest;
  digest.add("views of format 1");
  for (const auto& [name, policy] : publication.policies) {
    digest.add(name);
    digest.add(policy.digest());
    for (const RuleText& rule : policy.rule_texts()) {
      digest.add(std::uint64_t{rule.id});
      digest.add(rule.rule);
    }
  }
  for (const Tld& tld : publication.catalog.tlds) {
    digest.add(tld.name);
    digest.add(tld.policy);
  }
  for (const Registrar& registrar : publication.catalog.registrars) {
    digest.add(registrar.id);
    digest.add(registrar.whois_server);
    digest.add(registrar.url);
  }
  for (const PrivacyService& service : publication.catalog.privacy_services) {
    digest.add(service.id);
    digest.add(static_cast<std::uint64_t>(service.kind) * 2 + (service.affiliated ? 1 : 0));
    for (const std::string* text : {&service.name, &service.organization, &service.city, &service.state, &service.postal_code,
                                    &service.country, &service.phone, &service.fax, &service.email}) {
      digest.add(*text);
    }
    for (const std::string& line : service.street) digest.add(line);
  }
  digest.add(publication.context.contact_form);
  digest.add(publication.context.relay_domain);
  return digest.value() == 0 ? 1 : digest.value();  // 0 stands for "made with none"
}

}  // namespace

struct Publisher::Impl {
  Impl(RegistrationStore& from, ViewWriter& to, Publication with, Clock time)
      : store(from), views(to), publication(std::move(with)), clock(std::move(time)) {
    adopt();
  }

  void adopt() {
    publication.context.catalog = &publication.catalog;
    digest = digest_of(publication);
    texts_known = false;
  }

  Expected<bool> needs_rebuild(const ViewStoreState& state);
  Expected<PublishReport> apply(const ViewStoreState& state, std::size_t limit);
  Expected<void> write(ViewWriter::Batch& batch, const PublishPlan& plan, const ViewStoreState& state, UtcTime now);
  Expected<bool> texts_changed();
  /// True: a copy is under way.
  Expected<bool> tend_generations(PublishReport& report, bool at_once);
  Expected<void> fill(ViewWriter::Filler& filler, PublishReport& report, UtcTime now);
  struct Filling;
  Expected<bool> fill_slice(Filling& filling, std::string& after);

  RegistrationStore& store;
  ViewWriter& views;
  Publication publication;
  Clock clock;
  std::uint64_t digest = 0;
  bool texts_known = false;  ///< the store holds publication.texts
  std::optional<UtcTime> compact_not_before;
};

Publisher::Publisher(RegistrationStore& store, ViewWriter& views, Publication publication, Clock clock)
    : impl_(std::make_unique<Impl>(store, views, std::move(publication), std::move(clock))) {}
Publisher::~Publisher() = default;

void Publisher::set_publication(Publication publication) {
  impl_->publication = std::move(publication);
  impl_->adopt();
}

Expected<PublishReport> Publisher::step(std::size_t limit) {
  const auto state = impl_->views.state();
  if (!state) return state.error();
  const auto stale = impl_->needs_rebuild(*state);
  if (!stale) return stale.error();
  if (*stale) return rebuild();
  auto report = impl_->apply(*state, limit);
  if (!report) return report;
  const auto copying = impl_->tend_generations(*report, false);
  if (!copying) return copying.error();
  report->caught_up = report->caught_up && !*copying;
  return report;
}

Expected<PublishReport> Publisher::settle() {
  PublishReport sum;
  for (;;) {
    auto one = step(std::numeric_limits<std::int16_t>::max());
    if (!one) return one;
    sum.changes += one->changes;
    sum.published += one->published;
    sum.removed += one->removed;
    sum.unreadable += one->unreadable;
    sum.sequence = one->sequence;
    for (std::string& problem : one->problems) note_problem(sum, std::move(problem));
    if (one->caught_up) break;
  }
  for (bool copying = true; copying;) {
    const auto more = impl_->tend_generations(sum, true);
    if (!more) return more.error();
    copying = *more;
  }
  sum.caught_up = true;
  return sum;
}

Expected<bool> Publisher::Impl::needs_rebuild(const ViewStoreState& state) {
  if (state.publication != digest) return true;
  // A feed that never was where the views say is another feed: the store was put back from a backup, and may have gone on.
  const auto same_feed = store.was_at(state.seen);
  if (!same_feed) return same_feed.error();
  if (!*same_feed) return true;
  const auto last = store.last_sequence();
  if (!last) return last.error();
  const std::uint64_t waiting = *last - state.sequence;
  return waiting > rebuild_above && waiting > 2 * state.views;
}

Expected<bool> Publisher::Impl::texts_changed() {
  if (texts_known) return false;
  const auto held = views.texts();
  if (!held && held.error().code != Errc::damaged) return held.error();
  return !held || !*held || **held != publication.texts;
}

Expected<PublishReport> Publisher::Impl::apply(const ViewStoreState& state, std::size_t limit) {
  const UtcTime now = clock();  // before the feed is read: all that was committed until now is in it
  const auto note = views.resume_note();
  if (!note) return note.error();
  const ResumeNote before = ResumeNote::decode(*note);
  auto plan = PublishPlanner(store, state.sequence, before, limit).plan(now);
  if (!plan) return plan.error();
  NamePublisher names(store, views, publication, now);
  for (std::string& problem : plan->problems) note_problem(names.report, std::move(problem));
  for (const PublishPlan::Name& name : plan->names) {
    if (auto done = names.publish(name); !done) return done.error();
  }
  for (const DomainName& host : plan->hosts) {
    if (auto done = names.publish_host(host); !done) return done.error();
  }
  // A kill between these two finds a name that is looked at once too often, never one that is forgotten.
  if (auto set = store.set_due(names.due_before); !set) return set.error();
  if (plan->note != before) names.batch.resume = plan->note.encode();
  const auto seen = store.feed_mark();  // behind the last that was read: the feed may have gone on meanwhile
  if (!seen) return seen.error();
  names.batch.seen = *seen;
  if (auto written = write(names.batch, *plan, state, now); !written) return written.error();
  if (auto set = store.set_due(names.due_after); !set) return set.error();
  names.report.changes = plan->changes;
  names.report.sequence = plan->sequence;
  names.report.caught_up = plan->complete;
  return std::move(names.report);
}

/// Sequence, views and note in one transaction. An idle publisher writes once a minute: a stamp and a heartbeat.
Expected<void> Publisher::Impl::write(ViewWriter::Batch& batch, const PublishPlan& plan, const ViewStoreState& state,
                                      UtcTime now) {
  const auto texts = texts_changed();
  if (!texts) return texts.error();
  texts_known = true;
  if (*texts) batch.texts = publication.texts;
  const bool empty = batch.put.empty() && batch.remove.empty() && batch.put_hosts.empty() && batch.remove_hosts.empty() &&
                     !batch.texts && !batch.resume && plan.sequence == state.sequence;
  if (empty && (!plan.complete || state.applied_until == minute_of(now))) return {};
  batch.at = now;
  batch.sequence = plan.sequence;
  if (plan.complete) {
    // The same for every name, and bound to the clock alone: nobody learns from it that something hidden changed.
    batch.applied_until = minute_of(now);
    batch.heartbeat = now;
  }
  auto written = views.apply(batch);
  if (!written) texts_known = false;
  return written;
}

Expected<bool> Publisher::Impl::tend_generations(PublishReport& report, bool at_once) {
  const UtcTime now = clock();
  if (!views.compacting()) {
    const auto hidden = views.hides_pending_since();
    if (!hidden) return hidden.error();
    // A clock that was set back must not put the new generation off.
    bool due = *hidden && (at_once || now >= **hidden + compact_after || now < **hidden);
    if (!due && !at_once) {
      const auto lag = views.reader_lag();
      due = lag && *lag > most_reader_lag;
    }
    if (!due) return false;
    if (compact_not_before && now < *compact_not_before && now + compact_again_after >= *compact_not_before && !at_once) {
      return false;
    }
  }
  const auto done = views.compact_some(now, compact_slice);
  if (done) {
    compact_not_before.reset();
    return !*done;
  }
  compact_not_before = now + compact_again_after;
  if (at_once) return done.error();
  note_problem(report, "no new generation could be made: " + done.error().context);
  return false;
}

Expected<PublishReport> Publisher::rebuild() {
  Impl& impl = *impl_;
  const UtcTime now = impl.clock();
  // Before the first name is read: what changes from here on is applied again, which does no harm.
  const auto last = impl.store.last_sequence();
  if (!last) return last.error();
  PublishReport report;
  ViewWriter::Batch finish;
  finish.sequence = *last;
  finish.applied_until = minute_of(now);
  finish.heartbeat = now;
  finish.texts = impl.publication.texts;
  finish.publication = impl.digest;
  const auto built = impl.views.rebuild(
      [&](ViewWriter::Filler& filler) -> Expected<void> {
        if (auto filled = impl.fill(filler, report, now); !filled) return filled;
        const auto seen = impl.store.feed_mark();
        if (!seen) return seen.error();
        finish.seen = *seen;
        return {};
      },
      finish);
  if (!built) return built.error();
  impl.texts_known = true;
  report.sequence = *last;
  report.caught_up = false;  // the feed behind `last` has not been looked at
  return report;
}

/// What a rebuild keeps from name to name.
struct Publisher::Impl::Filling {
  Filling(const Publication& publication, ViewWriter::Filler& to, PublishReport& into, UtcTime now)
      : filler(to), report(into), policies(publication), redactor(publication.context, now) {}

  ViewWriter::Filler& filler;
  PublishReport& report;
  PolicyFinder policies;
  ViewRedactor redactor;
  std::vector<DueTime> due;
};

Expected<void> Publisher::Impl::fill(ViewWriter::Filler& filler, PublishReport& report, UtcTime now) {
  Filling filling(publication, filler, report, now);
  std::string after;
  for (;;) {
    const auto more = fill_slice(filling, after);
    if (!more) return more.error();
    if (!*more) return {};
  }
}

/// True: there may be more behind `after`.
Expected<bool> Publisher::Impl::fill_slice(Filling& filling, std::string& after) {
  std::size_t count = 0;
  Expected<void> failed;
  const std::string behind = after;
  const auto walked = store.for_each(behind, [&](const RegistrationData& data) {
    const DomainName& name = data.registration.name;
    const bool more = ++count < rebuild_slice;
    if (!more) after = name.ascii();
    const Policy* policy = filling.policies.find(name);
    if (policy == nullptr) {
      note_problem(filling.report, name.ascii() + ": no policy is configured for it: not published");
      return more;
    }
    note_unreadable(filling.report, data);
    failed = filling.filler.put(filling.redactor.redact(data, *policy));
    if (const auto when = filling.redactor.look_again()) filling.due.push_back({name, when});
    for (const Host& host : data.subordinate_hosts) {
      if (failed) failed = filling.filler.put_host(public_host(host, data.registration.registrar));
    }
    ++filling.report.published;
    return more && failed.has_value();
  });
  if (!walked) return walked.error();
  if (!failed) return failed.error();
  // Before the switch to what was made here: a kill between finds names that are looked at once too often.
  if (auto set = store.set_due(filling.due); !set) return set.error();
  filling.due.clear();
  return count >= rebuild_slice;
}

}  // namespace regdata::redaction
