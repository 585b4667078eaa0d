// regdata sync import
#pragma once

#include "app/command_line.hpp"

namespace regdata::app {

void add_sync_import(CommandLine& line, Verb sync);

}  // namespace regdata::app
