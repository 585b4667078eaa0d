#include "epp/session_commands.hpp"

#include <algorithm>

#include "epp/command_parts.hpp"
#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

constexpr std::size_t longest_plain_password = 16;             // RFC 5730, pwType
constexpr std::string_view secured_word = "[LOGIN-SECURITY]";  // RFC 8807 §3.1

bool is_long(const Password& password) { return password.reveal().size() > longest_plain_password; }

std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : ", ") + one;
  return text;
}

std::set<std::string> in_both(const std::set<std::string>& one, const std::set<std::string>& other) {
  std::set<std::string> both;
  std::ranges::set_intersection(one, other, std::inserter(both, both.end()));
  return both;
}

/// In the base element; what it cannot hold stands in the extension.
std::string_view plain(const Login& login, const Password& password) {
  return login.is_secured && is_long(password) ? secured_word : std::string_view(password.reveal());
}

}  // namespace

Expected<Login> login_for(const Greeting& greeting, const Services& known, std::string client_id, Password password,
                          const std::string& language) {
  Login login;
  if (std::ranges::find(greeting.versions, login.version) == greeting.versions.end())
    return make_error(Errc::refused, "the registry speaks no EPP 1.0 but " + joined(greeting.versions));
  if (std::ranges::find(greeting.languages, language) == greeting.languages.end())
    return make_error(Errc::refused, "the registry has no language \"" + language + "\"",
                      "one of " + joined(greeting.languages));
  login.language = language;
  login.client_id = std::move(client_id);
  login.password = std::move(password);
  login.services = {in_both(greeting.services.objects, known.objects), in_both(greeting.services.extensions, known.extensions)};
  login.is_secured = login.services.extensions.contains(std::string(login_sec_namespace));
  return login;
}

void write_body(XmlWriter& xml, const Login& login) {
  xml.open("login");
  xml.element("clID", login.client_id);
  xml.element("pw", plain(login, login.password));
  if (!login.new_password.empty()) xml.element("newPW", plain(login, login.new_password));
  xml.open("options");
  xml.element("version", login.version);
  xml.element("lang", login.language);
  xml.close();
  xml.open("svcs");
  for (const std::string& uri : login.services.objects) xml.element("objURI", uri);
  if (!login.services.extensions.empty()) {
    xml.open("svcExtension");
    for (const std::string& uri : login.services.extensions) xml.element("extURI", uri);
    xml.close();
  }
  xml.close();
  xml.close();
}

void extensions_of(const Login& login, ExtensionUris& uris) {
  if (login.is_secured) uris.push_back(login_sec_namespace);
}

void write_extension(XmlWriter& xml, const Login& login) {
  xml.open("loginSec:loginSec", {{"xmlns:loginSec", login_sec_namespace}});
  if (!login.software.empty()) {
    xml.open("loginSec:userAgent");
    xml.element("loginSec:app", login.software);
    xml.close();
  }
  if (is_long(login.password)) xml.element("loginSec:pw", login.password.reveal());
  if (is_long(login.new_password)) xml.element("loginSec:newPW", login.new_password.reveal());
  xml.close();
}

void write_body(XmlWriter& xml, const Logout&) { xml.empty("logout"); }

void write_body(XmlWriter& xml, const PollRequest&) { xml.empty("poll", {{"op", "req"}}); }

void write_body(XmlWriter& xml, const PollAcknowledgement& poll) { xml.empty("poll", {{"op", "ack"}, {"msgID", poll.id}}); }

}  // namespace regdata::epp
