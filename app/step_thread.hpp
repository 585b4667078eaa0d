// What the worker's loops have in common: a thread that does one step after the other until it is stopped.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace regdata::app {

class StepThread {
 public:
  /// Does one step; how long to pause before the next.
  using Step = std::function<std::chrono::milliseconds()>;

  StepThread() = default;
  StepThread(const StepThread&) = delete;
  StepThread& operator=(const StepThread&) = delete;
  /// Waits for the step under way. As the last member of its owner, it goes before what its steps use.
  ~StepThread();

  /// Once. `last` is the thread's last act.
  void start(Step step, std::function<void()> last = {});
  /// The next step at once, not after the pause.
  void wake();
  /// No further step; stop() waits for it.
  void ask_to_stop();
  /// Ends after the step under way and the last act. False: it has not ended within `limit`; the process may leave all the same
  /// where what is cut off is like what is killed.
  bool stop(std::chrono::milliseconds limit);
  [[nodiscard]] bool is_stopping();

 private:
  void run(const Step& step, const std::function<void()>& last);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  bool ended_ = false;
  std::thread thread_;
};

/// From one thread to another; the newest holds.
template <class T>
class Handover {
 public:
  void put(T value) {
    const std::lock_guard guard(mutex_);
    held_ = std::move(value);
  }
  std::optional<T> take() {
    const std::lock_guard guard(mutex_);
    return std::exchange(held_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<T> held_;
};

}  // namespace regdata::app
