// What it takes to speak with a registry, as configuration says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "epp/connection.hpp"
#include "epp/dialect.hpp"
#include "epp/registry_sync.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// "epp.registry.test:700", "[2001:db8::1]:700"; without a port it is 700. Errc::configuration.
Expected<epp::Endpoint> registry_endpoint(const Config::Registry& settings);

/// How it speaks, where that is not as the RFCs have it. Errc::configuration.
Expected<epp::Dialect> registry_dialect(const Config::Registry& settings);

/// The registry with this id, or the only one where it is empty. Errc::usage; configuration (none is there).
Expected<const Config::Registry*> registry_settings(const Config& config, const std::string& id);

/// What became of commands in a session of their own.
struct Conversation {
  epp::Greeting greeting;
  std::vector<epp::Outcome> outcomes;  ///< in the order of the jobs
};
/// A session of its own: connects, logs in, says the jobs and what `on_done` adds to them, and logs out; without jobs it only
/// says hello and nobody logs in. `journal` may be null where nothing is transformed, else Errc::internal: nobody would note
/// what became of it. Errors: configuration, unavailable, refused (by the registry, or its certificate), of the session as a
/// whole; then nothing was transformed; or that of `on_done`.
Expected<epp::Greeting> talk(const Config::Registry& settings, std::vector<epp::Job> jobs, epp::Journal* journal,
                             const Clock& clock, const epp::OnDone& on_done);
/// For queries and messages. What is referred to must outlive it.
epp::Talk queries_to(const Config::Registry& settings, Clock clock);
/// For whatever changes something, too.
epp::Talk talk_to(const Config::Registry& settings, epp::Journal& journal, Clock clock);

/// talk() with nothing added.
Expected<Conversation> converse(const Config::Registry& settings, std::vector<epp::Job> jobs, epp::Journal* journal,
                                const Clock& clock);

/// Of sync and of lost outcomes: times, names, and a lock beside the store that is held while messages are read. What is
/// referred to must outlive it.
epp::SyncRules sync_rules(const Config& config, const Config::Registry& settings);
epp::ImportRules import_rules(const Config& config, const Config::Registry& settings);
epp::ResolutionRules resolution_rules(const Config::Registry& settings);

}  // namespace regdata::app
