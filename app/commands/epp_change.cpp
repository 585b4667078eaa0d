// regdata epp create | update | renew | transfer | delete | restore
#include <fmt/format.h>

#include <memory>

#include "app/commands/epp.hpp"
#include "app/commands/epp_arguments.hpp"
#include "app/registry_desk.hpp"

namespace regdata::app {
namespace {

/// Of all six verbs; each offers what it knows.
struct ChangeArguments {
  std::string registry;
  std::string name;
  bool host = false;
  bool dry_run = false;
  std::string period;
  std::string expires;
  std::string registrant;
  std::string auth_info;
  std::string rename;
  std::string operation = "query";
  std::string fee, currency, token, idn_table, expiry_day;
  LaunchArguments launch;
  bool clear_auth_info = false;
  bool remove_all_ds = false;
  std::vector<std::string> servers, contacts, ds, addresses, statuses;
  std::vector<std::string> no_servers, no_contacts, no_ds, no_addresses, no_statuses;
  std::vector<std::string> organizations, no_organizations, other_organizations;
};

Expected<epp::DomainUpdate::Part> domain_part(const std::vector<std::string>& servers, const std::vector<std::string>& contacts,
                                              const std::vector<std::string>& statuses) {
  auto ns = servers_of(servers);
  if (!ns) return ns.error();
  auto people = contacts_of(contacts);
  if (!people) return people.error();
  return epp::DomainUpdate::Part{std::move(*ns), std::move(*people), statuses};
}

/// What only domains have was said of a host, or the other way round.
Expected<void> check_kind(const ChangeArguments& arguments) {
  const bool of_domains = !arguments.servers.empty() || !arguments.no_servers.empty() || !arguments.contacts.empty() ||
                          !arguments.no_contacts.empty() || !arguments.ds.empty() || !arguments.no_ds.empty() ||
                          arguments.remove_all_ds || !arguments.registrant.empty() || !arguments.period.empty() ||
                          !arguments.auth_info.empty() || arguments.clear_auth_info || !arguments.fee.empty() ||
                          !arguments.token.empty() || !arguments.idn_table.empty() || !arguments.expiry_day.empty() ||
                          !arguments.launch.phase.empty() || !arguments.organizations.empty() ||
                          !arguments.no_organizations.empty() || !arguments.other_organizations.empty();
  const bool of_hosts = !arguments.addresses.empty() || !arguments.no_addresses.empty() || !arguments.rename.empty();
  if (arguments.host && of_domains)
    return make_error(Errc::usage, "a host has addresses and statuses only", "without --host it is a domain");
  if (!arguments.host && of_hosts) return make_error(Errc::usage, "a domain has no address of its own", "--host: it is a host");
  return {};
}

using Made = Expected<epp::Command>;

/// What stands beside the commands that have it.
template <class Command>
Expected<void> agree_to_fee(const ChangeArguments& arguments, Command& command) {
  auto fee = fee_of(arguments.fee, arguments.currency);
  if (!fee) return fee.error();
  command.fee = std::move(*fee);
  return {};
}

template <class Command>
Expected<void> bring_token(const ChangeArguments& arguments, Command& command) {
  auto token = secret_of(arguments.token);
  if (!token) return token.error();
  command.token = std::move(*token);
  return {};
}

Expected<void> extend(const ChangeArguments& arguments, epp::DomainCreate& create) {
  if (auto agreed = agree_to_fee(arguments, create); !agreed) return agreed;
  if (auto brought = bring_token(arguments, create); !brought) return brought;
  auto launch = launch_of(arguments.launch);
  if (!launch) return launch.error();
  create.launch = std::move(*launch);
  auto organizations = organizations_of(arguments.organizations);
  if (!organizations) return organizations.error();
  create.organizations = std::move(*organizations);
  if (!arguments.idn_table.empty()) {
    const auto name = DomainName::parse(arguments.name);
    create.idn = epp::IdnTerms{arguments.idn_table, name ? name->unicode() : std::string()};
  }
  return {};
}

Expected<void> extend(const ChangeArguments& arguments, epp::DomainUpdate& update) {
  if (auto agreed = agree_to_fee(arguments, update); !agreed) return agreed;
  const auto take = [](const std::vector<std::string>& texts, std::vector<epp::Organization>& into) -> Expected<void> {
    auto all = organizations_of(texts);
    if (!all) return all.error();
    into = std::move(*all);
    return {};
  };
  if (auto taken = take(arguments.organizations, update.organizations.add); !taken) return taken;
  if (auto taken = take(arguments.no_organizations, update.organizations.remove); !taken) return taken;
  if (auto taken = take(arguments.other_organizations, update.organizations.change); !taken) return taken;
  auto day = expiry_day_of(arguments.expiry_day);
  if (!day) return day.error();
  update.expires_on = *day;
  return {};
}

Made create_command(const ChangeArguments& arguments) {
  if (arguments.host) {
    auto addresses = addresses_of(arguments.addresses);
    if (!addresses) return addresses.error();
    return epp::Command(epp::HostCreate{arguments.name, std::move(*addresses)});
  }
  epp::DomainCreate create;
  create.name = arguments.name;
  auto period = period_of(arguments.period);
  if (!period) return period.error();
  create.period = *period;
  auto part = domain_part(arguments.servers, arguments.contacts, {});
  if (!part) return part.error();
  create.servers = std::move(part->servers);
  create.contacts = std::move(part->contacts);
  create.registrant = arguments.registrant;
  auto ds = ds_of(arguments.ds);
  if (!ds) return ds.error();
  create.ds = std::move(*ds);
  auto word = secret_of(arguments.auth_info);
  if (!word) return word.error();
  create.auth_info = std::move(*word);
  if (auto extended = extend(arguments, create); !extended) return extended.error();
  return epp::Command(std::move(create));
}

Made update_host(const ChangeArguments& arguments) {
  epp::HostUpdate update;
  update.name = arguments.name;
  auto added = addresses_of(arguments.addresses);
  if (!added) return added.error();
  auto removed = addresses_of(arguments.no_addresses);
  if (!removed) return removed.error();
  update.add = {std::move(*added), arguments.statuses};
  update.remove = {std::move(*removed), arguments.no_statuses};
  if (!arguments.rename.empty()) {
    auto name = object_argument(false, arguments.rename);
    if (!name) return name.error();
    update.new_name = std::move(*name);
  }
  if (update.add.empty() && update.remove.empty() && update.new_name.empty())
    return make_error(Errc::usage, "nothing is to be changed", "--add-address, --remove-status, --rename …");
  return epp::Command(std::move(update));
}

Made update_command(const ChangeArguments& arguments) {
  if (arguments.host) return update_host(arguments);
  epp::DomainUpdate update;
  update.name = arguments.name;
  auto added = domain_part(arguments.servers, arguments.contacts, arguments.statuses);
  if (!added) return added.error();
  auto removed = domain_part(arguments.no_servers, arguments.no_contacts, arguments.no_statuses);
  if (!removed) return removed.error();
  update.add = std::move(*added);
  update.remove = std::move(*removed);
  if (!arguments.registrant.empty()) update.registrant = arguments.registrant;
  auto ds = ds_of(arguments.ds);
  if (!ds) return ds.error();
  auto no_ds = ds_of(arguments.no_ds);
  if (!no_ds) return no_ds.error();
  update.add_ds = std::move(*ds);
  update.remove_ds = std::move(*no_ds);
  update.removes_all_ds = arguments.remove_all_ds;
  if (update.removes_all_ds && !update.remove_ds.empty())
    return make_error(Errc::usage, "--remove-all-ds and --remove-ds contradict each other", "one of the two");
  auto word = secret_of(arguments.auth_info);
  if (!word) return word.error();
  if (arguments.clear_auth_info && !word->empty())
    return make_error(Errc::usage, "--clear-auth-info and --auth-info contradict each other", "one of the two");
  if (arguments.clear_auth_info || !word->empty()) update.auth_info = std::move(*word);
  if (auto extended = extend(arguments, update); !extended) return extended.error();
  const bool is_empty = !update.expires_on && update.organizations.empty() && update.add.empty() && update.remove.empty() &&
                        !update.registrant && !update.auth_info && update.add_ds.empty() && update.remove_ds.empty() &&
                        !update.removes_all_ds;
  if (is_empty) return make_error(Errc::usage, "nothing is to be changed", "--add-ns, --remove-status, --registrant …");
  return epp::Command(std::move(update));
}

Made renew_command(const ChangeArguments& arguments) {
  const auto period = period_of(arguments.period);
  if (!period) return period.error();
  if (arguments.expires.size() != 10 || !parse_rfc3339(arguments.expires + "T00:00:00Z"))
    return make_error(Errc::usage, fmt::format("--expires {} is no day", arguments.expires),
                      "the day on which it expires now, as `regdata epp info` tells it: 2027-01-31");
  epp::DomainRenew renew{arguments.name, arguments.expires, *period};
  if (auto agreed = agree_to_fee(arguments, renew); !agreed) return agreed.error();
  return epp::Command(std::move(renew));
}

Made transfer_command(const ChangeArguments& arguments) {
  using Operation = epp::TransferOperation;
  epp::DomainTransfer transfer;
  transfer.name = arguments.name;
  const std::string& word = arguments.operation;
  transfer.operation = word == "request"   ? Operation::request
                       : word == "approve" ? Operation::approve
                       : word == "reject"  ? Operation::reject
                       : word == "cancel"  ? Operation::cancel
                                           : Operation::query;
  const auto period = period_of(arguments.period);
  if (!period) return period.error();
  transfer.period = *period;
  auto secret = secret_of(arguments.auth_info);
  if (!secret) return secret.error();
  transfer.auth_info = std::move(*secret);
  if (auto agreed = agree_to_fee(arguments, transfer); !agreed) return agreed.error();
  if (auto brought = bring_token(arguments, transfer); !brought) return brought.error();
  return epp::Command(std::move(transfer));
}

Made delete_command(const ChangeArguments& arguments) {
  if (arguments.host) return epp::Command(epp::HostDelete{arguments.name});
  return epp::Command(epp::DomainDelete{arguments.name});
}

Made restore_command(const ChangeArguments& arguments) {
  epp::DomainUpdate update;
  update.name = arguments.name;
  update.restores = true;
  if (auto agreed = agree_to_fee(arguments, update); !agreed) return agreed.error();
  return epp::Command(std::move(update));
}

Outcome change(Context& context, ChangeArguments arguments, Made (*make)(const ChangeArguments&)) {
  const auto config = context.config();
  if (!config) return config.error();
  const auto settings = registry_settings(*config, arguments.registry);
  if (!settings) return settings.error();
  auto name = object_argument(false, arguments.name);
  if (!name) return name.error();
  arguments.name = std::move(*name);
  if (auto kind = check_kind(arguments); !kind) return kind.error();
  auto command = make(arguments);
  if (!command) return command.error();
  return say_change(context, *config, **settings, std::move(*command), arguments.dry_run);
}

}  // namespace

void add_epp_changes(CommandLine& line, Verb noun) {
  const auto verb = [&](const char* word, const char* help, Made (*make)(const ChangeArguments&), const auto& add) {
    auto arguments = std::make_shared<ChangeArguments>();
    Verb app = line.verb_of(noun, word, help);
    app.option("REGISTRY", arguments->registry, "id of a [[registry]]").required();
    app.option("NAME", arguments->name, "of the object").required();
    add(app, *arguments);
    app.flag("--dry-run", arguments->dry_run, "print the command, with dots for secrets, and say nothing");
    line.does(app, [arguments, make](Context& context) { return change(context, *arguments, make); });
  };
  const auto list = [](Verb app, const char* name, std::vector<std::string>& into, const char* help, const char* value) {
    app.option(name, into, help).called(value).take_all().one_at_a_time();
  };
  const auto of_host = [](Verb app, ChangeArguments& arguments) { app.flag("--host", arguments.host, "a host, not a domain"); };
  const auto period = [](Verb app, ChangeArguments& arguments) {
    app.option("--period", arguments.period, "2y, 6m; none: what the registry does by itself").called("PERIOD");
  };
  const auto secret = [](Verb app, ChangeArguments& arguments) {
    app.option("--auth-info", arguments.auth_info, "file with it in its first line, mode 0600").called("FILE");
  };

  const auto fee = [](Verb app, ChangeArguments& into) {
    app.option("--fee", into.fee, "what we agree to pay: the registry refuses where it would take more (RFC 8748)")
        .called("AMOUNT");
    app.option("--currency", into.currency, "of --fee; none: the registry's own").called("CODE");
  };
  const auto token = [](Verb app, ChangeArguments& into) {
    app.option("--token", into.token, "file with an allocation token (RFC 8495) in its first line, mode 0600").called("FILE");
  };

  verb("create", "register a name, or make a host, at a registry", create_command, [&](Verb app, ChangeArguments& into) {
    of_host(app, into);
    period(app, into);
    app.option("--registrant", into.registrant, "id of a contact at the registry").called("ID");
    list(app, "--contact", into.contacts, "tech=ID, admin=ID, billing=ID; again for more", "ROLE=ID");
    list(app, "--ns", into.servers, "name server; NAME=ADDRESS,… where the registry has no hosts; again for more", "NAME");
    list(app, "--ds", into.ds, "\"TAG ALGORITHM TYPE DIGEST\"; again for more", "DS");
    list(app, "--address", into.addresses, "of a host; again for more", "ADDRESS");
    secret(app, into);
    fee(app, into);
    token(app, into);
    app.option("--idn-table", into.idn_table, "of an internationalized name, as the registry calls it").called("TABLE");
    list(app, "--organization", into.organizations, "reseller=ID, by RFC 8544; again for more", "ROLE=ID");
    app.option("--phase", into.launch.phase, "launch phase (RFC 8334): claims, open, custom:NAME …").called("PHASE");
    app.option("--notice", into.launch.notice, "id of the claims notice that the registrant has accepted").called("ID");
    app.option("--notice-validator", into.launch.validator, "whose notice it is; none: the registry's own").called("ID");
    app.option("--notice-ends", into.launch.ends, "its notAfter").called("TIME");
    app.option("--notice-accepted", into.launch.accepted, "when the registrant has").called("TIME");
  });
  verb("update", "change a name, or a host, at a registry", update_command, [&](Verb app, ChangeArguments& into) {
    of_host(app, into);
    list(app, "--add-ns", into.servers, "name server, as for create", "NAME");
    list(app, "--remove-ns", into.no_servers, "", "NAME");
    list(app, "--add-contact", into.contacts, "tech=ID, admin=ID, billing=ID", "ROLE=ID");
    list(app, "--remove-contact", into.no_contacts, "", "ROLE=ID");
    list(app, "--add-status", into.statuses, "clientHold, clientTransferProhibited …", "STATUS");
    list(app, "--remove-status", into.no_statuses, "", "STATUS");
    list(app, "--add-ds", into.ds, "\"TAG ALGORITHM TYPE DIGEST\"", "DS");
    list(app, "--remove-ds", into.no_ds, "", "DS");
    app.flag("--remove-all-ds", into.remove_all_ds, "all that the registry has, before any is added");
    app.option("--registrant", into.registrant, "id of another contact at the registry").called("ID");
    list(app, "--add-address", into.addresses, "of a host", "ADDRESS");
    list(app, "--remove-address", into.no_addresses, "", "ADDRESS");
    app.option("--rename", into.rename, "new name of a host").called("NAME");
    secret(app, into);
    fee(app, into);
    list(app, "--add-organization", into.organizations, "reseller=ID, by RFC 8544", "ROLE=ID");
    list(app, "--remove-organization", into.no_organizations, "", "ROLE=ID");
    list(app, "--set-organization", into.other_organizations, "in place of the one that has the role", "ROLE=ID");
    app.option("--expiry-day", into.expiry_day, "month and day on which it is to expire (Verisign's sync-1.0)").called("DAY");
    app.flag("--clear-auth-info", into.clear_auth_info, "unset it, so that nobody can transfer the name (RFC 9154)");
  });
  verb("renew", "renew a name at a registry", renew_command, [&](Verb app, ChangeArguments& into) {
    app.option("--expires", into.expires,
               "when it expires now: a registry refuses another day, so that nothing is renewed twice")
        .called("DATE")
        .required();
    period(app, into);
    fee(app, into);
  });
  verb("transfer", "ask about a transfer, or request, approve, reject or cancel one", transfer_command,
       [&](Verb app, ChangeArguments& into) {
         app.option("--operation", into.operation, "what to do (query)")
             .called("WORD")
             .one_of({"query", "request", "approve", "reject", "cancel"});
         period(app, into);
         secret(app, into);
         fee(app, into);
         token(app, into);
       });
  verb("delete", "delete a name, or a host, at a registry", delete_command, of_host);
  verb("restore", "take a deleted name back, where the registry still can (RFC 3915)", restore_command, fee);
}

}  // namespace regdata::app
