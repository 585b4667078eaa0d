#include "epp/maintenance.hpp"

#include <algorithm>

#include "epp/command_parts.hpp"
#include "epp/namespaces.hpp"
#include "registration/ascii.hpp"

namespace regdata::epp {
namespace {

/// A registry that is away for longer does not say so in a message, and a clock gone wrong must not stop us.
constexpr std::chrono::days longest_maintenance{7};

/// The names are a registry's own (RFC 9167 §3.3): "EPP", "SRS", "Shared Registry System".
bool is_epp(std::string_view name) {
  return name.empty() || contains_ignoring_case(name, "epp") || contains_ignoring_case(name, "srs") ||
         contains_ignoring_case(name, "registry");
}

bool read_times(const XmlElement& element, Maintenance& one) {
  const auto starts = element.child("start").time();
  const auto ends = element.child("end").time();
  if (!starts || !ends || *ends < *starts || *ends - *starts > longest_maintenance) return false;
  one.starts = *starts;
  one.ends = *ends;
  return true;
}

}  // namespace

bool Maintenance::concerns_us() const noexcept {
  if (environment != "production" && !environment.empty() && environment != "custom") return false;
  return std::ranges::any_of(systems, [](const System& one) { return one.impact == "full" && is_epp(one.name); });
}

std::vector<Maintenance> maintenance_in(const XmlElement& data) {
  std::vector<Maintenance> all;
  data.child("list").each_child("listItem", [&](const XmlElement& element) {
    Maintenance one;
    one.id = element.child("id").text();
    if (read_times(element, one)) all.push_back(std::move(one));
  });
  const XmlElement item = data.child("item");
  if (!item) return all;
  Maintenance one;
  one.id = item.child("id").text();
  one.poll_type = item.child("pollType").text();
  one.environment = item.child("environment").attribute("type");
  one.reason = item.child("reason").text();
  item.child("systems").each_child("system", [&](const XmlElement& system) {
    one.systems.push_back({system.child("name").text(), system.child("host").text(), system.child("impact").text()});
  });
  item.child("tlds").each_child("tld", [&](const XmlElement& tld) { one.tlds.push_back(tld.text()); });
  if (read_times(item, one)) all.push_back(std::move(one));
  return all;
}

std::vector<Maintenance> read_maintenance(const Response& response) {
  return maintenance_in(response.data(maintenance_namespace, "infData"));
}

void write_body(XmlWriter& xml, const MaintenanceInfo& info) {
  xml.open("info");
  xml.open("maint:info", {{"xmlns:maint", maintenance_namespace}});
  if (info.id.empty())
    xml.empty("maint:list");
  else
    xml.element("maint:id", info.id);
  xml.close();
  xml.close();
}

}  // namespace regdata::epp
