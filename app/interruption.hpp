// Ctrl-C and SIGTERM for a command that may stop between two pieces of its work.
#pragma once

#include <csignal>

namespace regdata::app {

/// While one lives, the first SIGINT or SIGTERM is only noted, so that the piece in hand is finished; a second one kills. One
/// at a time in a process.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  [[nodiscard]] static bool asked() noexcept;

 private:
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
};

}  // namespace regdata::app
