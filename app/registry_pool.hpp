// Several lines to one registry: questions are shared out among them, all else goes over the first.
#pragma once

#include <memory>
#include <vector>

#include "app/registry_line.hpp"

namespace regdata::app {

/// Used by one thread. `sync_sessions` lines at most, and no more than the account has sessions free; where the registry lets
/// no more in, fewer. A question that a line did not get to say goes over another one.
class RegistryPool {
 public:
  /// As RegistryLine, for the worker and sync.
  RegistryPool(const Config::Registry& settings, epp::Journal* journal, const Clock& clock);

  /// As RegistryLine::talk(). `on_done` is called by several threads, one at a time; what it asks for next is said over the
  /// same line.
  Expected<epp::Greeting> talk(std::vector<epp::Job> jobs, const epp::OnDone& on_done);
  /// talk(), as a Talk that refers to this object.
  epp::Talk as_talk() {
    return [this](std::vector<epp::Job> jobs, const epp::OnDone& on_done) { return talk(std::move(jobs), on_done); };
  }
  /// The line over which messages are read and commands are said.
  [[nodiscard]] RegistryLine& first() noexcept { return *lines_.front(); }

 private:
  class Sharing;

  std::size_t at_once_;  ///< questions that a line takes
  std::vector<std::unique_ptr<RegistryLine>> lines_;
};

}  // namespace regdata::app
