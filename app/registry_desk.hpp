// What it takes to speak with a registry, as configuration says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "epp/connection.hpp"
#include "epp/resolution.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// "epp.registry.test:700", "[2001:db8::1]:700"; without a port it is 700. Errc::configuration.
Expected<epp::Endpoint> registry_endpoint(const Config::Registry& settings);

/// The registry with this id, or the only one where it is empty. Errc::usage; configuration (none is there).
Expected<const Config::Registry*> registry_settings(const Config& config, const std::string& id);

/// A command to be said, and the contact of the store whose data it holds; empty: none.
struct Job {
  epp::Command command;
  std::string handle{};
};
/// What became of commands in a session of their own.
struct Conversation {
  epp::Greeting greeting;
  std::vector<epp::Outcome> outcomes;  ///< in the order of the jobs
};
/// Is told what became of the job with this number, counted from 0 in the order in which jobs were given; returns jobs that are
/// to be said next in the same session. An error ends the session: what waits is not said.
using OnDone = std::function<Expected<std::vector<Job>>(std::size_t number, epp::Outcome outcome)>;
/// A session of its own: connects, logs in, says the jobs and what `on_done` adds to them, and logs out. `journal` as for
/// converse(). Returns the greeting; errors as converse(), and that of `on_done`.
Expected<epp::Greeting> talk(const Config::Registry& settings, std::vector<Job> jobs, epp::Journal* journal, const Clock& clock,
                             const OnDone& on_done);

/// talk() with nothing added: connects, logs in, says all, and logs out; without jobs it only says hello and nobody logs in.
/// `journal` may be null where nothing is transformed, else Errc::internal: nobody would note what became of it. Errors:
/// configuration, unavailable, refused (by the registry, or its certificate), of the session as a whole; then nothing was
/// transformed.
Expected<Conversation> converse(const Config::Registry& settings, std::vector<Job> jobs, epp::Journal* journal,
                                const Clock& clock);

/// Finds what became of commands whose answers never came, as far as it is due: looks at the registry and notes it in the
/// journal. Errors of converse() and of the journal.
Expected<epp::Resolved> resolve_at(const Config::Registry& settings, epp::Journal& journal, const Clock& clock);

}  // namespace regdata::app
