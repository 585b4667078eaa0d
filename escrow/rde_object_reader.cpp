#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "escrow/element_text.hpp"
#include "escrow/rde_reader.hpp"
#include "escrow/rde_xml.hpp"
#include "escrow/row_reader.hpp"
#include "registration/contact_checks.hpp"

namespace regdata::escrow {
namespace {

constexpr std::string_view domain_namespace = "urn:ietf:params:xml:ns:domain-1.0";
constexpr std::string_view contact_namespace = "urn:ietf:params:xml:ns:contact-1.0";
constexpr std::string_view sec_dns_namespace = "urn:ietf:params:xml:ns:secDNS-1.1";

Error unfit(std::string_view element, std::string_view why) {
  return make_error(Errc::invalid, fmt::format("{}: {}", element, why));
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Expected<std::map<std::string, std::uint64_t>> rde_header_counts(const RdeObject& header) {
  std::map<std::string, std::uint64_t> counts;
  bool good = true;
  each_child(header.node(), rde_header_namespace, "count", [&](const xmlNode* one) {
    if (!attribute_of(one, "rcdn").empty() || !attribute_of(one, "registrarId").empty()) return;
    good = read_number(content_of_element(one), counts[attribute_of(one, "uri")]) && good;
  });
  if (!good) return not_a_deposit("a count of the header is no number");
  return counts;
}

namespace {

/// What an object is known by.
struct KeyElement {
  std::string_view uri;
  std::string_view name;
  std::string_view what;
};
constexpr std::array<KeyElement, 5> key_elements{{{rde_domain_namespace, "name", "domain"},
                                                  {rde_host_namespace, "name", "host"},
                                                  {rde_host_namespace, "roid", "roid"},
                                                  {rde_contact_namespace, "id", "contact"},
                                                  {rde_registrar_namespace, "id", "registrar"}}};

}  // namespace

std::vector<std::string> rde_keys(const RdeObject& object) {
  std::vector<std::string> keys;
  for (const KeyElement& element : key_elements) {
    const bool of_it = object.node()->ns != nullptr &&
                       is_element(object.node(), element.uri, reinterpret_cast<const char*>(object.node()->name));
    if (of_it)
      each_child(object.node(), element.uri, element.name,
                 [&](const xmlNode* child) { keys.push_back(fmt::format("{} {}", element.what, content_of_element(child))); });
  }
  return keys;
}

Expected<RdeRegistrar> rde_registrar(const RdeObject& object) {
  RdeRegistrar registrar{text_in(object.node(), rde_registrar_namespace, "id"),
                         text_in(object.node(), rde_registrar_namespace, "gurid")};
  if (registrar.id.empty()) return unfit("RDE_REGISTRAR_HAS_MISSING_ID", "a registrar without an id");
  return registrar;
}

namespace {

/// Elements of contacts, and where they stand.
struct ContactElement {
  std::string_view uri;
  std::string_view name;
  Element element;
};

Column column_for(std::string_view name, Element element) {
  return {.name = name, .section = {}, .abbreviation = {}, .element = element};
}

/// Takes a text as it stands there, or refuses it.
Expected<void> set_exact(std::string_view name, Element element, const std::string& text, Contact& contact) {
  if (text.empty()) return {};
  const Column column = column_for(name, element);
  if (auto set = set_element(column, text, contact); !set) return set;
  if (contact_column_text(column, contact, {}) != text) return unfit(name, "is not written as a deposit writes it");
  return {};
}

bool is_postal_line(const std::string& text) {
  const auto good = check_postal_line(text);
  return good && *good == text;
}

Expected<void> set_streets(const xmlNode* address, Contact& contact) {
  Expected<void> good;
  each_child(address, contact_namespace, "street", [&](const xmlNode* line) {
    const std::string text = content_of_element(line);
    if (text.empty()) return;
    if (contact.street.size() == most_street_lines || !is_postal_line(text))
      good = unfit("contact:street", "is none of at most three lines");
    contact.street.emplace_back(text);
  });
  return good;
}

/// The one with any text in it is the person's own; else the international one.
const xmlNode* postal_info_of(const xmlNode* contact) {
  const xmlNode* found = nullptr;
  each_child(contact, rde_contact_namespace, "postalInfo", [&](const xmlNode* info) {
    if (found == nullptr || attribute_of(info, "type") == "loc") found = info;
  });
  return found;
}

Expected<void> set_phone(const xmlNode* node, std::string_view name, Element number, Element ext, Contact& contact) {
  const xmlNode* phone = child_of(node, rde_contact_namespace, name);
  if (phone == nullptr) return {};
  if (auto set = set_exact(name, number, content_of_element(phone), contact); !set) return set;
  return set_exact(name, ext, attribute_of(phone, "x"), contact);
}

Expected<void> set_contact(const xmlNode* node, Contact& contact) {
  const xmlNode* info = postal_info_of(node);
  if (info == nullptr) return unfit("rdeContact:postalInfo", "is missing");
  const xmlNode* address = child_of(info, contact_namespace, "addr");
  if (address == nullptr) return unfit("contact:addr", "is missing");
  struct One {
    const xmlNode* in;
    std::string_view uri;
    std::string_view name;
    Element element;
  };
  for (const One& one : std::array<One, 7>{{{info, contact_namespace, "name", Element::name},
                                            {info, contact_namespace, "org", Element::organization},
                                            {address, contact_namespace, "city", Element::city},
                                            {address, contact_namespace, "sp", Element::state},
                                            {address, contact_namespace, "pc", Element::postal_code},
                                            {address, contact_namespace, "cc", Element::country},
                                            {node, rde_contact_namespace, "email", Element::email}}})
    if (auto set = set_exact(one.name, one.element, text_in(one.in, one.uri, one.name), contact); !set) return set;
  if (auto set = set_streets(address, contact); !set) return set;
  if (auto set = set_phone(node, "voice", Element::phone, Element::phone_ext, contact); !set) return set;
  return set_phone(node, "fax", Element::fax, Element::fax_ext, contact);
}

/// The ROID, where it is not one that we would issue.
Expected<std::string> held_roid(const xmlNode* node, std::string_view uri, char kind, std::string_view key) {
  std::string roid = text_in(node, uri, "roid");
  if (roid.empty() || is_issued_roid(roid, kind, key)) return std::string();
  if (!check_roid(roid)) return unfit("roid", "is none (RFC 5730)");
  return roid;
}

}  // namespace

Expected<Contact> rde_contact(const RdeObject& object, const RdeOrigin& origin) {
  auto handle = check_handle(text_in(object.node(), rde_contact_namespace, "id"));
  if (!handle) return make_error(Errc::invalid, "contact: rdeContact:id is not a handle");
  Contact contact;
  contact.handle = std::move(*handle);
  contact.provenance = origin.provenance;
  const auto of_contact = [&](const Error& error) {
    return make_error(Errc::invalid, contact.handle + ": " + error.context, error.hint);
  };
  auto roid = held_roid(object.node(), rde_contact_namespace, 'C', contact.handle);
  if (!roid) return of_contact(roid.error());
  contact.roid = std::move(*roid);
  if (auto set = set_contact(object.node(), contact); !set) return of_contact(set.error());
  return contact;
}

Expected<Host> rde_host(const RdeObject& object, const RdeOrigin& origin) {
  const std::string text = text_in(object.node(), rde_host_namespace, "name");
  auto name = DomainName::parse(text);
  if (!name || name->ascii() != text) return unfit("RDE_HOST_HAS_INVALID_NAME", "rdeHost:name is no host name");
  Host host{.name = std::move(*name), .provenance = origin.provenance};
  auto roid = held_roid(object.node(), rde_host_namespace, 'H', host.name.ascii());
  if (!roid) return unfit(host.name.ascii(), roid.error().context);
  host.roid = std::move(*roid);
  bool good = true;
  each_child(object.node(), rde_host_namespace, "addr", [&](const xmlNode* one) {
    const auto address = canonical_address(content_of_element(one));
    good = good && address && host.addresses.size() < most_addresses;
    if (good) host.addresses.push_back(*address);
  });
  if (!good) return unfit(host.name.ascii(), "RDE_HOST_HAS_INVALID_IP_ADDRESS");
  return host;
}

namespace {

class DomainObject {
 public:
  DomainObject(const xmlNode* node, const RdeOrigin& origin, RegistrationPut& put)
      : node_(node), origin_(origin), r_(put.registration) {}

  Expected<void> read() {
    for (const auto step : {&DomainObject::identity, &DomainObject::statuses, &DomainObject::contacts, &DomainObject::hosts,
                            &DomainObject::dates, &DomainObject::ds, &DomainObject::implied_status})
      if (auto done = (this->*step)(); !done) return done;
    return {};
  }

 private:
  [[nodiscard]] std::string text(std::string_view name) const { return text_in(node_, rde_domain_namespace, name); }

  Expected<void> identity() {
    const auto registrar = origin_.registrars.find(text("clID"));
    if (registrar == origin_.registrars.end()) return unfit("rdeDomain:clID", "is no registrar of the configuration");
    r_.registrar = registrar->second;
    auto roid = held_roid(node_, rde_domain_namespace, 'D', r_.name.ascii());
    if (!roid) return roid.error();
    r_.roid = std::move(*roid);
    return {};
  }

  Expected<void> statuses() {
    Expected<void> good;
    const auto take = [&](const xmlNode* one) {
      const auto status = status_from(attribute_of(one, "s"));
      if (status)
        r_.statuses.insert(*status);
      else
        good = unfit("RDE_DOMAIN_HAS_INVALID_STATUS", "a status that is not known");
    };
    each_child(node_, rde_domain_namespace, "status", take);
    each_child(node_, rde_domain_namespace, "rgpStatus", take);
    return good;
  }

  Expected<void> contacts() {
    const auto set = [&](const std::string& text, Role role) -> Expected<void> {
      auto handle = check_handle(text);
      if (!handle) return unfit(role == Role::registrant ? "rdeDomain:registrant" : "rdeDomain:contact", "is not a handle");
      handle_of(r_, role) = std::move(*handle);
      return {};
    };
    Expected<void> good = set(text("registrant"), Role::registrant);
    each_child(node_, rde_domain_namespace, "contact", [&](const xmlNode* one) {
      const std::string type = attribute_of(one, "type");
      const Role role = type == "admin" ? Role::administrative : type == "billing" ? Role::billing : Role::technical;
      if (type != "admin" && type != "billing" && type != "tech")
        good = unfit("rdeDomain:contact", "of a type that is not known");
      if (good) good = set(content_of_element(one), role);
    });
    return good;
  }

  Expected<void> hosts() {
    Expected<void> good;
    const xmlNode* servers = child_of(node_, rde_domain_namespace, "ns");
    if (servers == nullptr) return good;
    const auto take = [&](const std::string& text) {
      auto host = DomainName::parse(text);
      if (!host || host->ascii() != text || r_.hosts.size() == most_hosts)
        good = unfit("rdeDomain:ns", "is not a list of at most 13 host names");
      else
        r_.hosts.push_back(std::move(*host));
    };
    each_child(servers, domain_namespace, "hostObj", [&](const xmlNode* one) { take(content_of_element(one)); });
    each_child(servers, domain_namespace, "hostAttr",
               [&](const xmlNode* one) { take(text_in(one, domain_namespace, "hostName")); });
    return good;
  }

  Expected<void> date(std::string_view name, std::optional<UtcTime>& into) const {
    const std::string stated = text(name);
    if (stated.empty()) return {};
    const auto time = parse_rfc3339(stated);
    if (!time) return unfit(name, "is not a date and time with its zone");
    into = *time;
    return {};
  }

  Expected<void> dates() {
    std::optional<UtcTime> created;
    if (auto done = date("crDate", created); !done) return done;
    if (created) r_.created = *created;
    if (auto done = date("exDate", r_.registry_expires); !done) return done;
    if (auto done = date("upDate", r_.updated); !done) return done;
    return date("trDate", r_.transferred);
  }

  Expected<void> ds() {
    const xmlNode* signer = child_of(node_, rde_domain_namespace, "secDNS");
    if (signer == nullptr) return {};
    bool good = true;
    each_child(signer, sec_dns_namespace, "dsData", [&](const xmlNode* one) {
      DsRecord record;
      good = good && read_number(text_in(one, sec_dns_namespace, "keyTag"), record.key_tag) &&
             read_number(text_in(one, sec_dns_namespace, "alg"), record.algorithm) &&
             read_number(text_in(one, sec_dns_namespace, "digestType"), record.digest_type);
      record.digest = text_in(one, sec_dns_namespace, "digest");
      std::ranges::transform(record.digest, record.digest.begin(),
                             [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
      const bool digits =
          std::ranges::all_of(record.digest, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
      good = good && digits && !record.digest.empty() && record.digest.size() <= 128 && record.digest.size() % 2 == 0 &&
             r_.ds.size() < most_ds;
      if (good) r_.ds.push_back(std::move(record));
    });
    if (!good) return unfit("rdeDomain:secDNS", "holds no DS data of RFC 5910");
    if (!r_.ds.empty()) r_.dnssec = DnssecState::signed_delegation;
    return {};
  }

  /// What our writer says of a domain of which no status is held says nothing that would have to be held.
  Expected<void> implied_status() {
    const Status implied = r_.hosts.empty() ? Status::inactive : Status::ok;
    StatusSet others;
    unsigned of_epp = 0;
    for (unsigned i = 0; i < status_count; ++i) {
      const auto status = static_cast<Status>(i);
      if (!r_.statuses.contains(status)) continue;
      of_epp += is_grace(status) ? 0 : 1;
      if (status != implied) others.insert(status);
    }
    if (of_epp == 1) r_.statuses = others;
    return {};
  }

  const xmlNode* node_;
  const RdeOrigin& origin_;
  Registration& r_;
};

}  // namespace

Expected<RegistrationPut> rde_domain(const RdeObject& object, const RdeOrigin& origin) {
  const std::string text = text_in(object.node(), rde_domain_namespace, "name");
  auto name = DomainName::parse(text);
  if (!name || name->ascii() != text) return unfit("RDE_DOMAIN_HAS_INVALID_NAME", "rdeDomain:name is not a domain name");
  if (origin.catalog->tld_of(*name) == nullptr)
    return make_error(Errc::invalid, name->ascii() + ": is under no TLD of the configuration", "[[tld]] names it");
  RegistrationPut put{.registration = {.name = std::move(*name)}, .contacts = {}, .hosts = {}, .choices = {}};
  put.registration.provenance = origin.provenance;
  if (!origin.catalog->privacy_services.empty()) put.registration.privacy_service = service_not_told;  // see RowReader
  if (auto done = DomainObject(object.node(), origin, put).read(); !done)
    return make_error(Errc::invalid, put.registration.name.ascii() + ": " + done.error().context, done.error().hint);
  return put;
}

}  // namespace regdata::escrow
