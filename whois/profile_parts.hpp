// Pieces that the files of the profile check share. Only they include this.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "registration/ascii.hpp"
#include "whois/profile_check.hpp"

namespace regdata::whois {

enum class AskedKind : std::uint8_t { domain, nameserver, entity, help, other };

/// One check under way.
struct ProfileCheck {
  const ProfileAsked& asked;
  const boost::json::value& root;  ///< the answer, an object
  const boost::json::object& top;  ///< the same
  std::vector<ProfileFinding>& findings;
  AskedKind kind = AskedKind::other;
  std::string_view asked_name;  ///< last segment of the path, as sent
  std::string_view base_url;

  void find(int code, std::string where = {}) { findings.push_back({code, std::move(where)}); }
};

/// Null: `value` is no object, or has no such member.
inline const boost::json::value* member(const boost::json::value& value, std::string_view name) noexcept {
  const auto* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}
inline const boost::json::value* member(const boost::json::object& object, std::string_view name) noexcept {
  return object.if_contains(name);
}
/// Empty: null, or no text.
inline std::string_view text(const boost::json::value* value) noexcept {
  const auto* string = value == nullptr ? nullptr : value->if_string();
  return string == nullptr ? std::string_view{} : std::string_view(string->data(), string->size());
}
inline bool is_text(const boost::json::value* value) noexcept { return value != nullptr && value->is_string(); }
template <class Object>
std::string_view text_of(const Object& object, std::string_view name) noexcept {
  return text(member(object, name));
}
/// Empty: no such member, or no array.
template <class Object>
const boost::json::array& array_of(const Object& object, std::string_view name) noexcept {
  static const boost::json::array none;
  const auto* value = member(object, name);
  const auto* array = value == nullptr ? nullptr : value->if_array();
  return array == nullptr ? none : *array;
}
/// "/entities/3".
inline std::string pointer(std::string_view above, std::size_t index) {
  return std::string(above) + "/" + std::to_string(index);
}

/// Without the blanks around it, ignoring case: how texts that are prescribed are compared (rules.md §4.4).
bool says(std::string_view text, std::string_view prescribed) noexcept;

bool has_role(const boost::json::value& entity, std::string_view role) noexcept;
/// The properties of an entity's jCard; empty where there is none.
const boost::json::array& jcard_of(const boost::json::value& entity) noexcept;
/// The first property of a name that is four cells long or longer; null: none.
const boost::json::array* property_of(const boost::json::value& entity, std::string_view name) noexcept;
/// A `tel` of type voice or fax.
const boost::json::array* telephone_of(const boost::json::value& entity, std::string_view type) noexcept;
bool is_email(std::string_view text) noexcept;
/// The codes for what a handle can break; 0: no such check.
struct HandleCodes {
  int format = 0;        ///< it is no repository object identifier (RFC 5730 §4, roidType)
  int unregistered = 0;  ///< its repository id is not in IANA's registry
  int reserved = 0;      ///< its repository id is the one that ICANN keeps for tests
};
void check_handle(ProfileCheck& check, std::string_view handle, const std::string& where, const HandleCodes& codes);
/// One of RFC 8056 §2's words that a domain or host may have.
bool is_status(std::string_view status) noexcept;
/// An absolute URI with a host, or `mailto:`, `tel:` and the like.
bool is_absolute_uri(std::string_view uri) noexcept;
bool is_web_uri(std::string_view uri) noexcept;
/// RFC 5731 §2.3 and rules.md §4.6: statuses that exclude each other.
bool statuses_clash(const boost::json::array& statuses);

/// What holds for every object at every depth: links, events, statuses, notices, jCards, classes.
void check_objects(ProfileCheck& check);
/// profile_notices.cpp, profile_domain.cpp, profile_entities.cpp, profile_redacted.cpp
void check_terms(ProfileCheck& check);
void check_domain_notices(ProfileCheck& check);
void check_domain(ProfileCheck& check);
void check_last_update(ProfileCheck& check);
void check_registrar(ProfileCheck& check);
void check_contacts(ProfileCheck& check);
void check_jcard(ProfileCheck& check, const boost::json::value& jcard, const std::string& where);
void check_redacted(ProfileCheck& check);
/// Rules that profile_redacted.cpp finds, in words.
void add_redaction_rules(std::vector<ProfileRule>& rules);

}  // namespace regdata::whois
