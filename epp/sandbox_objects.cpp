#include "epp/sandbox_objects.hpp"

#include <array>

#include "epp/namespaces.hpp"
#include "registration/domain_name.hpp"

namespace regdata::epp {
namespace {

using Part = SandboxObject::Part;

/// What every object has, behind its own parts (RFC 5731 §3.1.2).
void write_history(XmlWriter& xml, const std::string& prefix, const SandboxObject& object) {
  const std::string cl = prefix + ":clID";
  const std::string cr = prefix + ":crID";
  const std::string crd = prefix + ":crDate";
  const std::string up = prefix + ":upID";
  const std::string upd = prefix + ":upDate";
  const std::string exd = prefix + ":exDate";
  const std::string trd = prefix + ":trDate";
  xml.element(cl, object.sponsor);
  xml.element(cr, object.creator);
  xml.element(crd, object.created);
  xml.element_if(up, object.updater);
  xml.element_if(upd, object.updated);
  xml.element_if(exd, object.expires);
  xml.element_if(trd, object.transferred);
}

void write_statuses(XmlWriter& xml, std::string_view element, const SandboxObject& object,
                    const std::vector<std::string>& derived) {
  for (const Part* status : object.all("status")) xml.empty(element, {{"s", status->value}});
  for (const std::string& status : derived) xml.empty(element, {{"s", status}});
}

void write_domain_data(XmlWriter& xml, const SandboxObject& object, const std::vector<std::string>& hosts, bool is_own) {
  xml.open("domain:infData", {{"xmlns:domain", domain_namespace}});
  xml.element("domain:name", object.id);
  xml.element("domain:roid", object.roid);
  const auto servers = object.all("ns");
  std::vector<std::string> derived;
  if (servers.empty()) derived.emplace_back("inactive");
  if (object.all("status").empty() && !servers.empty()) derived.emplace_back("ok");
  write_statuses(xml, "domain:status", object, derived);
  xml.element_if("domain:registrant", object.first("registrant"));
  for (const Part* contact : object.all("contact")) xml.element("domain:contact", contact->value, {{"type", contact->more}});
  if (!servers.empty()) {
    xml.open("domain:ns");
    for (const Part* server : servers) xml.element("domain:hostObj", server->value);
    xml.close();
  }
  for (const std::string& host : hosts) xml.element("domain:host", host);
  write_history(xml, "domain", object);
  if (is_own && !object.auth_info.empty()) {
    xml.open("domain:authInfo");
    xml.element("domain:pw", object.auth_info);
    xml.close();
  }
  xml.close();
}

void write_host_data(XmlWriter& xml, const SandboxObject& object, bool is_linked) {
  xml.open("host:infData", {{"xmlns:host", host_namespace}});
  xml.element("host:name", object.id);
  xml.element("host:roid", object.roid);
  std::vector<std::string> derived;
  if (is_linked) derived.emplace_back("linked");
  if (object.all("status").empty()) derived.emplace_back("ok");
  write_statuses(xml, "host:status", object, derived);
  for (const Part* address : object.all("addr")) xml.element("host:addr", address->value, {{"ip", address->more}});
  write_history(xml, "host", object);
  xml.close();
}

}  // namespace

SandboxKind kind_of(const XmlElement& object) {
  const std::string_view uri = object.namespace_uri();
  return uri == host_namespace ? 'H' : uri == contact_namespace ? 'C' : 'D';
}

std::string_view id_element(SandboxKind kind) { return kind == 'C' ? "id" : "name"; }

bool is_id(SandboxKind kind, const std::string& id) {
  if (kind == 'C') return id.size() >= 3 && id.size() <= 16;
  const auto name = DomainName::parse(id);
  return name && name->ascii() == id;  // in lower case, as A-labels
}

SandboxSaid SandboxObjects::check(const XmlElement& object) {
  const SandboxKind kind = kind_of(object);
  std::vector<std::string> ids;
  object.each_child(id_element(kind), [&](const XmlElement& one) { ids.push_back(one.text()); });
  if (ids.empty()) return {.code = 2003};
  if (ids.size() > 50) return {.code = 2004, .reason = "at most 50"};
  struct Told {
    std::string id;
    std::string reason;
  };
  std::vector<Told> all;
  all.reserve(ids.size());
  for (const std::string& id : ids)
    all.push_back({id, !is_id(kind, id) ? "not a name or id" : store_.find(kind, id) ? "In use" : ""});
  return {.data = [kind, all = std::move(all)](XmlWriter& xml) {
    struct Words {
      std::string_view data, declaration, uri, cd, id, reason;
    };
    constexpr Words of_domain{"domain:chkData", "xmlns:domain", domain_namespace, "domain:cd", "domain:name", "domain:reason"};
    constexpr Words of_host{"host:chkData", "xmlns:host", host_namespace, "host:cd", "host:name", "host:reason"};
    constexpr Words of_contact{"contact:chkData", "xmlns:contact", contact_namespace,
                               "contact:cd",      "contact:id",    "contact:reason"};
    const Words& words = kind == 'D' ? of_domain : kind == 'H' ? of_host : of_contact;
    xml.open(words.data, {{words.declaration, words.uri}});
    for (const Told& one : all) {
      xml.open(words.cd);
      xml.element(words.id, one.id, {{"avail", one.reason.empty() ? "1" : "0"}});
      xml.element_if(words.reason, one.reason);
      xml.close();
    }
    xml.close();
  }};
}

SandboxSaid SandboxObjects::info(const std::string& account, const XmlElement& object) {
  const SandboxKind kind = kind_of(object);
  auto found = store_.find(kind, object.child(id_element(kind)).text());
  if (!found) return {.code = 2303};
  const bool is_own = found->sponsor == account;
  const bool is_linked = store_.is_linked(kind, found->id);
  if (kind == 'H')
    return {.data = [held = std::move(*found), is_linked](XmlWriter& xml) { write_host_data(xml, held, is_linked); }};
  if (kind == 'C') {
    if (!is_own) return {.code = 2201};
    return {.data = [held = std::move(*found), is_linked, rules = rules_.disclosure](XmlWriter& xml) {
      xml.open("contact:infData", {{"xmlns:contact", contact_namespace}});
      xml.element("contact:id", held.id);
      xml.element("contact:roid", held.roid);
      std::vector<std::string> derived;
      if (is_linked) derived.emplace_back("linked");
      if (held.all("status").empty()) derived.emplace_back("ok");
      write_statuses(xml, "contact:status", held, derived);
      for (const char* what : {"person postalInfo", "person voice", "person fax", "person email"})
        for (const Part* part : held.all(what)) xml.raw(part->value);
      write_history(xml, "contact", held);
      if (!held.auth_info.empty()) {
        xml.open("contact:authInfo");
        xml.element("contact:pw", held.auth_info);
        xml.close();
      }
      write_disclosure(xml, told_disclosure(rules, held));
      xml.close();
    }};
  }
  std::vector<std::string> hosts;
  const std::string_view wanted = object.child("name").attribute("hosts");
  if (is_own && (wanted.empty() || wanted == "all" || wanted == "sub")) hosts = store_.hosts_below(found->id);
  SandboxSaid said;
  const auto has = [&](const char* what) { return !found->all(what).empty(); };
  if (has("ds") || has("rgp") || has("org") || has("idn"))
    said.extension = [held = *found](XmlWriter& xml) {
      if (!held.all("org").empty()) {
        xml.open("orgext:infData", {{"xmlns:orgext", org_ext_namespace}});
        for (const Part* one : held.all("org")) xml.element("orgext:id", one->value, {{"role", one->more}});
        xml.close();
      }
      if (const std::string table = held.first("idn"); !table.empty()) {
        xml.open("idn:data", {{"xmlns:idn", idn_namespace}});
        xml.element("idn:table", table);
        xml.close();
      }
      if (!held.all("rgp").empty()) {
        xml.open("rgp:infData", {{"xmlns:rgp", rgp_namespace}});
        for (const Part* grace : held.all("rgp")) xml.empty("rgp:rgpStatus", {{"s", grace->value}});
        xml.close();
      }
      if (held.all("ds").empty()) return;
      xml.open("secDNS:infData", {{"xmlns:secDNS", sec_dns_namespace}});
      for (const Part* ds : held.all("ds")) {
        const auto first = ds->more.find(' ');
        const auto second = ds->more.find(' ', first + 1);
        xml.open("secDNS:dsData");
        xml.element("secDNS:keyTag", ds->more.substr(0, first));
        xml.element("secDNS:alg", ds->more.substr(first + 1, second - first - 1));
        xml.element("secDNS:digestType", ds->more.substr(second + 1));
        xml.element("secDNS:digest", ds->value);
        xml.close();
      }
      xml.close();
    };
  said.data = [held = std::move(*found), hosts = std::move(hosts), is_own](XmlWriter& xml) {
    write_domain_data(xml, held, hosts, is_own);
  };
  return said;
}

}  // namespace regdata::epp
