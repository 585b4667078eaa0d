#include "app/publication_loop.hpp"

#include "app/publication.hpp"

namespace regdata::app {
namespace {

/// Names that a step publishes before it looks whether to stop.
constexpr std::size_t names_per_step = 1000;
constexpr std::chrono::milliseconds pause_after_error{1000};
/// A change older than this and not applied: something is wrong that a person should see.
constexpr double most_lag_seconds = 60;

}  // namespace

PublicationLoop::PublicationLoop(std::unique_ptr<RegistrationStore> store, std::unique_ptr<redaction::ViewWriter> views,
                                 RebuildRequest rebuild_request, std::unique_ptr<PolicyHistory> history,
                                 redaction::Publication publication, Clock clock, Log& log, WorkerFigures& figures)
    : store_(std::move(store)),
      views_(std::move(views)),
      rebuild_request_(std::move(rebuild_request)),
      history_(std::move(history)),
      to_note_(records_of(publication)),
      publisher_(*store_, *views_, std::move(publication), clock),
      clock_(std::move(clock)),
      log_(log),
      figures_(figures) {}

void PublicationLoop::start(std::chrono::milliseconds poll) {
  poll_ = poll;
  thread_.start([this] { return step(); }, [this] { leave_nothing_hidden(); });
}

void PublicationLoop::replace(redaction::Publication publication, std::chrono::milliseconds poll) {
  replacement_.put({std::move(publication), poll});
  thread_.wake();
}

void PublicationLoop::leave_nothing_hidden() {
  // Servers that are a unit of their own go on without us: nobody else makes the generation that a hide asks for.
  if (failing_) return;
  if (const auto settled = publisher_.settle(); !settled) note(settled.error());
}

std::chrono::milliseconds PublicationLoop::step() {
  if (auto replacement = replacement_.take()) {
    poll_ = replacement->poll;
    to_note_ = records_of(replacement->publication);
    publisher_.set_publication(std::move(replacement->publication));
  }
  if (!to_note_.empty()) {
    if (const auto noted = history_->note(to_note_, clock_()); !noted) {
      note(noted.error());
      return pause_after_error;
    }
    to_note_.clear();
  }
  if (rebuild_request_.is_there()) {
    log_.info("the view store is made anew: somebody asked");
    const auto rebuilt = publisher_.rebuild();
    rebuild_request_.take_back();  // also one that failed: what hides must not wait for it
    if (rebuilt)
      note(*rebuilt);
    else
      log_.error("the view store could not be made anew, the old one stays", rebuilt.error());
  }
  const auto report = publisher_.step(names_per_step);
  if (!report) {
    note(report.error());
    return pause_after_error;
  }
  note(*report);
  if (const auto measured = measure_lag(); !measured) {
    note(measured.error());
    return pause_after_error;
  }
  return report->caught_up ? poll_ : std::chrono::milliseconds(0);
}

void PublicationLoop::note(const redaction::PublishReport& report) {
  if (failing_) log_.info("publication goes on");
  failing_ = false;
  last_error_.clear();
  figures_.changes += report.changes;
  figures_.published += report.published;
  figures_.removed += report.removed;
  figures_.applied_sequence = report.sequence;
  if (report.published + report.removed > 0) figures_.unreadable = report.unreadable;
  for (const auto& problem : report.problems)
    log_.warning("published with everything of a contact withheld", {{"why", problem}});
  if (report.changes + report.published + report.removed > 0) {
    log_.debug(
        "published",
        {{"changes", report.changes}, {"views", report.published}, {"removed", report.removed}, {"sequence", report.sequence}});
  }
  if (report.caught_up) has_published_ = true;
}

void PublicationLoop::note(const Error& error) {
  failing_ = true;
  ++figures_.publish_errors;
  if (error.context != last_error_) log_.error("publication failed, old views stay in force", error);
  last_error_ = error.context;
}

Expected<void> PublicationLoop::measure_lag() {
  const auto last = store_->last_sequence();
  if (!last) return last.error();
  figures_.feed_sequence = *last;
  if (figures_.applied_sequence >= *last) {
    figures_.lag_seconds = 0;
    return {};
  }
  const auto waiting = store_->changes_after(figures_.applied_sequence, 1);
  if (!waiting) return waiting.error();
  if (!waiting->empty()) figures_.lag_seconds = std::chrono::duration<double>(clock_() - waiting->front().at).count();
  return {};
}

std::string PublicationLoop::not_ready() const {
  if (failing_) return "publication fails, see the log";
  if (!has_published_) return "the first publication is under way";
  if (figures_.lag_seconds > most_lag_seconds) return "publication is behind the change feed";
  return {};
}

}  // namespace regdata::app
