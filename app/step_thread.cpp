#include "app/step_thread.hpp"

namespace regdata::app {

StepThread::~StepThread() {
  if (!thread_.joinable()) return;
  ask_to_stop();
  thread_.join();
}

void StepThread::start(Step step, std::function<void()> last) {
  thread_ = std::thread([this, step = std::move(step), last = std::move(last)] { run(step, last); });
}

void StepThread::wake() {
  const std::lock_guard guard(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void StepThread::ask_to_stop() {
  const std::lock_guard guard(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

bool StepThread::stop(std::chrono::milliseconds limit) {
  ask_to_stop();
  std::unique_lock guard(mutex_);
  return !thread_.joinable() || changed_.wait_for(guard, limit, [this] { return ended_; });
}

bool StepThread::is_stopping() {
  const std::lock_guard guard(mutex_);
  return stopping_;
}

void StepThread::run(const Step& step, const std::function<void()>& last) {
  std::unique_lock guard(mutex_);
  while (!stopping_) {
    woken_ = false;
    guard.unlock();
    const auto pause = step();
    guard.lock();
    changed_.wait_for(guard, pause, [this] { return woken_ || stopping_; });
  }
  guard.unlock();
  if (last) last();
  guard.lock();
  ended_ = true;
  changed_.notify_all();
}

}  // namespace regdata::app
