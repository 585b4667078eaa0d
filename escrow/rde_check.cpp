#include "escrow/rde_check.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "escrow/list_file.hpp"
#include "escrow/rde_xml.hpp"
#include "registration/contact_checks.hpp"
#include "registration/status.hpp"

namespace regdata::escrow {
namespace {

using Code = std::string_view;

constexpr std::string_view rde_prefix = "urn:ietf:params:xml:ns:rde";
constexpr std::string_view csv_prefix = "urn:ietf:params:xml:ns:csv";
constexpr std::string_view rde_idn_namespace = "urn:ietf:params:xml:ns:rdeIDN-1.0";
constexpr std::string_view rde_nndn_namespace = "urn:ietf:params:xml:ns:rdeNNDN-1.0";
constexpr std::string_view rde_epp_params_namespace = "urn:ietf:params:xml:ns:rdeEppParams-1.0";
constexpr std::string_view rde_policy_namespace = "urn:ietf:params:xml:ns:rdePolicy-1.0";
constexpr std::string_view name_server_namespace = "urn:ietf:params:xml:ns:domain-1.0";

/// Objects that are XML in both models have no counterpart.
struct KindOfObject {
  std::string_view name;
  std::string_view element;
  bool has_csv = true;
};
constexpr std::array<KindOfObject, 8> object_kinds{{{"Domain", "domain"},
                                                    {"Host", "host"},
                                                    {"Contact", "contact"},
                                                    {"Registrar", "registrar"},
                                                    {"IDN", "idnTableRef"},
                                                    {"NNDN", "NNDN"},
                                                    {"EppParams", "eppParams", false},
                                                    {"Policy", "policy", false}}};

std::string uri_of(std::string_view prefix, const KindOfObject& kind) {
  return std::string(prefix) + std::string(kind.name) + "-1.0";
}

bool is_known_uri(std::string_view uri) {
  return std::ranges::any_of(object_kinds, [&](const KindOfObject& kind) {
    return uri == uri_of(rde_prefix, kind) || (kind.has_csv && uri == uri_of(csv_prefix, kind));
  });
}

struct MarkHash {
  std::size_t operator()(const Mark& mark) const noexcept {
    std::size_t hash = 0;
    std::copy_n(mark.begin(), sizeof hash, reinterpret_cast<std::uint8_t*>(&hash));
    return hash;
  }
};
using Marks = std::unordered_set<Mark, MarkHash>;

bool is_name(const std::string& text) {
  const auto name = DomainName::parse(text);
  return name && name->ascii() == text;
}

bool is_web_address(std::string_view text) { return text.starts_with("https://") || text.starts_with("http://"); }

std::optional<UtcTime> utc_time(const std::string& text) {
  if (!text.ends_with('Z')) return std::nullopt;
  const auto time = parse_rfc3339(text);
  return time ? std::optional(*time) : std::nullopt;
}

/// RFC 5732 §2.3; those of contacts (RFC 5733 §2.2) are not looked at by RST.
bool is_host_status(std::string_view word) {
  constexpr std::array<std::string_view, 10> words{"ok",
                                                   "linked",
                                                   "clientDeleteProhibited",
                                                   "clientUpdateProhibited",
                                                   "serverDeleteProhibited",
                                                   "serverUpdateProhibited",
                                                   "pendingCreate",
                                                   "pendingDelete",
                                                   "pendingTransfer",
                                                   "pendingUpdate"};
  return std::ranges::find(words, word) != words.end();
}

bool is_of_family(const std::string& address, std::string_view family) {
  const auto canonical = canonical_address(address);
  if (!canonical) return false;
  const bool six = canonical->find(':') != std::string::npos;
  return family.empty() ? !six : family == (six ? "v6" : "v4");  // absent is v4 (RFC 5732 §3.2.1)
}

}  // namespace

struct RdeCheck::Impl {
  Impl(const RdeSurroundings& known, Tell teller) : surroundings(known), tell(std::move(teller)) {
    randombytes_buf(key.data(), key.size());
  }

