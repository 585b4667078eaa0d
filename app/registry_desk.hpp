// What it takes to speak with a registry, as configuration says.
#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"
#include "epp/connection.hpp"

namespace regdata::app {

/// "epp.registry.test:700", "[2001:db8::1]:700"; without a port it is 700. Errc::configuration.
Expected<epp::Endpoint> registry_endpoint(const Config::Registry& settings);

/// The registry with this id, or the only one where it is empty. Errc::usage; configuration (none is there).
Expected<const Config::Registry*> registry_settings(const Config& config, const std::string& id);

/// What became of commands in a session of their own.
struct Conversation {
  epp::Greeting greeting;
  std::vector<epp::Outcome> outcomes;  ///< in the order of the commands
};
/// Connects, logs in unless `only_hello`, says all commands, and logs out. Queries only, else Errc::internal: nobody would note
/// what became of a transform. Errors: configuration, unavailable, refused (by the registry, or its certificate), of the
/// session as a whole.
Expected<Conversation> converse(const Config::Registry& settings, std::vector<epp::Command> commands, bool only_hello);

}  // namespace regdata::app
