#include "epp/domain.hpp"

#include <charconv>

#include "epp/namespaces.hpp"
#include "registration/domain_name.hpp"
#include "registration/host.hpp"

namespace regdata::epp {
namespace {

template <class Number>
bool number_in(const XmlElement& element, Number& number) {
  const std::string text = element.text();
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} && end == text.data() + text.size() && !text.empty();
}

/// In upper case, as records are held.
std::string digest_in(const XmlElement& element) {
  std::string digest = element.text();
  std::erase(digest, ' ');
  for (char& octet : digest)
    if (octet >= 'a' && octet <= 'f') octet = static_cast<char>(octet - 'a' + 'A');
  return digest;
}

}  // namespace

void read_ds(const XmlElement& info, std::vector<DsRecord>& records) {
  const auto take = [&](const XmlElement& data) {
    DsRecord record;
    if (!number_in(data.child("keyTag"), record.key_tag) || !number_in(data.child("alg"), record.algorithm) ||
        !number_in(data.child("digestType"), record.digest_type))
      return;
    record.digest = digest_in(data.child("digest"));
    records.push_back(std::move(record));
  };
  info.each_child("dsData", take);
}

std::string as_name(const std::string& text) {
  const auto name = DomainName::parse(text);
  return name ? name->ascii() : text;
}

std::string as_address(const std::string& text) {
  const auto address = canonical_address(text);
  return address ? *address : text;
}

void read_servers(const XmlElement& ns, NameServers& servers) {
  ns.each_child([&](const XmlElement& one) {
    if (one.is(domain_namespace, "hostObj")) servers.servers.push_back({as_name(one.text()), {}});
    if (!one.is(domain_namespace, "hostAttr")) return;
    servers.are_attributes = true;
    NameServer server{as_name(one.child("hostName").text()), {}};
    one.each_child("hostAddr", [&](const XmlElement& address) { server.addresses.push_back(as_address(address.text())); });
    servers.servers.push_back(std::move(server));
  });
}

Expected<std::vector<Availability>> read_availability(const Response& response) {
  XmlElement checked = response.data(domain_namespace, "chkData");
  if (!checked) checked = response.data(host_namespace, "chkData");
  if (!checked) checked = response.data(contact_namespace, "chkData");
  if (!checked) checked = response.data(org_namespace, "chkData");
  if (!checked) return make_error(Errc::invalid, "an answer to a check without chkData");
  std::vector<Availability> all;
  checked.each_child("cd", [&](const XmlElement& one) {
    Availability told;
    one.each_child([&](const XmlElement& part) {
      if (part.local_name() == "name" || part.local_name() == "id") {
        told.name = part.text();
        told.is_available = part.attribute("avail") == "1" || part.attribute("avail") == "true";
      } else if (part.local_name() == "reason") {
        told.reason = part.text();
      }
    });
    all.push_back(std::move(told));
  });
  return all;
}

Expected<DomainData> read_domain(const Response& response) {
  const XmlElement info = response.data(domain_namespace, "infData");
  if (!info || !info.child("name")) return make_error(Errc::invalid, "an answer to an info of a domain without its data");
  DomainData data;
  data.name = as_name(info.child("name").text());
  data.roid = info.child("roid").text();
  info.each_child("status", [&](const XmlElement& one) { data.statuses.emplace_back(one.attribute("s")); });
  data.registrant = info.child("registrant").text();
  info.each_child("contact", [&](const XmlElement& one) {
    data.contacts.push_back({std::string(one.attribute("type")), one.text()});
  });
  info.each_child("ns", [&](const XmlElement& one) { read_servers(one, data.servers); });
  info.each_child("host", [&](const XmlElement& one) { data.hosts.push_back(one.text()); });
  data.sponsor = info.child("clID").text();
  data.created_by = info.child("crID").text();
  data.updated_by = info.child("upID").text();
  data.created = info.child("crDate").time();
  data.updated = info.child("upDate").time();
  data.expires = info.child("exDate").time();
  data.transferred = info.child("trDate").time();
  data.has_auth_info = static_cast<bool>(info.child("authInfo"));
  read_ds(response.extension(sec_dns_namespace, "infData"), data.ds);
  response.extension(rgp_namespace, "infData").each_child("rgpStatus", [&](const XmlElement& one) {
    data.grace.emplace_back(one.attribute("s"));
  });
  data.extras = read_domain_extras(response);
  return data;
}

}  // namespace regdata::epp
