// A session as who asks sees it: commands go in, what became of each comes back, and may ask for more.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "epp/session.hpp"

namespace regdata::epp {

/// A command to be said, and the contact of the store whose data it holds; empty: none.
struct Job {
  Command command;
  std::string handle{};
};

/// Is told what became of the job with this number, counted from 0 in the order in which jobs were given; returns jobs that are
/// to be said next in the same session. An error ends the session: what waits is not said.
using OnDone = std::function<Expected<std::vector<Job>>(std::size_t number, Outcome outcome)>;

/// A session of its own for these jobs and what OnDone adds to them. Gives the greeting; an error where nobody could be spoken
/// with, or that of OnDone. Else each job was told to OnDone, also those that were not answered.
using Talk = std::function<Expected<Greeting>(std::vector<Job> jobs, const OnDone& on_done)>;

}  // namespace regdata::epp
