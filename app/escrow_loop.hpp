// Deposits in a thread of their own: a large one, or an agent that does not answer, must keep nothing else waiting.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "app/config.hpp"
#include "app/escrow_desk.hpp"
#include "app/log.hpp"
#include "app/metrics.hpp"
#include "app/operator_mail.hpp"
#include "app/step_thread.hpp"
#include "escrow/clock_guard.hpp"
#include "escrow/ledger.hpp"
#include "escrow/schedule.hpp"

namespace regdata::app {

/// Makes and sends what is due, every `[escrow] poll`. What fails is tried again with growing pauses; what a person has to look
/// at is said once.
class EscrowLoop {
 public:
  EscrowLoop(Config config, Clock clock, Log& log, WorkerFigures& figures);

  void start();
  /// Before the next step.
  void replace(Config config);
  /// False: a step is under way and did not end within `limit`. Killed in it, nothing is half done.
  bool stop(std::chrono::milliseconds limit) { return thread_.stop(limit); }

 private:
  struct Course {
    std::chrono::steady_clock::time_point not_before{};
    std::chrono::milliseconds pause{0};
    std::string told;             ///< the last trouble: said once
    std::string folder_told;      ///< the last trouble with the folder of verdicts
    std::set<std::string> stuck;  ///< verdict files that cannot be moved away, told of already
    bool overdue = false;
    bool is_known = false;          ///< its ledger was looked at since the start
    std::uint64_t from_future = 0;  ///< the deposit of a time to come that was told
  };

  void step();
  /// True: the clock has jumped, and nothing is made until somebody has looked at it and reloads or restarts.
  bool clock_jumped();
  void look_after(const Config::EscrowAgent& settings);
  /// Tells where clock and ledger do not fit together; deposits are made all the same.
  void compare_with_clock(const Config::EscrowAgent& settings, Course& course, const std::vector<escrow::DepositEntry>& rows);
  /// Whatever is wrong with the folder keeps no deposit waiting.
  void collect(const Config::EscrowAgent& settings, Course& course);
  Expected<void> do_step(const Config::EscrowAgent& settings, const escrow::NextStep& next);
  void warn_of_endings(const Config::EscrowAgent& settings, const EscrowKeys& keys);
  /// To the log too, by the caller. Said once by mail.
  void alert(const Config::EscrowAgent& settings, const std::string& matter, const std::string& what);
  void note_trouble(const Config::EscrowAgent& settings, Course& course, const Error& error);
  void note_state(const Config::EscrowAgent& settings, const std::vector<escrow::DepositEntry>& rows,
                  const escrow::NextStep& next);

  Config config_;
  Clock clock_;
  Log& log_;
  WorkerFigures& figures_;
  std::unique_ptr<escrow::Ledger> ledger_;
  escrow::ClockGuard clock_guard_;
  bool jumped_ = false;
  OperatorMail mail_;
  std::string mail_told_;                  ///< what keeps mail from leaving
  std::map<std::string, Course> courses_;  ///< by agent

  Handover<Config> replacement_;
  StepThread thread_;
};

}  // namespace regdata::app
