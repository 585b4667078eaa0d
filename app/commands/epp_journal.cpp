// regdata epp journal list | show | resolve
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "app/commands/epp.hpp"
#include "app/commands/names.hpp"
#include "app/registry_desk.hpp"
#include "app/store_access.hpp"
#include "app/table.hpp"

namespace regdata::app {
namespace {

using epp::EntryState;

constexpr const char* in_the_list = "`regdata epp journal list` shows them";

boost::json::object json_of(const epp::Entry& entry) {
  boost::json::object object{{"number", entry.number},
                             {"registry", entry.registry},
                             {"command", entry.command},
                             {"object", entry.object},
                             {"state", to_string(entry.state)},
                             {"begun", format_rfc3339(entry.begun)},
                             {"clientTransaction", entry.client_id}};
  if (entry.ended) object["ended"] = format_rfc3339(*entry.ended);
  if (entry.code != 0) object["code"] = entry.code;
  if (!entry.server_id.empty()) object["serverTransaction"] = entry.server_id;
  if (!entry.why.empty()) object["why"] = entry.why;
  if (entry.looked) object["looked"] = format_rfc3339(*entry.looked);
  return object;
}

Output::Tint tint_of(EntryState state) {
  if (state == EntryState::for_a_person) return Output::Tint::bad;
  if (is_unresolved(state) || state == EntryState::pending) return Output::Tint::caution;
  return Output::Tint::good;
}

Outcome list_entries(Context& context, bool all) {
  constexpr std::size_t most = 1000;
  const auto config = context.config();
  if (!config) return config.error();
  const auto access = open_journal(*config);
  if (!access) return access.error();
  const auto entries = access->journal->list(!all, most);
  if (!entries) return entries.error();
  Table table({"NUMBER", "BEGUN", "REGISTRY", "COMMAND", "OBJECT", "STATE", "CODE", "WHY"});
  boost::json::array rows;
  for (const epp::Entry& one : *entries) {
    table.add({std::to_string(one.number),
               format_rfc3339(one.begun),
               one.registry,
               one.command,
               one.object,
               {std::string(to_string(one.state)), tint_of(one.state)},
               one.code == 0 ? "" : std::to_string(one.code),
               one.why});
    rows.push_back(json_of(one));
  }
  if (entries->empty())
    context.output.line(all ? "nothing was said to a registry yet" : "nothing is open: all outcomes are known");
  else
    table.print(context.output);
  return {Exit::done, boost::json::object{{"entries", std::move(rows)}}};
}

Outcome show_entry(Context& context, const std::string& text) {
  const auto number = number_argument("NUMBER", text, in_the_list);
  if (!number) return number.error();
  const auto config = context.config();
  if (!config) return config.error();
  const auto access = open_journal(*config);
  if (!access) return access.error();
  const auto entry = access->journal->find(*number);
  if (!entry) return entry.error();
  boost::json::object object = json_of(*entry);
  Table table({"WHAT", "TOLD"});
  for (const auto& [name, value] : object)
    table.add({std::string(name), value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value)});
  // a frame about a contact, or an organization, may hold a person's data: a screen is no door for them
  const bool is_personal = entry->command.starts_with("contact:") || entry->command.starts_with("org:");
  const auto add = [&](const char* name, const std::optional<std::string>& frame) {
    if (!frame) return;
    std::string shown = is_personal ? "kept, not shown: it may hold a person's data" : *frame;
    std::ranges::replace(shown, '\n', ' ');
    table.add({name, shown});
    object[name] = shown;
  };
  add("frame", entry->frame);
  add("answer", entry->answer);
  table.print(context.output);
  return {Exit::done, std::move(object)};
}

struct ResolveArguments {
  std::string number;
  std::string as;
  std::string reason;
};

Outcome resolve_by_hand(Context& context, const Config& config, const ResolveArguments& arguments) {
  const auto number = number_argument("NUMBER", arguments.number, in_the_list);
  if (!number) return number.error();
  if (arguments.as.empty() || arguments.reason.empty())
    return make_error(Errc::usage, "what became of it, and how you know",
                      "--as applied or --as not-applied, and --reason \"support of the registry, ticket 17\"");
  const auto access = open_journal(config);
  if (!access) return access.error();
  const EntryState state = arguments.as == "applied" ? EntryState::applied : EntryState::not_applied;
  const auto done = access->journal->resolve(*number, state, "by hand: " + arguments.reason, context.clock());
  if (!done) return done.error();
  context.output.line(fmt::format("entry {} is {}", *number, arguments.as));
  return {Exit::done, boost::json::object{{"number", *number}, {"state", arguments.as}}};
}

Outcome resolve_entries(Context& context, const ResolveArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  if (!arguments.number.empty()) return resolve_by_hand(context, *config, arguments);
  if (!arguments.as.empty()) return make_error(Errc::usage, "--as is said of one entry", "its number comes behind `resolve`");
  const auto access = open_journal(*config);
  if (!access) return access.error();
  Table table({"REGISTRY", "APPLIED", "NOT APPLIED", "FOR A PERSON", "TO BE LOOKED AT AGAIN"});
  boost::json::array rows;
  std::optional<Error> failed;
  bool is_open = false;
  for (const Config::Registry& settings : config->registries) {
    const auto resolved = epp::resolve_due(*access->journal, settings.id, resolution_rules(settings), context.clock,
                                           queries_to(settings, context.clock));
    if (!resolved) {
      context.output.error({resolved.error().code, settings.id + ": " + resolved.error().context, resolved.error().hint});
      failed = resolved.error();
      continue;
    }
    is_open = is_open || resolved->undecided + resolved->for_a_person > 0;
    table.add({settings.id, std::to_string(resolved->applied), std::to_string(resolved->not_applied),
               std::to_string(resolved->for_a_person), std::to_string(resolved->undecided)});
    rows.push_back(boost::json::object{{"registry", settings.id},
                                       {"applied", resolved->applied},
                                       {"notApplied", resolved->not_applied},
                                       {"forAPerson", resolved->for_a_person},
                                       {"undecided", resolved->undecided}});
  }
  table.print(context.output);
  if (failed) return {exit_of(failed->code), *failed};
  return {is_open ? Exit::partly : Exit::done, boost::json::object{{"registries", std::move(rows)}}};
}

}  // namespace

void add_epp_journal(CommandLine& line, Verb noun) {
  Verb journal = line.noun_of(noun, "journal", "what was said to registries, and what became of it");
  auto all = std::make_shared<bool>(false);
  Verb app = line.verb_of(journal, "list", "commands whose outcome is not known yet, the newest first");
  app.flag("--all", *all, "also those whose outcome is known");
  line.does(app, [all](Context& context) { return list_entries(context, *all); });

  auto number = std::make_shared<std::string>();
  app = line.verb_of(journal, "show", "one entry, with what was said and answered");
  app.option("NUMBER", *number, "as `list` shows it").required();
  line.does(app, [number](Context& context) { return show_entry(context, *number); });

  auto arguments = std::make_shared<ResolveArguments>();
  app = line.verb_of(journal, "resolve", "ask the registries what became of what is unknown, or say it for one entry");
  app.option("NUMBER", arguments->number, "entry that you know the outcome of; none: ask about all that is due");
  app.option("--as", arguments->as, "what became of it").called("OUTCOME").one_of({"applied", "not-applied"});
  app.option("--reason", arguments->reason, "how you know").called("TEXT");
  line.does(app, [arguments](Context& context) { return resolve_entries(context, *arguments); });
}

}  // namespace regdata::app
