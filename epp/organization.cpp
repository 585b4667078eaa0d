#include "epp/organization.hpp"

#include "epp/command_parts.hpp"
#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

void open_organization(XmlWriter& xml, std::string_view command, std::string_view object) {
  xml.open(command);
  xml.open(object, {{"xmlns:org", org_namespace}});
}

void close_organization(XmlWriter& xml) {
  xml.close();
  xml.close();
}

void write_roles(XmlWriter& xml, const std::vector<OrganizationRole>& roles) {
  for (const OrganizationRole& role : roles) {
    xml.open("org:role");
    xml.element("org:type", role.type);
    xml.element_if("org:roleID", role.id);
    xml.close();
  }
}

void write_organization_contacts(XmlWriter& xml, const std::vector<DomainContact>& contacts) {
  for (const DomainContact& one : contacts) xml.element("org:contact", one.id, {{"type", one.type}});
}

void write_organization_statuses(XmlWriter& xml, const std::vector<std::string>& statuses) {
  for (const std::string& status : statuses) xml.element("org:status", status);
}

void write_organization_part(XmlWriter& xml, std::string_view name, const OrganizationUpdate::Part& part) {
  if (part.empty()) return;
  xml.open(name);
  write_organization_contacts(xml, part.contacts);
  write_roles(xml, part.roles);
  write_organization_statuses(xml, part.statuses);
  xml.close();
}

}  // namespace

void write_facts(XmlWriter& xml, const OrganizationFacts& facts) {
  xml.element_if("org:parentId", facts.parent);
  for (const PostalInfo& info : facts.postal) {
    xml.open("org:postalInfo", {{"type", info.type}});
    xml.element_if("org:name", info.name.reveal());
    if (!info.city.empty()) {
      xml.open("org:addr");
      for (const PersonalText& line : info.street) xml.element("org:street", line.reveal());
      xml.element("org:city", info.city.reveal());
      xml.element_if("org:sp", info.state.reveal());
      xml.element_if("org:pc", info.postal_code.reveal());
      xml.element("org:cc", info.country);
      xml.close();
    }
    xml.close();
  }
  write_number(xml, "org:voice", facts.voice, facts.voice_ext);
  write_number(xml, "org:fax", facts.fax, facts.fax_ext);
  xml.element_if("org:email", facts.email.reveal());
  xml.element_if("org:url", facts.url);
}

void write_body(XmlWriter& xml, const OrganizationCheck& check) {
  open_organization(xml, "check", "org:check");
  for (const std::string& id : check.ids) xml.element("org:id", id);
  close_organization(xml);
}

void write_body(XmlWriter& xml, const OrganizationInfo& info) {
  open_organization(xml, "info", "org:info");
  xml.element("org:id", info.id);
  close_organization(xml);
}

void write_body(XmlWriter& xml, const OrganizationCreate& create) {
  open_organization(xml, "create", "org:create");
  xml.element("org:id", create.id);
  write_roles(xml, create.roles);
  write_organization_statuses(xml, create.statuses);
  write_facts(xml, create.facts);
  write_organization_contacts(xml, create.contacts);
  close_organization(xml);
}

void write_body(XmlWriter& xml, const OrganizationUpdate& update) {
  open_organization(xml, "update", "org:update");
  xml.element("org:id", update.id);
  write_organization_part(xml, "org:add", update.add);
  write_organization_part(xml, "org:rem", update.remove);
  if (!update.change.is_empty()) {
    xml.open("org:chg");
    write_facts(xml, update.change);
    xml.close();
  }
  close_organization(xml);
}

void write_body(XmlWriter& xml, const OrganizationDelete& command) {
  open_organization(xml, "delete", "org:delete");
  xml.element("org:id", command.id);
  close_organization(xml);
}

Expected<OrganizationData> read_organization(const Response& response) {
  const XmlElement info = response.data(org_namespace, "infData");
  if (!info || !info.child("id")) return make_error(Errc::invalid, "an answer to an info of an organization without its data");
  return organization_in(info);
}

OrganizationData organization_in(const XmlElement& element) {
  OrganizationData data;
  const auto personal_text = [&](const char* name) { return PersonalText(element.child(name).text()); };
  const auto extension = [&](const char* name) { return PersonalText(std::string(element.child(name).attribute("x"))); };
  data.id = element.child("id").text();
  data.roid = element.child("roid").text();
  element.each_child("role", [&](const XmlElement& one) {
    data.roles.push_back({one.child("type").text(), one.child("roleID").text()});
  });
  element.each_child("status", [&](const XmlElement& one) { data.statuses.push_back(one.text()); });
  data.facts.parent = element.child("parentId").text();
  element.each_child("postalInfo", [&](const XmlElement& one) { data.facts.postal.push_back(postal_in(one)); });
  data.facts.voice = personal_text("voice");
  data.facts.voice_ext = extension("voice");
  data.facts.fax = personal_text("fax");
  data.facts.fax_ext = extension("fax");
  data.facts.email = personal_text("email");
  data.facts.url = element.child("url").text();
  element.each_child("contact", [&](const XmlElement& one) {
    data.contacts.push_back({std::string(one.attribute("type")), one.text()});
  });
  data.sponsor = element.child("clID").text();
  data.created_by = element.child("crID").text();
  data.created = element.child("crDate").time();
  data.updated = element.child("upDate").time();
  return data;
}

}  // namespace regdata::epp