  /// The object in hand.
  struct Subject {
    const xmlNode* node = nullptr;
    std::string_view uri;
    std::uint64_t line = 0;
    std::string name;
    [[nodiscard]] std::string text(std::string_view element) const { return text_in(node, uri, element); }
  };
  void find(Code code, const Subject& of) const { tell({code, of.line, of.name}); }
  void find(Code code) const { tell({code}); }
  [[nodiscard]] Mark mark(std::string_view text) const { return mark_of(key, text); }

  void domain(const Subject& of, const RdeDeposit& deposit);
  void statuses(const Subject& of);
  void dates(const Subject& of, const RdeDeposit& deposit);
  void servers(const Subject& of, const RdeDeposit& deposit);
  void host(Subject of);
  void contact(Subject of);
  void registrar(const Subject& of);
  void other(const Subject& of);
  void header(const Subject& of);
  void roid(const Subject& of, Marks& seen, Code missing, Code invalid, Code non_unique);
  /// Of a registrar; where it is not, `code` is found at the end.
  void refers(const Subject& of, const std::string& to, std::string_view what, Code code);
  /// The codes of clID, crRr, upRr, and of a transfer's reRr and acRr.
  void refers_to_registrars(const Subject& of, const std::array<Code, 5>& codes);

  /// Something that must be there once the document has ended.
  struct Reference {
    Mark to{};
    Code code;
    std::uint64_t line = 0;
    std::string name;
  };

