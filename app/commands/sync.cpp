// regdata sync, and sync status | drift | messages | message
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/names.hpp"
#include "app/commands/sync_import.hpp"
#include "app/contact_desk.hpp"
#include "app/registry_desk.hpp"
#include "app/registry_pool.hpp"
#include "app/store_access.hpp"
#include "app/table.hpp"

namespace regdata::app {
namespace {

struct SyncArguments {
  std::string registry;
  std::string limit;
  std::string most_ends;
  bool dry_run = false;
};

/// The registry that is meant, or all with an account.
Expected<std::vector<const Config::Registry*>> registries_meant(const Config& config, const std::string& id) {
  std::vector<const Config::Registry*> all;
  if (!id.empty() || config.registries.empty()) {
    const auto one = registry_settings(config, id);
    if (!one) return one.error();
    all.push_back(*one);
    return all;
  }
  for (const Config::Registry& one : config.registries)
    if (!one.account.empty()) all.push_back(&one);
  return all;
}

boost::json::object report_json(const std::string& registry, const epp::SyncReport& report) {
  boost::json::array lines;
  for (const std::string& line : report.lines) lines.emplace_back(line);
  boost::json::array contacts;
  for (const std::string& line : report.contacts.lines) contacts.emplace_back(line);
  boost::json::array found_shown;
  for (const std::string& line : report.contacts.found_shown) found_shown.emplace_back(line);
  return {{"registry", registry},
          {"contactsLooked", report.contacts.looked},
          {"contactsChanged", report.contacts.changed},
          {"contactsInDoubt", report.contacts.figures.in_doubt},
          {"contactsShownAgainstChoice", report.contacts.figures.shown_against},
          {"contactsFoundShown", std::move(found_shown)},
          {"contacts", std::move(contacts)},
          {"messages", report.messages},
          {"looked", report.looked},
          {"changed", report.changed},
          {"taken", report.taken},
          {"ended", report.ended},
          {"doubtful", report.doubtful},
          {"held", report.held},
          {"resolved", report.resolved.applied + report.resolved.not_applied},
          {"forAPerson", report.resolved.for_a_person},
          {"unresolved", report.resolved.undecided},
          {"differences", std::move(lines)}};
}

Outcome sync_all(Context& context, const SyncArguments& arguments) {
  const char* const all_names = "100000000";
  const char* const hint = "how many names, at most";
  const auto limit = number_argument("--limit", arguments.limit.empty() ? all_names : arguments.limit, hint);
  if (!limit) return limit.error();
  const auto most_ends = number_argument("--most-ends", arguments.most_ends.empty() ? "0" : arguments.most_ends, hint);
  if (!most_ends) return most_ends.error();
  const auto config = context.config();
  if (!config) return config.error();
  const auto registries = registries_meant(*config, arguments.registry);
  if (!registries) return registries.error();
  Table table({"REGISTRY", "MESSAGES", "LOOKED AT", "CHANGED", "CAME", "ENDED", "DOUBTFUL", "HELD BACK", "CONTACTS"});
  boost::json::array rows;
  std::optional<Error> failed;
  std::optional<Error> shown;  // whatever else goes wrong, this is the worst of it
  bool is_partly = false;
  for (const Config::Registry* settings : *registries) {
    auto access = open_sync(*config);
    if (!access) return access.error();
    RegistryPool kept(*settings, access->journal.get(), context.clock);
    epp::ContactSync contacts(contact_sync_rules(*config, *settings), {*access->store, *access->contacts, *access->journal},
                              kept.as_talk(), context.clock);
    epp::RegistrySync sync(sync_rules(*config, *settings), *access->store, *access->journal, *access->state, &contacts,
                           kept.as_talk(), kept.for_questions(), context.clock);
    if (!arguments.most_ends.empty()) sync.allow_ends(*most_ends);
    epp::SyncReport report;
    const auto done = arguments.dry_run ? sync.rehearse(report, *limit) : sync.run(report, *limit, [] { return true; });
    if (!done) {
      failed = Error{done.error().code, settings->id + ": " + done.error().context, done.error().hint};
      context.output.error(*failed);
    }
    for (const std::string& line : report.greeting)
      context.output.warn(settings->id + ": its greeting is not as it was: " + line);
    for (const std::string& line : report.lines) context.output.line(line);
    if (report.more_lines > 0) context.output.line(fmt::format("and {} more", report.more_lines));
    for (const std::string& line : report.contacts.lines) context.output.line(line);
    for (const std::string& line : report.contacts.found_shown) context.output.warn(line + "; it is hidden now");
    if (report.contacts.figures.shown_against > 0)
      shown =
          make_error(Errc::refused, settings->id + " shows what persons did not choose", "`regdata sync drift` tells of whom");
    is_partly = is_partly || report.contacts.figures.in_doubt > 0 ||
                report.doubtful + report.held + report.resolved.for_a_person + report.resolved.undecided > 0;
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    table.add({settings->id, number(report.messages), number(report.looked), number(report.changed), number(report.taken),
               number(report.ended), number(report.doubtful), number(report.held), number(report.contacts.changed)});
    rows.push_back(report_json(settings->id, report));
  }
  table.print(context.output);
  if (shown) failed = shown;
  if (failed) {
    Outcome outcome(exit_of(failed->code), *failed);
    outcome.data = boost::json::object{{"registries", std::move(rows)}};
    return outcome;
  }
  return {is_partly ? Exit::partly : Exit::done, boost::json::object{{"registries", std::move(rows)}}};
}

std::string time_text(const std::optional<UtcTime>& time) { return time ? format_rfc3339(*time) : "never"; }

Outcome sync_status(Context& context) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto access = open_sync(*config);
  if (!access) return access.error();
  Table table({"REGISTRY", "QUEUE EMPTY AT", "LAST LOOK", "MESSAGES TO APPLY", "FOR A PERSON", "DOUBTFUL NAMES",
               "MISSING NAMES", "OF ANOTHER HOLDER", "CONTACTS", "DOUBTFUL", "SHOWN AGAINST CHOICE"});
  boost::json::array rows;
  bool is_open = false;
  for (const Config::Registry& settings : config->registries) {
    const auto figures = access->state->figures(settings.id);
    if (!figures) return figures.error();
    const auto contacts = access->contacts->figures(settings.id);
    if (!contacts) return contacts.error();
    is_open = is_open || contacts->in_doubt + contacts->shown_against > 0;
    is_open = is_open ||
              figures->messages_waiting + figures->messages_for_a_person + figures->names_untold + figures->names_of_others > 0;
    table.add({settings.id, time_text(figures->last_drain), time_text(figures->last_look),
               std::to_string(figures->messages_waiting), std::to_string(figures->messages_for_a_person),
               std::to_string(figures->names_untold), std::to_string(figures->names_missing),
               std::to_string(figures->names_of_others), std::to_string(contacts->held), std::to_string(contacts->in_doubt),
               std::to_string(contacts->shown_against)});
    boost::json::object row{{"registry", settings.id},
                            {"messagesToApply", figures->messages_waiting},
                            {"messagesForAPerson", figures->messages_for_a_person},
                            {"doubtfulNames", figures->names_untold},
                            {"missingNames", figures->names_missing},
                            {"namesOfAnotherHolder", figures->names_of_others},
                            {"contacts", contacts->held},
                            {"doubtfulContacts", contacts->in_doubt},
                            {"contactsShownAgainstChoice", contacts->shown_against}};
    if (figures->last_drain) row["queueEmptyAt"] = format_rfc3339(*figures->last_drain);
    if (figures->last_look) row["lastLook"] = format_rfc3339(*figures->last_look);
    rows.push_back(std::move(row));
  }
  table.print(context.output);
  return {is_open ? Exit::partly : Exit::done, boost::json::object{{"registries", std::move(rows)}}};
}

Outcome sync_drift(Context& context) {
  constexpr std::size_t most = 10'000;
  const auto config = context.config();
  if (!config) return config.error();
  const auto access = open_sync(*config);
  if (!access) return access.error();
  Table table({"REGISTRY", "NAME OR CONTACT", "SEEN", "WHY"});
  boost::json::array rows;
  for (const Config::Registry& settings : config->registries) {
    const auto looks = access->state->doubtful(settings.id, most);
    if (!looks) return looks.error();
    for (const epp::Look& look : *looks) {
      const std::string_view seen = to_string(look.sight);
      table.add({settings.id, look.name, std::string(seen), look.note});
      rows.push_back(boost::json::object{{"registry", settings.id}, {"name", look.name}, {"seen", seen}, {"why", look.note}});
    }
  }
  boost::json::array contacts;
  for (const Config::Registry& settings : config->registries) {
    const auto some = access->contacts->doubtful(settings.id, most);
    if (!some) return some.error();
    for (const epp::RecordedContact& one : *some) {
      table.add(
          {settings.id, fmt::format("contact {} ({})", one.handle, one.id), std::string(to_string(one.standing)), one.note});
      contacts.push_back(boost::json::object{{"registry", settings.id},
                                             {"contact", one.handle},
                                             {"id", one.id},
                                             {"seen", to_string(one.standing)},
                                             {"why", one.note}});
    }
  }
  const bool is_empty = rows.empty() && contacts.empty();
  if (is_empty)
    context.output.line("no name and no contact is in doubt");
  else
    table.print(context.output);
  return {is_empty ? Exit::done : Exit::partly,
          boost::json::object{{"names", std::move(rows)}, {"contacts", std::move(contacts)}}};
}

boost::json::object message_json(const epp::Message& message) {
  return {{"number", message.number}, {"registry", message.registry},         {"id", message.id},
          {"queued", message.queued}, {"kept", format_rfc3339(message.kept)}, {"state", to_string(message.state)},
          {"note", message.note}};
}

Outcome sync_messages(Context& context) {
  constexpr std::size_t most = 1000;
  const auto config = context.config();
  if (!config) return config.error();
  const auto access = open_sync(*config);
  if (!access) return access.error();
  const auto messages = access->state->list(most);
  if (!messages) return messages.error();
  Table table({"NUMBER", "REGISTRY", "ID", "QUEUED", "KEPT", "STATE", "NOTE"});
  boost::json::array rows;
  for (const epp::Message& one : *messages) {
    table.add({std::to_string(one.number), one.registry, one.id, one.queued, format_rfc3339(one.kept),
               std::string(to_string(one.state)), one.note});
    rows.push_back(message_json(one));
  }
  if (rows.empty())
    context.output.line("no registry has told anything yet");
  else
    table.print(context.output);
  return {Exit::done, boost::json::object{{"messages", std::move(rows)}}};
}

struct MessageArguments {
  std::string number;
  std::string dealt;
};

/// What it is made of, never what stands in it: that may be a person's. Or notes that somebody has dealt with it.
Outcome sync_message(Context& context, const MessageArguments& arguments) {
  const auto number = number_argument("NUMBER", arguments.number, "`regdata sync messages` shows them");
  if (!number) return number.error();
  const auto config = context.config();
  if (!config) return config.error();
  const auto access = open_sync(*config);
  if (!access) return access.error();
  const auto message = access->state->find_message(*number);
  if (!message) return message.error();
  if (!arguments.dealt.empty()) {
    if (message->state != epp::MessageState::for_a_person)
      return make_error(Errc::conflict, fmt::format("message {} is {}", *number, to_string(message->state)),
                        "only one that waits for a person can be dealt with by one");
    const std::vector<epp::SyncState::Dealt> dealt{{*number, epp::MessageState::applied, "by hand: " + arguments.dealt}};
    if (auto done = access->state->apply(message->registry, {}, {}, dealt, "epp:" + message->registry, context.clock()); !done)
      return done.error();
    context.output.line(fmt::format("message {} is dealt with", *number));
    return {Exit::done, message_json(*message)};
  }
  Table table({"WHAT", "TOLD"});
  boost::json::object object = message_json(*message);
  for (const auto& [name, value] : object)
    table.add({std::string(name), value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value)});
  boost::json::array parts;
  if (message->raw) {
    auto document = epp::XmlDocument::parse(*message->raw);
    const auto answer = document ? epp::Response::read(std::move(*document)) : Expected<epp::Response>(document.error());
    if (answer)
      for (const std::string& line : epp::outline_of(*answer)) {
        table.add({"holds", line});
        parts.emplace_back(line);
      }
  }
  table.print(context.output);
  object["holds"] = std::move(parts);
  return {Exit::done, std::move(object)};
}

}  // namespace

