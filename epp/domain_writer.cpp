// Commands of the domain mapping (RFC 5731 §3).
#include "epp/command_parts.hpp"
#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

/// The element of the command, the object's own in it.
void open_domain(XmlWriter& xml, std::string_view command, std::string_view object) {
  xml.open(command);
  xml.open(object, {{"xmlns:domain", domain_namespace}});
}

void close_domain(XmlWriter& xml) {
  xml.close();
  xml.close();
}

void write_period(XmlWriter& xml, const std::optional<Period>& period) {
  if (period) xml.element("domain:period", std::to_string(period->number), {{"unit", period->in_months ? "m" : "y"}});
}

void write_servers(XmlWriter& xml, const NameServers& servers) {
  if (servers.servers.empty()) return;
  xml.open("domain:ns");
  for (const NameServer& server : servers.servers) {
    if (!servers.are_attributes) {
      xml.element("domain:hostObj", server.name);
      continue;
    }
    xml.open("domain:hostAttr");
    xml.element("domain:hostName", server.name);
    for (const std::string& address : server.addresses)
      xml.element("domain:hostAddr", address, {{"ip", address.find(':') == std::string::npos ? "v4" : "v6"}});
    xml.close();
  }
  xml.close();
}

void write_contacts(XmlWriter& xml, const std::vector<DomainContact>& contacts) {
  for (const DomainContact& contact : contacts) xml.element("domain:contact", contact.id, {{"type", contact.type}});
}

void write_auth_info(XmlWriter& xml, const Password& word) {
  xml.open("domain:authInfo");
  xml.element("domain:pw", word.reveal());
  xml.close();
}

void write_part(XmlWriter& xml, std::string_view name, const DomainUpdate::Part& part) {
  if (part.empty()) return;
  xml.open(name);
  write_servers(xml, part.servers);
  write_contacts(xml, part.contacts);
  for (const std::string& status : part.statuses) xml.empty("domain:status", {{"s", status}});
  xml.close();
}

constexpr std::string_view word_of(TransferOperation operation) noexcept {
  switch (operation) {
    case TransferOperation::request:
      return "request";
    case TransferOperation::approve:
      return "approve";
    case TransferOperation::reject:
      return "reject";
    case TransferOperation::cancel:
      return "cancel";
    case TransferOperation::query:
      break;
  }
  return "query";
}

}  // namespace

void write_body(XmlWriter& xml, const DomainCheck& check) {
  open_domain(xml, "check", "domain:check");
  for (const std::string& name : check.names) xml.element("domain:name", name);
  close_domain(xml);
}

void write_body(XmlWriter& xml, const DomainInfo& info) {
  open_domain(xml, "info", "domain:info");
  xml.element("domain:name", info.name, {{"hosts", info.hosts}});
  if (!info.auth_info.empty()) write_auth_info(xml, info.auth_info);
  close_domain(xml);
}

void write_body(XmlWriter& xml, const DomainCreate& create) {
  open_domain(xml, "create", "domain:create");
  xml.element("domain:name", create.name);
  write_period(xml, create.period);
  write_servers(xml, create.servers);
  xml.element_if("domain:registrant", create.registrant);
  write_contacts(xml, create.contacts);
  write_auth_info(xml, create.auth_info);
  close_domain(xml);
}

void write_body(XmlWriter& xml, const DomainUpdate& update) {
  open_domain(xml, "update", "domain:update");
  xml.element("domain:name", update.name);
  write_part(xml, "domain:add", update.add);
  write_part(xml, "domain:rem", update.remove);
  // an update that is all extension has an empty chg, as RFC 3915 §4.2.5 shows
  ExtensionUris extensions;
  extensions_of(update, extensions);
  const bool stands_alone = update.add.empty() && update.remove.empty() && !extensions.empty();
  if (update.registrant || update.auth_info) {
    xml.open("domain:chg");
    if (update.registrant) xml.element("domain:registrant", *update.registrant);
    if (update.auth_info && update.auth_info->empty()) {
      xml.open("domain:authInfo");
      xml.empty("domain:null");
      xml.close();
    } else if (update.auth_info) {
      write_auth_info(xml, *update.auth_info);
    }
    xml.close();
  } else if (stands_alone) {
    xml.empty("domain:chg");
  }
  close_domain(xml);
}

void write_body(XmlWriter& xml, const DomainRenew& renew) {
  open_domain(xml, "renew", "domain:renew");
  xml.element("domain:name", renew.name);
  xml.element("domain:curExpDate", renew.current_expiry);
  write_period(xml, renew.period);
  close_domain(xml);
}

void write_body(XmlWriter& xml, const DomainTransfer& transfer) {
  xml.open("transfer", {{"op", word_of(transfer.operation)}});
  xml.open("domain:transfer", {{"xmlns:domain", domain_namespace}});
  xml.element("domain:name", transfer.name);
  write_period(xml, transfer.period);
  if (!transfer.auth_info.empty()) write_auth_info(xml, transfer.auth_info);
  close_domain(xml);
}

void write_body(XmlWriter& xml, const DomainDelete& command) {
  open_domain(xml, "delete", "domain:delete");
  xml.element("domain:name", command.name);
  close_domain(xml);
}

}  // namespace regdata::epp
