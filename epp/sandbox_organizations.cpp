#include "epp/sandbox_organizations.hpp"

#include <algorithm>
#include <utility>

#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

constexpr SandboxKind organization_kind = 'O';
constexpr std::size_t most_checked = 50;

using Part = SandboxObject::Part;

bool is_organization_id(const std::string& id) { return id.size() >= 3 && id.size() <= 16; }  // eppcom:clIDType

/// Roles, statuses and contacts, as parts of an object.
std::vector<Part> parts_of(const OrganizationData& data) {
  std::vector<Part> parts;
  for (const OrganizationRole& one : data.roles) parts.push_back({"role", one.type, one.id});
  for (const std::string& one : data.statuses) parts.push_back({"status", one, ""});
  for (const DomainContact& one : data.contacts) parts.push_back({"contact", one.id, one.type});
  return parts;
}

/// They are kept as they are written.
std::string text_of(const OrganizationFacts& facts) {
  XmlWriter xml;
  xml.open("org:facts", {{"xmlns:org", org_namespace}});
  write_facts(xml, facts);
  xml.close();
  return xml.take();
}

OrganizationFacts facts_of(const SandboxObject& held) {
  const auto document = XmlDocument::parse(held.first("facts"));
  return document ? organization_in(document->root()).facts : OrganizationFacts{};
}

void put_facts(SandboxObject& object, const OrganizationFacts& facts) {
  std::erase_if(object.parts, [](const Part& one) { return one.what == "facts" || one.what == "parent"; });
  object.parts.push_back({"facts", text_of(facts), ""});
  if (!facts.parent.empty()) object.parts.push_back({"parent", facts.parent, ""});
}

void change(OrganizationFacts& held, const OrganizationFacts& to) {
  const auto replace = [](auto& here, const auto& by) {
    if (!by.empty()) here = by;
  };
  replace(held.parent, to.parent);
  replace(held.voice, to.voice);
  replace(held.voice_ext, to.voice_ext);
  replace(held.fax, to.fax);
  replace(held.fax_ext, to.fax_ext);
  replace(held.email, to.email);
  replace(held.url, to.url);
  for (const PostalInfo& one : to.postal) {
    const auto same = std::ranges::find(held.postal, one.type, &PostalInfo::type);
    if (same == held.postal.end()) {
      held.postal.push_back(one);
      continue;
    }
    PostalInfo changed = one;
    if (one.name.empty()) changed.name = same->name;
    if (one.city.empty()) {
      changed = *same;
      changed.name = one.name;
    }
    *same = std::move(changed);
  }
}

}  // namespace

SandboxSaid SandboxOrganizations::check(const XmlElement& object) {
  std::vector<std::pair<std::string, bool>> all;
  object.each_child("id", [&](const XmlElement& one) {
    const std::string id = one.text();
    all.emplace_back(id, is_organization_id(id) && !store_.find(organization_kind, id));
  });
  if (all.empty()) return {.code = 2003};
  if (all.size() > most_checked) return {.code = 2004, .reason = "at most 50"};
  return {.data = [all = std::move(all)](XmlWriter& xml) {
    xml.open("org:chkData", {{"xmlns:org", org_namespace}});
    for (const auto& [id, is_free] : all) {
      xml.open("org:cd");
      xml.element("org:id", id, {{"avail", is_free ? "1" : "0"}});
      xml.close();
    }
    xml.close();
  }};
}

SandboxSaid SandboxOrganizations::answer(const std::string& account, std::string_view verb, const XmlElement& object) {
  const OrganizationData wanted = organization_in(object);
  if (wanted.id.empty()) return {.code = 2003};
  if (!is_organization_id(wanted.id)) return {.code = 2005, .reason = "no id: " + wanted.id};
  if (verb == "create") return create(account, wanted);
  auto held = store_.find(organization_kind, wanted.id);
  if (!held) return {.code = 2303};
  if (verb == "info") return info(*held);
  if (held->sponsor != account) return {.code = 2201};
  if (verb == "update") return update(account, std::move(*held), object);
  if (verb != "delete") return {.code = 2101};
  if (has_status(*held, "clientDeleteProhibited")) return {.code = 2304};
  if (store_.is_linked(organization_kind, held->id)) return {.code = 2305};
  store_.remove(organization_kind, held->id);
  return {};
}

