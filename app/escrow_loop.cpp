#include "app/escrow_loop.hpp"

#include <time.h>

#include <algorithm>
#include <utility>

#include "app/escrow_desk.hpp"
#include "app/store_access.hpp"
#include "escrow/ledger_clock.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t rows_looked_at = 64;
constexpr std::chrono::milliseconds longest_pause = std::chrono::hours(1);

}  // namespace

EscrowLoop::EscrowLoop(Config config, Clock clock, Log& log, WorkerFigures& figures)
    : config_(std::move(config)), clock_(std::move(clock)), log_(log), figures_(figures), mail_(config_, clock_) {}

void EscrowLoop::start() {
  thread_.start([this] {
    step();
    return config_.escrow.poll;
  });
}

void EscrowLoop::replace(Config config) {
  replacement_.put(std::move(config));
  thread_.wake();
}

bool EscrowLoop::clock_jumped() {
  timespec counter{};
  ::clock_gettime(CLOCK_BOOTTIME, &counter);  // goes on while the machine sleeps
  const UtcTime now = clock_();
  const auto jump = clock_guard_.look(now, std::chrono::seconds(counter.tv_sec) + std::chrono::nanoseconds(counter.tv_nsec));
  if (!jump) return jumped_;
  jumped_ = true;
  const std::string what = "the clock jumped forward by " + std::to_string(jump->count()) +
                           " hours, and no deposit is made: set it right, or reload if it is right";
  log_.error(what, {{"now", format_rfc3339(now)}, {"hint", "`systemctl reload regdata`, or SIGHUP"}});
  for (const Config::EscrowAgent& settings : config_.escrow_agents) alert(settings, "clock " + format_rfc3339(now), what);
  return jumped_;
}

void EscrowLoop::step() {
  if (auto replacement = replacement_.take()) {
    config_ = std::move(*replacement);
    ledger_.reset();
    courses_.clear();
    mail_ = OperatorMail(config_, clock_);
    jumped_ = false;
  }
  figures_.escrow.keep([&](const std::string& agent) {
    return std::ranges::any_of(config_.escrow_agents, [&](const auto& one) { return one.id == agent; });
  });
  const bool jumped = clock_jumped();
  for (const Config::EscrowAgent& settings : config_.escrow_agents) {
    if (!jumped) look_after(settings);
    if (thread_.is_stopping()) return;
  }
  const auto mailed = mail_.flush();
  const std::string trouble = mailed ? std::string() : mailed.error().context;
  if (std::exchange(mail_told_, trouble) != trouble && !mailed) log_.error("escrow: alerts wait", mailed.error());
}

void EscrowLoop::alert(const Config::EscrowAgent& settings, const std::string& matter, const std::string& what) {
  mail_.raise(settings.id + ": " + matter, "regdata: escrow, " + settings.id + ": " + what,
              "Escrow agent " + settings.id + ": " + what + ".\n\n`regdata deposit doctor " + settings.id +
                  "` and `regdata deposit list " + settings.id + "` tell more; docs/escrow.md says what to do.\n");
}

void EscrowLoop::look_after(const Config::EscrowAgent& settings) {
  Course& course = courses_[settings.id];
  if (!ledger_) {
    auto ledger = open_ledger(config_);
    if (!ledger) return note_trouble(settings, course, ledger.error());
    ledger_ = std::move(*ledger);
  }
  collect(settings, course);
  const auto rows = ledger_->list(settings.id, rows_looked_at);
  if (!rows) return note_trouble(settings, course, rows.error());
  compare_with_clock(settings, course, *rows);
  const auto next = next_step(make_schedule(settings), *rows, clock_());
  note_state(settings, *rows, next);
  if (next.step == escrow::Step::nothing) {
    course.told.clear();
    return;
  }
  if (next.step == escrow::Step::wait_for_person) {
    const auto found = std::ranges::find_if(*rows, [&](const auto& row) { return row.id == next.deposit; });
    const std::string told = std::to_string(next.deposit) + std::string(to_string(found->state));
    alert(
        settings, told,
        "deposit " + std::to_string(next.deposit) + " is " + std::string(to_string(found->state)) + " and waits for a person");
    if (std::exchange(course.told, told) != told)
      log_.error("a deposit waits for a person", {{"agent", settings.id},
                                                  {"deposit", next.deposit},
                                                  {"state", to_string(found->state)},
                                                  {"why", found->reason},
                                                  {"hint", "docs/escrow.md, states"}});
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < course.not_before) return;
  if (auto done = do_step(settings, next); !done) return note_trouble(settings, course, done.error());
  course.pause = {};
  course.not_before = {};
  course.told.clear();
  if (const auto after = ledger_->list(settings.id, rows_looked_at))
    note_state(settings, *after, next_step(make_schedule(settings), *after, clock_()));
}

