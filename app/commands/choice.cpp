// regdata choice add | withdraw | list | history: the ledger of privacy choices.
#include <fmt/format.h>

#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/hiding.hpp"
#include "app/commands/names.hpp"
#include "app/store_access.hpp"
#include "app/table.hpp"

namespace regdata::app {
namespace {

struct ChoiceArguments {
  std::string subject;
  std::string role = "registrant";
  std::vector<std::string> elements;
  std::string act;
  std::string notice;
  std::string evidence;
  std::string method = "operator";
  std::string at;
  std::string as_of;
  bool all = false;
};

struct Opened {
  Config config;
  std::unique_ptr<RegistrationStore> store;
  std::string handle;
};

Expected<Opened> open(const Context& context, const ChoiceArguments& arguments) {
  const auto role = role_from(arguments.role);
  if (!role)
    return make_error(Errc::usage, fmt::format("--role {}: no such role", arguments.role.substr(0, 64)),
                      "registrant, technical, administrative or billing");
  auto config = context.config();
  if (!config) return config.error();
  auto store = open_store(*config);
  if (!store) return store.error();
  auto handle = handle_argument(**store, arguments.subject, *role);
  if (!handle) return handle.error();
  return Opened{std::move(*config), std::move(*store), std::move(*handle)};
}

Expected<std::vector<Element>> elements_of(const ChoiceArguments& arguments) {
  std::vector<Element> elements;
  for (const auto& word : arguments.elements) {
    const auto element = element_from(word);
    if (!element || !is_choosable(*element)) {
      std::string names;
      for (const Element choosable : all_elements) {
        if (is_choosable(choosable)) names += (names.empty() ? "" : ", ") + std::string(to_string(choosable));
      }
      return make_error(Errc::usage, fmt::format("--element {}: nobody chooses about that", word.substr(0, 64)), names);
    }
    elements.push_back(*element);
  }
  return elements;
}

boost::json::object to_json(const ChoiceEntry& entry) {
  return {{"sequence", entry.sequence},  {"handle", entry.handle},         {"element", to_string(entry.element)},
          {"act", to_string(entry.act)}, {"at", format_rfc3339(entry.at)}, {"recorded", format_rfc3339(entry.recorded)},
          {"method", entry.method},      {"notice", entry.notice_version}, {"evidence", entry.evidence_id}};
}

/// Writes the entries and sees them through to the public view.
Outcome record(Context& context, Opened& opened, const std::vector<ChoiceEntry>& entries, std::string_view reason,
               std::string_view done) {
  const auto sequence = opened.store->add_choices(entries, reason, context.clock());
  if (!sequence) return sequence.error();
  boost::json::object data{
      {"handle", opened.handle}, {"entries", entries.size()}, {"sequence", *sequence}, {"published", false}};
  // 0: the ledger held the same entries already; the views may still be behind.
  return see_through(context, opened.config, *opened.store, {opened.handle, *sequence, "recorded", std::string(done)},
                     {{"handle", opened.handle}, {"entries", entries.size()}, {"sequence", *sequence}});
}

Outcome add(Context& context, const ChoiceArguments& arguments) {
  const auto elements = elements_of(arguments);
  if (!elements) return elements.error();
  const auto act = choice_act_from(arguments.act);
  if (!act || *act == ChoiceAct::withdrawn || *act == ChoiceAct::ended) {
    return make_error(Errc::usage, fmt::format("--act {}: write given, declined or not_given", arguments.act.substr(0, 64)),
                      "`regdata choice withdraw` takes a choice back");
  }
  UtcTime at = context.clock();
  if (!arguments.at.empty()) {
    const auto time = time_argument("--at", arguments.at);
    if (!time) return time.error();
    at = *time;
  }
  auto opened = open(context, arguments);
  if (!opened) return opened.error();
  std::vector<ChoiceEntry> entries;
  for (const Element element : *elements) {
    ChoiceEntry entry;
    entry.handle = opened->handle;
    entry.element = element;
    entry.act = *act;
    entry.at = at;
    entry.method = arguments.method;
    entry.notice_version = arguments.notice;
    entry.evidence_id = arguments.evidence;
    entries.push_back(std::move(entry));
  }
  return record(context, *opened, entries, fmt::format("choice:{}", to_string(*act)),
                fmt::format("{} recorded for {} element{}", to_string(*act), entries.size(), entries.size() == 1 ? "" : "s"));
}

Outcome withdraw(Context& context, const ChoiceArguments& arguments) {
  if (arguments.all == !arguments.elements.empty())
    return make_error(Errc::usage, "withdraw what: --element ELEMENT, or --all",
                      "`regdata choice list NAME` shows what is given");
  auto elements = elements_of(arguments);
  if (!elements) return elements.error();
  auto opened = open(context, arguments);
  if (!opened) return opened.error();
  const auto ledger = opened->store->choice_entries(opened->handle);
  if (!ledger) return ledger.error();
  const auto choices = ContactChoices::fold(*ledger);
  if (arguments.all) {
    for (const Element element : all_elements) {
      if (choices.allows(element)) elements->push_back(element);
    }
  }
  std::vector<ChoiceEntry> entries;
  for (const Element element : *elements) {
    ChoiceEntry entry;
    entry.handle = opened->handle;
    entry.element = element;
    entry.act = ChoiceAct::withdrawn;
    entry.at = context.clock();
    entry.method = arguments.method;
    entry.notice_version = arguments.notice;
    entry.evidence_id = arguments.evidence;
    entries.push_back(std::move(entry));
  }
  if (entries.empty()) {
    context.output.line(fmt::format("{}: nothing is given, so nothing is withdrawn", opened->handle));
    return {Exit::done, boost::json::object{{"handle", opened->handle}, {"entries", 0}, {"published", true}}};
  }
  return record(context, *opened, entries, "choice:withdrawn",
                fmt::format("{} element{} withdrawn and hidden", entries.size(), entries.size() == 1 ? "" : "s"));
}

Outcome print_entries(Context& context, const std::string& handle, const std::vector<ChoiceEntry>& entries) {
  if (entries.empty()) context.output.line(fmt::format("{}: no choice is recorded; nothing is shown by choice", handle));
  Table table({"ledger", "element", "act", "at", "recorded", "method", "notice", "evidence"});
  boost::json::array list;
  for (const ChoiceEntry& entry : entries) {
    table.add({fmt::format("{}", entry.sequence), std::string(to_string(entry.element)),
               Table::Cell(std::string(to_string(entry.act)),
                           entry.act == ChoiceAct::given ? Output::Tint::good : Output::Tint::caution),
               format_rfc3339(entry.at), format_rfc3339(entry.recorded), entry.method, entry.notice_version,
               entry.evidence_id});
    list.push_back(to_json(entry));
  }
  if (!entries.empty()) table.print(context.output);
  return {Exit::done, boost::json::object{{"handle", handle}, {"choices", std::move(list)}}};
}

/// Empty: now.
Expected<std::optional<UtcTime>> as_of_argument(const ChoiceArguments& arguments) {
  if (arguments.as_of.empty()) return std::optional<UtcTime>();
  const auto time = time_argument("--as-of", arguments.as_of);
  return time ? Expected<std::optional<UtcTime>>(*time) : time.error();
}

Outcome list(Context& context, const ChoiceArguments& arguments) {
  const auto as_of = as_of_argument(arguments);
  if (!as_of) return as_of.error();
  auto opened = open(context, arguments);
  if (!opened) return opened.error();
  const auto ledger = opened->store->choice_entries(opened->handle);
  if (!ledger) return ledger.error();
  const auto choices = ContactChoices::fold(*ledger, *as_of);
  std::vector<ChoiceEntry> holding;
  for (const Element element : all_elements) {
    if (const ChoiceEntry* entry = choices.find(element)) holding.push_back(*entry);
  }
  return print_entries(context, opened->handle, holding);
}

Outcome history(Context& context, const ChoiceArguments& arguments) {
  const auto as_of = as_of_argument(arguments);
  if (!as_of) return as_of.error();
  auto opened = open(context, arguments);
  if (!opened) return opened.error();
  auto ledger = opened->store->choice_entries(opened->handle);
  if (!ledger) return ledger.error();
  if (*as_of) std::erase_if(*ledger, [&](const ChoiceEntry& entry) { return entry.recorded > **as_of; });
  return print_entries(context, opened->handle, *ledger);
}

void add_subject(Verb app, ChoiceArguments& arguments) {
  app.option("NAME|HANDLE", arguments.subject, "a domain name (its contact in --role) or a contact handle").required();
  app.option("--role", arguments.role, "with a name: registrant, technical, administrative, billing").called("ROLE");
}

void add_elements(Verb app, ChoiceArguments& arguments, bool required) {
  app.option("--element", arguments.elements, "element, may be given often: name, email, phone ...")
      .called("ELEMENT")
      .take_all()
      .required(required)
      .one_at_a_time();
  app.option("--method", arguments.method, "how the person acted: portal, phone, letter (operator)").called("LABEL");
  app.option("--evidence", arguments.evidence, "id of the proof; needed for given").called("ID");
}

}  // namespace

void add_choice(CommandLine& line) {
  Verb noun = line.noun("choice", "a registrant's privacy choices: add, withdraw, list, history", "registrations");
  const auto arguments = std::make_shared<ChoiceArguments>();
  Verb app = line.verb_of(noun, "add", "record what a person chose; silence is recorded as not_given");
  add_subject(app, *arguments);
  add_elements(app, *arguments, true);
  app.option("--act", arguments->act, "given, declined or not_given (asked, no answer)").called("ACT").required();
  app.option("--notice", arguments->notice, "version of the notice that the person saw; needed for given").called("VERSION");
  app.option("--at", arguments->at, "when the person acted (now)").called("TIME");
  line.does(app, [arguments](Context& context) { return add(context, *arguments); });

  app = line.verb_of(noun, "withdraw", "take choices back; returns when the value is hidden, else exit 6");
  add_subject(app, *arguments);
  add_elements(app, *arguments, false);
  app.flag("--all", arguments->all, "everything that is given now");
  line.does(app, [arguments](Context& context) { return withdraw(context, *arguments); });

  app = line.verb_of(noun, "list", "what holds now, one line an element");
  add_subject(app, *arguments);
  app.option("--as-of", arguments->as_of, "what held then, by what we knew then (RFC 3339)").called("TIME");
  line.does(app, [arguments](Context& context) { return list(context, *arguments); });

  app = line.verb_of(noun, "history", "the whole ledger of a contact");
  add_subject(app, *arguments);
  app.option("--as-of", arguments->as_of, "only what was recorded until then (RFC 3339)").called("TIME");
  line.does(app, [arguments](Context& context) { return history(context, *arguments); });
}

}  // namespace regdata::app
