// regdata epp hello | check | info | sandbox, and where its other verbs are added
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/epp.hpp"
#include "app/commands/epp_arguments.hpp"
#include "app/commands/epp_facts.hpp"
#include "app/config_values.hpp"
#include "app/registry_desk.hpp"
#include "app/table.hpp"
#include "epp/sandbox.hpp"

namespace regdata::app {
namespace {

struct QueryArguments {
  std::string registry;
  std::vector<std::string> names;
  std::string name;
  bool hosts = false;
  bool contacts = false;
  bool claims = false;
  std::vector<std::string> fees{};
  std::string currency{};
  std::string token{};
};

Outcome hello(Context& context, const QueryArguments& arguments) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = registry_settings(*config, arguments.registry);
  if (!settings) return settings.error();
  const auto said = converse(**settings, {}, nullptr, context.clock);
  if (!said) return said.error();
  const epp::Greeting& greeting = said->greeting;
  EppFacts facts;
  facts.add("server", greeting.server_id);
  facts.add("date", greeting.server_date);
  facts.list("version", greeting.versions);
  facts.list("language", greeting.languages);
  facts.list("object", greeting.services.objects);
  facts.list("extension", greeting.services.extensions);
  facts.add("access", greeting.access);
  return facts.end(context);
}

Expected<epp::DomainCheck> check_of(const QueryArguments& arguments) {
  epp::DomainCheck check{arguments.names, {}, {}, {}};
  auto fee = fee_question_of(arguments.fees, arguments.currency);
  if (!fee) return fee.error();
  check.fee = std::move(*fee);
  auto token = secret_of(arguments.token);
  if (!token) return token.error();
  check.token = std::move(*token);
  if (arguments.claims) check.claims = epp::ClaimsQuestion{epp::LaunchPhase{"claims", {}}};
  const bool is_extended = check.fee || check.claims || !check.token.empty();
  if (is_extended && (arguments.hosts || arguments.contacts))
    return Error{Errc::usage, "fees, claims and tokens are of domains", "without --host and --contact"};
  return check;
}

std::string amounts_in_a_line(const std::vector<epp::Amount>& amounts) {
  std::string text;
  for (const epp::Amount& one : amounts)
    text += (text.empty() ? "" : ", ") + one.amount + (one.description.empty() ? "" : " " + one.description);
  return text;
}

void tell_fees(Context& context, const epp::Response& answer, boost::json::object& told) {
  const auto fees = epp::read_fees(answer);
  if (!fees) return;
  Table table({"NAME", "COMMAND", "PERIOD", "FEE " + fees->currency, "CREDIT", "CLASS"});
  boost::json::array all;
  for (const epp::NameFees& name : fees->names) {
    for (const epp::FeeOffer& offer : name.offers) {
      const std::string period =
          offer.period ? fmt::format("{}{}", offer.period->number, offer.period->in_months ? "m" : "y") : std::string();
      const std::string fee = offer.fees.empty() ? offer.reason : amounts_in_a_line(offer.fees);
      table.add({name.name, offer.command, period, fee, amounts_in_a_line(offer.credits), name.fee_class});
      all.push_back(boost::json::object{{"name", name.name},
                                        {"command", offer.command},
                                        {"period", period},
                                        {"fee", amounts_in_a_line(offer.fees)},
                                        {"credit", amounts_in_a_line(offer.credits)},
                                        {"class", name.fee_class},
                                        {"standard", offer.is_standard},
                                        {"reason", offer.reason}});
    }
    if (name.offers.empty()) table.add({name.name, "", "", name.reason, "", name.fee_class});
  }
  table.print(context.output);
  told["currency"] = fees->currency;
  told["fees"] = std::move(all);
}

void tell_claims(Context& context, const epp::Response& answer, boost::json::object& told) {
  const auto claims = epp::read_claims(answer);
  if (claims.empty()) return;
  Table table({"NAME", "CLAIMED", "KEY"});
  boost::json::array all;
  for (const epp::NameClaims& one : claims) {
    boost::json::array keys;
    std::string in_line;
    for (const epp::NameClaims::Key& key : one.keys) {
      keys.push_back(boost::json::object{{"key", key.key}, {"validator", key.validator}});
      in_line += (in_line.empty() ? "" : " ") + key.key;
    }
    table.add({one.name, one.exists ? "yes" : "no", in_line});
    all.push_back(boost::json::object{{"name", one.name}, {"claimed", one.exists}, {"keys", std::move(keys)}});
  }
  table.print(context.output);
  told["claims"] = std::move(all);
}

Outcome check(Context& context, QueryArguments arguments) {
  for (std::string& name : arguments.names) {
    auto asked = object_argument(arguments.contacts, name);
    if (!asked) return asked.error();
    name = std::move(*asked);
  }
  auto domain_check = check_of(arguments);
  if (!domain_check) return domain_check.error();
  auto command = arguments.hosts      ? epp::Command(epp::HostCheck{arguments.names})
                 : arguments.contacts ? epp::Command(epp::ContactCheck{arguments.names})
                                      : epp::Command(std::move(*domain_check));
  const auto answer = answer_to(context, arguments.registry, std::move(command));
  if (!answer) return answer.error();
  // a claims check is answered in the extension alone (RFC 8334 §3.1.1)
  const auto checked = arguments.claims ? Expected<std::vector<epp::Availability>>({}) : epp::read_availability(*answer);
  if (!checked) return checked.error();
  Table table({"NAME", "AVAILABLE", "WHY NOT"});
  boost::json::array all;
  for (const epp::Availability& one : *checked) {
    const std::string reason = arguments.contacts ? std::string() : one.reason;  // of a contact it might tell whose it is
    table.add({one.name, one.is_available ? "yes" : "no", reason});
    all.push_back(boost::json::object{{"name", one.name}, {"available", one.is_available}, {"reason", reason}});
  }
  if (!arguments.claims) table.print(context.output);
  boost::json::object told{{"checked", std::move(all)}};
  tell_fees(context, *answer, told);
  tell_claims(context, *answer, told);
  return {Exit::done, std::move(told)};
}

Outcome show(Context& context, const epp::DomainData& data) {
  EppFacts facts;
  facts.add("name", data.name);
  facts.add("roid", data.roid);
  facts.list("status", data.statuses);
  facts.list("grace", data.grace);
  facts.add("registrant", data.registrant);
  std::vector<std::string> all;
  for (const epp::DomainContact& contact : data.contacts) all.push_back(contact.type + " " + contact.id);
  facts.list("contact", all);
  all.clear();
  for (const epp::NameServer& server : data.servers.servers)
    all.push_back(server.name + (server.addresses.empty() ? "" : " " + in_a_line(server.addresses)));
  facts.list("nameServer", all);
  facts.list("host", data.hosts);
  all.clear();
  for (const DsRecord& ds : data.ds)
    all.push_back(fmt::format("{} {} {} {}", ds.key_tag, ds.algorithm, ds.digest_type, ds.digest));
  facts.list("ds", all);
  all.clear();
  for (const epp::Organization& one : data.extras.organizations) all.push_back(one.role + " " + one.id);
  facts.list("organization", all);
  facts.add("idnTable", data.extras.idn_table);
  facts.add("expires", time_or_nothing(data.expires));
  facts.history(data);
  return facts.end(context);
}

Outcome show(Context& context, const epp::HostData& data) {
  EppFacts facts;
  facts.add("name", data.name);
  facts.add("roid", data.roid);
  facts.list("status", data.statuses);
  facts.list("address", data.addresses);
  facts.history(data);
  return facts.end(context);
}

std::vector<std::string> held_elements(const epp::ContactData& data) {
  std::vector<std::string> held;
  for (const epp::PostalInfo& postal : data.postal) {
    const auto note = [&](const char* what, bool is_there) {
      if (is_there) held.push_back(std::string(what) + " (" + postal.type + ")");
    };
    note("name", !postal.name.empty());
    note("org", !postal.organization.empty());
    note("street", !postal.street.empty());
    note("city", !postal.city.empty());
    note("sp", !postal.state.empty());
    note("pc", !postal.postal_code.empty());
    note("cc", !postal.country.empty());
  }
  if (!data.voice.empty()) held.emplace_back("voice");
  if (!data.fax.empty()) held.emplace_back("fax");
  if (!data.email.empty()) held.emplace_back("email");
  return held;
}

/// Which elements the registry holds, never what is in them: a screen is no door for a person's data.
Outcome show(Context& context, const epp::ContactData& data) {
  constexpr std::array<const char*, epp::disclosable_count> words{
      "name (int)", "name (loc)", "org (int)", "org (loc)", "addr (int)", "addr (loc)", "voice", "fax", "email"};
  EppFacts facts;
  facts.add("id", data.id);
  facts.add("roid", data.roid);
  facts.list("status", data.statuses);
  facts.list("holds", held_elements(data));
  if (data.disclosure) {
    std::vector<std::string> listed;
    for (std::size_t at = 0; at < words.size(); ++at)
      if (data.disclosure->elements.at(at)) listed.emplace_back(words.at(at));
    facts.list(data.disclosure->shows ? "mayShow" : "mustHide", listed);
  }
  facts.history(data);
  return facts.end(context);
}

template <class Data>
Outcome shown(Context& context, const Expected<Data>& data) {
  return data ? show(context, *data) : Outcome(data.error());
}

Outcome info(Context& context, const QueryArguments& arguments) {
  const auto name = object_argument(arguments.contacts, arguments.name);
  if (!name) return name.error();
  auto command = arguments.hosts      ? epp::Command(epp::HostInfo{*name})
                 : arguments.contacts ? epp::Command(epp::ContactInfo{*name, {}})
                                      : epp::Command(epp::DomainInfo{*name, "all", {}});
  const auto answer = answer_to(context, arguments.registry, std::move(command));
  if (!answer) return answer.error();
  if (arguments.hosts) return shown(context, epp::read_host(*answer));
  if (arguments.contacts) return shown(context, epp::read_contact(*answer));
  return shown(context, epp::read_domain(*answer));
}

struct SandboxArguments {
  std::string directory;
  std::string account = "REG-SANDBOX";
  std::string advance;
  std::vector<std::string> misbehave;
  std::uint16_t port = 0;
  std::vector<std::string> disclose;
  bool minimum = false;
  std::uint16_t sessions = 0;
  std::uint16_t commands = 0;
  std::string idle = "10m";
};

Outcome advance(Context& context, const SandboxArguments& arguments) {
  const auto by = parse_duration(arguments.advance);
  if (!by) return Error{Errc::usage, "--advance " + by.error().context, "36h, 30d"};
  if (auto done = epp::advance_sandbox(arguments.directory, *by); !done) return done.error();
  context.output.line("the registry's clock is " + arguments.advance + " further");
  return Exit::done;
}

Outcome sandbox(Context& context, const SandboxArguments& arguments) {
  if (!arguments.advance.empty()) return advance(context, arguments);
  auto mischief = epp::MischiefPlan::parse(arguments.misbehave);
  if (!mischief) return mischief.error();
  const auto disclosure = epp::SandboxDisclosure::parse(arguments.disclose);
  if (!disclosure) return disclosure.error();
  const auto idle = parse_duration(arguments.idle);
  if (!idle) return Error{Errc::usage, "--idle " + idle.error().context, "10m, 30s"};
  const auto opened = epp::Sandbox::open({.directory = arguments.directory,
                                          .port = arguments.port,
                                          .account = arguments.account,
                                          .mischief = std::move(*mischief),
                                          .disclosure = *disclosure,
                                          .limits = {arguments.sessions, arguments.commands, *idle},
                                          .holds_contacts = !arguments.minimum},
                                         context.clock);
  if (!opened) return opened.error();
  const std::filesystem::path directory = std::filesystem::absolute(arguments.directory);
  context.output.line("[[registry]]");
  context.output.line("id = \"example-registry\"");
  context.output.line(fmt::format("address = \"127.0.0.1:{}\"", (*opened)->port()));
  context.output.line(fmt::format("authorities = \"{}\"", (directory / "authority.pem").string()));
  context.output.line(fmt::format("account = \"{}\"", arguments.account));
  context.output.line(fmt::format("password = \"{}\"", (directory / "password").string()));
  context.output.flush();
  context.output.note("serving; interrupt ends it");
  (*opened)->run();
  return {Exit::done, boost::json::object{{"port", (*opened)->port()}}};
}

void add_kinds(Verb app, QueryArguments& arguments) {
  app.flag("--host", arguments.hosts, "of hosts, not of domains");
  app.flag("--contact", arguments.contacts, "of contacts, by their ids at the registry; what is in them is not shown");
}

}  // namespace

