// Sync with one registry in a thread of its own: one that does not answer must keep nobody else waiting.
#pragma once

#include <optional>
#include <string>

#include "app/contact_desk.hpp"
#include "app/log.hpp"
#include "app/metrics.hpp"
#include "app/registry_desk.hpp"
#include "app/registry_pool.hpp"
#include "app/step_thread.hpp"
#include "app/store_access.hpp"

namespace regdata::app {

/// Takes messages, finds lost outcomes and looks at names, every `poll` of the registry's settings.
class RegistryLoop {
 public:
  /// `config` as it is now: a reload makes a new one.
  RegistryLoop(Config config, std::string registry, Clock clock, Log& log, WorkerFigures& figures);

  void start() {
    thread_.start([this] { return step(); });
  }
  /// From now on it ends; stop() waits for it.
  void ask_to_stop() { thread_.ask_to_stop(); }
  /// As PublicationLoop::stop: a command under way that is cut off is in the journal, like one of a worker that was killed.
  bool stop(std::chrono::milliseconds limit) { return thread_.stop(limit); }

 private:
  std::chrono::milliseconds step();
  Expected<void> sync();
  void note(const epp::SyncReport& report);
  void note_state();
  void tell_once(std::uint64_t& told, std::uint64_t count, const char* what, const char* of);
  std::chrono::milliseconds pause_after(const Error& error);

  Config config_;
  std::string registry_;
  const Config::Registry* settings_ = nullptr;
  Clock clock_;
  Log& log_;
  WorkerFigures& figures_;
  std::optional<SyncAccess> access_;
  std::optional<RegistryPool> lines_;
  std::optional<epp::ContactSync> contacts_;
  std::optional<epp::RegistrySync> sync_;
  /// What ends soon, told once a day: our certificate and password, the registry's certificate.
  void look_at_ends();
  /// By what it told (RFC 9167); logs it once.
  bool is_said_to_be_away();

  std::chrono::sys_days ends_day_{};
  std::chrono::sys_days brake_day_{};
  bool is_braked_ = false;
  std::string told_;
  UtcTime told_away_{};  ///< until when
  std::uint64_t told_other_holders_ = 0;
  std::uint64_t told_against_ = 0;
  std::uint64_t told_in_doubt_ = 0;
  std::chrono::milliseconds pause_{0};  ///< after an error, longer each time
  RegistryFigures state_;

  StepThread thread_;
};

}  // namespace regdata::app