void EscrowLoop::compare_with_clock(const Config::EscrowAgent& settings, Course& course,
                                    const std::vector<escrow::DepositEntry>& rows) {
  const UtcTime now = clock_();
  const auto tell = [&](const std::string& what, const char* hint) {
    ++figures_.escrow_errors;
    alert(settings, what, what);
    log_.error(what, {{"agent", settings.id}, {"now", format_rfc3339(now)}, {"hint", hint}});
  };
  const escrow::DepositEntry* const future = escrow::from_the_future(rows, now);
  if (std::exchange(course.from_future, future == nullptr ? 0 : future->id) != course.from_future && future != nullptr)
    tell("deposit " + std::to_string(future->id) + " is from the future, of " + format_rfc3339(future->watermark),
         "set the clock if it is behind; if that deposit is wrong, the agent has to drop it: docs/escrow.md, clocks");
  if (std::exchange(course.is_known, true)) return;
  // the first look after a start: nothing else tells a clock that is ahead from a machine that was off
  if (const auto silence = escrow::long_silence(make_schedule(settings), rows, now))
    tell("by the clock the last deposit was made " + std::to_string(silence->count()) + " hours ago, and one is made now",
         "nothing is to be done if the machine was off; else set the clock: docs/escrow.md, clocks");
}

void EscrowLoop::collect(const Config::EscrowAgent& settings, Course& course) {
  const auto collected = collect_verdicts(config_, settings, *ledger_, clock_);
  const std::string trouble = collected ? std::string() : collected.error().context;
  if (std::exchange(course.folder_told, trouble) != trouble && !collected)
    log_.error("verdicts cannot be taken for agent " + settings.id, collected.error());
  if (!collected) return;
  for (const escrow::CollectedVerdict& one : *collected) {
    if (one.trouble) {
      if (!course.stuck.insert(one.file).second) continue;  // told already
      log_.error("a verdict cannot be read or moved away for agent " + settings.id, *one.trouble);
    }
    if (one.deposit == 0) {
      alert(settings, "verdict " + one.file, "a verdict could not be taken: " + one.why);
      log_.error("a verdict was put aside", {{"agent", settings.id}, {"file", one.file}, {"why", one.why}});
      continue;
    }
    log_.info("verdict", {{"agent", settings.id}, {"deposit", one.deposit}, {"state", to_string(one.state)}});
  }
}

Expected<void> EscrowLoop::do_step(const Config::EscrowAgent& settings, const escrow::NextStep& next) {
  std::optional<escrow::DepositEntry> deposit;
  if (next.step == escrow::Step::make) {
    const auto keys = EscrowKeys::open(config_, settings, clock_());
    if (!keys) return keys.error();
    warn_of_endings(settings, *keys);
    auto made = make_deposit(config_, settings, *keys, *ledger_, clock_,
                             {.kind = next.kind, .due = next.due, .again = true, .tell = [&](const std::string& what) {
                                log_.error(what, {{"agent", settings.id}, {"hint", "docs/escrow.md, Files"}});
                              }});
    if (!made) return made.error();
    log_.info("deposit made", {{"agent", settings.id},
                               {"deposit", made->id},
                               {"kind", to_string(made->kind)},
                               {"date", escrow::date_text(made->date)},
                               {"revision", made->revision},
                               {"names", made->rows},
                               {"state", to_string(made->state)}});
    if (made->state != escrow::DepositState::verified) return {};  // the next step says why
    deposit = std::move(*made);
  } else {
    auto found = ledger_->find(next.deposit);
    if (!found) return found.error();
    deposit = std::move(*found);
  }
  if (!deposit) return make_error(Errc::damaged, "the ledger lost a deposit");
  const auto sent = send_deposit(config_, settings, *ledger_, *deposit, clock_);
  if (!sent) return sent.error();
  log_.info("deposit sent", {{"agent", settings.id}, {"deposit", sent->id}, {"date", escrow::date_text(sent->date)}});
  const auto retired = retire_deposits(config_, settings, *ledger_, clock_);
  if (!retired) log_.error("files of old deposits cannot be removed for agent " + settings.id, retired.error());
  if (retired)
    for (const std::uint64_t id : *retired)
      log_.info("files of an old deposit removed", {{"agent", settings.id}, {"deposit", id}});
  return {};
}

