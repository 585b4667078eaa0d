// What holds for every object of an answer, at every depth (RFC 9083 §4), and the readers that the other files share.
#include <algorithm>
#include <array>
#include <set>

#include "registration/ascii.hpp"
#include "registration/utc_time.hpp"
#include "whois/prefix.hpp"
#include "whois/profile_parts.hpp"

namespace regdata::whois {
namespace {

namespace json = boost::json;

bool is_word_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view scheme_of(std::string_view uri) noexcept {
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  const std::string_view scheme = uri.substr(0, colon);
  const bool sound = std::all_of(scheme.begin(), scheme.end(),
                                 [](char c) { return (is_word_character(c) && c != '_') || c == '+' || c == '-' || c == '.'; });
  return sound ? scheme : std::string_view{};
}

// RFC 8056 §2 as IANA's RDAP JSON Values registry has it.
constexpr std::array<std::string_view, 24> statuses{"add period",
                                                    "auto renew period",
                                                    "client delete prohibited",
                                                    "client hold",
                                                    "client renew prohibited",
                                                    "client transfer prohibited",
                                                    "client update prohibited",
                                                    "inactive",
                                                    "active",
                                                    "associated",
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

void check_links(ProfileCheck& check, const json::array& links, const std::string& where) {
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (text_of(links[i], "value").empty()) check.find(-10612, pointer(where, i));
    if (text_of(links[i], "rel").empty()) check.find(-10613, pointer(where, i));
    if (!is_absolute_uri(text_of(links[i], "href"))) check.find(-10611, pointer(where, i));
  }
}

void check_events(ProfileCheck& check, const json::array& events, const std::string& where) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::string_view action = text_of(events[i], "eventAction");
    if (!parse_rfc3339(text_of(events[i], "eventDate"))) check.find(-10908, pointer(where, i));
    if (!seen.insert(action).second) check.find(-10912, pointer(where, i));
  }
}

void check_statuses(ProfileCheck& check, const json::array& values, const std::string& where) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view status = text(&values[i]);
    if (!is_status(status)) check.find(-11002, pointer(where, i));
    if (!seen.insert(status).second) check.find(-11003, pointer(where, i));
  }
}

void check_public_ids(ProfileCheck& check, const json::array& ids, const std::string& where) {
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (!is_text(member(ids[i], "identifier"))) check.find(-11205, pointer(where, i));
}

/// IANA's registries of special-purpose addresses (RFC 6890): nobody can reach a name server there.
bool is_special(std::string_view address) {
  static const std::vector<Prefix> blocks = [] {
    std::vector<Prefix> list;
    for (const std::string_view block :
         {"0.0.0.0/8",    "10.0.0.0/8",   "100.64.0.0/10",  "127.0.0.0/8",   "169.254.0.0/16",  "172.16.0.0/12",
          "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
          "224.0.0.0/4",  "240.0.0.0/4",  "::/127",         "100::/64",      "2001:2::/48",     "2001:db8::/32",
          "fc00::/7",     "fe80::/10",    "ff00::/8"})
      if (auto prefix = Prefix::parse(block)) list.push_back(*prefix);
    return list;
  }();
  const auto parsed = ClientAddress::parse(address);
  return !parsed || contains(blocks, *parsed);
}

void check_addresses(ProfileCheck& check, const json::value& addresses, const std::string& where) {
  for (const std::string_view family : {"v4", "v6"}) {
    const auto& list = array_of(addresses, family);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string at = pointer(where + "/" + std::string(family), i);
      if (is_special(text(&list[i]))) check.find(family == "v4" ? -10102 : -10202, at);
    }
  }
}

bool is_object_list(std::string_view name) noexcept { return name == "entities" || name == "nameservers"; }

void check_member(ProfileCheck& check, std::string_view name, const json::value& value, const std::string& where, bool top) {
  if (name == "rdapConformance" && !top) check.find(-10505, where);
  if (name == "notices" && !top) check.find(-12218, where);
  if (name == "vcardArray") check_jcard(check, value, where);
  if (name == "ipAddresses") check_addresses(check, value, where);
  const auto* array = value.if_array();
  if (array == nullptr) return;
  if (name == "links") check_links(check, *array, where);
  if (name == "events") check_events(check, *array, where);
  if (name == "status") check_statuses(check, *array, where);
  if (name == "publicIds") check_public_ids(check, *array, where);
  if (!is_object_list(name)) return;
  for (std::size_t i = 0; i < array->size(); ++i)
    if (text_of((*array)[i], "objectClassName").empty()) check.find(-13003, pointer(where, i));
}

/// RFC 6901 §3.
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~' || c == '/')
      out.append(c == '~' ? "~0" : "~1");
    else
      out.push_back(c);
  }
  return out;
}

/// As deep as the parser let it become.
void walk(ProfileCheck& check, const json::value& value, const std::string& where, bool top);

