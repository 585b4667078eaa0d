// regdata config check | show
#include <fmt/format.h>

#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/escrow_desk.hpp"
#include "app/public_files.hpp"
#include "app/publication.hpp"
#include "app/relay_desk.hpp"

namespace regdata::app {
namespace {

boost::json::array problems_json(const ConfigProblems& problems) {
  boost::json::array list;
  for (const Error& problem : problems) list.push_back({{"message", problem.context}, {"hint", problem.hint}});
  return list;
}

/// All problems, the last as the command's own error, so that each is told once.
Outcome tell(Context& context, const ConfigProblems& problems) {
  if (context.output.json()) {
    Outcome outcome(problems.front());
    outcome.data = {{"problems", problems_json(problems)}};
    return outcome;
  }
  for (std::size_t i = 0; i + 1 < problems.size(); ++i) context.output.error(problems[i]);
  return Outcome(Exit::configuration, problems.back());
}

/// Files that are no problem of the start: the worker runs, and says that it cannot deposit or mail.
void warn_of_files(Context& context, const Config& config) {
  for (const auto& agent : config.escrow_agents)
    if (const auto good = check_agent_files(agent, context.clock()); !good)
      context.output.warn(fmt::format("escrow_agent {}: {}", agent.id, good.error().context));
  if (config.relay.server.empty()) return;
  if (const auto mailer = relay::SmtpMailer::make(smtp_settings(config.relay)); !mailer)
    context.output.warn(fmt::format("relay: {}", mailer.error().context));
}

Outcome check(Context& context) {
  LoadedConfig loaded = context.load();
  // Policies, the disclaimer, certificate and pages are files of their own: they are part of what must be good before a start.
  if (loaded.problems.empty()) {
    const auto publication = load_publication(loaded.config);
    if (!publication) loaded.problems.push_back(publication.error());
    const auto files = check_public_files(loaded.config);
    if (!files) loaded.problems.push_back(files.error());
    if (files && !files->closed.empty())
      context.output.warn(fmt::format("{} is closed to this user, and was not looked at", files->closed));
    warn_of_files(context, loaded.config);
  }
  if (!loaded.problems.empty()) return tell(context, loaded.problems);
  const auto& catalog = loaded.config.catalog;
  context.output.line(fmt::format("configuration is good: {} files, {} registrars, {} TLDs, {} policies", loaded.files.size(),
                                  catalog.registrars.size(), catalog.tlds.size(), loaded.config.policies.size()));
  boost::json::array files;
  for (const auto& file : loaded.files) files.emplace_back(file.string());
  return {Exit::done, boost::json::object{{"files", files}}};
}

Outcome show(Context& context, bool origin) {
  const LoadedConfig loaded = context.load();
  const std::string text = show_config(loaded, origin);
  context.output.raw(text);
  if (!loaded.problems.empty()) return tell(context, loaded.problems);
  return {Exit::done, boost::json::object{{"toml", text}}};
}

}  // namespace

void add_config(CommandLine& line) {
  Verb noun = line.noun("config", "the configuration: check, show", "operation");
  line.does(line.verb_of(noun, "check", "check files, environment and policies; tells every problem"), check);
  Verb shown = line.verb_of(noun, "show", "print the effective configuration (there are no secrets in it)");
  auto origin = std::make_shared<bool>(false);
  shown.flag("--origin", *origin, "say where each value comes from");
  line.does(shown, [origin](Context& context) { return show(context, *origin); });
}

}  // namespace regdata::app
