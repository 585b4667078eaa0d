#include "epp/contact.hpp"

#include <algorithm>

#include "epp/command_parts.hpp"
#include "epp/namespaces.hpp"
#include "registration/ascii.hpp"

namespace regdata::epp {
namespace {

/// In the order of the schema.
struct DisclosableForm {
  std::string_view element;
  std::string_view name;
  std::string_view type;
};
constexpr std::array<DisclosableForm, disclosable_count> disclosables{{{"contact:name", "name", "int"},
                                                                       {"contact:name", "name", "loc"},
                                                                       {"contact:org", "org", "int"},
                                                                       {"contact:org", "org", "loc"},
                                                                       {"contact:addr", "addr", "int"},
                                                                       {"contact:addr", "addr", "loc"},
                                                                       {"contact:voice", "voice", ""},
                                                                       {"contact:fax", "fax", ""},
                                                                       {"contact:email", "email", ""}}};

void write_postal(XmlWriter& xml, const std::vector<PostalInfo>& postal) {
  for (const PostalInfo& info : postal) {
    xml.open("contact:postalInfo", {{"type", info.type}});
    xml.element("contact:name", info.name.reveal());
    xml.element_if("contact:org", info.organization.reveal());
    xml.open("contact:addr");
    for (const PersonalText& line : info.street) xml.element("contact:street", line.reveal());
    xml.element("contact:city", info.city.reveal());
    xml.element_if("contact:sp", info.state.reveal());
    xml.element_if("contact:pc", info.postal_code.reveal());
    xml.element("contact:cc", info.country);
    xml.close();
    xml.close();
  }
}

/// `replaces`: what is empty is said so, or it would stay as it was (RFC 5733 §3.2.5).
template <class Command>
void write_reach(XmlWriter& xml, const Command& command, bool replaces) {
  const auto phone = [&](std::string_view name, const PersonalText& number, const PersonalText& ext) {
    if (replaces && number.empty()) xml.empty(name);
    write_number(xml, name, number, ext);
  };
  phone("contact:voice", command.voice, command.voice_ext);
  phone("contact:fax", command.fax, command.fax_ext);
  xml.element_if("contact:email", command.email.reveal());
}

void write_contact_auth(XmlWriter& xml, const Password& word) {
  xml.open("contact:authInfo");
  xml.element("contact:pw", word.reveal());
  xml.close();
}

void write_contact_statuses(XmlWriter& xml, std::string_view name, const std::vector<std::string>& statuses) {
  if (statuses.empty()) return;
  xml.open(name);
  for (const std::string& status : statuses) xml.empty("contact:status", {{"s", status}});
  xml.close();
}

void open_contact(XmlWriter& xml, std::string_view command, std::string_view object) {
  xml.open(command);
  xml.open(object, {{"xmlns:contact", contact_namespace}});
}

void close_contact(XmlWriter& xml) {
  xml.close();
  xml.close();
}

PersonalText personal(const XmlElement& element) { return PersonalText(element.text()); }

/// As an XML Schema boolean; empty: it is none.
std::optional<bool> flag_of(const XmlElement& element) {
  const std::string_view flag = trim(element.attribute("flag"));
  if (flag == "1" || flag == "true") return true;
  if (flag == "0" || flag == "false") return false;
  return std::nullopt;
}

Disclosure read_disclosure(const XmlElement& element) {
  Disclosure disclosure;
  disclosure.shows = flag_of(element) == true;
  element.each_child([&](const XmlElement& one) {
    for (std::size_t at = 0; at < disclosables.size(); ++at) {
      const DisclosableForm& form = disclosables[at];
      const std::string_view type = one.attribute("type");
      // without its type, which some leave out, it is said of both
      if (one.is(contact_namespace, form.name) && (form.type.empty() || type.empty() || type == form.type))
        disclosure.elements[at] = true;
    }
  });
  return disclosure;
}

}  // namespace

void write_number(XmlWriter& xml, std::string_view name, const PersonalText& number, const PersonalText& ext) {
  if (number.empty()) return;
  if (ext.empty())
    xml.element(name, number.reveal());
  else
    xml.element(name, number.reveal(), {{"x", ext.reveal()}});
}

void write_disclosure(XmlWriter& xml, const std::optional<Disclosure>& disclosure) {
  if (!disclosure) return;
  xml.open("contact:disclose", {{"flag", disclosure->shows ? "1" : "0"}});
  for (std::size_t at = 0; at < disclosables.size(); ++at) {
    const DisclosableForm& form = disclosables[at];
    if (!disclosure->elements[at]) continue;
    if (form.type.empty())
      xml.empty(form.element);
    else
      xml.empty(form.element, {{"type", form.type}});
  }
  xml.close();
}

void write_body(XmlWriter& xml, const ContactCheck& check) {
  open_contact(xml, "check", "contact:check");
  for (const std::string& id : check.ids) xml.element("contact:id", id);
  close_contact(xml);
}

void write_body(XmlWriter& xml, const ContactInfo& info) {
  open_contact(xml, "info", "contact:info");
  xml.element("contact:id", info.id);
  if (!info.auth_info.empty()) write_contact_auth(xml, info.auth_info);
  close_contact(xml);
}

void write_body(XmlWriter& xml, const ContactCreate& create) {
  open_contact(xml, "create", "contact:create");
  xml.element("contact:id", create.id);
  write_postal(xml, create.postal);
  write_reach(xml, create, false);
  write_contact_auth(xml, create.auth_info);
  write_disclosure(xml, create.disclosure);
  close_contact(xml);
}

void write_body(XmlWriter& xml, const ContactUpdate& update) {
  open_contact(xml, "update", "contact:update");
  xml.element("contact:id", update.id);
  write_contact_statuses(xml, "contact:add", update.add_statuses);
  write_contact_statuses(xml, "contact:rem", update.remove_statuses);
  xml.open("contact:chg");
  write_postal(xml, update.postal);
  write_reach(xml, update, true);
  if (update.auth_info) write_contact_auth(xml, *update.auth_info);
  write_disclosure(xml, update.disclosure);
  xml.close();
  close_contact(xml);
}

void write_body(XmlWriter& xml, const ContactDelete& command) {
  open_contact(xml, "delete", "contact:delete");
  xml.element("contact:id", command.id);
  close_contact(xml);
}

Expected<ContactData> read_contact(const Response& response) {
  const XmlElement info = response.data(contact_namespace, "infData");
  if (!info || !info.child("id")) return make_error(Errc::invalid, "an answer to an info of a contact without its data");
  return contact_in(info);
}

PostalInfo postal_in(const XmlElement& element) {
  PostalInfo info;
  info.type = element.attribute("type");
  info.name = personal(element.child("name"));
  info.organization = personal(element.child("org"));
  const XmlElement address = element.child("addr");
  address.each_child("street", [&](const XmlElement& one) { info.street.push_back(personal(one)); });
  info.city = personal(address.child("city"));
  info.state = personal(address.child("sp"));
  info.postal_code = personal(address.child("pc"));
  info.country = address.child("cc").text();
  return info;
}

ContactData contact_in(const XmlElement& info) {
  ContactData data;
  data.id = info.child("id").text();
  data.roid = info.child("roid").text();
  info.each_child("status", [&](const XmlElement& one) { data.statuses.emplace_back(one.attribute("s")); });
  info.each_child("postalInfo", [&](const XmlElement& one) { data.postal.push_back(postal_in(one)); });
  data.voice = personal(info.child("voice"));
  data.voice_ext = PersonalText(std::string(info.child("voice").attribute("x")));
  data.fax = personal(info.child("fax"));
  data.fax_ext = PersonalText(std::string(info.child("fax").attribute("x")));
  data.email = personal(info.child("email"));
  data.sponsor = info.child("clID").text();
  data.created_by = info.child("crID").text();
  data.created = info.child("crDate").time();
  data.updated = info.child("upDate").time();
  data.transferred = info.child("trDate").time();
  info.each_child("disclose", [&](const XmlElement& disclose) {
    data.disclosure_is_doubtful |= data.disclosure.has_value() || !flag_of(disclose);
    data.disclosure = read_disclosure(disclose);
  });
  return data;
}

}  // namespace regdata::epp
