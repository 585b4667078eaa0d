#include "epp/sandbox_registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "epp/namespaces.hpp"
#include "registration/contact_checks.hpp"
#include "registration/host.hpp"

namespace regdata::epp {
namespace {

using Part = SandboxObject::Part;

constexpr unsigned most_login_failures = 3;
constexpr std::array<std::string_view, 3> object_uris{contact_namespace, domain_namespace, host_namespace};
constexpr std::array<std::string_view, 3> extension_uris{sec_dns_namespace, rgp_namespace, login_sec_namespace};

/// Texts of RFC 5730 §3.
std::string_view text_for(unsigned code) {
  switch (code) {
    case 1000:
      return "Command completed successfully";
    case 1300:
      return "Command completed successfully; no messages";
    case 1301:
      return "Command completed successfully; ack to dequeue";
    case 1500:
      return "Command completed successfully; ending session";
    case 2000:
      return "Unknown command";
    case 2001:
      return "Command syntax error";
    case 2002:
      return "Command use error";
    case 2003:
      return "Required parameter missing";
    case 2004:
      return "Parameter value range error";
    case 2005:
      return "Parameter value syntax error";
    case 2100:
      return "Unimplemented protocol version";
    case 2101:
      return "Unimplemented command";
    case 2102:
      return "Unimplemented option";
    case 2103:
      return "Unimplemented extension";
    case 2105:
      return "Object is not eligible for renewal";
    case 2200:
      return "Authentication error";
    case 2201:
      return "Authorization error";
    case 2302:
      return "Object exists";
    case 2303:
      return "Object does not exist";
    case 2304:
      return "Object status prohibits operation";
    case 2305:
      return "Object association prohibits operation";
    case 2307:
      return "Unimplemented object service";
    case 2400:
      return "Command failed";
    case 2501:
      return "Authentication error; server closing connection";
    default:
      return "Command failed";
  }
}

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

bool has_status(const SandboxObject& object, std::string_view status) {
  return std::ranges::any_of(object.all("status"), [&](const Part* part) { return part->value == status; });
}

/// Statuses that clients set.
bool is_client_status(std::string_view status) { return status.starts_with("client") && status.size() > 6; }

std::optional<UtcTime> add_years(UtcTime time, int years) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  year_month_day date(day);
  date = (date.year() + std::chrono::years(years)) / date.month() / date.day();
  if (!date.ok()) date = date.year() / date.month() / last;
  return UtcTime(sys_days(date)) + (time - day);
}

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

void take_ds(const XmlElement& parent, std::vector<Part>& parts) {
  parent.each_child("dsData", [&](const XmlElement& one) {
    parts.push_back(
        {"ds", one.child("digest").text(),
         fmt::format("{} {} {}", one.child("keyTag").text(), one.child("alg").text(), one.child("digestType").text())});
  });
}

/// Everything about a person that may be told, as it came: raw, so that it goes back as it was.
void take_person(const XmlElement& object, std::vector<Part>& parts) {
  for (const char* name : {"postalInfo", "voice", "fax", "email", "disclose"})
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

/// A code, and what stands in resData and extension.
struct SandboxRegistry::Said {
  unsigned code = 1000;
  std::function<void(XmlWriter&)> data{};
  std::function<void(XmlWriter&)> extension{};
  std::string reason{};
  std::optional<SandboxStore::Message> message{};
  bool closes = false;
};

std::string SandboxRegistry::greeting() const {
  XmlWriter xml;
  xml.open("epp", {{"xmlns", epp_namespace}});
  xml.open("greeting");
  xml.element("svID", "regdata sandbox");
  xml.element("svDate", now());
  xml.open("svcMenu");
  xml.element("version", "1.0");
  xml.element("lang", "en");
  for (const std::string_view uri : object_uris)
    if (uri != contact_namespace || rules_.holds_contacts) xml.element("objURI", uri);
  xml.open("svcExtension");
  for (const std::string_view uri : extension_uris) xml.element("extURI", uri);
  xml.close();
  xml.close();
  xml.open("dcp");
  xml.open("access");
  xml.empty("none");
  xml.close();
  xml.open("statement");
  xml.open("purpose");
  xml.empty("prov");
  xml.close();
  xml.open("recipient");
  xml.empty("ours");
  xml.close();
  xml.open("retention");
  xml.empty("stated");
  xml.close();
  xml.close();
  xml.close();
  xml.close();
  xml.close();
  return xml.take();
}

std::string SandboxRegistry::text_of(const Said& said, const Client& client, const std::string& client_id) {
  XmlWriter xml;
  xml.open("epp", {{"xmlns", epp_namespace}});
  xml.open("response");
  const std::string code = std::to_string(said.code);
  xml.open("result", {{"code", code}});
  xml.element("msg", text_for(said.code));
  if (!said.reason.empty()) {
    xml.open("extValue");
    xml.open("value");
    xml.element("reason", said.reason, {{"xmlns", "urn:regdata:sandbox"}});
    xml.close();
    xml.element("reason", said.reason);
    xml.close();
  }
  xml.close();
  const std::uint64_t waiting = client.account.empty() ? 0 : store_.waiting(client.account);
  if (said.message) {
    const std::string count = std::to_string(waiting);
    const std::string id = fmt::format("S-{}", said.message->number);
    xml.open("msgQ", {{"count", count}, {"id", id}});
    xml.element("qDate", said.message->at);
    xml.element("msg", said.message->text);
    xml.close();
  } else if (waiting > 0) {
    const std::string count = std::to_string(waiting);
    const std::string id = fmt::format("S-{}", store_.head(client.account)->number);
    xml.empty("msgQ", {{"count", count}, {"id", id}});
  }
  if (said.data || (said.message && !said.message->payload.empty())) {
    xml.open("resData");
    if (said.data) said.data(xml);
    if (said.message) xml.raw(said.message->payload);
    xml.close();
  }
  if (said.extension) {
    xml.open("extension");
    said.extension(xml);
    xml.close();
  }
  xml.open("trID");
  xml.element_if("clTRID", client_id);
  xml.element("svTRID", fmt::format("SANDBOX-{}", ++answers_));
  xml.close();
  xml.close();
  xml.close();
  return xml.take();
}

SandboxRegistry::Answer SandboxRegistry::answer(Client& client, std::string_view xml) {
  const auto document = XmlDocument::parse(xml);
  if (!document) return {text_of({.code = 2001}, client, {}), false};
  const XmlElement root = document->root();
  if (!root.is(epp_namespace, "epp")) return {text_of({.code = 2001}, client, {}), false};
  if (root.child("hello")) return {greeting(), false};
  const XmlElement command = root.child("command");
  if (!command) return {text_of({.code = 2001}, client, {}), false};
  const std::string client_id = command.child("clTRID").text();
  try {
    store_.begin();
    const Said said = dispatch(client, command, command.child("extension"));
    Answer answer{text_of(said, client, client_id), said.closes};
    if (said.code < 2000)
      store_.commit();
    else
      store_.roll_back();
    return answer;
  } catch (const SQLite::Exception&) {  // somebody else holds the objects, or the disk is full
    store_.roll_back();
    Client nobody;
    return {text_of({.code = 2400}, nobody, client_id), false};
  }
}

bool SandboxRegistry::is_known_object(const XmlElement& object) const {
  return std::ranges::find(object_uris, object.namespace_uri()) != object_uris.end();
}

SandboxRegistry::Said SandboxRegistry::dispatch(Client& client, const XmlElement& command, const XmlElement& extension) {
  const XmlElement verb = command.first_child();
  const std::string_view name = verb.local_name();
  if (name == "login") return log_in(client, verb, extension);
  if (client.account.empty()) return {.code = 2002, .reason = "not logged in"};
  if (name == "logout") {
    client.account.clear();
    return {.code = 1500, .closes = true};
  }
  if (name == "poll") return poll(client, verb);
  const XmlElement object = verb.first_child();
  static const std::set<std::string_view> verbs{"check", "info", "create", "update", "renew", "delete", "transfer"};
  if (!verbs.contains(name)) return {.code = 2000};
  if (!object || object.local_name() != name) return {.code = 2001};
  if (!is_known_object(object)) return {.code = 2307};
  if (object.namespace_uri() == contact_namespace && !rules_.holds_contacts)
    return {.code = 2101, .reason = "this registry holds no contacts"};
  if (name == "check") return check(object);
  const std::string id = object.child(id_element(kind_of(object))).text();
  if (id.empty()) return {.code = 2003};
  if (!is_id(kind_of(object), id)) return {.code = 2005, .reason = "no name or id: " + id};
  if (name == "info") return info(client, object);
  if (name == "create") return create(client, object, extension);
  if (name == "update") return update(client, object, extension);
  if (name == "renew") return renew(client, object);
  if (name == "delete") return remove(client, object);
  return {.code = 2101, .reason = "transfers are not rehearsed here yet"};
}

SandboxRegistry::Said SandboxRegistry::log_in(Client& client, const XmlElement& login, const XmlElement& extension) {
  if (!client.account.empty()) return {.code = 2002, .reason = "logged in already"};
  if (login.child("options").child("version").text() != "1.0") return {.code = 2100};
  if (login.child("options").child("lang").text() != "en") return {.code = 2102};
  unsigned code = 0;
  const XmlElement services = login.child("svcs");
  services.each_child("objURI", [&](const XmlElement& one) {
    if (std::ranges::find(object_uris, one.text()) == object_uris.end()) code = 2307;
  });
  services.child("svcExtension").each_child("extURI", [&](const XmlElement& one) {
    if (std::ranges::find(extension_uris, one.text()) == extension_uris.end()) code = 2103;
  });
  if (code != 0) return {.code = code};
  const XmlElement secured = extension.child(login_sec_namespace, "loginSec");
  std::string password = login.child("pw").text();
  if (password == "[LOGIN-SECURITY]") password = secured.child("pw").text();
  if (login.child("clID").text() == rules_.account && password == rules_.password) {
    client.account = rules_.account;
    return {};
  }
  const bool too_often = ++client.failures > most_login_failures;
  return {.code = too_often ? 2501U : 2200U, .closes = too_often};
}

SandboxRegistry::Said SandboxRegistry::poll(const Client& client, const XmlElement& command) {
  if (command.attribute("op") == "req") {
    auto message = store_.head(client.account);
    if (!message) return {.code = 1300};
    return {.code = 1301, .message = std::move(message)};
  }
  if (command.attribute("op") != "ack") return {.code = 2001};
  const std::string id(command.attribute("msgID"));
  if (id.empty()) return {.code = 2003};
  const auto number = id.starts_with("S-") ? number_of(id.substr(2)) : std::nullopt;
  if (!number || !store_.acknowledge(client.account, *number)) return {.code = 2303};
  return {};
}

SandboxRegistry::Said SandboxRegistry::check(const XmlElement& object) {
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

namespace {

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

SandboxRegistry::Said SandboxRegistry::info(const Client& client, const XmlElement& object) {
  const SandboxKind kind = kind_of(object);
  auto found = store_.find(kind, object.child(id_element(kind)).text());
  if (!found) return {.code = 2303};
  const bool is_own = found->sponsor == client.account;
  const bool is_linked = store_.is_linked(kind, found->id);
  if (kind == 'H')
    return {.data = [held = std::move(*found), is_linked](XmlWriter& xml) { write_host_data(xml, held, is_linked); }};
  if (kind == 'C') {
    if (!is_own) return {.code = 2201};
    return {.data = [held = std::move(*found), is_linked](XmlWriter& xml) {
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
      for (const Part* part : held.all("person disclose")) xml.raw(part->value);
      xml.close();
    }};
  }
  std::vector<std::string> hosts;
  const std::string_view wanted = object.child("name").attribute("hosts");
  if (is_own && (wanted.empty() || wanted == "all" || wanted == "sub")) hosts = store_.hosts_below(found->id);
  Said said;
  if (!found->all("ds").empty())
    said.extension = [held = *found](XmlWriter& xml) {
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

unsigned SandboxRegistry::missing_references(const SandboxObject& object) {
  for (const Part* server : object.all("ns"))
    if (!store_.find('H', server->value)) return 2303;
  if (!rules_.holds_contacts) return object.all("registrant").empty() && object.all("contact").empty() ? 0 : 2306;
  if (object.all("registrant").empty()) return 2003;
  for (const char* what : {"registrant", "contact"})
    for (const Part* contact : object.all(what))
      if (!store_.find('C', contact->value)) return 2303;
  return 0;
}

SandboxRegistry::Said SandboxRegistry::create(const Client& client, const XmlElement& object, const XmlElement& extension) {
  SandboxObject made;
  made.kind = kind_of(object);
  made.id = object.child(id_element(made.kind)).text();
  if (store_.find(made.kind, made.id)) return {.code = 2302};
  made.sponsor = made.creator = client.account;
  made.created = now();
  made.auth_info = object.child("authInfo").child("pw").text();
  unsigned code = 0;
  if (made.kind == 'D') {
    const auto years = years_of(object);
    if (!years) return {.code = 2004};
    if (!object.child("authInfo")) return {.code = 2003};
    made.expires = format_rfc3339(*add_years(clock_(), *years));
    if (const std::string registrant = object.child("registrant").text(); !registrant.empty())
      made.parts.push_back({"registrant", registrant, ""});
    take_contacts(object, made.parts);
    take_servers(object.child("ns"), made.parts);
    take_ds(extension.child(sec_dns_namespace, "create"), made.parts);
    code = missing_references(made);
  } else if (made.kind == 'H') {
    take_addresses(object, made.parts);
    for (const Part* address : made.all("addr"))
      if (!canonical_address(address->value)) code = 2005;
  } else {
    take_person(object, made.parts);
    code = check_person(object, true);
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

SandboxRegistry::Said SandboxRegistry::update(const Client& client, const XmlElement& object, const XmlElement& extension) {
  const SandboxKind kind = kind_of(object);
  auto held = store_.find(kind, object.child(id_element(kind)).text());
  if (!held) return {.code = 2303};
  if (held->sponsor != client.account) return {.code = 2201};
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
  }
  if (kind == 'D')
    if (const unsigned code = missing_references(*held); code != 0) return {.code = code};
  held->updater = client.account;
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

SandboxRegistry::Said SandboxRegistry::renew(const Client& client, const XmlElement& object) {
  if (kind_of(object) != 'D') return {.code = 2101};
  auto held = store_.find('D', object.child("name").text());
  if (!held) return {.code = 2303};
  if (held->sponsor != client.account) return {.code = 2201};
  if (has_status(*held, "clientRenewProhibited")) return {.code = 2304};
  const auto years = years_of(object);
  if (!years) return {.code = 2004};
  if (object.child("curExpDate").text() != held->expires.substr(0, 10))
    return {.code = 2004, .reason = "curExpDate is another day"};
  const auto expires = parse_rfc3339(held->expires);
  const auto later = expires ? add_years(*expires, *years) : std::nullopt;
  if (!later || *later > *add_years(clock_(), 10)) return {.code = 2105};
  held->expires = format_rfc3339(*later);
  held->updater = client.account;
  held->updated = now();
  store_.put(*held);
  return {.data = [held = std::move(*held)](XmlWriter& xml) {
    xml.open("domain:renData", {{"xmlns:domain", domain_namespace}});
    xml.element("domain:name", held.id);
    xml.element("domain:exDate", held.expires);
    xml.close();
  }};
}

SandboxRegistry::Said SandboxRegistry::remove(const Client& client, const XmlElement& object) {
  const SandboxKind kind = kind_of(object);
  const auto held = store_.find(kind, object.child(id_element(kind)).text());
  if (!held) return {.code = 2303};
  if (held->sponsor != client.account) return {.code = 2201};
  if (has_status(*held, "clientDeleteProhibited")) return {.code = 2304};
  if (kind != 'D' && store_.is_linked(kind, held->id)) return {.code = 2305};
  if (kind == 'D' && store_.has_hosts_below(held->id)) return {.code = 2305, .reason = "hosts below it are still there"};
  store_.remove(kind, held->id);
  return {};
}

}  // namespace regdata::epp