  RdeSurroundings surroundings;
  Tell tell;
  Digest key{};
  Marks names, domain_roids, hosts, host_roids, contacts, contact_roids, registrars, nndns;
  Marks there;                                               ///< everything that may be referred to: "contact C-1"
  std::unordered_map<Mark, Reference, MarkHash> references;  ///< by target and code: the first of each
  struct Bare {
    std::string name;
    std::uint64_t line;
  };
  std::vector<Bare> without_address;
  std::map<std::string, std::uint64_t> found;   ///< objects by URI
  std::map<std::string, std::uint64_t> by_tld;  ///< domains
  std::map<std::string, std::uint64_t> told;    ///< the header's counts, by URI
  std::map<std::string, std::uint64_t> told_by_tld;
  unsigned headers = 0;
  bool csv = false;  ///< something of that model is there
};

void RdeCheck::Impl::refers(const Subject& of, const std::string& to, std::string_view what, Code code) {
  if (to.empty()) return;
  const std::string target = std::string(what) + " " + to;
  references.try_emplace(mark(target + " " + std::string(code)), Reference{mark(target), code, of.line, of.name});
}

void RdeCheck::Impl::refers_to_registrars(const Subject& of, const std::array<Code, 5>& codes) {
  const xmlNode* transfer = child_of(of.node, of.uri, "trnData");
  refers(of, of.text("clID"), "registrar", codes[0]);
  refers(of, of.text("crRr"), "registrar", codes[1]);
  refers(of, of.text("upRr"), "registrar", codes[2]);
  refers(of, text_in(transfer, of.uri, "reRr"), "registrar", codes[3]);
  refers(of, text_in(transfer, of.uri, "acRr"), "registrar", codes[4]);
}

void RdeCheck::Impl::roid(const Subject& of, Marks& seen, Code missing, Code invalid, Code non_unique) {
  const std::string text = of.text("roid");
  if (text.empty()) {
    if (!missing.empty()) find(missing, of);
    return;
  }
  const bool good = check_roid(text).has_value();
  const auto* ids = surroundings.repository_ids;
  std::string repository = text.substr(text.rfind('-') + 1);
  std::ranges::transform(repository, repository.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (!good || (ids != nullptr && !ids->contains(repository))) find(invalid, of);
  if (!seen.insert(mark(text)).second) find(non_unique, of);
}

void RdeCheck::Impl::statuses(const Subject& of) {
  unsigned of_epp = 0;
  bool ok = false;
  bool good = true;
  each_child(of.node, of.uri, "status", [&](const xmlNode* one) {
    const auto status = status_from(attribute_of(one, "s"));
    good = good && status && !is_grace(*status);
    ok = ok || (status && *status == Status::ok);
    ++of_epp;
  });
  each_child(of.node, of.uri, "rgpStatus", [&](const xmlNode* one) {
    const auto status = status_from(attribute_of(one, "s"));
    good = good && status && is_grace(*status);
  });
  if (of_epp == 0) find("RDE_DOMAIN_HAS_MISSING_STATUS", of);
  if (!good || (ok && of_epp > 1)) find("RDE_DOMAIN_HAS_INVALID_STATUS", of);
}

void RdeCheck::Impl::dates(const Subject& of, const RdeDeposit& deposit) {
  const std::string created = of.text("crDate");
  const std::string expires = of.text("exDate");
  const auto created_at = utc_time(created);
  const auto expires_at = utc_time(expires);
  bool leaves = false;
  each_child(of.node, of.uri, "status",
             [&](const xmlNode* one) { leaves = leaves || attribute_of(one, "s") == "pendingDelete"; });
  if (created.empty())
    find("RDE_DOMAIN_HAS_MISSING_CRDATE", of);
  else if (!created_at || *created_at > deposit.watermark)
    find("RDE_DOMAIN_HAS_INVALID_CRDATE", of);
  if (expires.empty())
    find("RDE_DOMAIN_HAS_MISSING_EXDATE", of);
  else if (!expires_at || (*expires_at <= deposit.watermark && !leaves))
    find("RDE_DOMAIN_HAS_INVALID_EXDATE", of);
}

void RdeCheck::Impl::servers(const Subject& of, const RdeDeposit& deposit) {
  const xmlNode* list = child_of(of.node, of.uri, "ns");
  if (list == nullptr) return;
  const bool has_hosts = deposit.menu.contains(std::string(rde_host_namespace));
  bool objects = false;
  bool attributes = false;
  each_child(list, name_server_namespace, "hostObj", [&](const xmlNode* one) {
    objects = true;
    if (has_hosts) refers(of, content_of_element(one), "host", "RDE_DOMAIN_HAS_MISSING_NAMESERVER");
  });
  each_child(list, name_server_namespace, "hostAttr", [&](const xmlNode*) { attributes = true; });
  if (objects && !has_hosts) find("RDE_DOMAIN_HAS_UNEXPECTED_HOST_OBJECTS", of);
  if (attributes && has_hosts) find("RDE_DOMAIN_HAS_UNEXPECTED_HOST_ATTRIBUTES", of);
}

void RdeCheck::Impl::domain(const Subject& given, const RdeDeposit& deposit) {
  Subject of = given;
  const std::string name = of.text("name");
  if (is_name(name)) {
    of.name = "domain " + name;
    ++by_tld[name.substr(name.rfind('.') + 1)];
  } else {
    find("RDE_DOMAIN_HAS_INVALID_NAME", of);
  }
  if (!name.empty() && !names.insert(mark(name)).second) find("RDE_DOMAIN_HAS_NON_UNIQUE_NAME", of);
  if (nndns.contains(mark(name))) find("RDE_NNDN_CONFLICTS_WITH_DOMAIN", of);
  roid(of, domain_roids, "RDE_DOMAIN_HAS_MISSING_ROID", "RDE_DOMAIN_HAS_INVALID_ROID", "RDE_DOMAIN_HAS_NON_UNIQUE_ROID");
  statuses(of);
  dates(of, deposit);
  servers(of, deposit);
  const std::string registrant = of.text("registrant");
  if (registrant.empty()) find("RDE_DOMAIN_HAS_MISSING_REGISTRANT", of);
  refers(of, registrant, "contact", "RDE_DOMAIN_HAS_INVALID_REGISTRANT");
  each_child(of.node, of.uri, "contact",
             [&](const xmlNode* one) { refers(of, content_of_element(one), "contact", "RDE_DOMAIN_HAS_MISSING_CONTACT"); });
  if (of.text("clID").empty()) find("RDE_DOMAIN_HAS_MISSING_CLID", of);
  refers_to_registrars(of, {"RDE_DOMAIN_HAS_INVALID_CLID", "RDE_DOMAIN_HAS_INVALID_CRRR", "RDE_DOMAIN_HAS_INVALID_UPRR",
                            "RDE_DOMAIN_HAS_INVALID_RERR", "RDE_DOMAIN_HAS_INVALID_ACRR"});
  refers(of, of.text("idnTableId"), "table", "RDE_IDN_OBJECT_MISSING");
}

void RdeCheck::Impl::host(Subject of) {
  const std::string name = of.text("name");
  if (is_name(name))
    of.name = "host " + name;
  else
    find("RDE_HOST_HAS_INVALID_NAME", of);
  if (!name.empty() && !hosts.insert(mark(name)).second) find("RDE_HOST_HAS_NON_UNIQUE_NAME", of);
  there.insert(mark("host " + name));
  roid(of, host_roids, "RDE_HOST_HAS_MISSING_ROID", "RDE_HOST_HAS_INVALID_ROID", "RDE_HOST_HAS_NON_UNIQUE_ROID");
  bool good = true;
  bool ok = false;
  bool beside = false;
  unsigned all = 0;
  each_child(of.node, of.uri, "status", [&](const xmlNode* one) {
    const std::string word = attribute_of(one, "s");
    good = good && is_host_status(word);
    ok = ok || word == "ok";
    beside = beside || (word != "ok" && word != "linked");
    ++all;
  });
  if (all == 0) find("RDE_HOST_HAS_MISSING_STATUS", of);
  if (!good || (ok && beside)) find("RDE_HOST_HAS_INVALID_STATUS", of);
  unsigned addresses = 0;
  good = true;
  each_child(of.node, of.uri, "addr", [&](const xmlNode* one) {
    good = good && is_of_family(content_of_element(one), attribute_of(one, "ip"));
    ++addresses;
  });
  if (!good) find("RDE_HOST_HAS_INVALID_IP_ADDRESS", of);
  if (addresses == 0 && !of.name.empty()) without_address.push_back({name, of.line});
  if (of.text("clID").empty()) find("RDE_HOST_HAS_MISSING_CLID", of);
  refers(of, of.text("clID"), "registrar", "RDE_HOST_HAS_INVALID_CLID");
}

void RdeCheck::Impl::contact(Subject of) {
  constexpr std::string_view person = "urn:ietf:params:xml:ns:contact-1.0";
  const std::string id = of.text("id");
  if (check_handle(id)) of.name = "contact " + id;
  if (!contacts.insert(mark(id)).second) find("RDE_CONTACT_HAS_NON_UNIQUE_ID", of);
  there.insert(mark("contact " + id));
  roid(of, contact_roids, {}, "RDE_CONTACT_HAS_INVALID_ROID", "RDE_CONTACT_HAS_NON_UNIQUE_ROID");
  std::set<std::string> types;
  bool countries = true;
  bool twice = false;
  each_child(of.node, of.uri, "postalInfo", [&](const xmlNode* info) {
    twice = !types.insert(attribute_of(info, "type")).second || twice;
    const std::string country = text_in(child_of(info, person, "addr"), person, "cc");
    const auto known = check_country(country);
    countries = countries && known && *known == country;
  });
  if (twice) find("RDE_CONTACT_HAS_MULTIPLE_POSTALINFO_TYPES", of);
  if (!countries) find("RDE_CONTACT_HAS_INVALID_CC", of);
  if (!check_email(of.text("email"))) find("RDE_CONTACT_HAS_INVALID_EMAIL", of);
  refers_to_registrars(of, {"RDE_CONTACT_HAS_UNKNOWN_CLID", "RDE_CONTACT_HAS_UNKNOWN_CRRR", "RDE_CONTACT_HAS_UNKNOWN_UPRR",
                            "RDE_CONTACT_HAS_UNKNOWN_RERR", "RDE_CONTACT_HAS_UNKNOWN_ACRR"});
}

void RdeCheck::Impl::registrar(const Subject& of) {
  const std::string id = of.text("id");
  if (id.empty())
    find("RDE_REGISTRAR_HAS_MISSING_ID", of);
  else if (id.size() < 3 || id.size() > 16)
    find("RDE_REGISTRAR_HAS_INVALID_ID", of);
  if (!id.empty() && !registrars.insert(mark(id)).second) find("RDE_REGISTRAR_HAS_NON_UNIQUE_ID", of);
  there.insert(mark("registrar " + id));
  const std::string name = of.text("name");
  if (name.empty())
    find("RDE_REGISTRAR_HAS_MISSING_NAME", of);
  else if (!check_postal_line(name))
    find("RDE_REGISTRAR_HAS_INVALID_NAME", of);
  const std::string gurid = of.text("gurid");
  std::uint32_t number = 0;
  const auto [end, code] = std::from_chars(gurid.data(), gurid.data() + gurid.size(), number);
  if (gurid.empty())
    find("RDE_REGISTRAR_HAS_MISSING_GURID", of);
  else if (code != std::errc{} || end != gurid.data() + gurid.size() || number == 0)
    find("RDE_REGISTRAR_HAS_INVALID_GURID", of);
}

void RdeCheck::Impl::header(const Subject& of) {
  ++headers;
  bool good = true;
  each_child(of.node, of.uri, "count", [&](const xmlNode* one) {
    const std::string text = content_of_element(one);
    std::uint64_t count = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
    good = good && code == std::errc{} && end == text.data() + text.size();
    const std::string uri = attribute_of(one, "uri");
    if (!attribute_of(one, "registrarId").empty()) return;
    const std::string tld = attribute_of(one, "rcdn");
    if (tld.empty())
      told[uri] = count;
    else if (uri == rde_domain_namespace)
      told_by_tld[tld] = count;
  });
  if (!good) find("RDE_SCHEMA_VALIDATION_ERROR", of);
}

void RdeCheck::Impl::other(const Subject& of) {
  if (is_element(of.node, rde_idn_namespace, "idnTableRef")) {
    const std::string id = attribute_of(of.node, "id");
    bool good = !id.empty();
    for (const char* element : {"url", "urlPolicy"})
      each_child(of.node, rde_idn_namespace, element,
                 [&](const xmlNode* one) { good = good && is_web_address(content_of_element(one)); });
    if (!good) find("RDE_IDN_OBJECT_INVALID", of);
    there.insert(mark("table " + id));
    ++found[std::string(rde_idn_namespace)];
  } else if (is_element(of.node, rde_nndn_namespace, "NNDN")) {
    const std::string name = text_in(of.node, rde_nndn_namespace, "aName");
    if (!nndns.insert(mark(name)).second) find("RDE_NNDN_HAS_NON_UNIQUE_NAME", of);
    if (names.contains(mark(name))) find("RDE_NNDN_CONFLICTS_WITH_DOMAIN", of);
    refers(of, text_in(of.node, rde_nndn_namespace, "idnTableId"), "table", "RDE_IDN_OBJECT_MISSING");
    ++found[std::string(rde_nndn_namespace)];
  } else if (is_element(of.node, rde_epp_params_namespace, "eppParams")) {
    if (++found[std::string(rde_epp_params_namespace)] > 1) find("RDE_MULTIPLE_EPP_PARAMS_OBJECTS", of);
  } else if (is_element(of.node, rde_policy_namespace, "policy")) {
    return;  // neither counted nor in menus, as RFC 9022 §14 shows
  } else if (const std::string_view uri = namespace_of(of.node); uri.starts_with(csv_prefix) && is_known_uri(uri)) {
    csv = true;  // its tables are other files
  } else {
    find("RDE_UNEXPECTED_OBJECT", of);
  }
}

RdeCheck::RdeCheck(const RdeSurroundings& surroundings, Tell tell)
    : impl_(std::make_unique<Impl>(surroundings, std::move(tell))) {}
RdeCheck::~RdeCheck() = default;

void RdeCheck::take(const RdeObject& object, std::uint64_t line, const RdeDeposit& deposit) {
  using Kind = RdeObject::Kind;
  Impl& check = *impl_;
  const auto of = [&](std::string_view uri) { return Impl::Subject{object.node(), uri, line, {}}; };
  switch (object.kind()) {
    case Kind::header:
      return check.header(of(rde_header_namespace));
    case Kind::domain:
      ++check.found[std::string(rde_domain_namespace)];
      return check.domain(of(rde_domain_namespace), deposit);
    case Kind::host:
      ++check.found[std::string(rde_host_namespace)];
      return check.host(of(rde_host_namespace));
    case Kind::contact:
      ++check.found[std::string(rde_contact_namespace)];
      return check.contact(of(rde_contact_namespace));
    case Kind::registrar:
      ++check.found[std::string(rde_registrar_namespace)];
      return check.registrar(of(rde_registrar_namespace));
    case Kind::deletes:
      return;
    case Kind::other:
      return check.other(of({}));
  }
}

void RdeCheck::finish(const RdeDeposit& deposit) {
  Impl& check = *impl_;
  const bool full = deposit.type == "FULL";
  if (check.headers != 1 || deposit.watermark > check.surroundings.now) check.find("RDE_SCHEMA_VALIDATION_ERROR");
  std::set<std::string> menu = deposit.menu;
  menu.erase(std::string(rde_header_namespace));  // which some name, and some do not
  std::set<std::string> in_header;
  for (const auto& [uri, count] : check.told) in_header.insert(uri);
  const auto unknown = [](const std::string& uri) { return !is_known_uri(uri); };
  if (std::ranges::any_of(menu, unknown) || std::ranges::any_of(in_header, unknown)) check.find("RDE_UNEXPECTED_OBJECT_URI");
  if (check.headers > 0 && menu != in_header) check.find("RDE_MENU_AND_HEADER_URIS_DIFFER");
  for (const auto& [uri, count] : check.found)
    if (!menu.contains(uri) || (check.headers > 0 && !in_header.contains(uri))) {
      check.find("RDE_MISSING_OBJECT_URI");
      break;
    }
  for (const KindOfObject& kind : object_kinds)
    if (kind.has_csv && menu.contains(uri_of(rde_prefix, kind)) && menu.contains(uri_of(csv_prefix, kind)))
      check.find("RDE_OBJECT_HAS_MIXED_TYPES");
  if (full && !check.csv) {
    const auto missing = [&](std::string_view uri, Code code) {
      const auto counted = check.told.find(std::string(uri));
      if (counted != check.told.end() && counted->second > 0 && !check.found.contains(std::string(uri))) check.find(code);
    };
    missing(rde_domain_namespace, "RDE_DOMAIN_OBJECT_MISSING");
    missing(rde_host_namespace, "RDE_HOST_OBJECT_MISSING");
    missing(rde_contact_namespace, "RDE_CONTACT_OBJECT_MISSING");
    if (!check.found.contains(std::string(rde_registrar_namespace))) check.find("RDE_REGISTRAR_OBJECT_MISSING");
    std::map<std::string, std::uint64_t> told = check.told;
    std::erase_if(told, [](const auto& one) { return one.second == 0; });
    bool same = told == check.found;
    for (const auto& [tld, count] : check.told_by_tld) {
      const auto there = check.by_tld.find(tld);
      same = same && count == (there == check.by_tld.end() ? 0 : there->second);
    }
    if (check.headers > 0 && !same) check.find("RDE_OBJECT_COUNT_MISMATCH");
  }
  if (!full || check.csv) return;  // what is referred to may stand elsewhere
  std::vector<const Impl::Reference*> dangling;
  for (const auto& [mark, reference] : check.references)
    if (!check.there.contains(reference.to)) dangling.push_back(&reference);
  std::ranges::sort(dangling, {}, [](const Impl::Reference* one) { return std::pair(one->line, one->code); });
  for (const Impl::Reference* one : dangling) check.tell({one->code, one->line, one->name});
  for (const Impl::Bare& host : check.without_address) {
    std::string_view above = host.name;
    for (auto dot = above.find('.'); dot != std::string_view::npos; dot = above.find('.')) {
      if (check.names.contains(check.mark(above))) {
        check.tell({"RDE_HOST_HAS_MISSING_IP_ADDRESS", host.line, "host " + host.name});
        break;
      }
      above.remove_prefix(dot + 1);
    }
  }
}

}  // namespace regdata::escrow