/// With every deposit: at least once a week, and more often than the 90, 30 and 7 days that an operator needs to hear of.
void EscrowLoop::warn_of_endings(const Config::EscrowAgent& settings, const EscrowKeys& keys) {
  const UtcTime now = clock_();
  for (const auto& ending : keys.endings(now)) {
    const bool soon = ending.at < now + std::chrono::days(8);
    for (const int days : {7, 30, 90}) {
      if (ending.at >= now + std::chrono::days(days + 1)) continue;
      alert(settings, ending.what + std::to_string(days), told(ending, now));
      break;
    }
    if (soon)
      log_.error(told(ending, now), {{"agent", settings.id}});
    else
      log_.warning(told(ending, now), {{"agent", settings.id}});
  }
}

void EscrowLoop::note_trouble(const Config::EscrowAgent& settings, Course& course, const Error& error) {
  ++figures_.escrow_errors;
  ledger_.reset();
  course.pause = std::clamp(course.pause * 2, config_.escrow.retry, longest_pause);
  course.not_before = std::chrono::steady_clock::now() + course.pause;
  // what a repetition may mend is told once the deposit is overdue
  if (error.code != Errc::unavailable && error.code != Errc::conflict)
    alert(settings, escrow::date_text(std::chrono::floor<std::chrono::days>(clock_())) + error.context,
          "no deposit can be made or sent: " + error.context);
  if (std::exchange(course.told, error.context) == error.context) return;
  log_.error("escrow: a step failed, it is repeated for agent " + settings.id, error);
}

void EscrowLoop::note_state(const Config::EscrowAgent& settings, const std::vector<escrow::DepositEntry>& rows,
                            const escrow::NextStep& next) {
  EscrowFigures figures{.overdue = next.overdue,
                        .waits_for_person = next.step == escrow::Step::wait_for_person,
                        .from_future = escrow::from_the_future(rows, clock_()) != nullptr};
  const auto ahead = escrow::made_ahead(rows, clock_());
  for (const escrow::DepositEntry& row : rows) {
    if (ahead.contains(row.id)) continue;  // its age is none
    const bool accepted = row.state == escrow::DepositState::accepted;
    if (accepted || row.state == escrow::DepositState::sent) figures.sent = std::max(figures.sent, row.watermark);
    if (accepted) figures.accepted = std::max(figures.accepted, row.watermark);
    if (row.state != escrow::DepositState::sent || clock_() - row.changed < config_.escrow.answer_within) continue;
    figures.unanswered = true;
    alert(settings, "unanswered " + std::to_string(row.id),
          "nothing was heard of deposit " + std::to_string(row.id) + ", sent on " + format_rfc3339(row.changed));
  }
  figures_.escrow.set(settings.id, figures);
  Course& course = courses_[settings.id];
  // what is made at once, at a first start or after one that was late, needs nobody
  const bool is_tried = next.step != escrow::Step::make || course.pause.count() > 0;
  if (next.overdue && is_tried)
    alert(settings, "overdue " + format_rfc3339(*next.due),
          "the deposit that was due at " + format_rfc3339(*next.due) + " is overdue");
  if (std::exchange(course.overdue, next.overdue) != next.overdue && next.overdue)
    log_.error("a deposit is overdue", {{"agent", settings.id}, {"due", format_rfc3339(*next.due)}});
}

}  // namespace regdata::app
