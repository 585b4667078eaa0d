// regdata epp raw | poll | maintenance
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "app/commands/epp.hpp"
#include "app/registry_desk.hpp"
#include "app/table.hpp"
#include "epp/observation.hpp"
#include "escrow/part_file.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t longest_frame = 1U << 20;

struct RawArguments {
  std::string registry;
  std::string file;
  std::string id;
  bool dry_run = false;
};

/// One question, and its answer whatever it says.
Expected<epp::Outcome> ask(Context& context, const std::string& registry, epp::Command command) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = registry_settings(*config, registry);
  return settings ? say_one(context, *config, **settings, std::move(command)) : settings.error();
}

/// Neither secrets nor what elements of contacts hold: a screen is no door.
std::string for_the_screen(std::string_view xml) { return epp::masked(epp::masked(xml), epp::Masks::persons); }

/// Of what is about contacts, identifiers, dates and codes alone: a registry's own words may tell whose they are.
std::string for_the_screen(const epp::Response& answer, bool is_about_contact) {
  if (is_about_contact || !contacts_of(answer).empty()) return without_persons(answer);
  return for_the_screen(answer.document().root().raw());
}

Expected<epp::RawCommand> command_in(const std::string& file, const epp::Dialect& dialect) {
  const auto frame = escrow::read_file(file, longest_frame);
  if (!frame) return Error{Errc::usage, frame.error().context, "a file with one frame of EPP"};
  auto command = epp::read_raw_command(escrow::as_text(*frame), dialect);
  if (command) return command;
  return Error{command.error().code == Errc::invalid ? Errc::usage : command.error().code,
               file + ": " + command.error().context, command.error().hint};
}

Outcome raw(Context& context, const RawArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = registry_settings(*config, arguments.registry);
  if (!settings) return settings.error();
  const auto dialect = registry_dialect(**settings);
  if (!dialect) return dialect.error();
  auto command = command_in(arguments.file, *dialect);
  if (!command) return command.error();
  if (arguments.dry_run) {
    const auto written = epp::write(epp::Command(std::move(*command)), "DRY-RUN");
    if (!written) return written.error();
    context.output.raw(for_the_screen(*written) + "\n");
    return {Exit::done, boost::json::object{{"frame", for_the_screen(*written)}}};
  }
  const bool is_transform = command->changes_something;
  const bool is_about_contact = command->kind == "contact";
  const auto outcome = say_one(context, *config, **settings, std::move(*command));
  if (!outcome) return outcome.error();
  if (is_transform)
    if (const auto known = epp::known_answer(*outcome); !known) return known.error();
  if (outcome->kind != epp::Outcome::Kind::answered) return outcome->why;
  const std::string answer = for_the_screen(*outcome->response, is_about_contact);
  context.output.raw(answer + "\n");
  if (const auto good = good_answer(*outcome); !good) return good.error();
  return {Exit::done, boost::json::object{{"code", outcome->response->code()}, {"answer", answer}}};
}

/// The message at the head of the queue, which stays there: `regdata sync` keeps messages, and takes them off then.
Outcome poll(Context& context, const RawArguments& arguments) {
  const auto outcome = ask(context, arguments.registry, epp::PollRequest{});
  if (!outcome) return outcome.error();
  const auto answer = good_answer(*outcome);
  if (!answer) return answer.error();
  if (!(*answer)->queue() || (*answer)->code() != 1301) {
    context.output.line("no message waits");
    return {Exit::done, boost::json::object{{"count", 0}}};
  }
  const epp::MessageQueue& queue = *(*answer)->queue();
  const epp::MessageSubject subject = subject_of(**answer);
  Table table({"WHAT", "TOLD"});
  table.add({"count", std::to_string(queue.count)});
  table.add({"id", queue.id});
  table.add({"queued", queue.date});
  table.add({"about", subject.note});
  boost::json::array lines;
  for (const std::string& line : outline_of(**answer)) {
    table.add({"holds", line});
    lines.emplace_back(line);
  }
  table.print(context.output);
  return {Exit::done, boost::json::object{{"count", queue.count},
                                          {"id", queue.id},
                                          {"queued", queue.date},
                                          {"about", subject.note},
                                          {"understood", subject.is_understood},
                                          {"holds", std::move(lines)}}};
}

Outcome maintenance(Context& context, const RawArguments& arguments) {
  const auto outcome = ask(context, arguments.registry, epp::MaintenanceInfo{arguments.id});
  if (!outcome) return outcome.error();
  const auto answer = good_answer(*outcome);
  if (!answer) return answer.error();
  Table table({"ID", "FROM", "TO", "WHY", "SYSTEMS"});
  boost::json::array all;
  for (const epp::Maintenance& one : read_maintenance(**answer)) {
    std::string systems;
    for (const auto& system : one.systems)
      systems += (systems.empty() ? "" : ", ") + fmt::format("{} {}", system.name, system.impact);
    table.add({one.id, format_rfc3339(one.starts), format_rfc3339(one.ends), one.reason, systems});
    all.push_back(boost::json::object{{"id", one.id},
                                      {"starts", format_rfc3339(one.starts)},
                                      {"ends", format_rfc3339(one.ends)},
                                      {"reason", one.reason},
                                      {"environment", one.environment},
                                      {"systems", systems}});
  }
  if (all.empty())
    context.output.line("it tells of none");
  else
    table.print(context.output);
  return {Exit::done, boost::json::object{{"maintenance", std::move(all)}}};
}

}  // namespace

void add_epp_raw(CommandLine& line, Verb noun) {
  auto arguments = std::make_shared<RawArguments>();
  Verb app = line.verb_of(noun, "raw", "say a command that stands in a file, with a clTRID of ours");
  app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
  app.option("FILE", arguments->file, "a whole frame; not a login, an acknowledgement, or what a contact holds").required();
  app.flag("--dry-run", arguments->dry_run, "print the command, with dots for secrets, and say nothing");
  line.does(app, [arguments](Context& context) { return raw(context, *arguments); });

  app = line.verb_of(noun, "poll", "look at the message that waits first; it stays in the queue");
  app.option("REGISTRY", arguments->registry, "id of a [[registry]]; none: the only one");
  line.does(app, [arguments](Context& context) { return poll(context, *arguments); });

  app = line.verb_of(noun, "maintenance", "ask when the registry will be away (RFC 9167)");
  app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
  app.option("ID", arguments->id, "of one of them; none: all");
  line.does(app, [arguments](Context& context) { return maintenance(context, *arguments); });
}

}  // namespace regdata::app
