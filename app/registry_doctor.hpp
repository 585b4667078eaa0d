// What `regdata doctor` looks at, for one registry.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "app/config.hpp"
#include "app/doctor.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// Our certificate, and the door: it connects, logs in, and says nothing else. What ends within 60 days is a warning.
std::vector<Finding> examine_registry(const Config::Registry& settings, const Clock& clock);

/// When the first certificate of a PEM file ends; empty: there is none to be read.
std::optional<UtcTime> certificate_end(const std::filesystem::path& file);

}  // namespace regdata::app
