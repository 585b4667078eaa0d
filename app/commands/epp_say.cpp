// Says one command, and tells what became of it.
#include <boost/json/object.hpp>

#include "app/commands/epp.hpp"
#include "app/registry_desk.hpp"
#include "app/store_access.hpp"
#include "app/table.hpp"
#include "epp/namespaces.hpp"

namespace regdata::app {
namespace {

/// What an answer tells beside its code: dates, and the state of a transfer.
void tell_answer(const epp::Response& answer, boost::json::object& told, Table& table) {
  const auto tell = [&](const char* what, const std::string& value) {
    if (value.empty()) return;
    told[what] = value;
    table.add({what, value});
  };
  tell("code", std::to_string(answer.code()));
  tell("serverTransaction", answer.server_id());
  for (const char* name : {"creData", "renData", "trnData"}) {
    for (const std::string_view uri : {epp::domain_namespace, epp::host_namespace, epp::org_namespace}) {
      const epp::XmlElement data = answer.data(uri, name);
      if (!data) continue;
      tell("expires", data.child("exDate").text());
      tell("created", data.child("crDate").text());
      tell("transfer", data.child("trStatus").text());
      tell("requestedBy", data.child("reID").text());
      tell("actionBy", data.child("acID").text());
    }
  }
}

/// What it has cost (RFC 8748), and the number of an application (RFC 8334).
void tell_charge(const epp::Response& answer, boost::json::object& told, Table& table) {
  const auto tell = [&](const char* what, const std::string& value) {
    if (value.empty()) return;
    told[what] = value;
    table.add({what, value});
  };
  if (const auto charge = read_charge(answer)) {
    std::string all;
    for (const auto* amounts : {&charge->fees, &charge->credits})
      for (const epp::Amount& one : *amounts) all += (all.empty() ? "" : " ") + one.amount;
    tell("currency", charge->currency);
    tell("fee", all);
    tell("balance", charge->balance);
    tell("creditLimit", charge->credit_limit);
  }
  tell("application", answer.extension(epp::launch_namespace, "creData").child("applicationID").text());
}

Outcome tell(Context& context, const epp::Outcome& outcome, bool is_transform) {
  if (is_transform)
    if (const auto known = epp::known_answer(outcome); !known) return known.error();
  const auto answer = good_answer(outcome);
  if (outcome.kind == epp::Outcome::Kind::answered && !outcome.why.context.empty())
    context.output.warn("the journal could not be written: " + outcome.why.context);
  if (!answer) return answer.error();
  boost::json::object told{{"state", (*answer)->is_pending() ? "pending" : "done"}, {"clientTransaction", outcome.client_id}};
  Table table({"WHAT", "TOLD"});
  table.add({"state", (*answer)->is_pending() ? "taken, its end comes by a message" : "done"});
  table.add({"clientTransaction", outcome.client_id});
  tell_answer(**answer, told, table);
  tell_charge(**answer, told, table);
  table.print(context.output);
  return {Exit::done, std::move(told)};
}

}  // namespace

Expected<epp::Outcome> say_one(Context& context, const Config& config, const Config::Registry& settings, epp::Command command) {
  JournalAccess access;
  if (class_of(command) == epp::CommandClass::transform) {
    auto opened = open_journal(config);
    if (!opened) return opened.error();
    access = std::move(*opened);
  }
  std::vector<epp::Job> jobs;
  jobs.push_back({std::move(command)});
  auto said = converse(settings, std::move(jobs), access.journal.get(), context.clock);
  if (!said) return said.error();
  return std::move(said->outcomes.front());
}

Expected<epp::Response> answer_to(Context& context, const std::string& registry, epp::Command command) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = registry_settings(*config, registry);
  if (!settings) return settings.error();
  const auto outcome = say_one(context, *config, **settings, std::move(command));
  if (!outcome) return outcome.error();
  const auto answer = good_answer(*outcome);
  return answer ? Expected<epp::Response>(**answer) : answer.error();
}

Outcome say_change(Context& context, const Config& config, const Config::Registry& settings, epp::Command command,
                   bool only_prints) {
  if (only_prints) {
    const auto dialect = registry_dialect(settings);
    if (!dialect) return dialect.error();
    const auto frame = epp::write(command, "DRY-RUN", epp::sub_product_for(std::string(object_in(command)), *dialect));
    if (!frame) return frame.error();
    context.output.raw(epp::masked(*frame) + "\n");
    return {Exit::done, boost::json::object{{"frame", epp::masked(*frame)}}};
  }
  const bool is_transform = class_of(command) == epp::CommandClass::transform;
  const auto outcome = say_one(context, config, settings, std::move(command));
  return outcome ? tell(context, *outcome, is_transform) : Outcome(outcome.error());
}

}  // namespace regdata::app
