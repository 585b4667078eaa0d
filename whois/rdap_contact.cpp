// A contact's entity in a domain answer (Response Profile 2024 §2.7; jCard by rules.md §4.5).
#include "whois/rdap_parts.hpp"

namespace regdata::whois {
namespace {

using redaction::PublicContact;

/// The address itself if it is shown, else the way to the holder that replaces it: never both, never a bare nothing where the
/// policy replaces (Response Profile 2024 §2.7.8).
void append_email(JCard& card, const PublicContact& contact, const RdapFrame& frame) {
  if (const std::string* email = visible(contact.email, frame)) return card.text("email", *email);
  if (!contact.replaced_email) return;
  if (contact.replaced_email->kind == redaction::ReplacedEmail::Kind::form_url)
    card.uri("contact-uri", contact.replaced_email->value);
  else
    card.text("email", contact.replaced_email->value);
}

void append_telephones(JCard& card, const PublicContact& contact, const RdapFrame& frame) {
  const auto extension = [&](const redaction::Field<std::string>& field) {
    const std::string* text = visible(field, frame);
    return text == nullptr ? std::string_view{} : std::string_view(*text);
  };
  if (const std::string* phone = visible(contact.phone, frame)) card.telephone("voice", *phone, extension(contact.phone_ext));
  if (const std::string* fax = visible(contact.fax, frame)) card.telephone("fax", *fax, extension(contact.fax_ext));
}

bool has_address(const PublicContact& contact) noexcept {
  return contact.street.is_held() || contact.city.is_held() || contact.state.is_held() || contact.postal_code.is_held() ||
         contact.country.is_held();
}

}  // namespace

void append_contact_entity(RdapAnswer& answer, const PublicContact& contact) {
  const RdapFrame& frame = answer.frame();
  const bool registrant = contact.role == Role::registrant;
  answer.json.begin_object();
  answer.json.member("objectClassName", "entity");
  if (const std::string* id = visible(contact.id, frame)) answer.json.member("handle", *id);
  // one role an entity: paths of `redacted` look at the first (rules.md §4.5)
  answer.json.key("roles");
  answer.json.raw(registrant ? R"(["registrant"])" : R"(["technical"])");
  JCard card(answer.json);
  const std::string* name = visible(contact.name, frame);
  card.text("fn", name == nullptr ? std::string_view{} : std::string_view(*name));
  if (const std::string* organization = visible(contact.organization, frame)) card.text("org", *organization);
  if (registrant || has_address(contact)) {
    card.address(visible(contact.street, frame), visible(contact.city, frame), visible(contact.state, frame),
                 visible(contact.postal_code, frame), visible(contact.country, frame));
  }
  append_telephones(card, contact, frame);
  append_email(card, contact, frame);
  card.end();
  answer.json.end_object();
}

}  // namespace regdata::whois
