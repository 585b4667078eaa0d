// regdata epp organization check | info | create | update | delete (RFC 8543)
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <tuple>

#include "app/commands/epp.hpp"
#include "app/commands/epp_arguments.hpp"
#include "app/commands/epp_facts.hpp"
#include "app/registry_desk.hpp"
#include "registration/ascii.hpp"
#include "registration/contact_checks.hpp"

namespace regdata::app {
namespace {

struct OrganizationArguments {
  std::string registry;
  std::string id;
  bool dry_run = false;
  std::vector<std::string> ids;
  std::vector<std::string> roles, no_roles, contacts, no_contacts, statuses, no_statuses;
  std::string parent, url, name, city, state, postal_code, country, voice, fax, email;
  std::vector<std::string> street;
};

using Made = Expected<epp::Command>;

/// "reseller", or with the organization's own id in the role: "registrar=9999".
std::vector<epp::OrganizationRole> roles_of(const std::vector<std::string>& texts) {
  std::vector<epp::OrganizationRole> roles;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    roles.push_back({text.substr(0, equals), equals == std::string::npos ? "" : text.substr(equals + 1)});
  }
  return roles;
}

Expected<std::string> checked(const std::string& text, Expected<std::string> (*check)(std::string_view)) {
  if (text.empty()) return text;
  auto good = check(text);
  return good ? good : Error{Errc::usage, good.error().context, good.error().hint};
}

Expected<void> put_postal(const OrganizationArguments& arguments, epp::OrganizationFacts& facts) {
  const bool has_address = !arguments.city.empty() || !arguments.country.empty() || !arguments.street.empty() ||
                           !arguments.state.empty() || !arguments.postal_code.empty();
  if (arguments.name.empty() && !has_address) return {};
  if (has_address && (arguments.city.empty() || arguments.country.empty()))
    return make_error(Errc::usage, "an address needs a city and a country", "--city, --country (RFC 8543 §3.6)");
  if (arguments.street.size() > most_street_lines)
    return make_error(Errc::usage, "an address has at most three lines of street", "--street, three times");
  auto country = checked(arguments.country, check_country);
  if (!country) return country.error();
  epp::PostalInfo postal;
  std::string all = arguments.name + arguments.city + arguments.state + arguments.postal_code;
  for (const std::string& line : arguments.street) {
    postal.street.emplace_back(line);
    all += line;
  }
  postal.type = std::ranges::all_of(all, is_ascii) ? "int" : "loc";
  postal.name = PersonalText(arguments.name);
  postal.city = PersonalText(arguments.city);
  postal.state = PersonalText(arguments.state);
  postal.postal_code = PersonalText(arguments.postal_code);
  postal.country = std::move(*country);
  facts.postal.push_back(std::move(postal));
  return {};
}

Expected<epp::OrganizationFacts> facts_of(const OrganizationArguments& arguments) {
  epp::OrganizationFacts facts;
  facts.parent = arguments.parent;
  facts.url = arguments.url;
  if (auto put = put_postal(arguments, facts); !put) return put.error();
  const std::array<std::tuple<const std::string*, Expected<std::string> (*)(std::string_view), PersonalText*>, 3> reach{
      {{&arguments.voice, check_phone, &facts.voice},
       {&arguments.fax, check_phone, &facts.fax},
       {&arguments.email, check_email, &facts.email}}};
  for (const auto& [text, check, into] : reach) {
    auto good = checked(*text, check);
    if (!good) return good.error();
    *into = PersonalText(std::move(*good));
  }
  return facts;
}

Made create_organization(const OrganizationArguments& arguments) {
  auto facts = facts_of(arguments);
  if (!facts) return facts.error();
  auto contacts = contacts_of(arguments.contacts);
  if (!contacts) return contacts.error();
  return epp::Command(epp::OrganizationCreate{.id = arguments.id,
                                              .roles = roles_of(arguments.roles),
                                              .statuses = arguments.statuses,
                                              .facts = std::move(*facts),
                                              .contacts = std::move(*contacts)});
}

Made update_organization(const OrganizationArguments& arguments) {
  auto facts = facts_of(arguments);
  if (!facts) return facts.error();
  auto added = contacts_of(arguments.contacts);
  if (!added) return added.error();
  auto removed = contacts_of(arguments.no_contacts);
  if (!removed) return removed.error();
  epp::OrganizationUpdate update{.id = arguments.id,
                                 .add = {std::move(*added), roles_of(arguments.roles), arguments.statuses},
                                 .remove = {std::move(*removed), roles_of(arguments.no_roles), arguments.no_statuses},
                                 .change = std::move(*facts)};
  if (update.add.empty() && update.remove.empty() && update.change.is_empty())
    return make_error(Errc::usage, "nothing is to be changed", "--add-role, --remove-status, --email …");
  return epp::Command(std::move(update));
}

Made delete_organization(const OrganizationArguments& arguments) { return epp::Command(epp::OrganizationDelete{arguments.id}); }

Outcome change(Context& context, const OrganizationArguments& arguments, Made (*make)(const OrganizationArguments&)) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = registry_settings(*config, arguments.registry);
  if (!settings) return settings.error();
  auto command = make(arguments);
  if (!command) return command.error();
  return say_change(context, *config, **settings, std::move(*command), arguments.dry_run);
}

