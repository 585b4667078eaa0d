// What `regdata doctor` looks at. Reads only; changes nothing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/context.hpp"
#include "app/exit_code.hpp"
#include "app/output.hpp"

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

/// Findings while they are made.
class Findings {
 public:
  void good(std::string what, std::string text) {
    all_.push_back({std::move(what), Finding::State::good, std::move(text), {}, Errc::internal, Exit::done});
  }
  void warning(std::string what, std::string text, std::string hint) {
    all_.push_back({std::move(what), Finding::State::warning, std::move(text), std::move(hint), Errc::internal, Exit::done});
  }
  void bad(std::string what, const Error& error) {
    all_.push_back({std::move(what), Finding::State::bad, error.context, error.hint, error.code, exit_of(error.code)});
  }
  void add(std::vector<Finding> others) {
    for (Finding& one : others) all_.push_back(std::move(one));
  }
  [[nodiscard]] std::vector<Finding> take() { return std::move(all_); }

 private:
  std::vector<Finding> all_;
};

/// In the order in which pieces depend on each other: the first bad one is the one to mend first.
std::vector<Finding> examine(const Context& context);

/// Prints them; the first bad one is the command's error.
Outcome report(Output& output, const std::vector<Finding>& findings);

}  // namespace regdata::app
