#include "app/relay_loop.hpp"

#include <utility>

namespace regdata::app {
namespace {

constexpr std::chrono::milliseconds relay_pause_after_error{1000};

}  // namespace

RelayLoop::RelayLoop(std::unique_ptr<RelayDesk> desk, Clock clock, Log& log, WorkerFigures& figures)
    : desk_(std::move(desk)), clock_(std::move(clock)), log_(log), figures_(figures) {}

void RelayLoop::start(std::chrono::milliseconds poll) {
  poll_ = poll;
  thread_.start([this] { return step(); });
}

void RelayLoop::replace(std::unique_ptr<RelayDesk> desk, std::chrono::milliseconds poll) {
  replacement_.put({std::move(desk), poll});
  thread_.wake();
}

std::chrono::milliseconds RelayLoop::step() {
  if (auto replacement = replacement_.take()) {
    desk_ = std::move(replacement->desk);
    poll_ = replacement->poll;
  }
  if (!desk_) return poll_;
  const auto report = desk_->post_office().step(clock_());
  note(report);
  note_state();
  if (report.error) {
    if (report.error->context != last_error_) log_.error("mail: a step failed in part, it is repeated", *report.error);
    last_error_ = report.error->context;
    return relay_pause_after_error;
  }
  if (report.taken > 0 || report.sent > 0) last_error_.clear();
  return report.more ? std::chrono::milliseconds(0) : poll_;
}

void RelayLoop::note(const relay::PostReport& report) {
  figures_.letters_queued += report.queued;
  figures_.letters_nobody += report.nobody;
  figures_.letters_asked += report.asked;
  figures_.letters_not_asked += report.not_asked;
  figures_.letters_unreadable += report.unreadable;
  figures_.mails_sent += report.sent;
  figures_.mails_later += report.later;
  figures_.mails_failed += report.failures.size();
  if (report.taken > 0) {
    log_.info("letters taken from the spool", {{"queued", report.queued},
                                               {"nobody", report.nobody},
                                               {"asked", report.asked},
                                               {"not_asked", report.not_asked},
                                               {"confirmed", report.confirmed}});
  }
  if (report.unreadable > 0) {
    log_.error("letters in the spool that this worker's key does not open are set aside",
               {{"files", report.unreadable},
                {"hint",
                 "[contact] public_key must be the other half of [relay] secret_key; *.unreadable renamed to *.letter are "
                 "tried again"}});
  }
  if (report.renewed > 0) log_.info("relay addresses renewed", {{"names", report.renewed}});
  if (report.sent > 0) log_.info("mail sent", {{"mails", report.sent}});
  for (const auto& failure : report.failures) {
    log_.warning("mail not delivered", {{"about", failure.domain.empty() ? "a confirmation" : failure.domain},
                                        {"status", failure.status},
                                        {"accuracy_note", failure.inaccurate}});
  }
  if (report.full && !full_)
    log_.error("mail: too much waits, nothing more is taken in", {{"hint", "see why mail cannot leave"}});
  full_ = report.full;
  if (!report.trouble.empty()) note_trouble(report.trouble);
  if (report.sent > 0 && !trouble_.empty()) {
    trouble_.clear();
    figures_.mail_stuck = false;
    log_.info("mail leaves again");
  }
}

void RelayLoop::note_trouble(const std::string& why) {
  figures_.mail_stuck = true;
  if (why == trouble_) return;
  trouble_ = why;
  log_.error("mail cannot leave, it is kept and tried again",
             {{"why", why}, {"hint", "see [relay] and the mail server's log"}});
}

void RelayLoop::note_state() {
  const auto state = desk_->outbox().state();
  if (!state) return;  // the next step says why
  figures_.mails_waiting = state->waiting;
  figures_.mail_age_seconds = state->oldest ? std::chrono::duration<double>(clock_() - *state->oldest).count() : 0;
}

}  // namespace regdata::app
