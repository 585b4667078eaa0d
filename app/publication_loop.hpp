// Publication in a thread of its own: a rebuild of a million names must not keep signals or a dead server waiting.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/log.hpp"
#include "app/metrics.hpp"
#include "app/rebuild_request.hpp"
#include "app/step_thread.hpp"
#include "redaction/publisher.hpp"
#include "registration/policy_history.hpp"
#include "registration/registration_store.hpp"

namespace regdata::app {

/// Looks at the change feed every `poll` and publishes what is new. Store and view writer are used by its thread alone.
class PublicationLoop {
 public:
  PublicationLoop(std::unique_ptr<RegistrationStore> store, std::unique_ptr<redaction::ViewWriter> views,
                  RebuildRequest rebuild_request, std::unique_ptr<PolicyHistory> history, redaction::Publication publication,
                  Clock clock, Log& log, WorkerFigures& figures);

  void start(std::chrono::milliseconds poll);
  /// At once, not after the pause.
  void wake() { thread_.wake(); }
  /// After a reload: takes effect with the next step.
  void replace(redaction::Publication publication, std::chrono::milliseconds poll);
  /// Ends after the step under way and a new generation where a hide waits for one, at most after `limit`. False: it has not
  /// ended yet, which a process may leave at (a step that is cut off is like one that was killed: the store is whole).
  bool stop(std::chrono::milliseconds limit) { return thread_.stop(limit); }

  /// True once something was published or found to be up to date.
  [[nodiscard]] bool has_published() const noexcept { return has_published_; }
  /// Why views are not kept up to date, one line; empty: they are.
  [[nodiscard]] std::string not_ready() const;

 private:
  /// The last act: publishes what waits and makes the new generation that is due after a hide.
  void leave_nothing_hidden();
  /// Publishes one step; how long to pause before the next.
  std::chrono::milliseconds step();
  void note(const redaction::PublishReport& report);
  void note(const Error& error);
  Expected<void> measure_lag();

  std::unique_ptr<RegistrationStore> store_;
  std::unique_ptr<redaction::ViewWriter> views_;
  RebuildRequest rebuild_request_;
  std::unique_ptr<PolicyHistory> history_;
  std::vector<PolicyRecord> to_note_;  ///< before anything is published by them
  redaction::Publisher publisher_;
  Clock clock_;
  Log& log_;
  WorkerFigures& figures_;
  std::string last_error_;

  std::atomic<bool> has_published_{false};
  std::atomic<bool> failing_{false};

  std::chrono::milliseconds poll_{100};
  struct Replacement {
    redaction::Publication publication;
    std::chrono::milliseconds poll;
  };
  Handover<Replacement> replacement_;
  StepThread thread_;
};

}  // namespace regdata::app
