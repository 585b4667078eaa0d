// Several lines to one registry: questions are shared out among them, all else goes over the first.
#pragma once

#include <memory>
#include <vector>

#include "app/registry_line.hpp"

namespace regdata::app {

/// Used by one thread. `sync_sessions` lines at most, and no more than the account has sessions free. A line that the registry
/// does not let in is not tried again before messages are; what it was to ask goes over another one.
class RegistryPool {
 public:
  /// As RegistryLine, for the worker and sync.
  RegistryPool(const Config::Registry& settings, epp::Journal* journal, const Clock& clock);

  /// Over the first line, for whatever is said. The others log out: sessions that only ask are not kept for the next time.
  epp::Talk as_talk();
  /// For infos alone, and nothing behind them, shared out among the lines: none but the first has a journal. Errc::internal for
  /// anything else. OnDone is called by several threads, one at a time.
  epp::Talk for_questions();
  /// The line over which messages are read and commands are said.
  [[nodiscard]] RegistryLine& first() noexcept { return *lines_.front().line; }

 private:
  class Sharing;
  struct Member {
    std::unique_ptr<RegistryLine> line;
    bool is_shut_out = false;  ///< it could not be used since messages were read last
  };
  Expected<epp::Greeting> ask(std::vector<epp::Job> jobs, const epp::OnDone& on_done);

  std::size_t at_once_;  ///< questions that a line takes
  std::vector<Member> lines_;
};

}  // namespace regdata::app
