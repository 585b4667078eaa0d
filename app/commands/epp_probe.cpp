// regdata epp probe
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "app/commands/epp.hpp"
#include "app/config_values.hpp"
#include "app/registry_desk.hpp"
#include "app/registry_line.hpp"
#include "epp/namespaces.hpp"

namespace regdata::app {
namespace {

constexpr auto look_every = std::chrono::milliseconds(200);

struct ProbeArguments {
  std::string registry;
  std::uint16_t sessions = 0;
  std::string idle;
};

/// What was found out.
struct Probed {
  epp::Greeting greeting;
  unsigned sessions = 0;                          ///< that were open at a time
  std::optional<Error> refused;                   ///< why there was no further one
  std::optional<std::chrono::milliseconds> idle;  ///< after which it closed a session; empty: it did not
};

/// Says that it is there; nothing is asked for.
Expected<epp::Greeting> say_hello(RegistryLine& line) {
  std::vector<epp::Job> jobs;
  jobs.push_back({epp::Hello{}});
  std::optional<Error> lost;
  auto greeting = line.talk(std::move(jobs), [&](std::size_t, const epp::Outcome& outcome) -> Expected<std::vector<epp::Job>> {
    if (outcome.kind != epp::Outcome::Kind::answered) lost = outcome.why;
    return std::vector<epp::Job>();
  });
  if (!greeting) return greeting;
  return lost ? Expected<epp::Greeting>(*lost) : greeting;
}

/// As many sessions at a time as it lets us have, `most` at most.
Expected<void> count_sessions(const Config::Registry& settings, const Clock& clock, unsigned most, Probed& probed) {
  std::vector<std::unique_ptr<RegistryLine>> lines;
  while (lines.size() < most) {
    auto line = std::make_unique<RegistryLine>(settings, nullptr, clock, RegistryLine::Use::kept);
    if (const auto said = say_hello(*line); !said) {
      if (lines.empty()) return said.error();
      probed.refused = said.error();
      break;
    }
    lines.push_back(std::move(line));
  }
  // those that were closed to make room for the next do not count
  probed.sessions = static_cast<unsigned>(std::ranges::count_if(lines, [](const auto& line) { return line->stands(); }));
  return {};
}

Expected<void> wait_idle(const Config::Registry& settings, const Clock& clock, std::chrono::milliseconds most, Probed& probed,
                         Output& output) {
  RegistryLine line(settings, nullptr, clock, RegistryLine::Use::kept);
  if (const auto said = say_hello(line); !said) return said.error();
  output.note(fmt::format("saying nothing for {} s at most", most.count() / 1000));
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < most) {
    std::this_thread::sleep_for(look_every);
    if (line.stands()) continue;
    probed.idle = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    break;
  }
  return {};
}

/// Lines of a [[registry]] table; what is only supposed stands behind a mark.
std::vector<std::string> proposal(const Config::Registry& settings, const ProbeArguments& arguments, const Probed& probed) {
  std::vector<std::string> lines{"[[registry]]", fmt::format("id = \"{}\"", settings.id),
                                 fmt::format("address = \"{}\"", settings.address),
                                 fmt::format("account = \"{}\"", settings.account)};
  const bool has_contacts = probed.greeting.services.objects.contains(std::string(epp::contact_namespace));
  lines.emplace_back(has_contacts ? "# data_model = \"thick\"  # it offers contacts; whether it holds them your contract says"
                                  : "data_model = \"minimum\"  # it offers no contacts");
  if (arguments.sessions > 0)
    lines.push_back(probed.refused ? fmt::format("sessions = {}", probed.sessions)
                                   : fmt::format("# sessions: {} at a time were no trouble", probed.sessions));
  if (probed.idle)
    lines.push_back(fmt::format("idle_limit = \"{}ms\"", probed.idle->count()));
  else if (!arguments.idle.empty())
    lines.push_back("# idle_limit: longer than " + arguments.idle);
  return lines;
}

Outcome probe(Context& context, const ProbeArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto found = registry_settings(*config, arguments.registry);
  if (!found) return found.error();
  const auto idle = arguments.idle.empty() ? Expected<std::chrono::milliseconds>(std::chrono::milliseconds(0))
                                           : parse_duration(arguments.idle);
  if (!idle) return Error{Errc::usage, "--idle " + idle.error().context, "10m, 30s"};
  Config::Registry settings = **found;
  settings.sessions = 0;
  settings.session_age = std::chrono::hours(24);
  settings.idle_limit = std::chrono::hours(24);
  settings.poll = std::chrono::seconds(1);
  Probed probed;
  const auto greeting =
      talk(settings, {}, nullptr, context.clock,
           [](std::size_t, epp::Outcome) -> Expected<std::vector<epp::Job>> { return std::vector<epp::Job>(); });
  if (!greeting) return greeting.error();
  probed.greeting = *greeting;
  if (arguments.sessions > 0)
    if (auto done = count_sessions(settings, context.clock, arguments.sessions, probed); !done) return done.error();
  if (!arguments.idle.empty())
    if (auto done = wait_idle(settings, context.clock, *idle, probed, context.output); !done) return done.error();
  boost::json::array lines;
  for (const std::string& one : proposal(settings, arguments, probed)) {
    context.output.line(one);
    lines.emplace_back(one);
  }
  if (probed.refused) context.output.note("a further session was refused: " + probed.refused->context);
  boost::json::object data{{"registry", settings.id}, {"sessions", probed.sessions}, {"proposal", std::move(lines)}};
  if (probed.idle) data["idleMilliseconds"] = probed.idle->count();
  return {Exit::done, std::move(data)};
}

}  // namespace

void add_epp_probe(CommandLine& line, Verb noun) {
  Verb app = line.verb_of(noun, "probe", "find out what a registry's test environment lets us do, and propose settings");
  auto arguments = std::make_shared<ProbeArguments>();
  app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
  app.option("--sessions", arguments->sessions, "open so many at a time, or until one is refused; 0: none").called("COUNT");
  app.option("--idle", arguments->idle, "say nothing for so long, or until it closes the session").called("TIME");
  line.does(app, [arguments](Context& context) { return probe(context, *arguments); });
}

}  // namespace regdata::app
