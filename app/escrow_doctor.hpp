// What `regdata deposit doctor` looks at, for one agent.
#pragma once

#include <vector>

#include "app/config.hpp"
#include "app/doctor.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// Agreement, keys, door, disk, clock, mapping, verdicts, schedule, in this order. Connects to the agent, and changes nothing
/// there.
std::vector<Finding> examine_agent(const Config& config, const Config::EscrowAgent& settings, const Clock& clock);

}  // namespace regdata::app