void add_sync(CommandLine& line) {
  auto arguments = std::make_shared<SyncArguments>();
  Verb sync = line.verb("sync", "take messages of registries, find lost outcomes, bring changed contacts there, look at names",
                        "operation");
  sync.option("REGISTRY", arguments->registry, "id of a [[registry]]; none: all");
  sync.option("--limit", arguments->limit, "names to look at, at most; none: all that are due").called("COUNT");
  sync.option("--most-ends", arguments->most_ends, "names that may end here in this run (2 % of all, 5 at least)")
      .called("COUNT");
  sync.flag("--dry-run", arguments->dry_run,
            "only look, at 200 names at most, and tell what would be different here and what would be said");
  line.does(sync, [arguments](Context& context) { return sync_all(context, *arguments); });

  add_sync_import(line, sync);
  line.does(line.verb_of(sync, "status", "how it stands with each registry"), sync_status);
  line.does(line.verb_of(sync, "drift", "names and contacts that are not at their registry as they should be"), sync_drift);
  line.does(line.verb_of(sync, "messages", "what registries told, the newest first"), sync_messages);

  auto message = std::make_shared<MessageArguments>();
  Verb app = line.verb_of(sync, "message", "one of them: what it is made of, not what stands in it");
  app.option("NUMBER", message->number, "as `messages` shows it").required();
  app.option("--dealt", message->dealt, "it waited for a person, who has done this about it").called("TEXT");
  line.does(app, [message](Context& context) { return sync_message(context, *message); });
}

}  // namespace regdata::app
