// Whether the settings of an escrow agent fit together, and beside those of the others.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "app/config.hpp"

namespace regdata::app {

/// Takes the name of a setting, what is wrong with it, and what helps.
using TellSetting = std::function<void(std::string_view setting, const std::string& why, const char* hint)>;

/// `at`: which one of `config.escrow_agents`. Looks at its address, policies, mails and directories; what is told of two agents
/// is told once, of the latter. No file is read; links in the way to directories are followed.
void check_escrow_agent(const Config& config, std::size_t at, const TellSetting& tell);

}  // namespace regdata::app
