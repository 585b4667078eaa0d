#include "epp/raw_command.hpp"

#include <algorithm>
#include <array>

#include "epp/command_parts.hpp"
#include "epp/namespaces.hpp"

namespace regdata::epp {
namespace {

/// A contact's elements (RFC 5733 §2), or those that other mappings and extensions have for the same. An organization is none.
bool may_hold_a_person(const XmlElement& element) {
  constexpr std::array<std::string_view, 6> personal{"postalInfo", "street", "voice", "fax", "email", "disclose"};
  constexpr std::array<std::string_view, 11> impersonal{"check", "info",     "delete", "transfer", "update", "add",
                                                        "rem",   "authInfo", "pw",     "status",   "id"};
  const std::string_view uri = element.namespace_uri();
  const std::string_view name = element.local_name();
  const bool is_listed = std::ranges::find(personal, name) != personal.end();
  bool may =
      uri == contact_namespace ? std::ranges::find(impersonal, name) == impersonal.end() : is_listed && uri != org_namespace;
  element.each_child([&](const XmlElement& child) { may = may || may_hold_a_person(child); });
  return may;
}

bool only_asks(const XmlElement& verb) {
  const std::string_view name = verb.local_name();
  const std::string_view operation = verb.attribute("op");
  return name == "check" || name == "info" || (name == "transfer" && operation == "query") ||
         (name == "poll" && operation == "req");
}

}  // namespace

Expected<RawCommand> read_raw_command(std::string_view frame, const Dialect& dialect) {
  const auto document = XmlDocument::parse(frame, dialect);
  if (!document) return document.error();
  const XmlElement command = document->root().child(epp_namespace, "command");
  if (!document->root().is(epp_namespace, "epp") || !command.first_child())
    return make_error(Errc::invalid, "it is no <epp> of RFC 5730 with a <command>", "a whole frame, as RFC 5731 §3 shows them");
  if (may_hold_a_person(document->root()))
    return make_error(Errc::refused, "it holds what stands in a contact, or may",
                      "`regdata epp push` brings contacts to a registry, as the person chose");
  RawCommand raw;
  const XmlElement verb = command.first_child();
  raw.verb = verb.local_name();
  raw.changes_something = !only_asks(verb);
  const bool acknowledges = raw.verb == "poll" && raw.changes_something;
  if (raw.verb == "login" || raw.verb == "logout" || acknowledges)
    return make_error(Errc::usage, "a session says a " + raw.verb + " by itself",
                      acknowledges ? "`regdata sync` takes messages, and keeps them first" : "leave it out");
  const XmlElement object = verb.first_child();
  raw.kind = object ? std::string(object.namespace_uri() == domain_namespace    ? "domain"
                                  : object.namespace_uri() == host_namespace    ? "host"
                                  : object.namespace_uri() == contact_namespace ? "contact"
                                  : object.namespace_uri() == org_namespace     ? "org"
                                                                                : object.local_name())
                    : raw.verb;
  raw.object = (object.child("name") ? object.child("name") : object.child("id")).text();
  command.each_child([&](const XmlElement& part) {
    if (!part.is(epp_namespace, "clTRID")) raw.parts.push_back(part.raw());
  });
  return raw;
}

void write_body(XmlWriter& xml, const RawCommand& raw) {
  for (const std::string& part : raw.parts) xml.raw(part);
}

}  // namespace regdata::epp
