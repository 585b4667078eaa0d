#include "app/registry_loop.hpp"

#include <algorithm>
#include <utility>

#include "app/registry_doctor.hpp"

namespace regdata::app {
namespace {

constexpr std::chrono::milliseconds first_registry_pause{1000};
constexpr std::chrono::milliseconds longest_registry_pause{std::chrono::minutes(10)};

}  // namespace

RegistryLoop::RegistryLoop(Config config, std::string registry, Clock clock, Log& log, WorkerFigures& figures)
    : config_(std::move(config)), registry_(std::move(registry)), clock_(std::move(clock)), log_(log), figures_(figures) {
  for (const Config::Registry& one : config_.registries)
    if (one.id == registry_) settings_ = &one;
}

std::chrono::milliseconds RegistryLoop::step() {
  const bool is_away = access_ && is_said_to_be_away();
  const auto done = sync();
  auto pause = is_away ? longest_registry_pause : settings_->poll;
  if (is_away && !done && done.error().code == Errc::unavailable) {
    note_state();
    return std::max(pause, settings_->poll);
  }
  if (done) {
    pause_ = std::chrono::milliseconds(0);
    look_at_ends();  // behind a step that was good: a password that is refused is not said twice
    if (!std::exchange(told_, {}).empty()) log_.info("registry: well again", {{"registry", registry_}});
  } else {
    pause = pause_after(done.error());
  }
  note_state();
  return pause;
}

bool RegistryLoop::is_said_to_be_away() {
  const auto until = access_->state->away_until(registry_, clock_());
  if (!until || !*until) return false;
  if (std::exchange(told_away_, **until) != **until)
    log_.info("registry: it said that it would be away; it is asked every ten minutes",
              {{"registry", registry_}, {"until", format_rfc3339(**until)}});
  return true;
}

void RegistryLoop::look_at_ends() {
  const auto day = std::chrono::floor<std::chrono::days>(clock_());
  if (std::exchange(ends_day_, day) == day) return;
  for (const Finding& one : examine_ends(*settings_, lines_->first().events(), lines_->first().peer(), clock_()))
    if (one.state != Finding::State::good)
      log_.error("registry: " + one.what + ": " + one.text, {{"registry", registry_}, {"hint", one.hint}});
}

Expected<void> RegistryLoop::sync() try {
  if (!access_) {
    auto access = open_sync(config_);
    if (!access) return access.error();
    access_ = std::move(*access);
    lines_.emplace(*settings_, access_->journal.get(), clock_);
    contacts_.emplace(contact_sync_rules(config_, *settings_),
                      epp::ContactSync::Parts{*access_->store, *access_->contacts, *access_->journal}, lines_->as_talk(),
                      clock_);
    contacts_->look_at_all();
    sync_.emplace(sync_rules(config_, *settings_), *access_->store, *access_->journal, *access_->state, &*contacts_,
                  lines_->as_talk(), lines_->for_questions(), clock_);
  }
  // the brake holds for a day, and once it has held back anything until a person has looked: a restart, or a reload
  const auto day = std::chrono::floor<std::chrono::days>(clock_());
  if (day != std::exchange(brake_day_, day)) sync_->begin();
  if (is_braked_) sync_->allow_ends(0);
  epp::SyncReport report;
  auto done = sync_->run(report, settings_->looks_per_step, [this] { return !thread_.is_stopping(); });
  is_braked_ = is_braked_ || report.held > 0;
  note(report);
  return done;
} catch (const std::exception& failure) {
  return make_error(Errc::internal, std::string("a step ended early: ") + failure.what());
}

/// Refused logins are not tried again soon: after a few more the account is locked (epp.md §1.4).
std::chrono::milliseconds RegistryLoop::pause_after(const Error& error) {
  ++state_.errors;
  state_.refused = error.code == Errc::refused || error.code == Errc::configuration;
  if (std::exchange(told_, error.context) != error.context) {
    const Error told{error.code, registry_ + ": " + error.context, error.hint};
    log_.error(state_.refused ? "registry: refused; a person must look" : "registry: a step failed, it is repeated", told);
  }
  if (state_.refused) return longest_registry_pause;
  pause_ = std::clamp(pause_ * 2, first_registry_pause, longest_registry_pause);
  return std::max(pause_, std::min(settings_->poll, longest_registry_pause));
}

void RegistryLoop::note(const epp::SyncReport& report) {
  state_.messages += report.messages;
  state_.looked += report.looked;
  state_.changed += report.changed + report.taken + report.ended;
  state_.contacts_changed += report.contacts.changed;
  if (report.messages + report.changed + report.taken + report.ended + report.held + report.contacts.changed > 0) {
    log_.info("registry: brought up to date", {{"registry", registry_},
                                               {"messages", report.messages},
                                               {"looked", report.looked},
                                               {"changed", report.changed},
                                               {"came", report.taken},
                                               {"ended", report.ended},
                                               {"held", report.held},
                                               {"contacts", report.contacts.changed}});
  }
  for (const std::string& line : report.contacts.found_shown)
    log_.error("registry: it showed what a person did not choose; it is hidden now", {{"registry", registry_}, {"what", line}});
  for (const std::string& line : report.greeting)
    log_.error("registry: its greeting is not as it was",
               {{"registry", registry_}, {"what", line}, {"hint", "docs/epp.md, Sync"}});
  if (report.held > 0)
    log_.error("registry: too many names would end in one run; the rest waits",
               {{"registry", registry_}, {"held", report.held}, {"hint", "`regdata sync drift`"}});
  if (report.left_to_persons > 0)
    log_.error("registry: a name came to us and could not be taken",
               {{"registry", registry_},
                {"messages", report.left_to_persons},
                {"hint", "`regdata sync messages`, `regdata sync import`"}});
  if (report.resolved.for_a_person > 0)
    log_.error("registry: what became of a command is for a person",
               {{"registry", registry_}, {"hint", "`regdata epp journal list`"}});
}

/// Once, until there are others.
void RegistryLoop::tell_once(std::uint64_t& told, std::uint64_t count, const char* what, const char* of) {
  if (std::exchange(told, count) != count && count > 0)
    log_.error(what, {{"registry", registry_}, {of, count}, {"hint", "`regdata sync drift`"}});
}

void RegistryLoop::note_state() {
  if (access_) {
    if (const auto figures = access_->state->figures(registry_)) {
      state_.waiting = figures->messages_waiting;
      state_.for_a_person = figures->messages_for_a_person;
      state_.doubtful = figures->names_untold + figures->names_missing;
      state_.other_holder = figures->names_of_others;
      tell_once(told_other_holders_, figures->names_of_others, "registry: another contact holds names there than here",
                "names");
      state_.drained = figures->last_drain.value_or(UtcTime{});
    }
    if (const auto figures = access_->contacts->figures(registry_)) {
      state_.contacts_doubtful = figures->in_doubt;
      state_.contacts_against = figures->shown_against;
      tell_once(told_against_, figures->shown_against, "registry: it shows what a person did not choose", "contacts");
      tell_once(told_in_doubt_, figures->in_doubt, "registry: contacts are not there as they should be, or should not be there",
                "contacts");
    }
    if (const auto open = access_->journal->list(true, 1000)) {
      state_.unresolved = static_cast<std::uint64_t>(
          std::ranges::count_if(*open, [&](const epp::Entry& one) { return one.registry == registry_; }));
    }
  }
  figures_.registries.set(registry_, state_);
}

}  // namespace regdata::app
