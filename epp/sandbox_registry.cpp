#include "epp/sandbox_registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "epp/namespaces.hpp"
#include "epp/sandbox_extensions.hpp"

namespace regdata::epp {
namespace {

constexpr unsigned most_login_failures = 3;
constexpr std::array<std::string_view, 4> object_uris{contact_namespace, domain_namespace, host_namespace, org_namespace};
/// Of what the store keeps for an account whose password was changed.
constexpr SandboxKind password_kind = 'P';
constexpr std::size_t shortest_password = 6;
constexpr std::chrono::days password_life{90};
constexpr std::chrono::days password_warning{60};
constexpr std::array<std::string_view, 9> extension_uris{sec_dns_namespace, rgp_namespace,    login_sec_namespace,
                                                         fee_namespace,     launch_namespace, token_namespace,
                                                         org_ext_namespace, idn_namespace,    name_store_namespace};

/// No number, as many registries have it.
std::string message_id(const SandboxStore::Message& message) { return fmt::format("S-{}", message.number); }

/// Texts of RFC 5730 §3.
std::string_view text_for(unsigned code) {
  switch (code) {
    case 1000:
      return "Command completed successfully";
    case 1001:
      return "Command completed successfully; action pending";
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
    case 2106:
      return "Object is not eligible for transfer";
    case 2200:
      return "Authentication error";
    case 2201:
      return "Authorization error";
    case 2202:
      return "Invalid authorization information";
    case 2300:
      return "Object pending transfer";
    case 2301:
      return "Object not pending transfer";
    case 2302:
      return "Object exists";
    case 2303:
      return "Object does not exist";
    case 2304:
      return "Object status prohibits operation";
    case 2305:
      return "Object association prohibits operation";
    case 2306:
      return "Parameter value policy error";
    case 2307:
      return "Unimplemented object service";
    case 2400:
      return "Command failed";
    case 2500:
      return "Command failed; server closing connection";
    case 2501:
      return "Authentication error; server closing connection";
    case 2502:
      return "Session limit exceeded; server closing connection";
    default:
      return "Command failed";
  }
}

}  // namespace

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

std::string SandboxRegistry::text_of(const SandboxSaid& said, const Client& client, const std::string& client_id) {
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
    const std::string id = message_id(*said.message);
    xml.open("msgQ", {{"count", count}, {"id", id}});
    xml.element("qDate", said.message->at);
    xml.element("msg", said.message->text);
    xml.close();
  } else if (waiting > 0) {
    const std::string count = std::to_string(waiting);
    const std::string id = message_id(*store_.head(client.account));
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

bool SandboxRegistry::is_login(std::string_view xml) { return xml.find("<login") != std::string_view::npos; }

SandboxRegistry::Answer SandboxRegistry::answer(Client& client, std::string_view xml, bool does) {
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
    objects_.tick();
    store_.commit();  // what time does stays, whatever becomes of the command
    store_.begin();
    const SandboxSaid said = dispatch(client, command, command.child("extension"));
    Answer answer{text_of(said, client, client_id), said.closes, client_id};
    if (said.code < 2000 && does)
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

SandboxSaid SandboxRegistry::dispatch(Client& client, const XmlElement& command, const XmlElement& extension) {
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
  if (object.namespace_uri() == org_namespace)
    return name == "check" ? organizations_.check(object) : organizations_.answer(client.account, name, object);
  const bool is_domain = object.namespace_uri() == domain_namespace;
  if (name == "check") {
    SandboxSaid said = objects_.check(object);
    if (is_domain && said.code == 1000) add_check_answers(object, extension, said);
    return said;
  }
  const std::string id = object.child(id_element(kind_of(object))).text();
  if (id.empty()) return {.code = 2003};
  if (!is_id(kind_of(object), id)) return {.code = 2005, .reason = "no name or id: " + id};
  if (name == "info") return objects_.info(client.account, object);
  const bool asks_only = name == "transfer" && verb.attribute("op") != "request";
  if (is_domain && !asks_only)
    if (const unsigned code = refused_by_extension(name, object, extension); code != 0) return {.code = code};
  SandboxSaid said = change(client.account, verb, object, extension);
  if (is_domain && !asks_only) add_charge(name, object, extension, said);
  return said;
}

SandboxSaid SandboxRegistry::change(const std::string& account, const XmlElement& verb, const XmlElement& object,
                                    const XmlElement& extension) {
  const std::string_view name = verb.local_name();
  if (name == "create") return objects_.create(account, object, extension);
  if (name == "update") return objects_.update(account, object, extension);
  if (name == "renew") return objects_.renew(account, object);
  if (name == "delete") return objects_.remove(account, object);
  return objects_.transfer(account, verb.attribute("op"), object);
}

SandboxSaid SandboxRegistry::log_in(Client& client, const XmlElement& login, const XmlElement& extension) {
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
  const auto word = [&](const char* name) {
    std::string text = login.child(name).text();
    return text == "[LOGIN-SECURITY]" ? secured.child(name).text() : text;
  };
  const std::string account = login.child("clID").text();
  const bool is_known = account == rules_.account || (account == rules_.rival && !account.empty());
  auto changed = is_known ? store_.find(password_kind, account) : std::nullopt;
  if (is_known && word("pw") == (changed ? changed->auth_info : rules_.password)) {
    if (login.child("newPW")) {
      const std::string to = word("newPW");
      if (to.size() < shortest_password) return {.code = 2004};
      changed.emplace();
      changed->kind = password_kind;
      changed->id = account;
      changed->auth_info = to;
      changed->created = now();
      store_.put(*changed);
    }
    client.account = account;
    SandboxSaid said;
    const auto since = parse_rfc3339(changed ? changed->created : std::string());
    if (secured && since && clock_() > *since + password_warning)
      said.extension = [ends = format_rfc3339(*since + password_life)](XmlWriter& xml) {
        xml.open("loginSec:loginSecData", {{"xmlns:loginSec", login_sec_namespace}});
        xml.element("loginSec:event", "the password expires soon",
                    {{"type", "password"}, {"level", "warning"}, {"exDate", ends}});
        xml.close();
      };
    return said;
  }
  const bool too_often = ++client.failures > most_login_failures;
  return {.code = too_often ? 2501U : 2200U, .closes = too_often};
}

SandboxSaid SandboxRegistry::poll(const Client& client, const XmlElement& command) {
  if (command.attribute("op") == "req") {
    auto message = store_.head(client.account);
    if (!message) return {.code = 1300};
    return {.code = 1301, .message = std::move(message)};
  }
  if (command.attribute("op") != "ack") return {.code = 2001};
  const std::string id(command.attribute("msgID"));
  if (id.empty()) return {.code = 2003};
  const auto head = store_.head(client.account);
  if (!head || id != message_id(*head) || !store_.acknowledge(client.account, head->number)) return {.code = 2303};
  return {};
}

}  // namespace regdata::epp
