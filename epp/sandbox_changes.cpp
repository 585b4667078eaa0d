// What changes objects of the sandbox registry.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "epp/contact.hpp"
#include "epp/namespaces.hpp"
#include "epp/sandbox_objects.hpp"
#include "registration/contact_checks.hpp"
#include "registration/host.hpp"

namespace regdata::epp {
namespace {

using Part = SandboxObject::Part;

/// Statuses that clients set.
bool is_client_status(std::string_view status) { return status.starts_with("client") && status.size() > 6; }

std::optional<int> number_of(const std::string& text) {
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// Years of a period: 1 where none is told; empty: out of range.
std::optional<int> years_of(const XmlElement& object) {
  const XmlElement period = object.child("period");
  if (!period) return 1;
  const auto number = number_of(period.text());
  if (!number || period.attribute("unit") != "y" || *number < 1 || *number > 10) return std::nullopt;
  return number;
}

void take_servers(const XmlElement& ns, std::vector<Part>& parts) {
  ns.each_child("hostObj", [&](const XmlElement& one) { parts.push_back({"ns", one.text(), ""}); });
}

void take_contacts(const XmlElement& object, std::vector<Part>& parts) {
  object.each_child("contact", [&](const XmlElement& one) {
    parts.push_back({"contact", one.text(), std::string(one.attribute("type"))});
  });
}

void take_statuses(const XmlElement& object, std::vector<Part>& parts) {
  object.each_child("status", [&](const XmlElement& one) { parts.push_back({"status", std::string(one.attribute("s")), ""}); });
}

void take_addresses(const XmlElement& object, std::vector<Part>& parts) {
  object.each_child("addr", [&](const XmlElement& one) {
    const std::string_view ip = one.attribute("ip");
    parts.push_back({"addr", one.text(), ip.empty() ? "v4" : std::string(ip)});
  });
}

void take_organizations(const XmlElement& parent, std::vector<Part>& parts) {
  parent.each_child("id", [&](const XmlElement& one) {
    parts.push_back({"org", one.text(), std::string(one.attribute("role"))});
  });
}

void take_ds(const XmlElement& parent, std::vector<Part>& parts) {
  parent.each_child("dsData", [&](const XmlElement& one) {
    parts.push_back(
        {"ds", one.child("digest").text(),
         fmt::format("{} {} {}", one.child("keyTag").text(), one.child("alg").text(), one.child("digestType").text())});
  });
}

/// Everything about a person that may be told, as it came: raw, so that it goes back as it was.
void take_person(const XmlElement& object, std::vector<Part>& parts) {
  for (const char* name : {"postalInfo", "voice", "fax", "email"})
    object.each_child(name, [&](const XmlElement& one) { parts.push_back({std::string("person ") + name, one.raw(), ""}); });
}

bool equal(const Part& one, const Part& other) {
  return one.what == other.what && one.value == other.value && one.more == other.more;
}

/// 0, or the code that says why not.
unsigned check_person(const XmlElement& object, bool is_new) {
  const XmlElement postal = object.child("postalInfo");
  if (is_new && (!postal || !object.child("email") || !object.child("authInfo"))) return 2003;
  unsigned code = 0;
  object.each_child("postalInfo", [&](const XmlElement& one) {
    const XmlElement address = one.child("addr");
    if (is_new && (!one.child("name") || !address.child("city") || !address.child("cc"))) code = 2003;
    const std::string_view type = one.attribute("type");
    if (type != "int" && type != "loc") code = 2001;
    const std::string country = address.child("cc").text();
    if (!country.empty() && !check_country(country)) code = 2005;
    if (type == "int")
      for (const char octet : one.raw())
        if (static_cast<unsigned char>(octet) > 0x7E) code = 2005;
  });
  const std::string email = object.child("email").text();
  if (!email.empty() && !check_email(email)) code = 2005;
  const std::string voice = object.child("voice").text();
  if (!voice.empty() && !check_phone(voice)) code = 2005;
  return code;
}

}  // namespace

bool has_status(const SandboxObject& object, std::string_view status) {
  return std::ranges::any_of(object.all("status"), [&](const Part* part) { return part->value == status; });
}

UtcTime years_after(UtcTime time, int years) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  year_month_day date(day);
  date = (date.year() + std::chrono::years(years)) / date.month() / date.day();
  if (!date.ok()) date = date.year() / date.month() / last;
  return UtcTime(sys_days(date)) + (time - day);
}

unsigned SandboxObjects::missing_references(const SandboxObject& object) {
  for (const Part* server : object.all("ns"))
    if (!store_.find('H', server->value)) return 2303;
  if (!rules_.holds_contacts) return object.all("registrant").empty() && object.all("contact").empty() ? 0 : 2306;
  if (object.all("registrant").empty()) return 2003;
  for (const char* what : {"registrant", "contact"})
    for (const Part* contact : object.all(what))
      if (!store_.find('C', contact->value)) return 2303;
  return 0;
}

SandboxSaid SandboxObjects::create(const std::string& account, const XmlElement& object, const XmlElement& extension) {
  SandboxObject made;
  made.kind = kind_of(object);
  made.id = object.child(id_element(made.kind)).text();
  if (store_.find(made.kind, made.id)) return {.code = 2302};
  made.sponsor = made.creator = account;
  made.created = now();
  made.auth_info = object.child("authInfo").child("pw").text();
  unsigned code = 0;
  if (made.kind == 'D') {
    const auto years = years_of(object);
    if (!years) return {.code = 2004};
    if (!object.child("authInfo")) return {.code = 2003};
    made.expires = format_rfc3339(years_after(clock_(), *years));
    if (const std::string registrant = object.child("registrant").text(); !registrant.empty())
      made.parts.push_back({"registrant", registrant, ""});
    take_contacts(object, made.parts);
    take_servers(object.child("ns"), made.parts);
    take_ds(extension.child(sec_dns_namespace, "create"), made.parts);
    take_organizations(extension.child(org_ext_namespace, "create"), made.parts);
    if (const std::string table = extension.child(idn_namespace, "data").child("table").text(); !table.empty())
      made.parts.push_back({"idn", table, ""});
    code = missing_references(made);
  } else if (made.kind == 'H') {
    take_addresses(object, made.parts);
    for (const Part* address : made.all("addr"))
      if (!canonical_address(address->value)) code = 2005;
  } else {
    take_person(object, made.parts);
    code = check_person(object, true);
    if (code == 0) code = take_disclosure(rules_.disclosure, contact_in(object).disclosure, true, made);
  }
  if (code != 0) return {.code = code};
  made.roid = store_.next_roid(made.kind);
  store_.put(made);
  return {.data = [made = std::move(made)](XmlWriter& xml) {
    if (made.kind == 'D') {
      xml.open("domain:creData", {{"xmlns:domain", domain_namespace}});
      xml.element("domain:name", made.id);
      xml.element("domain:crDate", made.created);
      xml.element("domain:exDate", made.expires);
    } else if (made.kind == 'H') {
      xml.open("host:creData", {{"xmlns:host", host_namespace}});
      xml.element("host:name", made.id);
      xml.element("host:crDate", made.created);
    } else {
      xml.open("contact:creData", {{"xmlns:contact", contact_namespace}});
      xml.element("contact:id", made.id);
      xml.element("contact:crDate", made.created);
    }
    xml.close();
  }};
}

SandboxSaid SandboxObjects::update(const std::string& account, const XmlElement& object, const XmlElement& extension) {
  const SandboxKind kind = kind_of(object);
  auto held = store_.find(kind, object.child(id_element(kind)).text());
  if (!held) return {.code = 2303};
  if (held->sponsor != account) return {.code = 2201};
  if (extension.child(rgp_namespace, "update").child("restore")) return restore(std::move(*held));
  if (has_status(*held, "pendingDelete") || has_status(*held, "pendingTransfer")) return {.code = 2304};
  const XmlElement removed = object.child("rem");
  const bool frees = std::ranges::any_of(held->all("status"), [&](const Part* one) {
    bool goes = false;
    removed.each_child("status", [&](const XmlElement& status) { goes = goes || status.attribute("s") == one->value; });
    return one->value == "clientUpdateProhibited" && goes;
  });
  if (has_status(*held, "clientUpdateProhibited") && !frees) return {.code = 2304};
  const auto parts_in = [&](const XmlElement& parent) {
    std::vector<Part> parts;
    take_servers(parent.child("ns"), parts);
    take_contacts(parent, parts);
    take_addresses(parent, parts);
    take_statuses(parent, parts);
    return parts;
  };
  std::vector<Part> going = parts_in(removed);
  std::vector<Part> coming = parts_in(object.child("add"));
  const XmlElement secure = extension.child(sec_dns_namespace, "update");
  take_ds(secure.child("rem"), going);
  if (secure.child("rem").child("all").text() == "true")
    for (const Part* ds : held->all("ds")) going.push_back(*ds);
  take_ds(secure.child("add"), coming);
  const XmlElement organizations = extension.child(org_ext_namespace, "update");
  take_organizations(organizations.child("rem"), going);
  take_organizations(organizations.child("add"), coming);
  if (const XmlElement other = organizations.child("chg")) {
    take_organizations(other, coming);
    for (const Part& part : coming)
      for (const Part* one : held->all("org"))
        if (part.what == "org" && one->more == part.more) going.push_back(*one);
  }
  for (const Part& part : going)
    if (std::erase_if(held->parts, [&](const Part& one) { return equal(one, part); }) == 0)
      return {.code = 2303, .reason = "not there: " + part.value};
  for (const Part& part : coming) {
    if (part.what == "status" && !is_client_status(part.value)) return {.code = 2004, .reason = "not a client's status"};
    if (std::ranges::any_of(held->parts, [&](const Part& one) { return equal(one, part); })) return {.code = 2302};
    held->parts.push_back(part);
  }
  const XmlElement change = object.child("chg");
  if (const XmlElement auth = change.child("authInfo")) held->auth_info = auth.child("pw").text();
  if (const XmlElement registrant = change.child("registrant")) {
    std::erase_if(held->parts, [](const Part& one) { return one.what == "registrant"; });
    if (!registrant.text().empty()) held->parts.push_back({"registrant", registrant.text(), ""});
  }
  if (kind == 'C' && change) {
    if (const unsigned code = check_person(change, false); code != 0) return {.code = code};
    std::vector<Part> person;
    take_person(change, person);
    for (const Part& part : person) std::erase_if(held->parts, [&](const Part& one) { return one.what == part.what; });
    held->parts.insert(held->parts.end(), person.begin(), person.end());
    if (const unsigned code = take_disclosure(rules_.disclosure, contact_in(change).disclosure, false, *held); code != 0)
      return {.code = code};
  }
  if (kind == 'D')
    if (const unsigned code = missing_references(*held); code != 0) return {.code = code};
  held->updater = account;
  held->updated = now();
  const std::string former = held->id;
  if (const std::string name = kind == 'H' ? change.child("name").text() : ""; !name.empty()) {
    if (!is_id('H', name)) return {.code = 2005};
    if (store_.find('H', name)) return {.code = 2302};
    if (store_.is_linked('H', former)) return {.code = 2305, .reason = "names are still served by it"};
    store_.remove('H', former);
    held->id = name;
  }
  store_.put(*held);
  return {};
}

SandboxSaid SandboxObjects::renew(const std::string& account, const XmlElement& object) {
  if (kind_of(object) != 'D') return {.code = 2101};
  auto held = store_.find('D', object.child("name").text());
  if (!held) return {.code = 2303};
  if (held->sponsor != account) return {.code = 2201};
  if (has_status(*held, "clientRenewProhibited") || has_status(*held, "pendingDelete")) return {.code = 2304};
  const auto years = years_of(object);
  if (!years) return {.code = 2004};
  if (object.child("curExpDate").text() != held->expires.substr(0, 10))
    return {.code = 2004, .reason = "curExpDate is another day"};
  const auto expires = parse_rfc3339(held->expires);
  if (!expires) return {.code = 2400};
  const UtcTime later = years_after(*expires, *years);
  if (later > years_after(clock_(), 10)) return {.code = 2105};
  held->expires = format_rfc3339(later);
  held->updater = account;
  held->updated = now();
  store_.put(*held);
  return {.data = [held = std::move(*held)](XmlWriter& xml) {
    xml.open("domain:renData", {{"xmlns:domain", domain_namespace}});
    xml.element("domain:name", held.id);
    xml.element("domain:exDate", held.expires);
    xml.close();
  }};
}

SandboxSaid SandboxObjects::remove(const std::string& account, const XmlElement& object) {
  const SandboxKind kind = kind_of(object);
  const auto held = store_.find(kind, object.child(id_element(kind)).text());
  if (!held) return {.code = 2303};
  if (held->sponsor != account) return {.code = 2201};
  if (has_status(*held, "clientDeleteProhibited") || has_status(*held, "pendingDelete") || has_status(*held, "pendingTransfer"))
    return {.code = 2304};
  if (kind != 'D' && store_.is_linked(kind, held->id)) return {.code = 2305};
  if (kind == 'D' && store_.has_hosts_below(held->id)) return {.code = 2305, .reason = "hosts below it are still there"};
  const auto created = parse_rfc3339(held->created);
  if (kind == 'D' && created && clock_() >= *created + add_grace) {
    SandboxObject going = *held;
    going.parts.push_back({"status", "pendingDelete", ""});
    going.parts.push_back({"rgp", "redemptionPeriod", now()});
    going.updater = account;
    going.updated = now();
    store_.put(going);
    return {};
  }
  store_.remove(kind, held->id);
  return {};
}

}  // namespace regdata::epp
