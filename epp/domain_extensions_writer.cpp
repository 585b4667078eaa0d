// What stands in the extension of commands about domains: RFC 5910, 3915, 8748, 8334, 8495, 8544, idn-1.0, sync-1.0.
#include <fmt/format.h>

#include "epp/command_parts.hpp"
#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

void write_ds(XmlWriter& xml, const std::vector<DsRecord>& records) {
  for (const DsRecord& ds : records) {
    xml.open("secDNS:dsData");
    xml.element("secDNS:keyTag", std::to_string(ds.key_tag));
    xml.element("secDNS:alg", std::to_string(ds.algorithm));
    xml.element("secDNS:digestType", std::to_string(ds.digest_type));
    xml.element("secDNS:digest", ds.digest);
    xml.close();
  }
}

bool changes_ds(const DomainUpdate& update) {
  return update.removes_all_ds || !update.add_ds.empty() || !update.remove_ds.empty();
}

void write_ds_change(XmlWriter& xml, const DomainUpdate& update) {
  xml.open("secDNS:update", {{"xmlns:secDNS", sec_dns_namespace}});
  if (update.removes_all_ds || !update.remove_ds.empty()) {
    xml.open("secDNS:rem");
    if (update.removes_all_ds)
      xml.element("secDNS:all", "true");
    else
      write_ds(xml, update.remove_ds);
    xml.close();
  }
  if (!update.add_ds.empty()) {
    xml.open("secDNS:add");
    write_ds(xml, update.add_ds);
    xml.close();
  }
  xml.close();
}

void write_fee_question(XmlWriter& xml, const FeeQuestion& fee) {
  xml.open("fee:check", {{"xmlns:fee", fee_namespace}});
  xml.element_if("fee:currency", fee.currency);
  for (const FeeQuestion::Of& one : fee.commands) {
    xml.open("fee:command", {{"name", one.command}});
    if (one.period)
      xml.element("fee:period", std::to_string(one.period->number), {{"unit", one.period->in_months ? "m" : "y"}});
    xml.close();
  }
  xml.close();
}

/// `element`: "fee:create".
void write_fee(XmlWriter& xml, std::string_view element, const std::optional<FeeTerms>& fee) {
  if (!fee) return;
  xml.open(element, {{"xmlns:fee", fee_namespace}});
  xml.element_if("fee:currency", fee->currency);
  xml.element("fee:fee", fee->fee);
  xml.close();
}

void write_token(XmlWriter& xml, const Password& token) {
  if (token.empty()) return;
  xml.element("allocationToken:allocationToken", token.reveal(), {{"xmlns:allocationToken", token_namespace}});
}

void write_phase(XmlWriter& xml, const LaunchPhase& phase) {
  if (phase.name.empty())
    xml.element("launch:phase", phase.phase);
  else
    xml.element("launch:phase", phase.phase, {{"name", phase.name}});
}

void write_launch(XmlWriter& xml, const LaunchTerms& launch) {
  xml.open("launch:create", {{"xmlns:launch", launch_namespace}});
  write_phase(xml, launch.phase);
  for (const ClaimsNotice& notice : launch.notices) {
    xml.open("launch:notice");
    if (notice.validator.empty())
      xml.element("launch:noticeID", notice.id);
    else
      xml.element("launch:noticeID", notice.id, {{"validatorID", notice.validator}});
    xml.element("launch:notAfter", format_rfc3339(notice.ends));
    xml.element("launch:acceptedDate", format_rfc3339(notice.accepted));
    xml.close();
  }
  xml.close();
}

void write_organizations(XmlWriter& xml, const std::vector<Organization>& all) {
  for (const Organization& one : all) xml.element("orgext:id", one.id, {{"role", one.role}});
}

void write_organizations(XmlWriter& xml, std::string_view element, const std::vector<Organization>& all) {
  if (all.empty()) return;
  xml.open(element);
  write_organizations(xml, all);
  xml.close();
}

}  // namespace

