#include "epp/host.hpp"

#include "epp/command_parts.hpp"
#include "epp/domain.hpp"
#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

void write_addresses(XmlWriter& xml, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses)
    xml.element("host:addr", address, {{"ip", address.find(':') == std::string::npos ? "v4" : "v6"}});
}

void write_host_part(XmlWriter& xml, std::string_view name, const HostUpdate::Part& part) {
  if (part.empty()) return;
  xml.open(name);
  write_addresses(xml, part.addresses);
  for (const std::string& status : part.statuses) xml.empty("host:status", {{"s", status}});
  xml.close();
}

/// The element of the command, the object's own in it.
void open_host(XmlWriter& xml, std::string_view command, std::string_view object) {
  xml.open(command);
  xml.open(object, {{"xmlns:host", host_namespace}});
}

void close_host(XmlWriter& xml) {
  xml.close();
  xml.close();
}

}  // namespace

void write_body(XmlWriter& xml, const HostCheck& check) {
  open_host(xml, "check", "host:check");
  for (const std::string& name : check.names) xml.element("host:name", name);
  close_host(xml);
}

void write_body(XmlWriter& xml, const HostInfo& info) {
  open_host(xml, "info", "host:info");
  xml.element("host:name", info.name);
  close_host(xml);
}

void write_body(XmlWriter& xml, const HostCreate& create) {
  open_host(xml, "create", "host:create");
  xml.element("host:name", create.name);
  write_addresses(xml, create.addresses);
  close_host(xml);
}

void write_body(XmlWriter& xml, const HostUpdate& update) {
  open_host(xml, "update", "host:update");
  xml.element("host:name", update.name);
  write_host_part(xml, "host:add", update.add);
  write_host_part(xml, "host:rem", update.remove);
  if (!update.new_name.empty()) {
    xml.open("host:chg");
    xml.element("host:name", update.new_name);
    xml.close();
  }
  close_host(xml);
}

void write_body(XmlWriter& xml, const HostDelete& command) {
  open_host(xml, "delete", "host:delete");
  xml.element("host:name", command.name);
  close_host(xml);
}

Expected<HostData> read_host(const Response& response) {
  const XmlElement info = response.data(host_namespace, "infData");
  if (!info || !info.child("name")) return make_error(Errc::invalid, "an answer to an info of a host without its data");
  HostData data;
  data.name = as_name(info.child("name").text());
  data.roid = info.child("roid").text();
  info.each_child("status", [&](const XmlElement& one) { data.statuses.emplace_back(one.attribute("s")); });
  info.each_child("addr", [&](const XmlElement& one) { data.addresses.push_back(as_address(one.text())); });
  data.sponsor = info.child("clID").text();
  data.created_by = info.child("crID").text();
  data.created = info.child("crDate").time();
  data.updated = info.child("upDate").time();
  data.transferred = info.child("trDate").time();
  return data;
}

}  // namespace regdata::epp