unsigned SandboxOrganizations::refused(const OrganizationData& wanted) {
  for (const std::string& one : wanted.statuses)
    if (!one.starts_with("client") && one != "hold" && one != "terminated") return 2004;
  if (!wanted.facts.parent.empty() && !store_.find(organization_kind, wanted.facts.parent)) return 2303;
  const bool is_there =
      std::ranges::all_of(wanted.contacts, [&](const DomainContact& one) { return store_.find('C', one.id).has_value(); });
  return is_there ? 0 : 2303;
}

SandboxSaid SandboxOrganizations::create(const std::string& account, const OrganizationData& wanted) {
  if (store_.find(organization_kind, wanted.id)) return {.code = 2302};
  if (wanted.roles.empty()) return {.code = 2003};
  if (const unsigned code = refused(wanted); code != 0) return {.code = code};
  SandboxObject made;
  made.kind = organization_kind;
  made.id = wanted.id;
  made.roid = store_.next_roid(organization_kind);
  made.sponsor = made.creator = account;
  made.created = now();
  made.parts = parts_of(wanted);
  put_facts(made, wanted.facts);
  store_.put(made);
  return {.data = [made = std::move(made)](XmlWriter& xml) {
    xml.open("org:creData", {{"xmlns:org", org_namespace}});
    xml.element("org:id", made.id);
    xml.element("org:crDate", made.created);
    xml.close();
  }};
}

SandboxSaid SandboxOrganizations::update(const std::string& account, SandboxObject held, const XmlElement& object) {
  const OrganizationData removed = organization_in(object.child("rem"));
  const bool frees = std::ranges::find(removed.statuses, "clientUpdateProhibited") != removed.statuses.end();
  if (has_status(held, "clientUpdateProhibited") && !frees) return {.code = 2304};
  for (const Part& part : parts_of(removed))
    if (std::erase_if(held.parts, [&](const Part& one) { return one.what == part.what && one.value == part.value; }) == 0)
      return {.code = 2303, .reason = "not there: " + part.value};
  const OrganizationData added = organization_in(object.child("add"));
  if (const unsigned code = refused(added); code != 0) return {.code = code};
  for (const Part& part : parts_of(added)) held.parts.push_back(part);
  if (held.all("role").empty()) return {.code = 2306, .reason = "without a role"};
  if (const XmlElement wanted = object.child("chg")) {
    const OrganizationData to = organization_in(wanted);
    if (const unsigned code = refused(to); code != 0) return {.code = code};
    OrganizationFacts facts = facts_of(held);
    change(facts, to.facts);
    put_facts(held, facts);
  }
  held.updater = account;
  held.updated = now();
  store_.put(held);
  return {};
}

SandboxSaid SandboxOrganizations::info(const SandboxObject& held) {
  const bool is_linked = store_.is_linked(organization_kind, held.id);
  return {.data = [held, is_linked](XmlWriter& xml) {
    xml.open("org:infData", {{"xmlns:org", org_namespace}});
    xml.element("org:id", held.id);
    xml.element("org:roid", held.roid);
    for (const Part* role : held.all("role")) {
      xml.open("org:role");
      xml.element("org:type", role->value);
      xml.element_if("org:roleID", role->more);
      xml.close();
    }
    if (held.all("status").empty()) xml.element("org:status", "ok");
    for (const Part* status : held.all("status")) xml.element("org:status", status->value);
    if (is_linked) xml.element("org:status", "linked");
    write_facts(xml, facts_of(held));
    for (const Part* contact : held.all("contact")) xml.element("org:contact", contact->value, {{"type", contact->more}});
    xml.element("org:clID", held.sponsor);
    xml.element("org:crID", held.creator);
    xml.element("org:crDate", held.created);
    xml.element_if("org:upID", held.updater);
    xml.element_if("org:upDate", held.updated);
    xml.close();
  }};
}

}  // namespace regdata::epp
