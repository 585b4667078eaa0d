// regdata deposit list | show | verdict | collect | doctor
#include <fmt/format.h>

#include <memory>

#include "app/commands/deposit.hpp"
#include "app/commands/names.hpp"
#include "app/escrow_desk.hpp"
#include "app/escrow_doctor.hpp"
#include "app/store_access.hpp"
#include "app/table.hpp"

namespace regdata::app {
namespace {

using escrow::DepositEntry;
using escrow::DepositState;

constexpr std::size_t most_listed = 200;

Output::Tint tint_of(DepositState state) {
  switch (state) {
    case DepositState::accepted:
      return Output::Tint::good;
    case DepositState::held:
    case DepositState::rejected:
    case DepositState::missing:
    case DepositState::failed:
      return Output::Tint::bad;
    default:
      return Output::Tint::caution;
  }
}

Outcome list(Context& context, const std::string& agent) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto ledger = open_ledger(*config);
  if (!ledger) return ledger.error();
  const auto entries = (*ledger)->list(agent, most_listed);
  if (!entries) return entries.error();
  Table table({"NUMBER", "AGENT", "DATE", "KIND", "REV", "STATE", "NAMES", "BYTES", "WHY"});
  boost::json::array all;
  for (const DepositEntry& entry : *entries) {
    table.add({std::to_string(entry.id), entry.agent, escrow::date_text(entry.date), std::string(to_string(entry.kind)),
               std::to_string(entry.revision), Table::Cell(std::string(to_string(entry.state)), tint_of(entry.state)),
               std::to_string(entry.rows), std::to_string(entry.file_bytes), entry.reason});
    all.push_back(deposit_json(entry));
  }
  if (entries->empty())
    context.output.note("no deposit yet; `regdata deposit make` makes one");
  else
    table.print(context.output);
  return {Exit::done, boost::json::object{{"deposits", std::move(all)}}};
}

Outcome show(Context& context, const std::string& number) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto ledger = open_ledger(*config);
  if (!ledger) return ledger.error();
  const auto entry = deposit_argument(**ledger, number);
  if (!entry) return entry.error();
  const auto history = (*ledger)->history(entry->id);
  if (!history) return history.error();
  Table table({"WHEN", "STATE", "WHY"});
  boost::json::array steps;
  for (const escrow::DepositEvent& event : *history) {
    table.add({format_rfc3339(event.at), Table::Cell(std::string(to_string(event.state)), tint_of(event.state)), event.reason});
    steps.push_back(
        boost::json::object{{"at", format_rfc3339(event.at)}, {"state", to_string(event.state)}, {"reason", event.reason}});
  }
  table.print(context.output);
  context.output.raw(entry->manifest);
  boost::json::object data = deposit_json(*entry);
  data["history"] = std::move(steps);
  data["manifest"] = entry->manifest;
  return {Exit::done, std::move(data)};
}

struct VerdictArguments {
  std::string number;
  std::string verdict;
  std::string note;
};

Outcome verdict(Context& context, const VerdictArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto ledger = open_ledger(*config);
  if (!ledger) return ledger.error();
  const auto entry = deposit_argument(**ledger, arguments.number);
  if (!entry) return entry.error();
  const DepositState to = arguments.verdict == "accepted"   ? DepositState::accepted
                          : arguments.verdict == "rejected" ? DepositState::rejected
                                                            : DepositState::missing;
  if (auto moved = (*ledger)->advance(entry->id, entry->state, to, {.reason = arguments.note}, context.clock()); !moved)
    return moved.error();
  context.output.line(fmt::format("deposit {}: {}", entry->id, arguments.verdict));
  return {Exit::done, boost::json::object{{"number", entry->id}, {"state", arguments.verdict}}};
}

