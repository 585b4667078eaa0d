#include "whois/rdap_parts.hpp"

#include <algorithm>
#include <charconv>

#include "registration/domain_name.hpp"
#include "whois/utf8.hpp"

namespace regdata::whois {
namespace {

constexpr std::string_view terms_when_silent =
    "Registration data is provided for information only. Mass unsolicited advertising and high-volume automated queries are "
    "not "
    "permitted.";

std::string decimal(std::uint32_t number) {
  std::array<char, 10> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

}  // namespace

void RdapAnswer::begin(bool with_redacted, std::string_view object_class) {
  json.begin_object();
  json.key("rdapConformance");
  json.raw(with_redacted ? R"(["rdap_level_0","icann_rdap_response_profile_1",)"
                           R"("icann_rdap_technical_implementation_guide_1","redacted"])"
                         : R"(["rdap_level_0","icann_rdap_response_profile_1","icann_rdap_technical_implementation_guide_1"])");
  if (!object_class.empty()) json.member("objectClassName", object_class);
}

RdapAnswer::RdapAnswer(std::string& out, const RdapFrame& frame, Stamp& stamp)
    : json(out),
      frame_(frame),
      stamp_(stamp),
      own_pieces_(frame.pieces == nullptr ? std::optional(make_rdap_pieces(frame.texts)) : std::nullopt),
      pieces_(own_pieces_ ? *own_pieces_ : *frame.pieces) {
  append_json_string(url_, frame.url);
}

void RdapAnswer::link(std::string_view relation, std::string_view href, std::string_view type) {
  json.begin_object();
  json.key("value");
  json.raw(url_);
  json.member("rel", relation);
  json.member("href", href);
  if (!type.empty()) json.member("type", type);
  json.end_object();
}

void RdapAnswer::link_as(std::string_view rest) {
  json.begin_object();
  json.key("value");
  json.raw(url_);
  json.raw(rest);
  json.end_object();
}

void RdapAnswer::self_link(std::string_view path, std::string_view name) {
  std::string href;
  href.reserve(frame_.texts.rdap_base.size() + path.size() + name.size());
  href.append(frame_.texts.rdap_base).append(path).append(name);
  json.begin_array("links");
  link("self", href, rdap_media_type);
  json.end_array();
}

void RdapAnswer::event(std::string_view action, UtcTime time) {
  json.begin_object();
  json.member("eventAction", action);
  json.member("eventDate", format_rfc3339(time));
  json.end_object();
}

void RdapAnswer::last_update() {
  json.begin_object();
  json.member("eventAction", "last update of RDAP database");
  json.key("eventDate");
  stamp_.offset = json.position();
  json.text(format_rfc3339(std::chrono::floor<std::chrono::minutes>(frame_.applied_until)));
  stamp_.length = json.position() - stamp_.offset;
  json.end_object();
}

void RdapAnswer::notice(std::string_view title, std::string_view description, std::string_view relation,
                        std::string_view href) {
  json.begin_object();
  json.member("title", title);
  json.begin_array("description");
  json.text(description);
  json.end_array();
  if (!href.empty()) {
    json.begin_array("links");
    link(relation, href, "text/html");
    json.end_array();
  }
  json.end_object();
}

/// Technical Implementation Guide 2024 §3.3: in every answer, with the link that leads to the whole text.
void RdapAnswer::terms_notice() {
  std::string_view href = frame_.texts.terms_url;
  if (href.empty() && !frame_.texts.registrars.empty()) href = frame_.texts.registrars.front().url;
  json.begin_object();
  json.raw(R"("title":"Terms of Service")");
  json.key("description");
  json.raw(pieces_.terms);
  json.begin_array("links");
  link("terms-of-service", href, "text/html");
  json.end_array();
  json.end_object();
}

void RdapAnswer::registrar(const Registrar& registrar) {
  const auto index = static_cast<std::size_t>(&registrar - frame_.texts.registrars.data());
  json.raw(pieces_.registrars[index]);
}

std::string_view RdapAnswer::reason_of(std::optional<redaction::RuleId> rule) const noexcept {
  if (!rule) return {};
  const auto found = std::lower_bound(pieces_.reasons.begin(), pieces_.reasons.end(), *rule,
                                      [](const auto& reason, redaction::RuleId id) { return reason.first < id; });
  return found != pieces_.reasons.end() && found->first == *rule ? std::string_view(found->second) : std::string_view{};
}

RdapPieces make_rdap_pieces(const redaction::PublicTexts& texts) {
  RdapPieces pieces;
  JsonWriter terms(pieces.terms);
  terms.begin_array();
  std::string_view rest = texts.whois_disclaimer;
  bool any = false;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) terms.text(rest.substr(0, end));
    any = any || end > 0;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!any) terms.text(terms_when_silent);
  terms.end_array();
  for (const Registrar& registrar : texts.registrars) {
    JsonWriter json(pieces.registrars.emplace_back());
    json.begin_object();
    json.member("objectClassName", "entity");
    append_registrar_members(json, texts, registrar, false, {});
    json.end_object();
  }
  for (const redaction::RuleText& rule : texts.rules) {
    auto& [id, text] = pieces.reasons.emplace_back(rule.id, R"("reason":{"description":)");
    append_json_string(text, rule.text);
    text.push_back('}');
  }
  std::sort(pieces.reasons.begin(), pieces.reasons.end());
  return pieces;
}

