// A domain object but for its entities (Response Profile 2024 §2.1–2.3, §2.6, §2.8, §2.9).
#include <algorithm>

#include "registration/domain_name.hpp"
#include "whois/profile_parts.hpp"
#include "whois/target.hpp"

namespace regdata::whois {
namespace {

namespace json = boost::json;

bool has_event(const ProfileCheck& check, std::string_view action) noexcept {
  const auto& events = array_of(check.top, "events");
  return std::any_of(events.begin(), events.end(),
                     [&](const json::value& one) { return text_of(one, "eventAction") == action; });
}

/// By A-label, `ldhName` must be the name; by U-label, `unicodeName` (§2.1).
void check_names(ProfileCheck& check) {
  const auto decoded = percent_decode(check.asked_name, false);
  if (!decoded) return;
  const bool ascii = std::all_of(decoded->begin(), decoded->end(), [](char c) { return (c & 0x80) == 0; });
  const auto asked = DomainName::parse(*decoded);
  const auto ldh = DomainName::parse(text_of(check.top, "ldhName"));
  const std::string_view unicode = text_of(check.top, "unicodeName");
  if (ascii && (!ldh || !asked || *ldh != *asked)) check.find(-46100, ldh ? "/ldhName" : "");
  if (ascii) return;
  const auto same = DomainName::parse(unicode);
  if (!same || !asked || *same != *asked) check.find(-46101, same ? "/unicodeName" : "");
}

/// RFC 5731 §2.3, RFC 3915 §3.1.
void check_status(ProfileCheck& check) {
  const auto& statuses = array_of(check.top, "status");
  if (statuses.empty()) return check.find(-47100);
  const auto has = [&](std::string_view status) {
    return std::any_of(statuses.begin(), statuses.end(), [&](const json::value& one) { return text(&one) == status; });
  };
  if (statuses_clash(statuses)) check.find(-46900, "/status");
  if (has("pending delete")) return;
  if (has("redemption period")) check.find(-47001, "/status");
  if (has("pending restore")) check.find(-47002, "/status");
}

void check_secure_dns(ProfileCheck& check) {
  const auto* secure = member(check.top, "secureDNS");
  if (secure == nullptr) return check.find(-46800);
  const auto* signed_delegation = member(*secure, "delegationSigned");
  if (signed_delegation == nullptr) return check.find(-46801, "/secureDNS");
  if (!signed_delegation->is_bool()) return check.find(-12007, "/secureDNS/delegationSigned");
  if (!signed_delegation->get_bool()) return;
  if (array_of(*secure, "dsData").empty() && array_of(*secure, "keyData").empty()) check.find(-46802, "/secureDNS");
}

void check_hosts(ProfileCheck& check) {
  const auto& hosts = array_of(check.top, "nameservers");
  std::size_t handles = 0;
  std::size_t with_status = 0;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const std::string where = pointer("/nameservers", i);
    if (!DomainName::parse(text_of(hosts[i], "ldhName"))) check.find(-47200, where);
    if (const auto* handle = member(hosts[i], "handle")) {
      ++handles;
      check_handle(check, text(handle), where + "/handle", {-47201, -47202, -47205});
    }
    const auto& statuses = array_of(hosts[i], "status");
    if (!statuses.empty()) ++with_status;
    if (statuses_clash(statuses)) check.find(-47204, where + "/status");
  }
  const bool some = handles + with_status > 0;
  if (some && (handles != hosts.size() || with_status != hosts.size())) check.find(-47203, "/nameservers");
}

}  // namespace

void check_last_update(ProfileCheck& check) {
  if (!has_event(check, "last update of RDAP database")) check.find(-43100, "/events");
}

void check_domain(ProfileCheck& check) {
  check_names(check);
  if (!has_event(check, "registration")) check.find(-46300, "/events");
  if (!has_event(check, "registrar expiration")) check.find(-65600, "/events");
  check_status(check);
  check_secure_dns(check);
  check_hosts(check);
}

}  // namespace regdata::whois
