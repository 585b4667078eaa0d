#include "escrow/rde_objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "escrow/measure.hpp"
#include "registration/contact_checks.hpp"

namespace regdata::escrow {
namespace {

using Missing = std::vector<std::string_view>;

constexpr std::size_t longest_id = 16;  // eppcom:clIDType
constexpr std::size_t shortest_id = 3;
constexpr std::size_t roid_digits = 16;  // of a digest: 64 bits

constexpr std::array grace_statuses{Status::add_period,        Status::auto_renew_period, Status::pending_restore,
                                    Status::redemption_period, Status::renew_period,      Status::transfer_period};

std::string digest_digits(std::string_view key, std::size_t digits) {
  return upper_hex(sha256(as_bytes(key))).substr(0, digits);
}

std::string date(UtcTime time) { return format_rfc3339(time); }

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char octet) { return static_cast<unsigned char>(octet) < 0x80; });
}

bool is_ascii(const Contact& contact) {
  for (const PersonalText* text : {&contact.name, &contact.organization, &contact.city, &contact.state, &contact.postal_code})
    if (!is_ascii(text->reveal())) return false;
  return std::ranges::all_of(contact.street, [](const PersonalText& line) { return is_ascii(line.reveal()); });
}

void phone(XmlText& xml, std::string_view element, const PersonalText& number, const PersonalText& ext) {
  if (number.reveal().empty()) return;
  if (ext.reveal().empty())
    xml.element(element, number.reveal());
  else
    xml.element(element, number.reveal(), {{"x", ext.reveal()}});
}

}  // namespace

bool is_grace(Status status) { return std::ranges::find(grace_statuses, status) != grace_statuses.end(); }

std::string rde_registrar_id(const RdeNaming& naming) { return fmt::format("iana-{}", naming.iana_id); }

std::string rde_contact_id(std::string_view handle) {
  if (handle.size() >= shortest_id && handle.size() <= longest_id) return std::string(handle);
  return "R" + digest_digits(handle, longest_id - 1);
}

bool is_issued_roid(std::string_view roid, char kind, std::string_view key) {
  return roid.substr(0, roid.find('-')) == kind + digest_digits(key, roid_digits);
}

std::string rde_roid(std::string_view held, char kind, std::string_view key, const RdeNaming& naming) {
  if (!held.empty() && check_roid(held)) return std::string(held);
  return fmt::format("{}{}-{}", kind, digest_digits(key, roid_digits), naming.roid_suffix);
}

Missing RdeObjects::registrar(const Registrar& registrar) {
  xml_.clear();
  xml_.open("rdeRegistrar:registrar");
  xml_.element("rdeRegistrar:id", rde_registrar_id(naming_));
  xml_.element("rdeRegistrar:name", registrar.name);
  xml_.element("rdeRegistrar:gurid", std::to_string(registrar.iana_id));
  xml_.element("rdeRegistrar:status", "ok");
  if (!registrar.city.empty() && !registrar.country.empty()) {
    xml_.open("rdeRegistrar:postalInfo", {{"type", "loc"}});
    xml_.open("rdeRegistrar:addr");
    for (const std::string& line : registrar.street) xml_.element_if("rdeRegistrar:street", line);
    xml_.element("rdeRegistrar:city", registrar.city);
    xml_.element_if("rdeRegistrar:sp", registrar.state);
    xml_.element_if("rdeRegistrar:pc", registrar.postal_code);
    xml_.element("rdeRegistrar:cc", registrar.country);
    xml_.close("rdeRegistrar:addr");
    xml_.close("rdeRegistrar:postalInfo");
  }
  if (check_phone(registrar.phone)) xml_.element("rdeRegistrar:voice", registrar.phone);
  xml_.element_if("rdeRegistrar:email", registrar.email);
  xml_.element_if("rdeRegistrar:url", registrar.url);
  if (!registrar.whois_server.empty()) {
    xml_.open("rdeRegistrar:whoisInfo");
    xml_.element("rdeRegistrar:name", registrar.whois_server);
    xml_.close("rdeRegistrar:whoisInfo");
  }
  xml_.close("rdeRegistrar:registrar");
  xml_.raw("\n");
  return lacks(registrar);
}

std::vector<Status> epp_statuses_of(const Registration& registration) {
  std::vector<Status> statuses;
  for (unsigned i = 0; i < status_count; ++i)
    if (const auto status = static_cast<Status>(i); registration.statuses.contains(status) && !is_grace(status))
      statuses.push_back(status);
  if (statuses.empty()) statuses.push_back(registration.hosts.empty() ? Status::inactive : Status::ok);
  return statuses;
}

std::string_view rde_postal_type(const Contact& contact) { return is_ascii(contact) ? "int" : "loc"; }

Missing lacks(const Registrar& registrar) { return registrar.name.empty() ? Missing{"registrar name"} : Missing{}; }

Missing lacks(const Registration& registration) { return registration.registrant.empty() ? Missing{"registrant"} : Missing{}; }

