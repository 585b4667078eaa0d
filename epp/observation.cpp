#include "epp/observation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "epp/namespaces.hpp"
#include "registration/host.hpp"

namespace regdata::epp {
namespace {

/// The first names were registered in 1985: what claims to be older is a clock or a parser gone wrong.
constexpr UtcTime first_name = std::chrono::sys_days(std::chrono::year(1985) / 1 / 1);
constexpr std::chrono::days longest_registration{366 * 11};

Observation untold(std::string why, bool was_answered = true) { return {Sight::untold, {}, std::move(why), was_answered}; }

Host host_of(const DomainName& name, const std::string& roid, const std::vector<std::string>& addresses,
             const Provenance& from) {
  Host host{name, roid, {}, from};
  for (const std::string& text : addresses) {
    const auto address = canonical_address(text);
    const bool is_new = address && std::ranges::find(host.addresses, *address) == host.addresses.end();
    if (is_new && host.addresses.size() < most_addresses) host.addresses.push_back(*address);
  }
  sort_by_family(host.addresses);
  return host;
}

/// Names that a part of a message holds, wherever in it.
void collect_names(const XmlElement& element, std::vector<std::string>& names, unsigned depth) {
  constexpr unsigned deepest = 8;
  constexpr std::size_t most_names = 1000;
  if (depth > deepest || names.size() >= most_names) return;
  if (element.is(domain_namespace, "name") || element.is(rgp_poll_namespace, "name")) {
    const auto name = DomainName::parse(element.text());
    if (name && std::ranges::find(names, name->ascii()) == names.end()) names.push_back(name->ascii());
  }
  element.each_child([&](const XmlElement& child) { collect_names(child, names, depth + 1); });
}

void find_contact_ids(const XmlElement& element, unsigned depth, std::vector<std::string>& ids) {
  constexpr unsigned deepest = 8;
  constexpr std::size_t most_ids = 100;
  if (element.namespace_uri() == contact_namespace)
    if (std::string id = element.child("id").text();
        !id.empty() && ids.size() < most_ids && std::ranges::find(ids, id) == ids.end())
      ids.push_back(std::move(id));
  if (depth < deepest) element.each_child([&](const XmlElement& child) { find_contact_ids(child, depth + 1, ids); });
}

/// What a message holds: in resData and extension, and what was not logged in for in extValue (RFC 9038).
template <class Each>
void each_payload(const Response& message, const Each& each) {
  const XmlElement response = message.document().root().child(epp_namespace, "response");
  response.child("resData").each_child(each);
  response.child("extension").each_child(each);
  response.each_child("result", [&](const XmlElement& result) {
    result.each_child("extValue", [&](const XmlElement& value) { value.child("value").each_child(each); });
  });
}

/// What names nobody, of the mappings that this program knows.
bool is_impersonal(const XmlElement& element) {
  constexpr std::array<std::string_view, 22> everywhere{
      "roid",   "clID", "crID",   "upID",   "crDate", "upDate", "exDate",    "trDate", "qDate",  "trStatus", "reID",
      "reDate", "acID", "acDate", "paDate", "clTRID", "svTRID", "operation", "date",   "caseId", "id",       "version"};
  constexpr std::array<std::string_view, 6> known{epp_namespace,     domain_namespace, host_namespace,
                                                  contact_namespace, rgp_namespace,    change_poll_namespace};
  const std::string_view uri = element.namespace_uri();
  if (std::ranges::find(known, uri) == known.end()) return false;
  const std::string_view name = element.local_name();
  if (std::ranges::find(everywhere, name) != everywhere.end()) return true;
  return (uri == domain_namespace || uri == host_namespace) && (name == "name" || name == "hostObj");
}

std::string short_word(std::string_view text) {
  constexpr std::size_t longest = 64;
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
  return is_plain && text.size() <= longest ? std::string(text) : std::string();
}

void write_impersonal(XmlWriter& xml, const XmlElement& element, std::string_view around, unsigned depth) {
  constexpr unsigned deepest = 16;
  const std::string_view uri = element.namespace_uri();
  const bool is_known = uri == epp_namespace || uri == domain_namespace || uri == host_namespace || uri == contact_namespace ||
                        uri == rgp_namespace || uri == change_poll_namespace;
  const auto attribute = [&](const char* name) { return is_known ? short_word(element.attribute(name)) : std::string(); };
  const std::array<std::pair<const char*, std::string>, 8> kept{{{"code", attribute("code")},
                                                                 {"count", attribute("count")},
                                                                 {"id", attribute("id")},
                                                                 {"s", attribute("s")},
                                                                 {"paResult", attribute("paResult")},
                                                                 {"type", attribute("type")},
                                                                 {"state", attribute("state")},
                                                                 {"flag", attribute("flag")}}};
  std::vector<XmlAttribute> attributes;
  if (uri != around) attributes.emplace_back("xmlns", uri);
  for (const auto& [name, value] : kept)
    if (!value.empty()) attributes.emplace_back(name, value);
  xml.open(element.local_name(), attributes);
  if (const std::string word = is_impersonal(element) ? short_word(element.text()) : std::string(); !word.empty())
    xml.text(word);
  if (depth < deepest) element.each_child([&](const XmlElement& child) { write_impersonal(xml, child, uri, depth + 1); });
  xml.close();
}

void outline(const XmlElement& element, std::string indent, std::vector<std::string>& lines) {
  constexpr std::size_t most_outlined = 100;
  constexpr std::size_t deepest_indent = 16;
  element.each_child([&](const XmlElement& child) {
    if (lines.size() >= most_outlined || indent.size() > deepest_indent) return;
    const bool is_new = child.namespace_uri() != element.namespace_uri();
    lines.push_back(indent + std::string(child.local_name()) + (is_new ? fmt::format(" ({})", child.namespace_uri()) : ""));
    outline(child, indent + "  ", lines);
  });
}

/// A token of ours for a note: short, printable, no text of a registry that could name a person.
std::string token(const std::string& text) {
  std::string clean;
  for (const char one : text.substr(0, 32))
    if ((one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || one == '-') clean += one;
  return clean;
}

void note_part(std::string& note, const std::string& what) { note += (note.empty() ? "" : ", ") + what; }

}  // namespace

Observation observe(const Outcome& outcome, const DomainName& name, const std::string& account) {
  if (outcome.kind != Outcome::Kind::answered || !outcome.response) return untold("the registry did not answer", false);
  const Response& answer = *outcome.response;
  if (answer.code() == 2303) return {Sight::missing, {}, {}, true};
  if (answer.code() == 2201) return {Sight::others, {}, {}, true};
  if (answer.code() != 1000) {
    Observation seen = untold(fmt::format("the registry answered {}", answer.code()));
    seen.is_passing = answer.code() >= first_of_failures;
    return seen;
  }
  auto data = read_domain(answer);
  if (!data) return untold("the answer has no data");
  if (data->name != name.ascii()) return untold("the answer is about another name");
  if (data->sponsor.empty()) return untold("the answer names no sponsor");
  if (data->sponsor != account) return {Sight::others, {}, {}, true};
  return {Sight::ours, std::move(*data), {}, true};
}

std::vector<std::string> glue_hosts(const DomainData& data) {
  std::vector<std::string> hosts;
  const auto name = DomainName::parse(data.name);
  if (!name || data.servers.are_attributes) return hosts;
  for (const NameServer& server : data.servers.servers) {
    const auto host = DomainName::parse(server.name);
    if (host && host->is_at_or_below(*name) && hosts.size() < most_hosts) hosts.push_back(host->ascii());
  }
  return hosts;
}

RegistrationPut facts_of(const Registration& held, const DomainData& data, const std::vector<HostData>& glue, bool knows_ds,
                         const Provenance& from) {
  RegistrationPut put{held, {}, {}, {}, {}};
  Registration& facts = put.registration;
  facts.ended.reset();
  facts.provenance = from;
  if (!data.roid.empty()) facts.roid = data.roid;
  if (data.created) facts.created = *data.created;
  if (data.updated) facts.updated = data.updated;
  if (data.expires) facts.registry_expires = data.expires;
  if (data.transferred) facts.transferred = data.transferred;
  facts.statuses = StatusSet();
  for (const auto* list : {&data.statuses, &data.grace})
    for (const std::string& word : *list)
      if (const auto status = status_from(word)) facts.statuses.insert(*status);
  facts.hosts.clear();
  for (const NameServer& server : data.servers.servers) {
    const auto name = DomainName::parse(server.name);
    if (!name || facts.hosts.size() >= most_hosts || std::ranges::find(facts.hosts, *name) != facts.hosts.end()) continue;
    facts.hosts.push_back(*name);
    if (!server.addresses.empty()) put.hosts.push_back(host_of(*name, {}, server.addresses, from));
  }
  for (const HostData& one : glue) {
    const auto known = std::ranges::find_if(facts.hosts, [&](const DomainName& host) { return host.ascii() == one.name; });
    if (known != facts.hosts.end()) put.hosts.push_back(host_of(*known, one.roid, one.addresses, from));
  }
  if (!data.ds.empty()) {
    facts.ds = data.ds;
    facts.dnssec = DnssecState::signed_delegation;
  } else if (knows_ds) {
    facts.ds.clear();
    facts.dnssec = DnssecState::unsigned_delegation;
  }
  return put;
}

std::string doubt_about(const DomainData& data, UtcTime now) {
  const std::size_t longest_roid = 89;  // RFC 5730 §4: eighty characters, a dash, eight
  const auto is_held = [](const DsRecord& one) { return ds_digest(one.digest_type, one.digest).has_value(); };
  const auto is_plain = [](char one) { return one > ' ' && one < 127; };
  if (data.roid.size() > longest_roid || !std::ranges::all_of(data.roid, is_plain)) return "a ROID that is none";
  if (data.ds.size() > most_ds || !std::ranges::all_of(data.ds, is_held)) return "DS data that are none";
  if (data.created && *data.created < first_name) return "created " + format_rfc3339(*data.created);
  if (data.expires && *data.expires < first_name) return "expires " + format_rfc3339(*data.expires);
  if (data.created && *data.created > now + std::chrono::days(2)) return "created " + format_rfc3339(*data.created);
  if (data.expires && *data.expires > now + longest_registration) return "expires " + format_rfc3339(*data.expires);
  return {};
}

MessageSubject subject_of(const Response& message) {
  MessageSubject subject;
  bool is_empty = true;
  bool is_for_a_person = false;
  each_payload(message, [&](const XmlElement& part) {
    is_empty = false;
    const std::string_view uri = part.namespace_uri();
    collect_names(part, subject.names, 0);
    if (uri == change_poll_namespace) {  // RFC 8590. Who did it may be a person and stays in the sealed message
      note_part(subject.note, "changed there: " + token(part.child("operation").text()));
      if (const XmlElement of = part.child("caseId"))
        note_part(subject.note, "case " + token(std::string(of.attribute("type"))) + " " + token(of.text()));
      return;
    }
    note_part(subject.note, token(std::string(part.local_name())));
    if (uri == maintenance_namespace) {
      auto all = maintenance_in(part);
      subject.maintenance.insert(subject.maintenance.end(), std::make_move_iterator(all.begin()),
                                 std::make_move_iterator(all.end()));
    } else if (uri == low_balance_namespace) {
      is_for_a_person = true;
      note_part(subject.note, "the account's balance is low");
    } else if (part.local_name() == "panData") {
      const XmlElement about = part.child("name") ? part.child("name") : part.child("id");
      subject.pending = MessageSubject::Ended{part.child("paTRID").child(epp_namespace, "clTRID").text(),
                                              about.attribute("paResult") == "1" || about.attribute("paResult") == "true"};
    }
  });
  for (const Maintenance& one : subject.maintenance)
    note_part(subject.note,
              fmt::format("{} {} to {}", one.is_off() ? "off" : "away", format_rfc3339(one.starts), format_rfc3339(one.ends)));
  const bool says_what = !subject.names.empty() || subject.pending || !subject.maintenance.empty() || is_empty;
  subject.is_understood = says_what && !is_for_a_person;
  return subject;
}

std::vector<std::string> contacts_of(const Response& message) {
  std::vector<std::string> ids;
  each_payload(message, [&](const XmlElement& part) { find_contact_ids(part, 0, ids); });
  return ids;
}

std::string without_persons(const Response& message) {
  XmlWriter xml;
  write_impersonal(xml, message.document().root(), {}, 0);
  return xml.take();
}

std::vector<std::string> outline_of(const Response& message) {
  std::vector<std::string> lines;
  const XmlElement response = message.document().root().child(epp_namespace, "response");
  outline(response.child("resData"), "", lines);
  outline(response.child("extension"), "", lines);
  response.each_child("result", [&](const XmlElement& result) {
    result.each_child("extValue", [&](const XmlElement& value) { outline(value.child("value"), "", lines); });
  });
  return lines;
}

}  // namespace regdata::epp
