// `redacted` (RFC 9537), from the same decisions as the values: which names, methods and paths, see Response Profile 2024
// Appendix E and rules.md §4.7.
#include <string_view>

#include "whois/published.hpp"
#include "whois/rdap_parts.hpp"

namespace regdata::whois {
namespace {

using redaction::Field;
using redaction::PublicContact;
using redaction::PublicViewData;
using redaction::RuleId;

enum class Method : std::uint8_t { removal, empty_value, replacement_value };

/// One entry. Paths lie below `$.entities[?(@.roles[0]=='…')]`, or are whole where `role` is empty.
struct Entry {
  std::string_view name;
  std::string_view role;
  Method method = Method::removal;
  std::string_view path;              ///< empty: none; pre- or postPath, as the method has it (RFC 9537 §4.2)
  std::string_view replacement_path;  ///< replacement_value only: then `path` is a prePath
  bool registered = true;             ///< in IANA's registry of redacted names: `type`, else `description`
  std::optional<RuleId> rule;
};

constexpr std::string_view text_of(Method method) noexcept {
  switch (method) {
    case Method::removal:
      return "removal";
    case Method::empty_value:
      return "emptyValue";
    case Method::replacement_value:
      break;
  }
  return "replacementValue";
}

/// The names of one role's elements.
struct Names {
  std::string_view role;
  std::string_view id;
  std::string_view name;
  std::string_view organization;
  std::string_view street;
  std::string_view city;
  std::string_view state;
  std::string_view postal_code;
  std::string_view country;
  std::string_view phone;
  std::string_view phone_ext;
  std::string_view fax;
  std::string_view fax_ext;
  std::string_view email;
};
constexpr Names registrant_names{
    "registrant",         "Registry Registrant ID", "Registrant Name",           "Registrant Organization",
    "Registrant Street",  "Registrant City",        "Registrant State/Province", "Registrant Postal Code",
    "Registrant Country", "Registrant Phone",       "Registrant Phone Ext",      "Registrant Fax",
    "Registrant Fax Ext", "Registrant Email"};
constexpr Names technical_names{"technical",    "Registry Tech ID", "Tech Name",           "Tech Organization",
                                "Tech Street",  "Tech City",        "Tech State/Province", "Tech Postal Code",
                                "Tech Country", "Tech Phone",       "Tech Phone Ext",      "Tech Fax",
                                "Tech Fax Ext", "Tech Email"};

constexpr std::string_view organization_path = ".vcardArray[1][?(@[0]=='org')]";
constexpr std::string_view voice_path = ".vcardArray[1][?(@[1].type=='voice')]";
constexpr std::string_view fax_path = ".vcardArray[1][?(@[1].type=='fax')]";
constexpr std::string_view email_path = ".vcardArray[1][?(@[0]=='email')]";

/// Calls `visit` for each entry of one contact. Where a profile's checker wants an element named whenever it is absent, it is
/// named whether it is held or not: what is not held then looks as if it were withheld, never the other way round.
template <class Visit>
void walk_contact(const PublicContact& contact, const RdapFrame& frame, Visit visit) {
  const bool registrant = contact.role == Role::registrant;
  const Names& names = registrant ? registrant_names : technical_names;
  const auto absent = [&](const auto& field) { return visible(field, frame) == nullptr; };
  const auto entry = [&](std::string_view name, Method method, std::string_view path, const auto& field,
                         bool registered = true) {
    visit(Entry{name, names.role, method, path, {}, registered, rule_of(field)});
  };

  if (absent(contact.id)) entry(names.id, Method::removal, ".handle", contact.id);
  if (absent(contact.name)) entry(names.name, Method::empty_value, ".vcardArray[1][?(@[0]=='fn')][3]", contact.name);
  if (is_hidden(contact.organization, frame))
    entry(names.organization, Method::removal, organization_path, contact.organization, registrant);
  // the technical contact has no address but under a policy that says so (rules.md §1.10)
  const auto in_address = [&](const auto& field) { return registrant ? absent(field) : is_hidden(field, frame); };
  if (in_address(contact.street))
    entry(names.street, Method::empty_value, ".vcardArray[1][?(@[0]=='adr')][3][:3]", contact.street, registrant);
  if (in_address(contact.city))
    entry(names.city, Method::empty_value, ".vcardArray[1][?(@[0]=='adr')][3][3]", contact.city, registrant);
  if (is_hidden(contact.state, frame))
    entry(names.state, Method::empty_value, ".vcardArray[1][?(@[0]=='adr')][3][4]", contact.state, false);
  if (in_address(contact.postal_code))
    entry(names.postal_code, Method::empty_value, ".vcardArray[1][?(@[0]=='adr')][3][5]", contact.postal_code, registrant);
  if (is_hidden(contact.country, frame))
    entry(names.country, Method::removal, ".vcardArray[1][?(@[0]=='adr')][1].cc", contact.country, false);
  if (absent(contact.phone)) entry(names.phone, Method::removal, voice_path, contact.phone);
  // a path would match the number that the extension belongs to, and what was removed must match nothing
  if (is_hidden(contact.phone_ext, frame)) entry(names.phone_ext, Method::removal, {}, contact.phone_ext);
  if (is_hidden(contact.fax, frame)) entry(names.fax, Method::removal, fax_path, contact.fax, registrant);
  if (is_hidden(contact.fax_ext, frame)) entry(names.fax_ext, Method::removal, {}, contact.fax_ext, registrant);
  if (!absent(contact.email)) return;

  // Response Profile 2024 §2.7.8: by replacement, whichever way the holder is reached
  Entry email{names.email, names.role, Method::replacement_value, email_path, {}, true, rule_of(contact.email)};
  if (!contact.replaced_email) {
    email.method = Method::removal;
  } else {
    email.rule = contact.replaced_email->rule;
    if (contact.replaced_email->kind == redaction::ReplacedEmail::Kind::form_url)
      email.replacement_path = ".vcardArray[1][?(@[0]=='contact-uri')]";
    else
      email.path = ".vcardArray[1][?(@[0]=='email')][3]";
  }
  visit(email);
}

template <class Visit>
void walk_view(const PublicViewData& view, const RdapFrame& frame, Visit visit) {
  if (visible(view.registry_domain_id, frame) == nullptr)
    visit(Entry{"Registry Domain ID", {}, Method::removal, "$.handle", {}, true, rule_of(view.registry_domain_id)});
  for (const PublicContact& contact : view.contacts) walk_contact(contact, frame, visit);
}

void append_path(JsonWriter& json, std::string_view member, std::string_view role, std::string_view path) {
  if (role.empty()) return json.member(member, path);
  std::string whole;
  whole.reserve(96);
  whole.append("$.entities[?(@.roles[0]=='").append(role).append("')]").append(path);
  json.member(member, whole);
}

void append_entry(RdapAnswer& answer, const Entry& entry) {
  JsonWriter& json = answer.json;
  json.begin_object();
  json.begin_object("name");
  json.member(entry.registered ? "type" : "description", entry.name);
  json.end_object();
  const bool pre = entry.method == Method::removal || !entry.replacement_path.empty();
  if (!entry.path.empty()) append_path(json, pre ? "prePath" : "postPath", entry.role, entry.path);
  if (!entry.replacement_path.empty()) append_path(json, "replacementPath", entry.role, entry.replacement_path);
  if (!entry.path.empty()) json.member("pathLang", "jsonpath");
  json.member("method", text_of(entry.method));
  const redaction::RuleText* rule = entry.rule ? rule_of(answer.frame().texts, *entry.rule) : nullptr;
  if (rule != nullptr) {
    json.begin_object("reason");
    json.member("description", rule->text);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

void append_redactions(RdapAnswer& answer, const PublicViewData& view) {
  answer.json.begin_array("redacted");
  walk_view(view, answer.frame(), [&](const Entry& entry) { append_entry(answer, entry); });
  answer.json.end_array();
}

bool has_redactions(const PublicViewData& view, const RdapFrame& frame) noexcept {
  bool any = false;
  walk_view(view, frame, [&](const Entry&) { any = true; });
  return any;
}

}  // namespace regdata::whois