Missing lacks(const Contact& contact) {
  Missing missing;
  if (contact.name.reveal().empty()) missing.emplace_back("contact name");
  if (contact.city.reveal().empty()) missing.emplace_back("contact city");
  if (contact.country.empty()) missing.emplace_back("contact country");
  if (contact.email.reveal().empty()) missing.emplace_back("contact email");
  return missing;
}

Missing RdeObjects::domain(const RegistrationData& data) {
  const Registration& r = data.registration;
  xml_.clear();
  xml_.open("rdeDomain:domain");
  xml_.element("rdeDomain:name", r.name.ascii());
  xml_.element("rdeDomain:roid", rde_roid(r.roid, 'D', r.name.ascii(), naming_));
  // EPP's first, then those of grace periods, as the schema has them
  for (const Status status : epp_statuses_of(r)) xml_.empty("rdeDomain:status", {{"s", to_string(status)}});
  for (unsigned i = 0; i < status_count; ++i)
    if (const auto status = static_cast<Status>(i); r.statuses.contains(status) && is_grace(status))
      xml_.empty("rdeDomain:rgpStatus", {{"s", to_string(status)}});
  xml_.element("rdeDomain:registrant", rde_contact_id(r.registrant));
  for (const auto& [role, type] : rde_contact_types)
    if (const std::string& handle = handle_of(r, role); !handle.empty())
      xml_.element("rdeDomain:contact", rde_contact_id(handle), {{"type", type}});
  if (!r.hosts.empty()) {
    xml_.open("rdeDomain:ns");
    for (const DomainName& host : r.hosts) xml_.element("domain:hostObj", host.ascii());
    xml_.close("rdeDomain:ns");
  }
  xml_.element("rdeDomain:clID", rde_registrar_id(naming_));
  if (r.created != UtcTime{}) xml_.element("rdeDomain:crDate", date(r.created));
  const auto& expires = r.registry_expires ? r.registry_expires : r.registrar_expires;
  if (expires) xml_.element("rdeDomain:exDate", date(*expires));
  if (r.updated) xml_.element("rdeDomain:upDate", date(*r.updated));
  if (!r.ds.empty()) {
    xml_.open("rdeDomain:secDNS");
    for (const DsRecord& ds : r.ds) {
      xml_.open("secDNS:dsData");
      xml_.element("secDNS:keyTag", std::to_string(ds.key_tag));
      xml_.element("secDNS:alg", std::to_string(ds.algorithm));
      xml_.element("secDNS:digestType", std::to_string(ds.digest_type));
      xml_.element("secDNS:digest", ds.digest);
      xml_.close("secDNS:dsData");
    }
    xml_.close("rdeDomain:secDNS");
  }
  if (r.transferred) xml_.element("rdeDomain:trDate", date(*r.transferred));
  xml_.close("rdeDomain:domain");
  xml_.raw("\n");
  return lacks(r);
}

Missing RdeObjects::host(const Host& host, bool linked) {
  xml_.clear();
  xml_.open("rdeHost:host");
  xml_.element("rdeHost:name", host.name.ascii());
  xml_.element("rdeHost:roid", rde_roid(host.roid, 'H', host.name.ascii(), naming_));
  xml_.empty("rdeHost:status", {{"s", linked ? "linked" : "ok"}});
  for (const std::string& address : host.addresses)
    xml_.element("rdeHost:addr", address, {{"ip", address.find(':') == std::string::npos ? "v4" : "v6"}});
  xml_.element("rdeHost:clID", rde_registrar_id(naming_));
  xml_.close("rdeHost:host");
  xml_.raw("\n");
  return {};
}

/// One, of the form that holds any text, or of the international one where it is all ASCII (RFC 5733 §2.4).
void RdeObjects::postal_info(const Contact& contact) {
  xml_.open("rdeContact:postalInfo", {{"type", rde_postal_type(contact)}});
  xml_.element("contact:name", contact.name.reveal());
  xml_.element_if("contact:org", contact.organization.reveal());
  xml_.open("contact:addr");
  for (const PersonalText& line : contact.street) xml_.element("contact:street", line.reveal());
  xml_.element("contact:city", contact.city.reveal());
  xml_.element_if("contact:sp", contact.state.reveal());
  xml_.element_if("contact:pc", contact.postal_code.reveal());
  xml_.element("contact:cc", contact.country);
  xml_.close("contact:addr");
  xml_.close("rdeContact:postalInfo");
}

Missing RdeObjects::contact(const Contact& contact) {
  xml_.clear();
  xml_.open("rdeContact:contact");
  xml_.element("rdeContact:id", rde_contact_id(contact.handle));
  xml_.element("rdeContact:roid", rde_roid(contact.roid, 'C', rde_contact_id(contact.handle), naming_));
  xml_.empty("rdeContact:status", {{"s", "linked"}});
  postal_info(contact);
  phone(xml_, "rdeContact:voice", contact.phone, contact.phone_ext);
  phone(xml_, "rdeContact:fax", contact.fax, contact.fax_ext);
  xml_.element("rdeContact:email", contact.email.reveal());
  xml_.element("rdeContact:clID", rde_registrar_id(naming_));
  xml_.close("rdeContact:contact");
  xml_.raw("\n");
  return lacks(contact);
}

