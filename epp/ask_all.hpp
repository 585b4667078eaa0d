// Many questions, and one that breaks the line keeps none of the others from being asked.
#pragma once

#include <cstddef>
#include <functional>

#include "epp/talk.hpp"

namespace regdata::epp {

/// Says the questions 0 to `count`-1, and gives each one's outcome to `take` once. Those that were not said because the session
/// ended before are said in another one, a few times. Gives the greeting; an error where nobody could be spoken with at all:
/// then nothing was taken.
Expected<Greeting> ask_all(std::size_t count, const std::function<Command(std::size_t number)>& question, const Talk& talk,
                           const std::function<void(std::size_t number, Outcome outcome)>& take);

}  // namespace regdata::epp
