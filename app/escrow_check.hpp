// Whether the settings of an escrow agent fit together, and beside those of the others.
#pragma once

#include <cstddef>

#include "app/config.hpp"

namespace regdata::app {

/// `at`: which one of `config.escrow_agents`. Looks at its address, policies, mails and directories; what is told of two agents
/// is told once, of the latter. No file is read; links in the way to directories are followed.
void check_escrow_agent(const Config& config, std::size_t at, const TellSetting& tell);

}  // namespace regdata::app
