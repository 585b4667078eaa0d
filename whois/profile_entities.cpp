// Entities and their jCards (Response Profile 2024 §1.4, §2.4, §2.7, Technical Implementation Guide §3.8, RFC 7095).
#include <algorithm>

#include "whois/profile_parts.hpp"

namespace regdata::whois {
namespace {

namespace json = boost::json;

constexpr std::size_t value_cell = 3;

bool is_iana_id(std::string_view handle) noexcept {
  return !handle.empty() && handle.size() <= 10 && handle.front() != '0' &&
         std::all_of(handle.begin(), handle.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void check_public_ids(ProfileCheck& check, const json::value& registrar, const std::string& where, int missing) {
  const auto& ids = array_of(registrar, "publicIds");
  const auto id =
      std::find_if(ids.begin(), ids.end(), [](const json::value& one) { return text_of(one, "type") == "IANA Registrar ID"; });
  if (ids.empty()) return check.find(missing, where);
  if (id == ids.end()) return check.find(-47401, where + "/publicIds");
  if (text_of(*id, "identifier") != text_of(registrar, "handle")) check.find(-47403, where + "/publicIds");
}

/// The registrar's web site, told by a link whose value is the base URL to the letter (§2.4.6).
void check_about(ProfileCheck& check, const json::value& registrar, const std::string& where) {
  const auto& links = array_of(registrar, "links");
  const auto about =
      std::find_if(links.begin(), links.end(), [](const json::value& one) { return text_of(one, "rel") == "about"; });
  if (about == links.end()) return check.find(-47700, where);
  const std::string at = pointer(where + "/links", static_cast<std::size_t>(about - links.begin()));
  const std::string_view value = text_of(*about, "value");
  if (value != check.base_url) check.find(-47701, at + "/value");
  if (!value.starts_with("https://")) check.find(-47702, at + "/value");
  if (!is_web_uri(text_of(*about, "href"))) check.find(-47703, at + "/href");
}

void check_abuse(ProfileCheck& check, const json::value& registrar, const std::string& where) {
  const auto& entities = array_of(registrar, "entities");
  const bool reachable = std::any_of(entities.begin(), entities.end(), [](const json::value& one) {
    return has_role(one, "abuse") && property_of(one, "tel") != nullptr && property_of(one, "email") != nullptr;
  });
  if (!reachable) check.find(-47500, where);
}

/// RFC 7095 §3.3.1.3, Technical Implementation Guide 2024 §3.8.1.
void check_address(ProfileCheck& check, const json::array& property, const std::string& where) {
  const auto* cells = property[value_cell].if_array();
  bool structured = cells != nullptr && cells->size() == 7;
  for (std::size_t i = 0; structured && i < cells->size(); ++i) {
    const auto* lines = (*cells)[i].if_array();
    structured =
        (*cells)[i].is_string() ||
        (lines != nullptr && std::all_of(lines->begin(), lines->end(), [](const json::value& l) { return l.is_string(); }));
  }
  if (!structured || member(property[1], "label") != nullptr) check.find(-20800, where);
  if (structured && ((*cells)[6].is_array() || !text(&(*cells)[6]).empty())) check.find(-62100, where);
  const std::string_view country = text_of(property[1], "cc");
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (country.size() != 2 || !std::all_of(country.begin(), country.end(), upper)) check.find(-62101, where);
}

bool is_type(const json::value& parameters, std::string_view type) noexcept {
  if (text_of(parameters, "type") == type) return true;
  const auto& types = array_of(parameters, "type");
  return std::any_of(types.begin(), types.end(), [&](const json::value& one) { return text(&one) == type; });
}

void check_property(ProfileCheck& check, const json::array& property, const std::string& where) {
  const std::string_view name = text(&property[0]);
  if (name == "adr") check_address(check, property, where);
  if (name == "tel") {
    if (!is_type(property[1], "voice") && !is_type(property[1], "fax")) check.find(-20900, where);
    if (member(property[1], "type") == nullptr) check.find(-12305, where);
  }
  if (name == "email" && !is_email(text(&property[value_cell]))) check.find(-12320, where);
}

bool is_property(const json::value& value) noexcept {
  const auto* property = value.if_array();
  return property != nullptr && property->size() > value_cell && (*property)[0].is_string() && (*property)[1].is_object() &&
         (*property)[2].is_string();
}

std::size_t count_role(const ProfileCheck& check, std::string_view role) noexcept {
  const auto& entities = array_of(check.top, "entities");
  return static_cast<std::size_t>(
      std::count_if(entities.begin(), entities.end(), [&](const json::value& one) { return has_role(one, role); }));
}

}  // namespace

const json::array& jcard_of(const json::value& entity) noexcept {
  static const json::array none;
  const auto& card = array_of(entity, "vcardArray");
  const auto* properties = card.size() < 2 ? nullptr : card[1].if_array();
  return properties == nullptr ? none : *properties;
}

const json::array* property_of(const json::value& entity, std::string_view name) noexcept {
  for (const json::value& one : jcard_of(entity))
    if (is_property(one) && text(&one.get_array()[0]) == name) return &one.get_array();
  return nullptr;
}

const json::array* telephone_of(const json::value& entity, std::string_view type) noexcept {
  for (const json::value& one : jcard_of(entity)) {
    if (!is_property(one) || text(&one.get_array()[0]) != "tel") continue;
    if (is_type(one.get_array()[1], type)) return &one.get_array();
  }
  return nullptr;
}

/// RFC 5322 §3.4.1, without quoted local parts and address literals, which nobody publishes.
bool is_email(std::string_view text) noexcept {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at > 64 || text.size() > 254) return false;
  const std::string_view domain = text.substr(at + 1);
  const auto sound = [](std::string_view part) {
    return !part.empty() && part.front() != '.' && part.back() != '.' && part.find("..") == std::string_view::npos &&
           std::all_of(part.begin(), part.end(), [](char c) {
             return c > 0x20 && c < 0x7F ? std::string_view("\"(),:;<>@[\\]").find(c) == std::string_view::npos
                                         : (c & 0x80) != 0;
           });
  };
  return sound(text.substr(0, at)) && sound(domain) && domain.find('.') != std::string_view::npos;
}

void check_jcard(ProfileCheck& check, const json::value& jcard, const std::string& where) {
  const auto* card = jcard.if_array();
  const auto* properties = card == nullptr || card->size() != 2 ? nullptr : (*card)[1].if_array();
  if (properties == nullptr || text(&(*card)[0]) != "vcard" || properties->empty()) return check.find(-12305, where);
  bool named = false;
  for (std::size_t i = 0; i < properties->size(); ++i) {
    const std::string at = pointer(where + "/1", i);
    if (!is_property((*properties)[i])) {
      check.find(-12305, at);
      continue;
    }
    const auto& property = (*properties)[i].get_array();
    const std::string_view name = text(&property[0]);
    if (i == 0 && (name != "version" || text(&property[value_cell]) != "4.0")) check.find(-12305, at);
    named = named || name == "fn";
    check_property(check, property, at);
  }
  if (!named) check.find(-12305, where);
}

void check_registrar(ProfileCheck& check) {
  const bool domain = check.kind == AskedKind::domain;
  const std::size_t registrars = count_role(check, "registrar");
  if (domain && registrars == 0) check.find(-47300, "/entities");
  if (domain && registrars > 1) check.find(-47301, "/entities");
  const auto& entities = array_of(check.top, "entities");
  for (std::size_t i = 0; i < entities.size(); ++i) {
    if (!has_role(entities[i], "registrar")) continue;
    const std::string where = pointer("/entities", i);
    check_public_ids(check, entities[i], where, domain ? -47400 : -49200);
    if (!domain) continue;
    const auto* name = property_of(entities[i], "fn");
    if (name == nullptr || text(&(*name)[value_cell]).empty()) check.find(-47302, where);
    if (!is_iana_id(text_of(entities[i], "handle"))) check.find(-47402, where + "/handle");
    check_abuse(check, entities[i], where);
    check_about(check, entities[i], where);
  }
}

void check_contacts(ProfileCheck& check) {
  if (count_role(check, "registrant") != 1) check.find(-63000, "/entities");
  const auto& entities = array_of(check.top, "entities");
  for (std::size_t i = 0; i < entities.size(); ++i) {
    const bool other = has_role(entities[i], "administrative") || has_role(entities[i], "billing");
    if (other) check_handle(check, text_of(entities[i], "handle"), pointer("/entities", i), {-47600, -47601});
  }
}

}  // namespace regdata::whois