void extensions_of(const DomainCheck& check, ExtensionUris& uris) {
  if (check.claims) uris.push_back(launch_namespace);
  if (check.fee) uris.push_back(fee_namespace);
  if (!check.token.empty()) uris.push_back(token_namespace);
}

void write_extension(XmlWriter& xml, const DomainCheck& check) {
  if (check.claims) {
    xml.open("launch:check", {{"xmlns:launch", launch_namespace}, {"type", "claims"}});
    if (check.claims->phase) write_phase(xml, *check.claims->phase);
    xml.close();
  }
  if (check.fee) write_fee_question(xml, *check.fee);
  write_token(xml, check.token);
}

void extensions_of(const DomainCreate& create, ExtensionUris& uris) {
  if (!create.ds.empty()) uris.push_back(sec_dns_namespace);
  if (create.launch) uris.push_back(launch_namespace);
  if (create.idn) uris.push_back(idn_namespace);
  if (!create.organizations.empty()) uris.push_back(org_ext_namespace);
  if (create.fee) uris.push_back(fee_namespace);
  if (!create.token.empty()) uris.push_back(token_namespace);
}

void write_extension(XmlWriter& xml, const DomainCreate& create) {
  if (!create.ds.empty()) {
    xml.open("secDNS:create", {{"xmlns:secDNS", sec_dns_namespace}});
    write_ds(xml, create.ds);
    xml.close();
  }
  if (create.launch) write_launch(xml, *create.launch);
  if (create.idn) {
    xml.open("idn:data", {{"xmlns:idn", idn_namespace}});
    xml.element("idn:table", create.idn->table);
    xml.element_if("idn:uname", create.idn->name);
    xml.close();
  }
  if (!create.organizations.empty()) {
    xml.open("orgext:create", {{"xmlns:orgext", org_ext_namespace}});
    write_organizations(xml, create.organizations);
    xml.close();
  }
  write_fee(xml, "fee:create", create.fee);
  write_token(xml, create.token);
}

void extensions_of(const DomainUpdate& update, ExtensionUris& uris) {
  if (changes_ds(update)) uris.push_back(sec_dns_namespace);
  if (update.restores) uris.push_back(rgp_namespace);
  if (!update.organizations.empty()) uris.push_back(org_ext_namespace);
  if (update.expires_on) uris.push_back(expiry_sync_namespace);
  if (update.fee) uris.push_back(fee_namespace);
}

void write_extension(XmlWriter& xml, const DomainUpdate& update) {
  if (changes_ds(update)) write_ds_change(xml, update);
  if (update.restores) {
    xml.open("rgp:update", {{"xmlns:rgp", rgp_namespace}});
    xml.empty("rgp:restore", {{"op", "request"}});
    xml.close();
  }
  if (!update.organizations.empty()) {
    xml.open("orgext:update", {{"xmlns:orgext", org_ext_namespace}});
    write_organizations(xml, "orgext:add", update.organizations.add);
    write_organizations(xml, "orgext:rem", update.organizations.remove);
    write_organizations(xml, "orgext:chg", update.organizations.change);
    xml.close();
  }
  if (update.expires_on) {
    xml.open("sync:update", {{"xmlns:sync", expiry_sync_namespace}});
    xml.element("sync:expMonthDay", fmt::format("--{:02}-{:02}", update.expires_on->month, update.expires_on->day));
    xml.close();
  }
  write_fee(xml, "fee:update", update.fee);
}

void extensions_of(const DomainRenew& renew, ExtensionUris& uris) {
  if (renew.fee) uris.push_back(fee_namespace);
}
void write_extension(XmlWriter& xml, const DomainRenew& renew) { write_fee(xml, "fee:renew", renew.fee); }

void extensions_of(const DomainTransfer& transfer, ExtensionUris& uris) {
  if (transfer.fee) uris.push_back(fee_namespace);
  if (!transfer.token.empty()) uris.push_back(token_namespace);
}
void write_extension(XmlWriter& xml, const DomainTransfer& transfer) {
  write_fee(xml, "fee:transfer", transfer.fee);
  write_token(xml, transfer.token);
}

}  // namespace regdata::epp