/// Response Profile 2024 §2.4.
void append_registrar_members(JsonWriter& json, const redaction::PublicTexts& texts, const Registrar& registrar, bool full,
                              std::string_view self_value) {
  const std::string id = decimal(registrar.iana_id);
  json.member("handle", id);
  json.raw(R"("roles":["registrar"])");
  json.begin_array("publicIds");
  json.begin_object();
  json.member("type", "IANA Registrar ID");
  json.member("identifier", id);
  json.end_object();
  json.end_array();
  json.begin_array("links");
  if (full && !self_value.empty()) {
    json.begin_object();
    json.key("value");
    json.raw(self_value);
    json.member("rel", "self");
    json.member("href", texts.rdap_base + "entity/" + id);
    json.member("type", rdap_media_type);
    json.end_object();
  }
  // §2.4.6: `value` is the base URL as IANA's registry has it, to the letter
  json.begin_object();
  json.member("value", texts.rdap_base);
  json.member("rel", "about");
  json.member("href", registrar.url);
  json.member("type", "text/html");
  json.end_object();
  json.end_array();
  JCard card(json);
  card.text("fn", registrar.name);
  if (full) {
    // §1.4: an address without a country is none
    if (!registrar.country.empty())
      card.address(registrar.street.empty() ? nullptr : &registrar.street, &registrar.city, &registrar.state,
                   &registrar.postal_code, &registrar.country);
    if (!registrar.phone.empty()) card.telephone("voice", registrar.phone, {});
    if (!registrar.email.empty()) card.text("email", registrar.email);
  }
  card.end();
  json.begin_array("entities");
  json.begin_object();
  json.raw(R"("objectClassName":"entity","roles":["abuse"])");
  JCard abuse(json);
  abuse.text("fn", "Abuse Contact");
  abuse.telephone("voice", registrar.abuse_phone, {});
  abuse.text("email", registrar.abuse_email);
  abuse.end();
  json.end_object();
  json.end_array();
}

void RdapAnswer::host_name(std::string_view name) {
  json.member("objectClassName", "nameserver");
  json.member("ldhName", name);
  if (name.find("xn--") == std::string_view::npos) return;
  const auto parsed = DomainName::from_stored(name);
  if (parsed && parsed->is_idn()) json.member("unicodeName", parsed->unicode());
}

void JCard::text(std::string_view property, std::string_view value) {
  json_.begin_array();
  json_.text(property);
  json_.raw(R"({},"text")");
  json_.text(value);
  json_.end_array();
}

void JCard::uri(std::string_view property, std::string_view value) {
  json_.begin_array();
  json_.text(property);
  json_.raw(R"({},"uri")");
  json_.text(value);
  json_.end_array();
}

void JCard::telephone(std::string_view type, std::string_view number, std::string_view extension) {
  json_.begin_array();
  json_.text("tel");
  json_.begin_object();
  json_.member("type", type);
  json_.end_object();
  json_.text("uri");
  std::string uri = "tel:";
  uri.append(number);
  if (!extension.empty()) uri.append(";ext=").append(extension);
  json_.text(uri);
  json_.end_array();
}

void JCard::address(const std::vector<std::string>* street, const std::string* city, const std::string* state,
                    const std::string* postal_code, const std::string* country) {
  const auto cell = [](const std::string* text) { return text == nullptr ? std::string_view{} : std::string_view(*text); };
  json_.begin_array();
  json_.text("adr");
  json_.begin_object();
  if (country != nullptr && !country->empty()) json_.member("cc", *country);
  json_.end_object();
  json_.text("text");
  json_.begin_array();
  json_.raw(R"("","")");
  if (street == nullptr || street->empty()) {
    json_.text({});
  } else if (street->size() == 1) {
    json_.text(street->front());
  } else {
    json_.begin_array();
    for (const std::string& line : *street) json_.text(line);
    json_.end_array();
  }
  json_.text(cell(city));
  json_.text(cell(state));
  json_.text(cell(postal_code));
  json_.text({});
  json_.end_array();
  json_.end_array();
}

}  // namespace regdata::whois
