// How fast an account speaks to a registry: token buckets by class of command, slower after the registry said that it was too
// fast (RFC 5730 §3, 2502). No clock of its own.
#pragma once

#include <chrono>
#include <optional>

#include "epp/command.hpp"

namespace regdata::epp {

struct PaceRules {
  unsigned queries_per_minute = 0;     ///< check, info, poll, hello; 0: no limit of ours
  unsigned transforms_per_minute = 0;  ///< what changes something
  double share = 1;                    ///< of these, for whoever uses this object: the rest is others'
};

/// Used by one thread; outlives sessions, so that a new one does not begin with full buckets.
class Pace {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  explicit Pace(PaceRules rules) : rules_(rules) {}

  /// Takes a turn: empty: now. Else when to ask again; nothing is taken then.
  std::optional<Moment> take(CommandClass of_class, Moment now);
  /// The registry said that it is too much: half as fast from now on, which is made good again within minutes.
  void slow_down(Moment now);

 private:
  struct Bucket {
    double turns = -1;  ///< negative: not begun
    Moment filled{};
  };
  [[nodiscard]] double per_second(CommandClass of_class, Moment now);

  PaceRules rules_;
  Bucket queries_, transforms_;
  double factor_ = 1;
  Moment slowed_{};
};

}  // namespace regdata::epp