/// Of one agent, or of all.
Outcome collect(Context& context, const std::string& agent) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto agents = agents_meant(*config, agent);
  if (!agents) return agents.error();
  const auto ledger = open_ledger(*config);
  if (!ledger) return ledger.error();
  boost::json::array all;
  std::uint64_t aside = 0;
  std::optional<Error> stuck;
  for (const Config::EscrowAgent* settings : *agents) {
    const auto collected = collect_verdicts(*config, *settings, **ledger, context.clock);
    if (!collected) return collected.error();
    for (const escrow::CollectedVerdict& one : *collected) {
      if (one.trouble) stuck = one.trouble;
      if (one.deposit == 0) {
        ++aside;
        context.output.warn(fmt::format("{}: {}: {}", settings->id, one.file, one.why));
        all.push_back(boost::json::object{{"agent", settings->id}, {"file", one.file}, {"why", one.why}});
        continue;
      }
      context.output.line(fmt::format("deposit {}: {}", one.deposit, to_string(one.state)));
      all.push_back(boost::json::object{
          {"agent", settings->id}, {"file", one.file}, {"number", one.deposit}, {"state", to_string(one.state)}});
    }
  }
  boost::json::object data{{"verdicts", std::move(all)}};
  if (stuck) {
    Outcome outcome(Exit::unavailable, Error{stuck->code, stuck->context,
                                             "what it says is in the ledger; it is looked at again until it can be moved"});
    outcome.data = std::move(data);
    return outcome;
  }
  if (aside == 0) return {Exit::done, std::move(data)};
  Outcome outcome(Exit::partly, make_error(Errc::invalid, fmt::format("{} files were put aside", aside),
                                           "they lie in not-taken/; `regdata deposit verdict` notes one by hand"));
  outcome.data = std::move(data);
  return outcome;
}

Outcome doctor_of_deposits(Context& context, const std::string& agent) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto agents = agents_meant(*config, agent);
  if (!agents) return agents.error();
  Findings findings;
  for (const Config::EscrowAgent* settings : *agents) findings.add(examine_agent(*config, *settings, context.clock));
  return report(context.output, findings.take());
}

}  // namespace

boost::json::object deposit_json(const DepositEntry& entry) {
  return {{"number", entry.id},
          {"agent", entry.agent},
          {"registrar", entry.registrar},
          {"kind", to_string(entry.kind)},
          {"date", escrow::date_text(entry.date)},
          {"revision", entry.revision},
          {"state", to_string(entry.state)},
          {"since", format_rfc3339(entry.changed)},
          {"watermark", format_rfc3339(entry.watermark)},
          {"due", entry.due ? boost::json::value(format_rfc3339(*entry.due)) : boost::json::value(nullptr)},
          {"sequence", entry.sequence},
          {"rows", entry.rows},
          {"bytes", entry.file_bytes},
          {"recipient", entry.recipient},
          {"reason", entry.reason}};
}

Expected<DepositEntry> deposit_argument(escrow::Ledger& ledger, const std::string& text) {
  const char* const hint = "`regdata deposit list` shows the numbers";
  const auto number = number_argument("NUMBER", text, hint);
  if (!number) return number.error();
  auto entry = ledger.find(*number);
  if (!entry) return entry.error();
  if (!*entry) return make_error(Errc::not_found, fmt::format("no deposit has the number {}", *number), hint);
  return std::move(**entry);
}

void add_deposit_ledger(CommandLine& line, Verb noun) {
  Verb app = line.verb_of(noun, "list", "deposits and what became of them, the latest first");
  auto agent = std::make_shared<std::string>();
  app.option("AGENT", *agent, "id of an [[escrow_agent]]; none: all");
  line.does(app, [agent](Context& context) { return list(context, *agent); });

  app = line.verb_of(noun, "show", "one deposit: its history and its manifest");
  auto number = std::make_shared<std::string>();
  app.option("NUMBER", *number, "of the deposit").required();
  line.does(app, [number](Context& context) { return show(context, *number); });

  app = line.verb_of(noun, "verdict", "note what the agent said of a deposit that was sent");
  auto said = std::make_shared<VerdictArguments>();
  app.option("NUMBER", said->number, "of the deposit").required();
  app.option("VERDICT", said->verdict, "accepted, rejected or missing").required().one_of({"accepted", "rejected", "missing"});
  app.option("--note", said->note, "the agent's words: error numbers, no personal data").called("TEXT");
  line.does(app, [said](Context& context) { return verdict(context, *said); });

  app = line.verb_of(noun, "collect", "take the verdicts that lie in the agents' folders; `regdata run` does it all the time");
  auto whose = std::make_shared<std::string>();
  app.option("AGENT", *whose, "id of an [[escrow_agent]]; none: all");
  line.does(app, [whose](Context& context) { return collect(context, *whose); });

  app = line.verb_of(noun, "doctor",
                     "look at everything that a deposit needs, up to the agent's door, and explain what is missing");
  auto examined = std::make_shared<std::string>();
  app.option("AGENT", *examined, "id of an [[escrow_agent]]; none: all");
  line.does(app, [examined](Context& context) { return doctor_of_deposits(context, *examined); });
}

}  // namespace regdata::app
