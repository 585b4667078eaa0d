// What `regdata doctor` looks at, for one registry.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "app/config.hpp"
#include "app/doctor.hpp"
#include "epp/login_events.hpp"
#include "epp/tls_client.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// Our certificate, what the registry warned of at a login, and its own certificates: what ends within 60 days is a warning, of
/// the server's own within 14.
std::vector<Finding> examine_ends(const Config::Registry& settings, const std::vector<epp::LoginEvent>& events,
                                  const epp::PeerEnds& peer, UtcTime now);

/// These, and the door: it connects, logs in, and says nothing else.
std::vector<Finding> examine_registry(const Config::Registry& settings, const Clock& clock);

/// When the first certificate of a PEM file ends; empty: there is none to be read.
std::optional<UtcTime> certificate_end(const std::filesystem::path& file);

}  // namespace regdata::app