Outcome check(Context& context, const OrganizationArguments& arguments) {
  const auto answer = answer_to(context, arguments.registry, epp::OrganizationCheck{arguments.ids});
  if (!answer) return answer.error();
  const auto all = epp::read_availability(*answer);
  if (!all) return all.error();
  Table table({"ID", "AVAILABLE", "WHY NOT"});
  boost::json::array told;
  for (const epp::Availability& one : *all) {
    table.add({one.name, one.is_available ? "yes" : "no", one.reason});
    told.push_back(boost::json::object{{"id", one.name}, {"available", one.is_available}, {"reason", one.reason}});
  }
  table.print(context.output);
  return {Exit::done, boost::json::object{{"checked", std::move(told)}}};
}

/// Its name and its page are public; of how it is reached only what is held, as of contacts.
Outcome info(Context& context, const OrganizationArguments& arguments) {
  const auto answer = answer_to(context, arguments.registry, epp::OrganizationInfo{arguments.id});
  if (!answer) return answer.error();
  const auto data = epp::read_organization(*answer);
  if (!data) return data.error();
  EppFacts facts;
  facts.add("id", data->id);
  facts.add("roid", data->roid);
  std::vector<std::string> lines;
  for (const epp::OrganizationRole& one : data->roles) lines.push_back(one.type + (one.id.empty() ? "" : " " + one.id));
  facts.list("role", lines);
  facts.list("status", data->statuses);
  facts.add("parent", data->facts.parent);
  lines.clear();
  for (const epp::PostalInfo& one : data->facts.postal)
    if (!one.name.empty()) lines.emplace_back(one.name.reveal());
  facts.list("name", lines);
  facts.add("url", data->facts.url);
  lines.clear();
  const auto note = [&](const char* what, bool is_held) {
    if (is_held) lines.emplace_back(what);
  };
  for (const epp::PostalInfo& one : data->facts.postal) note("address", !one.city.empty());
  note("voice", !data->facts.voice.empty());
  note("fax", !data->facts.fax.empty());
  note("email", !data->facts.email.empty());
  facts.list("holds", lines);
  lines.clear();
  for (const epp::DomainContact& one : data->contacts) lines.push_back(one.type + " " + one.id);
  facts.list("contact", lines);
  facts.history(*data);
  return facts.end(context);
}

}  // namespace

void add_epp_organizations(CommandLine& line, Verb noun) {
  Verb organization = line.noun_of(noun, "organization", "resellers and the like, as objects of a registry (RFC 8543)");
  auto arguments = std::make_shared<OrganizationArguments>();
  const auto verb = [&](const char* word, const char* help) {
    Verb app = line.verb_of(organization, word, help);
    app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
    return app;
  };
  const auto of_one = [&](Verb app) { app.option("ID", arguments->id, "of the organization at the registry").required(); };
  const auto list = [](Verb app, const char* name, std::vector<std::string>& into, const char* help, const char* value) {
    app.option(name, into, help).called(value).take_all().one_at_a_time();
  };
  const auto facts = [&](Verb app) {
    app.option("--parent", arguments->parent, "id of the organization above it").called("ID");
    app.option("--name", arguments->name, "of the organization").called("NAME");
    list(app, "--street", arguments->street, "a line of its address; three at most", "LINE");
    app.option("--city", arguments->city, "of its address, which is told as a whole").called("CITY");
    app.option("--state", arguments->state, "state or province").called("STATE");
    app.option("--postal-code", arguments->postal_code, "").called("CODE");
    app.option("--country", arguments->country, "two letters").called("CC");
    app.option("--voice", arguments->voice, "+49.301234567").called("NUMBER");
    app.option("--fax", arguments->fax, "+49.301234567").called("NUMBER");
    app.option("--email", arguments->email, "").called("ADDRESS");
    app.option("--url", arguments->url, "its page").called("URL");
  };
  const auto changes = [&](Verb app, Made (*make)(const OrganizationArguments&)) {
    app.flag("--dry-run", arguments->dry_run, "print the command, and say nothing");
    line.does(app, [arguments, make](Context& context) { return change(context, *arguments, make); });
  };

  Verb app = verb("check", "ask which ids are free");
  app.option("ID", arguments->ids, "one or more").required();
  line.does(app, [arguments](Context& context) { return check(context, *arguments); });
  app = verb("info", "ask what the registry holds of one");
  of_one(app);
  line.does(app, [arguments](Context& context) { return info(context, *arguments); });
  app = verb("create", "make one");
  of_one(app);
  app.option("--role", arguments->roles, "reseller, registrar=IANA-ID …; again for more")
      .called("ROLE")
      .required()
      .take_all()
      .one_at_a_time();
  list(app, "--status", arguments->statuses, "clientLinkProhibited, hold …", "STATUS");
  list(app, "--contact", arguments->contacts, "tech=ID, admin=ID, billing=ID; again for more", "ROLE=ID");
  facts(app);
  changes(app, create_organization);
  app = verb("update", "change one; what is not told stays");
  of_one(app);
  list(app, "--add-role", arguments->roles, "as for create", "ROLE");
  list(app, "--remove-role", arguments->no_roles, "", "ROLE");
  list(app, "--add-status", arguments->statuses, "", "STATUS");
  list(app, "--remove-status", arguments->no_statuses, "", "STATUS");
  list(app, "--add-contact", arguments->contacts, "tech=ID, admin=ID, billing=ID", "ROLE=ID");
  list(app, "--remove-contact", arguments->no_contacts, "", "ROLE=ID");
  facts(app);
  changes(app, update_organization);
  app = verb("delete", "delete one");
  of_one(app);
  changes(app, delete_organization);
}

}  // namespace regdata::app
