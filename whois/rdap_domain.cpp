// A domain object (RFC 9083 §5.3) as the Response Profile of February 2024 §2 wants it.
#include <algorithm>
#include <array>

#include "whois/published.hpp"
#include "whois/rdap_parts.hpp"

namespace regdata::whois {
namespace {

using redaction::PublicContact;
using redaction::PublicViewData;

// RFC 8056 §2, in the order of the enumeration.
constexpr std::array<std::string_view, status_count> rdap_statuses{"add period",
                                                                   "auto renew period",
                                                                   "client delete prohibited",
                                                                   "client hold",
                                                                   "client renew prohibited",
                                                                   "client transfer prohibited",
                                                                   "client update prohibited",
                                                                   "inactive",
                                                                   "active",
                                                                   "pending create",
                                                                   "pending delete",
                                                                   "pending renew",
                                                                   "pending restore",
                                                                   "pending transfer",
                                                                   "pending update",
                                                                   "redemption period",
                                                                   "renew period",
                                                                   "server delete prohibited",
                                                                   "server hold",
                                                                   "server renew prohibited",
                                                                   "server transfer prohibited",
                                                                   "server update prohibited",
                                                                   "transfer period"};

/// Statuses that say something of their own may stand beside `ok`: grace periods (RFC 3915 §3.1).
constexpr StatusSet beside_ok = [] {
  StatusSet set;
  for (const Status status :
       {Status::add_period, Status::auto_renew_period, Status::renew_period, Status::transfer_period, Status::ok})
    set.insert(status);
  return set;
}();

/// What RDAP shows for the statuses that are held (rules.md §4.6). RFC 5731 §2.3: `ok` is what a server sets where nothing else
/// is set, `inactive` where no hosts are; RFC 3915 §3.1: redemption is a kind of pending delete.
StatusSet shown_statuses(const PublicViewData& view) {
  StatusSet statuses = view.statuses;
  if (statuses.empty()) statuses.insert(view.hosts.empty() ? Status::inactive : Status::ok);
  std::uint32_t bits = statuses.bits();
  const auto bit = [](Status status) { return 1U << static_cast<unsigned>(status); };
  if ((bits & ~beside_ok.bits()) != 0) bits &= ~bit(Status::ok);
  if ((bits & bit(Status::pending_restore)) != 0) bits &= ~bit(Status::redemption_period);
  if ((bits & (bit(Status::pending_restore) | bit(Status::redemption_period))) != 0) bits |= bit(Status::pending_delete);
  return StatusSet::from_bits(bits);
}

void append_statuses(RdapAnswer& answer, const PublicViewData& view) {
  const StatusSet statuses = shown_statuses(view);
  answer.json.begin_array("status");
  for (unsigned i = 0; i < status_count; ++i) {
    const auto status = static_cast<Status>(i);
    if (statuses.contains(status)) answer.json.text(rdap_status(status));
  }
  answer.json.end_array();
}

void append_events(RdapAnswer& answer, const PublicViewData& view) {
  answer.json.begin_array("events");
  if (view.created != UtcTime{}) answer.event("registration", view.created);
  answer.event("registrar expiration", view.registrar_expires);
  answer.event("expiration", view.registry_expires);
  // Response Profile 2024 §2.3.2.2: not where nothing has changed since the creation; the registry's date and no other
  if (view.updated && *view.updated != view.created) answer.event("last changed", view.updated);
  answer.event("transfer", view.transferred);
  answer.last_update();
  answer.json.end_array();
}

/// Response Profile 2024 §2.9: `delegationSigned` always. Where we hold nothing about DNSSEC, we have sent the registry none.
void append_secure_dns(RdapAnswer& answer, const PublicViewData& view) {
  JsonWriter& json = answer.json;
  json.begin_object("secureDNS");
  json.key("delegationSigned");
  // rules.md §4.3: true needs the data
  const bool with_data = view.dnssec == redaction::PublicDnssec::signed_delegation;
  json.boolean(with_data);
  if (with_data && !view.ds.empty()) {
    json.begin_array("dsData");
    for (const redaction::PublicDs& ds : view.ds) {
      json.begin_object();
      json.key("keyTag");
      json.number(std::uint64_t{ds.key_tag});
      json.key("algorithm");
      json.number(std::uint64_t{ds.algorithm});
      json.key("digestType");
      json.number(std::uint64_t{ds.digest_type});
      json.member("digest", ds.digest);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
}

/// Handle and status are left out on all of them: a registrar need not have them (rules.md §4.3).
void append_hosts(RdapAnswer& answer, const PublicViewData& view) {
  answer.json.begin_array("nameservers");
  for (const std::string& host : view.hosts) {
    answer.json.begin_object();
    answer.host_name(host);
    answer.json.end_object();
  }
  answer.json.end_array();
}

void append_reseller(RdapAnswer& answer, const redaction::PublicReseller& reseller) {
  answer.json.begin_object();
  answer.json.member("objectClassName", "entity");
  answer.json.key("roles");
  answer.json.raw(R"(["reseller"])");
  JCard card(answer.json);
  card.text("fn", reseller.name);
  if (!reseller.url.empty()) card.uri("url", reseller.url);
  card.end();
  answer.json.end_object();
}

void append_entities(RdapAnswer& answer, const PublicViewData& view, const Registrar& registrar) {
  answer.json.begin_array("entities");
  answer.registrar(registrar);
  const auto of_role = [&](Role role) {
    return std::find_if(view.contacts.begin(), view.contacts.end(), [&](const PublicContact& c) { return c.role == role; });
  };
  // §2.7.2: always there, even when nothing of it may be shown
  const auto registrant = of_role(Role::registrant);
  append_contact_entity(answer, registrant != view.contacts.end() ? *registrant : PublicContact{});
  if (const auto technical = of_role(Role::technical); technical != view.contacts.end())
    append_contact_entity(answer, *technical);
  if (view.reseller) append_reseller(answer, *view.reseller);
  answer.json.end_array();
}

void append_notices(RdapAnswer& answer) {
  answer.json.begin_array("notices");
  // §2.6.3 and §2.10: these words and these addresses
  JsonWriter& json = answer.json;
  json.begin_object();
  json.raw(R"("title":"Status Codes",)"
           R"("description":["For more information on domain status codes, please visit https://icann.org/epp"])");
  json.begin_array("links");
  answer.link_as(R"("rel":"glossary","href":"https://icann.org/epp","type":"text/html")");
  json.end_array();
  json.end_object();
  json.begin_object();
  json.raw(R"("title":"RDDS Inaccuracy Complaint Form",)"
           R"("description":["URL of the ICANN RDDS Inaccuracy Complaint Form: https://icann.org/wicf"])");
  json.begin_array("links");
  answer.link_as(R"("rel":"help","href":"https://icann.org/wicf","type":"text/html")");
  json.end_array();
  json.end_object();
  answer.terms_notice();
  answer.json.end_array();
}

/// Port 43 where it is on for the TLD, so that both services point to each other.
void append_port43(RdapAnswer& answer, const PublicViewData& view, const Registrar& registrar) {
  const Tld* tld = tld_of(answer.frame().texts, view.name);
  if (tld != nullptr && tld->whois && !registrar.whois_server.empty()) answer.json.member("port43", registrar.whois_server);
}

}  // namespace

std::string_view rdap_status(Status status) noexcept { return rdap_statuses[static_cast<std::size_t>(status)]; }

bool rdap_shows_personal(const redaction::PublicView& view, const RdapFrame& frame) noexcept {
  if (frame.stale) return false;
  const auto chosen = [](const auto& field) { return field.shown() != nullptr && field.shown()->by_choice; };
  return std::any_of(view->contacts.begin(), view->contacts.end(), [&](const PublicContact& c) {
    return chosen(c.name) || chosen(c.organization) || chosen(c.street) || chosen(c.city) || chosen(c.postal_code) ||
           chosen(c.phone) || chosen(c.phone_ext) || chosen(c.fax) || chosen(c.fax_ext) || chosen(c.email);
  });
}

bool append_rdap_domain(std::string& out, const redaction::PublicView& view, const RdapFrame& frame, Stamp& stamp) {
  const Registrar* registrar = registrar_of(frame.texts, view->registrar);
  if (registrar == nullptr) return false;
  RdapAnswer answer(out, frame, stamp);
  const bool redacted = has_redactions(*view, frame);
  answer.begin(redacted, "domain");
  if (const std::string* id = visible(view->registry_domain_id, frame)) answer.json.member("handle", *id);
  answer.json.member("ldhName", view->name);
  if (view->unicode_name != view->name && !view->unicode_name.empty()) answer.json.member("unicodeName", view->unicode_name);
  answer.self_link("domain/", view->name);
  append_statuses(answer, *view);
  append_events(answer, *view);
  append_secure_dns(answer, *view);
  append_hosts(answer, *view);
  append_entities(answer, *view, *registrar);
  append_port43(answer, *view, *registrar);
  append_notices(answer);
  if (redacted) append_redactions(answer, *view);
  answer.json.end_object();
  return true;
}

}  // namespace regdata::whois