namespace {

using Namespaces = std::array<std::string_view, 4>;
constexpr Namespaces object_namespaces{rde_registrar_namespace, rde_domain_namespace, rde_host_namespace,
                                       rde_contact_namespace};
constexpr Namespaces table_namespaces{"urn:ietf:params:xml:ns:csvRegistrar-1.0", "urn:ietf:params:xml:ns:csvDomain-1.0",
                                      "urn:ietf:params:xml:ns:csvHost-1.0", "urn:ietf:params:xml:ns:csvContact-1.0"};

const Namespaces& namespaces_of(const RdeFrame& frame) { return frame.has_tables ? table_namespaces : object_namespaces; }

/// Of everything that stands in a document of the model.
std::string declarations(const RdeFrame& frame) {
  const Namespaces& uris = namespaces_of(frame);
  const std::string_view kind = frame.has_tables ? "csv" : "rde";
  std::string text = fmt::format("xmlns:rde=\"{}\" xmlns:rdeHeader=\"{}\" ", rde_namespace, rde_header_namespace);
  for (std::size_t at = 0; const char* name : {"Registrar", "Domain", "Host", "Contact"})
    text += fmt::format("xmlns:{}{}=\"{}\" ", kind, name, uris.at(at++));
  if (frame.has_tables) return text + "xmlns:rdeCsv=\"urn:ietf:params:xml:ns:rdeCsv-1.0\"";
  text += "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\" xmlns:contact=\"urn:ietf:params:xml:ns:contact-1.0\" ";
  return text + "xmlns:secDNS=\"urn:ietf:params:xml:ns:secDNS-1.1\"";
}

}  // namespace

std::string rde_opening(const RdeFrame& frame) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<rde:deposit {} type=\"{}\" id=\"{}\"", declarations(frame), frame.type, frame.id);
  if (!frame.before.empty()) text += fmt::format(" prevId=\"{}\"", frame.before);
  if (frame.resend > 0) text += fmt::format(" resend=\"{}\"", frame.resend);
  text += ">\n";
  XmlText xml;
  xml.element("rde:watermark", date(frame.watermark));
  xml.raw("\n");
  xml.open("rde:rdeMenu");
  xml.element("rde:version", "1.0");
  for (const std::string_view uri : namespaces_of(frame)) xml.element("rde:objURI", uri);
  xml.close("rde:rdeMenu");
  xml.raw("\n");
  return text + xml.text();
}

std::string rde_delete(const ListedObject& object) {
  struct Words {
    std::string_view element;
    std::string_view key;
  };
  constexpr std::array<Words, 5> words{{{"rdeRegistrar:delete", "rdeRegistrar:id"},
                                        {"rdeDomain:delete", "rdeDomain:name"},
                                        {"rdeHost:delete", "rdeHost:name"},
                                        {"rdeContact:delete", "rdeContact:id"},
                                        {"rdeContact:delete", "rdeContact:id"}}};
  const Words& of_kind = words.at(static_cast<std::size_t>(object.kind));
  XmlText xml;
  xml.open(of_kind.element);
  xml.element(of_kind.key, object.kind >= ObjectKind::contact ? rde_contact_id(object.id) : object.id);
  xml.close(of_kind.element);
  xml.raw("\n");
  return xml.text();
}

std::string rde_contents(const RdeFrame& frame, const RdeCounts& counts) {
  const Namespaces& uris = namespaces_of(frame);
  const std::array<std::uint64_t, 4> of_kinds{counts.registrars, counts.domains, counts.hosts, counts.contacts};
  XmlText xml;
  xml.open("rde:contents");
  xml.raw("\n");
  xml.open("rdeHeader:header");
  xml.element("rdeHeader:registrar", std::to_string(frame.iana_id));
  for (std::size_t at = 0; at < of_kinds.size(); ++at)
    xml.element("rdeHeader:count", std::to_string(of_kinds[at]), {{"uri", uris[at]}});
  for (const auto& [tld, count] : counts.domains_by_tld)
    xml.element("rdeHeader:count", std::to_string(count), {{"uri", uris[1]}, {"rcdn", tld}});
  xml.close("rdeHeader:header");
  xml.raw("\n");
  return xml.text();
}

std::string_view rde_closing() { return "</rde:contents>\n</rde:deposit>\n"; }

bool is_rde_object(std::string_view line) noexcept {
  for (const std::string_view begin :
       {"<rdeRegistrar:registrar>", "<rdeDomain:domain>", "<rdeHost:host>", "<rdeContact:contact>", "<rdeRegistrar:delete>",
        "<rdeDomain:delete>", "<rdeHost:delete>", "<rdeContact:delete>"})
    if (line.starts_with(begin)) return true;
  return false;
}

}  // namespace regdata::escrow