/// The registry's texts may name persons and stay out.
Expected<const epp::Response*> good_answer(const epp::Outcome& outcome) {
  if (outcome.kind != epp::Outcome::Kind::answered) return outcome.why;
  const epp::Response& response = *outcome.response;
  if (response.is_success()) return &response;
  const std::string what = told_by(response);
  if (epp::class_of(response.code()) == epp::ResultClass::limited)
    return make_error(Errc::unavailable, what + ": it is too much for it now",
                      "queries_per_minute and its like in [[registry]]");
  if (response.code() == 2303) return make_error(Errc::not_found, what + ": it holds no such object");
  if (response.code() == 2201) return make_error(Errc::refused, what + ": it is another registrar's");
  return make_error(Errc::refused, what, "RFC 5730 §3 has the codes");
}

Expected<std::string> object_argument(bool is_contact, const std::string& text) {
  if (is_contact) return text;
  const auto name = DomainName::parse(text);
  if (!name) return Error{Errc::usage, name.error().context, name.error().hint};
  return name->ascii();
}

void add_epp(CommandLine& line) {
  Verb noun = line.noun("epp", "registries: ask them, change what they hold, the journal; a sandbox", "operation");
  auto arguments = std::make_shared<QueryArguments>();
  Verb app = line.verb_of(noun, "hello", "connect, and show what the registry says of itself; nobody logs in");
  app.option("REGISTRY", arguments->registry, "id of a [[registry]]; none: the only one");
  line.does(app, [arguments](Context& context) { return hello(context, *arguments); });

  app = line.verb_of(noun, "check", "ask a registry which names are free");
  app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
  app.option("NAME", arguments->names, "one or more").required();
  add_kinds(app, *arguments);
  app.option("--fee", arguments->fees, "what a command would cost: create=1y, restore; again for more (RFC 8748)")
      .called("COMMAND")
      .take_all()
      .one_at_a_time();
  app.option("--currency", arguments->currency, "of --fee; none: the registry's own").called("CODE");
  app.flag("--claims", arguments->claims, "ask for claims of holders of marks instead (RFC 8334)");
  app.option("--token", arguments->token, "file with an allocation token (RFC 8495), mode 0600").called("FILE");
  line.does(app, [arguments](Context& context) { return check(context, *arguments); });

  app = line.verb_of(noun, "info", "ask a registry what it holds of a name");
  app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
  app.option("NAME", arguments->name, "of the object").required();
  add_kinds(app, *arguments);
  line.does(app, [arguments](Context& context) { return info(context, *arguments); });

  add_epp_changes(line, noun);
  add_epp_contacts(line, noun);
  add_epp_journal(line, noun);
  add_epp_organizations(line, noun);
  add_epp_password(line, noun);
  add_epp_probe(line, noun);
  add_epp_raw(line, noun);

  app = line.verb_of(noun, "sandbox", "serve a registry on loopback, for rehearsals");
  auto of_sandbox = std::make_shared<SandboxArguments>();
  app.option("--directory", of_sandbox->directory, "of its objects, certificates and password; made where it is missing")
      .called("DIR")
      .required();
  app.option("--port", of_sandbox->port, "0: whichever is free").called("PORT");
  app.option("--account", of_sandbox->account, "who may log in (REG-SANDBOX)").called("ID");
  app.flag("--minimum-data", of_sandbox->minimum, "it holds no contacts");
  app.option("--sessions", of_sandbox->sessions, "that an account may have at a time; 0: as many as come").called("COUNT");
  app.option("--commands", of_sandbox->commands, "that an account may say in a minute; 0: no limit").called("COUNT");
  app.option("--idle", of_sandbox->idle, "after which it closes a session in which nothing is said (10m)").called("TIME");
  app.option("--disclose", of_sandbox->disclose, "how it takes <disclose>: hides, replaces, silence-resets …; again for more")
      .called("HOW")
      .take_all()
      .one_at_a_time();
  app.option("--misbehave", of_sandbox->misbehave, "how, and every how many commands: close-after:7; again for more")
      .called("HOW")
      .take_all()
      .one_at_a_time();
  app.option("--advance", of_sandbox->advance, "put the clock of the one in DIR ahead (30d), and serve nothing").called("TIME");
  line.does(app, [of_sandbox](Context& context) { return sandbox(context, *of_sandbox); });
}

}  // namespace regdata::app
