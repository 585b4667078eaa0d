// What `regdata doctor` looks at. Reads only; changes nothing.
#pragma once

#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/exit_code.hpp"

namespace regdata::app {

struct Finding {
  enum class State : std::uint8_t { good, warning, bad };
  std::string what;  ///< "configuration", "master key", "view store", ...
  State state = State::good;
  std::string text;  ///< what was found
  std::string hint;  ///< what to do about it; empty where there is nothing to do
  Errc code = Errc::internal;
  Exit exit = Exit::done;  ///< what a bad finding makes of the command
};

/// In the order in which pieces depend on each other: the first bad one is the one to mend first.
std::vector<Finding> examine(const Context& context);

}  // namespace regdata::app
