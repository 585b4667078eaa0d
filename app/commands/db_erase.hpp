// regdata db erase: a person's data go for good.
#pragma once

#include "app/command_line.hpp"

namespace regdata::app {

/// Adds `erase` below `db`.
void add_db_erase(CommandLine& line, Verb noun);

}  // namespace regdata::app
