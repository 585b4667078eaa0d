// `redacted` (RFC 9537), from the same decisions as the values: which names, methods and paths, see Response Profile 2024
// Appendix E and rules.md §4.7.
#include <array>
#include <string_view>

#include "whois/rdap_parts.hpp"

namespace regdata::whois {
namespace {

using redaction::PublicContact;
using redaction::PublicViewData;
using redaction::RuleId;

enum class Method : std::uint8_t { removal, empty_value, replacement_value };

/// What an entry of a contact is about; the e-mail in each of the ways in which it is not shown.
enum class Subject : std::uint8_t {
  id,
  name,
  organization,
  street,
  city,
  state,
  postal_code,
  country,
  phone,
  phone_ext,
  fax,
  fax_ext,
  email_form,
  email_relay,
  email_removed,
};
constexpr std::size_t subject_count = 15;

/// One entry. Paths lie below `$.entities[?(@.roles[0]=='…')]`.
struct Description {
  std::string_view registrant;  ///< name of the element
  std::string_view technical;
  bool both_registered;  ///< in IANA's registry of redacted names for either role, else for the registrant alone
  bool registered;
  Method method;
  std::string_view path;  ///< pre- or postPath, as the method has it (RFC 9537 §4.2); empty: none
  std::string_view replacement_path;
};

// In the order of the enumeration. Extensions have no path: it would match the number that the extension belongs to, and what
// was removed must match nothing.
constexpr std::array<Description, subject_count> descriptions{{
    {"Registry Registrant ID", "Registry Tech ID", true, true, Method::removal, ".handle", {}},
    {"Registrant Name", "Tech Name", true, true, Method::empty_value, ".vcardArray[1][?(@[0]=='fn')][3]", {}},
    {"Registrant Organization", "Tech Organization", false, true, Method::removal, ".vcardArray[1][?(@[0]=='org')]", {}},
    {"Registrant Street", "Tech Street", false, true, Method::empty_value, ".vcardArray[1][?(@[0]=='adr')][3][:3]", {}},
    {"Registrant City", "Tech City", false, true, Method::empty_value, ".vcardArray[1][?(@[0]=='adr')][3][3]", {}},
    {"Registrant State/Province",
     "Tech State/Province",
     false,
     false,
     Method::empty_value,
     ".vcardArray[1][?(@[0]=='adr')][3][4]",
     {}},
    {"Registrant Postal Code",
     "Tech Postal Code",
     false,
     true,
     Method::empty_value,
     ".vcardArray[1][?(@[0]=='adr')][3][5]",
     {}},
    {"Registrant Country", "Tech Country", false, false, Method::removal, ".vcardArray[1][?(@[0]=='adr')][1].cc", {}},
    {"Registrant Phone", "Tech Phone", true, true, Method::removal, ".vcardArray[1][?(@[1].type=='voice')]", {}},
    {"Registrant Phone Ext", "Tech Phone Ext", true, true, Method::removal, {}, {}},
    {"Registrant Fax", "Tech Fax", false, true, Method::removal, ".vcardArray[1][?(@[1].type=='fax')]", {}},
    {"Registrant Fax Ext", "Tech Fax Ext", false, true, Method::removal, {}, {}},
    // Response Profile 2024 §2.7.8: by replacement, whichever way the holder is reached
    {"Registrant Email", "Tech Email", true, true, Method::replacement_value, ".vcardArray[1][?(@[0]=='email')]",
     ".vcardArray[1][?(@[0]=='contact-uri')]"},
    {"Registrant Email", "Tech Email", true, true, Method::replacement_value, ".vcardArray[1][?(@[0]=='email')][3]", {}},
    {"Registrant Email", "Tech Email", true, true, Method::removal, ".vcardArray[1][?(@[0]=='email')]", {}},
}};

constexpr std::string_view word_of(Method method) noexcept {
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

/// The members of an entry that never change.
std::string members_of(const Description& entry, bool registrant) {
  std::string text;
  JsonWriter json(text);
  json.begin_object("name");
  const bool registered = entry.registered && (registrant || entry.both_registered);
  json.member(registered ? "type" : "description", registrant ? entry.registrant : entry.technical);
  json.end_object();
  const std::string below = registrant ? "$.entities[?(@.roles[0]=='registrant')]" : "$.entities[?(@.roles[0]=='technical')]";
  const bool pre = entry.method == Method::removal || !entry.replacement_path.empty();
  if (!entry.path.empty()) json.member(pre ? "prePath" : "postPath", below + std::string(entry.path));
  if (!entry.replacement_path.empty()) json.member("replacementPath", below + std::string(entry.replacement_path));
  if (!entry.path.empty()) json.member("pathLang", "jsonpath");
  json.member("method", word_of(entry.method));
  return text;
}

std::string_view members_of(Subject subject, bool registrant) {
  static const auto texts = [] {
    std::array<std::array<std::string, subject_count>, 2> all;
    for (std::size_t i = 0; i < subject_count; ++i) {
      all[0][i] = members_of(descriptions[i], false);
      all[1][i] = members_of(descriptions[i], true);
    }
    return all;
  }();
  return texts[registrant ? 1 : 0][static_cast<std::size_t>(subject)];
}

/// Calls `visit(subject, rule)` for each entry of one contact. Where a profile's checker wants an element named whenever it is
/// absent, it is named whether it is held or not: what is not held then looks as if it were withheld, never the other way
/// round.
template <class Visit>
void walk_contact(const PublicContact& contact, const RdapFrame& frame, Visit visit) {
  const bool registrant = contact.role == Role::registrant;
  const auto when_absent = [&](Subject subject, const auto& field) {
    if (visible(field, frame) == nullptr) visit(subject, rule_of(field));
  };
  const auto when_hidden = [&](Subject subject, const auto& field) {
    if (is_hidden(field, frame)) visit(subject, rule_of(field));
  };
  // the technical contact has no address but under a policy that says so (rules.md §1.10)
  const auto in_address = [&](Subject subject, const auto& field) {
    if (registrant)
      when_absent(subject, field);
    else
      when_hidden(subject, field);
  };
  when_absent(Subject::id, contact.id);
  when_absent(Subject::name, contact.name);
  when_hidden(Subject::organization, contact.organization);
  in_address(Subject::street, contact.street);
  in_address(Subject::city, contact.city);
  when_hidden(Subject::state, contact.state);
  in_address(Subject::postal_code, contact.postal_code);
  when_hidden(Subject::country, contact.country);
  when_absent(Subject::phone, contact.phone);
  when_hidden(Subject::phone_ext, contact.phone_ext);
  when_hidden(Subject::fax, contact.fax);
  when_hidden(Subject::fax_ext, contact.fax_ext);
  if (visible(contact.email, frame) != nullptr) return;
  if (!contact.replaced_email) return visit(Subject::email_removed, rule_of(contact.email));
  const bool form = contact.replaced_email->kind == redaction::ReplacedEmail::Kind::form_url;
  visit(form ? Subject::email_form : Subject::email_relay, std::optional(contact.replaced_email->rule));
}

void append_entry(RdapAnswer& answer, std::string_view members, std::optional<RuleId> rule) {
  answer.json.begin_object();
  answer.json.raw(members);
  if (const std::string_view reason = answer.reason_of(rule); !reason.empty()) answer.json.raw(reason);
  answer.json.end_object();
}

}  // namespace

void append_redactions(RdapAnswer& answer, const PublicViewData& view) {
  answer.json.begin_array("redacted");
  if (visible(view.registry_domain_id, answer.frame()) == nullptr) {
    append_entry(answer,
                 R"("name":{"type":"Registry Domain ID"},"prePath":"$.handle","pathLang":"jsonpath","method":"removal")",
                 rule_of(view.registry_domain_id));
  }
  for (const PublicContact& contact : view.contacts) {
    const bool registrant = contact.role == Role::registrant;
    walk_contact(contact, answer.frame(), [&](Subject subject, std::optional<RuleId> rule) {
      append_entry(answer, members_of(subject, registrant), rule);
    });
  }
  answer.json.end_array();
}

bool has_redactions(const PublicViewData& view, const RdapFrame& frame) noexcept {
  bool any = visible(view.registry_domain_id, frame) == nullptr;
  for (const PublicContact& contact : view.contacts)
    walk_contact(contact, frame, [&](Subject, std::optional<RuleId>) { any = true; });
  return any;
}

}  // namespace regdata::whois
