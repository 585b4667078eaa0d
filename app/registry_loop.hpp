// Sync with one registry in a thread of its own: one that does not answer must keep nobody else waiting.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/log.hpp"
#include "app/metrics.hpp"
#include "app/registry_sync.hpp"

namespace regdata::app {

/// Takes messages, finds lost outcomes and looks at names, every `poll` of the registry's settings.
class RegistryLoop {
 public:
  /// `config` as it is now: a reload makes a new one.
  RegistryLoop(Config config, std::string registry, Clock clock, Log& log, WorkerFigures& figures);
  ~RegistryLoop();
  RegistryLoop(const RegistryLoop&) = delete;
  RegistryLoop& operator=(const RegistryLoop&) = delete;

  void start();
  /// From now on it ends; stop() waits for it.
  void ask_to_stop();
  /// As PublicationLoop::stop: a command under way that is cut off is in the journal, like one of a worker that was killed.
  bool stop(std::chrono::milliseconds limit);

 private:
  void run();
  Expected<void> step();
  void note(const SyncReport& report);
  void note_state();
  std::chrono::milliseconds pause_after(const Error& error);

  Config config_;
  std::string registry_;
  const Config::Registry* settings_ = nullptr;
  Clock clock_;
  Log& log_;
  WorkerFigures& figures_;
  std::optional<SyncAccess> access_;
  std::optional<RegistrySync> sync_;
  std::chrono::sys_days brake_day_{};
  bool is_braked_ = false;
  std::string told_;
  std::chrono::milliseconds pause_{0};  ///< after an error, longer each time
  RegistryFigures::Registry state_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace regdata::app