void walk(ProfileCheck& check, const json::object& object, const std::string& where, bool top) {
  for (const auto& entry : object) {
    const std::string_view name(entry.key().data(), entry.key().size());
    const std::string at = where + "/" + escaped(name);
    check_member(check, name, entry.value(), at, top);
    if (name != "vcardArray") walk(check, entry.value(), at, false);
  }
}

void walk(ProfileCheck& check, const json::value& value, const std::string& where, bool top) {
  if (const auto* object = value.if_object()) return walk(check, *object, where, top);
  const auto* array = value.if_array();
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) walk(check, (*array)[i], pointer(where, i), false);
}

/// RFC 5730 §4, roidType.
bool is_roid(std::string_view handle) noexcept {
  const std::size_t dash = handle.find('-');
  if (dash == std::string_view::npos || dash == 0 || dash > 80) return false;
  const std::string_view suffix = handle.substr(dash + 1);
  return !suffix.empty() && suffix.size() <= 8 && std::all_of(suffix.begin(), suffix.end(), is_word_character) &&
         std::all_of(handle.begin(), handle.begin() + static_cast<std::ptrdiff_t>(dash), is_word_character);
}

}  // namespace

void check_objects(ProfileCheck& check) {
  const bool object = check.kind != AskedKind::help && check.kind != AskedKind::other;
  if (object && text_of(check.top, "objectClassName").empty()) check.find(-13003);
  walk(check, check.top, {}, true);
}

bool says(std::string_view text, std::string_view prescribed) noexcept { return same_ignoring_case(trim(text), prescribed); }

bool has_role(const json::value& entity, std::string_view role) noexcept {
  const auto& roles = array_of(entity, "roles");
  return std::any_of(roles.begin(), roles.end(), [&](const json::value& one) { return text(&one) == role; });
}

void check_handle(ProfileCheck& check, std::string_view handle, const std::string& where, const HandleCodes& codes) {
  if (!is_roid(handle)) return check.find(codes.format, where);
  const std::string_view id = handle.substr(handle.find('-') + 1);
  if (id == "ICANNRST" && codes.reserved != 0) return check.find(codes.reserved, where);
  const auto* ids = check.asked.repository_ids;
  if (ids != nullptr && !ids->contains(id)) check.find(codes.unregistered, where);
}

std::set<std::string, std::less<>> read_repository_ids(std::string_view list) {
  std::set<std::string, std::less<>> ids;
  while (!list.empty()) {
    const std::string_view line = list.substr(0, list.find_first_of("\r\n"));
    list.remove_prefix(std::min(line.size() + 1, list.size()));
    std::string_view id = line.substr(0, line.find(','));
    if (id.size() > 2 && id.front() == '"' && id.back() == '"') id = id.substr(1, id.size() - 2);
    if (is_roid("0-" + std::string(id))) ids.emplace(id);
  }
  return ids;
}

bool is_status(std::string_view status) noexcept {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

bool is_web_uri(std::string_view uri) noexcept {
  const std::string_view scheme = scheme_of(uri);
  if (!same_ignoring_case(scheme, "https") && !same_ignoring_case(scheme, "http")) return false;
  const std::string_view rest = uri.substr(scheme.size() + 1);
  return rest.starts_with("//") && rest.size() > 2 && rest[2] != '/' && uri.find_first_of(" \t\"<>") == std::string_view::npos;
}

bool is_absolute_uri(std::string_view uri) noexcept {
  const std::string_view scheme = scheme_of(uri);
  if (scheme.empty() || uri.find_first_of(" \t\"<>") != std::string_view::npos) return false;
  if (same_ignoring_case(scheme, "https") || same_ignoring_case(scheme, "http")) return is_web_uri(uri);
  return uri.size() > scheme.size() + 1;
}

bool statuses_clash(const json::array& values) {
  std::set<std::string_view> held;
  for (std::size_t i = 0; i < values.size(); ++i) held.insert(text(&values[i]));
  const auto has = [&](std::string_view status) { return held.contains(status); };
  std::size_t pending = 0;
  for (const std::string_view verb : {"create", "delete", "renew", "transfer", "update"}) {
    const std::string what(verb);
    if (!has("pending " + what)) continue;
    ++pending;
    if (has("client " + what + " prohibited") || has("server " + what + " prohibited")) return true;
  }
  if (pending > 1 || (has("redemption period") && has("pending restore"))) return true;
  if (!has("active")) return false;
  // grace periods may stand beside it (RFC 3915 §3.1)
  return std::any_of(held.begin(), held.end(), [](std::string_view status) {
    return status == "inactive" || status.ends_with(" hold") || status.ends_with(" prohibited") ||
           status.starts_with("pending ") || status == "redemption period";
  });
}

}  // namespace regdata::whois
