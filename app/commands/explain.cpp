// regdata explain NAME: every element, what the public sees of it and why. Never a withheld value (house.md §6).
#include <fmt/format.h>

#include <map>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/names.hpp"
#include "app/publication.hpp"
#include "app/store_access.hpp"
#include "app/table.hpp"

namespace regdata::app {
namespace {

using redaction::Decision;

struct ExplainArguments {
  std::string name;
  std::string as_of;
};

Output::Tint tint_of(redaction::Outcome outcome) {
  switch (outcome) {
    case redaction::Outcome::shown:
      return Output::Tint::good;
    case redaction::Outcome::withheld:
      return Output::Tint::bad;
    case redaction::Outcome::replaced:
      return Output::Tint::caution;
    case redaction::Outcome::not_held:
    case redaction::Outcome::omitted:
      break;
  }
  return Output::Tint::faint;
}

std::string basis_of(const Decision& decision) {
  std::string text = decision.basis;
  if (decision.basis_at) text += fmt::format(" {}", format_rfc3339(*decision.basis_at));
  if (decision.ledger) text += fmt::format(" (ledger {})", *decision.ledger);
  return text;
}

std::string source_of(const Provenance& source) {
  if (source.source.empty()) return {};
  const std::string text = fmt::format("{} {}", to_string(source.source_class), source.source);
  return source.as_of == UtcTime{} ? text
                                   : fmt::format("{} {}", text, format_rfc3339(source.as_of));  // configuration has no time
}

boost::json::object to_json(const Decision& decision) {
  boost::json::object item;
  item["role"] = decision.role ? boost::json::value(to_string(*decision.role)) : boost::json::value(nullptr);
  item["element"] = to_string(decision.element);
  item["outcome"] = to_string(decision.outcome);
  item["rule"] = decision.rule_name;
  item["section"] = decision.section;
  item["basis"] = decision.basis;
  item["basisAt"] = decision.basis_at ? boost::json::value(format_rfc3339(*decision.basis_at)) : boost::json::value(nullptr);
  item["ledger"] = decision.ledger ? boost::json::value(*decision.ledger) : boost::json::value(nullptr);
  item["source"] = {{"class", to_string(decision.source.source_class)},
                    {"name", decision.source.source},
                    {"asOf", decision.source.as_of == UtcTime{} ? boost::json::value(nullptr)
                                                                : boost::json::value(format_rfc3339(decision.source.as_of))}};
  return item;
}

void print_table(Output& output, const std::vector<Decision>& decisions) {
  Table table({"role", "element", "outcome", "rule", "basis", "source"});
  std::map<std::string, std::string> sections;
  for (const Decision& decision : decisions) {
    table.add({std::string(decision.role ? to_string(*decision.role) : "-"), std::string(to_string(decision.element)),
               Table::Cell(std::string(to_string(decision.outcome)), tint_of(decision.outcome)), decision.rule_name,
               basis_of(decision), source_of(decision.source)});
    if (!decision.rule_name.empty()) sections.emplace(decision.rule_name, decision.section);
  }
  table.print(output);
  output.line("");
  Table rules({"rule", "section that it implements"});
  for (const auto& [rule, section] : sections) rules.add({rule, section});
  rules.print(output);
}

/// Choices as they stood then; personal values have no history and are not shown anyway.
Expected<void> go_back(RegistrationStore& store, RegistrationData& data, UtcTime as_of) {
  for (RoleContact& contact : data.contacts) {
    const auto entries = store.choice_entries(contact.contact.handle);
    if (!entries) return entries.error();
    contact.choices = ContactChoices::fold(*entries, as_of);
  }
  return {};
}

/// The policy that views follow or followed then, as the history has it; where it has none, the one of today's configuration.
Expected<redaction::Policy> policy_in_force(Context& context, const Config& config, const redaction::Policy& today,
                                            const std::string& name, const ExplainArguments& arguments, UtcTime as_of) {
  const auto history = open_policy_history(config);
  if (!history) return history.error();
  const auto record = (*history)->in_force(name, as_of);
  if (!record) return record.error();
  if (!*record) {
    if (!arguments.as_of.empty())
      context.output.warn(fmt::format("which version of policy {} was in force then is not recorded: this is what {} would say",
                                      name, today.version()));
    return today;
  }
  if (arguments.as_of.empty() && ((*record)->digest != today.digest() || (*record)->version != today.version()))
    context.output.warn(
        fmt::format("the file of policy {} is not what is in force (version {}, since {}): reload, or `regdata publish`", name,
                    (*record)->version, format_rfc3339((*record)->since)));
  return redaction::Policy::parse((*record)->text, fmt::format("policy {} as recorded", name), 2, (*record)->settings);
}

Outcome explain(Context& context, const ExplainArguments& arguments) {
  const auto name = name_argument(arguments.name);
  if (!name) return name.error();
  UtcTime as_of = context.clock();
  if (!arguments.as_of.empty()) {
    const auto time = time_argument("--as-of", arguments.as_of);
    if (!time) return time.error();
    as_of = *time;
  }
  const auto config = context.config();
  if (!config) return config.error();
  const auto publication = load_publication(*config);
  if (!publication) return publication.error();
  const auto store = open_store(*config);
  if (!store) return store.error();
  auto found = (*store)->find(*name);
  if (!found) return found.error();
  if (!*found) return make_error(Errc::not_found, fmt::format("{} is not held", name->ascii()), "the public sees \"no match\"");
  RegistrationData& data = **found;
  if (data.registration.ended) {
    return make_error(Errc::not_found,
                      fmt::format("{}: sponsorship ended {} ({})", name->ascii(), format_rfc3339(data.registration.ended->at),
                                  data.registration.ended->reason == EndReason::transferred ? "transferred" : "deleted"),
                      "the public sees \"no match\"; the data is kept for retention");
  }
  const Tld* tld = publication->catalog.tld_of(*name);
  if (tld == nullptr) return make_error(Errc::configuration, fmt::format("{} lies under no configured [[tld]]", name->ascii()));
  if (!arguments.as_of.empty()) {
    if (const auto back = go_back(**store, data, as_of); !back) return back.error();
  }
  const auto in_force =
      policy_in_force(context, *config, publication->policies.find(tld->policy)->second, tld->policy, arguments, as_of);
  if (!in_force) return in_force.error();
  const redaction::Policy& policy = *in_force;
  for (const RoleContact& contact : data.contacts)
    if (contact.state == ContactState::unreadable)
      context.output.warn(
          fmt::format("contact {} ({}) cannot be opened, and all of it is withheld; `regdata doctor` looks into it",
                      contact.contact.handle, to_string(contact.role)));
  redaction::RedactionContext redaction_context = publication->context;
  redaction_context.catalog = &publication->catalog;
  const auto redaction = redaction::redact(data, policy, redaction_context, as_of);
  context.output.line(
      fmt::format("{}: policy {} {}, as of {}", name->ascii(), policy.name(), policy.version(), format_rfc3339(as_of)));
  context.output.line("");
  print_table(context.output, redaction.decisions);
  boost::json::array decisions;
  for (const Decision& decision : redaction.decisions) decisions.push_back(to_json(decision));
  return {Exit::done, boost::json::object{{"name", name->ascii()},
                                          {"unicodeName", name->unicode()},
                                          {"policy", {{"name", policy.name()}, {"version", policy.version()}}},
                                          {"asOf", format_rfc3339(as_of)},
                                          {"decisions", std::move(decisions)}}};
}

}  // namespace

void add_explain(CommandLine& line) {
  Verb app = line.verb("explain", "every element: shown, withheld or replaced, by which rule, on what basis", "registrations");
  auto arguments = std::make_shared<ExplainArguments>();
  app.option("NAME", arguments->name, "domain name, as A- or U-label").required();
  app.option("--as-of", arguments->as_of, "choices and the policy as they stood then (RFC 3339)").called("TIME");
  line.does(app, [arguments](Context& context) { return explain(context, *arguments); });
}

}  // namespace regdata::app
