// Mail in a thread of its own: a mail server that does not answer must keep neither publication nor signals waiting.
#pragma once

#include <memory>
#include <string>

#include "app/log.hpp"
#include "app/metrics.hpp"
#include "app/relay_desk.hpp"
#include "app/step_thread.hpp"

namespace regdata::app {

/// Empties the spool and sends what is due, every `poll`. The desk is used by its thread alone.
class RelayLoop {
 public:
  RelayLoop(std::unique_ptr<RelayDesk> desk, Clock clock, Log& log, WorkerFigures& figures);

  void start(std::chrono::milliseconds poll);
  /// After a reload: takes effect with the next step. Null: no mail from now on.
  void replace(std::unique_ptr<RelayDesk> desk, std::chrono::milliseconds poll);
  /// As PublicationLoop::stop: a mail under way that is cut off is like one of a worker that was killed.
  bool stop(std::chrono::milliseconds limit) { return thread_.stop(limit); }

 private:
  std::chrono::milliseconds step();
  void note(const relay::PostReport& report);
  void note_state();
  void note_trouble(const std::string& why);

  std::unique_ptr<RelayDesk> desk_;
  Clock clock_;
  Log& log_;
  WorkerFigures& figures_;
  std::string last_error_;
  bool full_ = false;  ///< the outbox was, in the last step
  std::string trouble_;

  std::chrono::milliseconds poll_{1000};
  struct Replacement {
    std::unique_ptr<RelayDesk> desk;
    std::chrono::milliseconds poll;
  };
  Handover<Replacement> replacement_;
  StepThread thread_;
};

}  // namespace regdata::app
