#include "whois/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "whois/layout.hpp"
#include "whois/published.hpp"

namespace regdata::whois {
namespace {

using redaction::Field;
using redaction::PublicContact;
using redaction::PublicTexts;
using redaction::PublicViewData;

constexpr std::string_view crlf = "\r\n";

/// Writes `Key: value` lines. Keys are ours; every value goes through append_clean.
class Lines {
 public:
  Lines(std::string& out, const AnswerFrame& frame) : out_(out), frame_(frame) {}

  [[nodiscard]] bool has(WhoisLayout option) const noexcept { return whois::has(frame_.texts.whois_layout, option); }

  void blank() { out_.append(crlf); }
  void line(std::string_view text) { out_.append(text).append(crlf); }

  /// A key that an answer must have; without a value it stands empty (rules.md §3.4: an empty key means "no data").
  void required(std::string_view prefix, std::string_view key, std::string_view value) {
    out_.append(prefix).append(key).append(":");
    const std::size_t before = out_.size();
    out_.push_back(' ');
    append_clean(out_, value);
    if (out_.size() == before + 1) out_.resize(before);
    out_.append(crlf);
  }
  void required(std::string_view key, std::string_view value) { required({}, key, value); }

  /// A key that may be missing: without a value left out or empty, the same for all of them in one answer (rules.md §3.2).
  void optional(std::string_view prefix, std::string_view key, std::string_view value) {
    const std::size_t before = out_.size();
    required(prefix, key, value);
    const bool empty = out_.size() == before + prefix.size() + key.size() + 1 + crlf.size();
    if (empty && !has(WhoisLayout::print_empty)) out_.resize(before);
  }
  void optional(std::string_view key, std::string_view value) { optional({}, key, value); }

  void optional(std::string_view key, const std::optional<UtcTime>& time) {
    optional(key, time ? format_rfc3339(*time) : std::string{});
  }

  /// The text for a field: its value, the redaction text, or nothing.
  std::string_view text_of(const Field<std::string>& field) const noexcept {
    if (const auto* shown = field.shown(); shown != nullptr && !(shown->by_choice && frame_.stale)) return shown->value;
    return field.is_held() ? std::string_view(frame_.texts.redacted_text) : std::string_view{};
  }

  void required(std::string_view prefix, std::string_view key, const Field<std::string>& field) {
    required(prefix, key, text_of(field));
  }
  void optional(std::string_view prefix, std::string_view key, const Field<std::string>& field) {
    optional(prefix, key, text_of(field));
  }

  [[nodiscard]] const AnswerFrame& frame() const noexcept { return frame_; }
  std::string& out() noexcept { return out_; }

 private:
  std::string& out_;
  const AnswerFrame& frame_;
};

std::string upper(std::string_view name) {
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

void append_street(Lines& lines, std::string_view prefix, const Field<std::vector<std::string>>& street) {
  const auto* shown = street.shown();
  if (shown == nullptr || (shown->by_choice && lines.frame().stale)) {
    lines.required(prefix, "Street",
                   street.is_held() ? std::string_view(lines.frame().texts.redacted_text) : std::string_view{});
    return;
  }
  bool any = false;
  for (const std::string& line : shown->value) {
    if (clean_value(line).empty()) continue;
    lines.required(prefix, "Street", line);
    any = true;
  }
  if (!any) lines.required(prefix, "Street", std::string_view{});
}

/// The address if it is shown, else the way to reach the holder that replaces it (rules.md §1.7, §3.3 row 24).
std::string_view email_text(const Lines& lines, const PublicContact& contact) noexcept {
  const auto* shown = contact.email.shown();
  if (shown != nullptr && !(shown->by_choice && lines.frame().stale)) return shown->value;
  if (contact.replaced_email) return contact.replaced_email->value;
  return lines.text_of(contact.email);
}

void append_registrant(Lines& lines, const PublicContact& contact) {
  constexpr std::string_view prefix = "Registrant ";
  lines.optional("Registry ", "Registrant ID", contact.id);
  lines.required(prefix, "Name", contact.name);
  lines.optional(prefix, "Organization", contact.organization);
  append_street(lines, prefix, contact.street);
  lines.required(prefix, "City", contact.city);
  lines.optional(prefix, "State/Province", contact.state);
  lines.optional(prefix, "Postal Code", contact.postal_code);
  lines.required(prefix, "Country", contact.country);
  lines.required(prefix, "Phone", contact.phone);
  lines.optional(prefix, "Phone Ext", contact.phone_ext);
  lines.optional(prefix, "Fax", contact.fax);
  lines.optional(prefix, "Fax Ext", contact.fax_ext);
  lines.required(prefix, "Email", email_text(lines, contact));
}

void append_tech(Lines& lines, const PublicContact& contact) {
  lines.optional("Registry ", "Tech ID", contact.id);
  lines.required("Tech ", "Name", contact.name);
  lines.required("Tech ", "Phone", contact.phone);
  lines.required("Tech ", "Email", email_text(lines, contact));
}

/// The keys of a contact in the layout before the Registration Data Policy, behind the id and without the e-mail.
constexpr std::array full_keys{"Name",    "Organization", "Street",    "City", "State/Province", "Postal Code",
                               "Country", "Phone",        "Phone Ext", "Fax",  "Fax Ext"};

/// What stands in the old layout for what policy leaves out altogether: no redaction text is ever printed for state and country
/// (rules.md §3.4), there the key is empty.
std::string_view left_out_text(const Lines& lines, std::string_view key) noexcept {
  return key == "State/Province" || key == "Country" ? std::string_view{} : lines.frame().texts.redacted_text;
}

/// All keys of the old layout. What policy leaves out altogether was printed redacted there.
void append_full_tech(Lines& lines, const PublicContact& contact) {
  const std::array<const Field<std::string>*, full_keys.size()> fields{
      &contact.name,      &contact.organization, nullptr,          &contact.city,
      &contact.state,     &contact.postal_code,  &contact.country, &contact.phone,
      &contact.phone_ext, &contact.fax,          &contact.fax_ext};
  const std::string& redacted = lines.frame().texts.redacted_text;
  lines.required("Registry ", "Tech ID", contact.id.is_held() ? lines.text_of(contact.id) : redacted);
  for (std::size_t i = 0; i < full_keys.size(); ++i) {
    if (fields[i] == nullptr) {
      if (contact.street.is_held())
        append_street(lines, "Tech ", contact.street);
      else
        lines.required("Tech ", full_keys[i], redacted);
      continue;
    }
    const bool is_shown = fields[i]->shown() != nullptr;
    const bool says_so = fields[i]->is_held() && (is_shown || !left_out_text(lines, full_keys[i]).empty());
    lines.required("Tech ", full_keys[i], says_so ? lines.text_of(*fields[i]) : left_out_text(lines, full_keys[i]));
  }
  lines.required("Tech ", "Email", email_text(lines, contact));
}

/// Admin data is never published, so no value of it can stand here. The e-mail line must lead to the holder and
/// not to a text (rules.md §3.4), so it repeats the registrant's way.
void append_legacy_admin(Lines& lines, const PublicContact* registrant) {
  const std::string& redacted = lines.frame().texts.redacted_text;
  lines.required("Registry ", "Admin ID", redacted);
  for (const std::string_view key : full_keys) lines.required("Admin ", key, left_out_text(lines, key));
  std::string_view way = redacted;
  if (registrant != nullptr && registrant->replaced_email)
    way = registrant->replaced_email->value;
  else if (registrant != nullptr && registrant->email.shown() != nullptr && !registrant->email.shown()->by_choice)
    way = registrant->email.shown()->value;  // of a service that stands in front
  lines.required("Admin ", "Email", way);
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_dnssec(Lines& lines, const PublicViewData& view) {
  // not known is not "unsigned": the line stays away, or stays empty where empty lines are printed
  switch (view.dnssec) {
    case redaction::PublicDnssec::unknown:
      lines.optional("DNSSEC", std::string_view{});
      return;
    case redaction::PublicDnssec::unsigned_delegation:
      lines.line("DNSSEC: unsigned");
      return;
    case redaction::PublicDnssec::signed_delegation:
      lines.line("DNSSEC: signedDelegation");
      break;
  }
  if (!lines.has(WhoisLayout::ds_data)) return;
  for (const redaction::PublicDs& ds : view.ds) {
    std::string text;
    for (const unsigned number : {unsigned{ds.key_tag}, unsigned{ds.algorithm}, unsigned{ds.digest_type}}) {
      append_number(text, number);
      text.push_back(' ');
    }
    lines.required("DNSSEC DS Data", text.append(ds.digest));
  }
}

void append_statuses(Lines& lines, StatusSet statuses) {
  for (unsigned bit = 0; bit < status_count; ++bit) {
    const auto status = static_cast<Status>(bit);
    if (!statuses.contains(status)) continue;
    // AWIP: the link beside every status, the code repeated exactly (rules.md §3.2)
    const std::string_view code = to_string(status);
    lines.out().append("Domain Status: ").append(code).append(" https://icann.org/epp#").append(code).append(crlf);
  }
}

/// rules.md §3.3 rows 1–14.
void append_registration(Lines& lines, const PublicViewData& view, const Registrar& registrar) {
  lines.required("Domain Name", lines.has(WhoisLayout::upper_case_name) ? upper(view.name) : view.name);
  if (!view.unicode_name.empty() && view.unicode_name != view.name)
    lines.required("Internationalized Domain Name", view.unicode_name);
  lines.required("Registry ", "Domain ID", view.registry_domain_id);
  lines.optional("Registrar WHOIS Server", registrar.whois_server);
  lines.required("Registrar URL", registrar.url);
  lines.optional("Updated Date", view.updated);
  lines.required("Creation Date", view.created == UtcTime{} ? std::string{} : format_rfc3339(view.created));
  if (lines.has(WhoisLayout::registry_expiry)) lines.optional("Registry Expiry Date", view.registry_expires);
  lines.optional("Registrar Registration Expiration Date", view.registrar_expires);
  lines.required("Registrar", registrar.name);
  lines.out().append("Registrar IANA ID: ");
  append_number(lines.out(), registrar.iana_id);
  lines.blank();
  lines.required("Registrar Abuse Contact Email", registrar.abuse_email);
  lines.required("Registrar Abuse Contact Phone", registrar.abuse_phone);
  lines.optional("Reseller", view.reseller ? std::string_view(view.reseller->name) : std::string_view{});
  append_statuses(lines, view.statuses);
}

/// "2026-06-01T00:00:00Z" of the minute up to which the database is known.
void append_last_update(Lines& lines) {
  const auto minute = std::chrono::floor<std::chrono::minutes>(lines.frame().applied_until);
  lines.out().append(">>> Last update of WHOIS database: ").append(format_rfc3339(UtcTime(minute))).append(" <<<").append(crlf);
}

void append_disclaimer(Lines& lines) {
  lines.blank();
  if (lines.frame().disclaimer.empty())
    lines.out().append(prepared_disclaimer(lines.frame().texts));
  else
    lines.out().append(lines.frame().disclaimer);
}

/// rules.md §3.3 rows 31–34.
void append_footer(Lines& lines) {
  append_last_update(lines);
  lines.blank();
  lines.line("For more information on Whois status codes, please visit https://icann.org/epp");
  append_disclaimer(lines);
}

bool any_by_choice(const PublicContact& contact, bool full) noexcept {
  const auto chosen = [](const auto& field) { return field.shown() != nullptr && field.shown()->by_choice; };
  if (chosen(contact.name) || chosen(contact.phone) || chosen(contact.email)) return true;
  if (!full) return false;
  return chosen(contact.organization) || chosen(contact.street) || chosen(contact.city) || chosen(contact.postal_code) ||
         chosen(contact.phone_ext) || chosen(contact.fax) || chosen(contact.fax_ext);
}

const PublicContact* contact_of(const PublicViewData& view, Role role) noexcept {
  const auto found =
      std::find_if(view.contacts.begin(), view.contacts.end(), [&](const PublicContact& c) { return c.role == role; });
  return found == view.contacts.end() ? nullptr : &*found;
}

}  // namespace

std::string prepared_disclaimer(const PublicTexts& texts) {
  std::string_view rest = texts.whois_disclaimer;
  while (!rest.empty() && (rest.back() == '\n' || rest.back() == '\r' || rest.back() == ' ')) rest.remove_suffix(1);
  // an answer must end in a notice (rules.md §3.3 row 34); this one says what no operator would disagree with
  if (rest.empty()) rest = "NOTICE: This information is provided as it is held, for information only.";
  std::string out;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    append_clean(out, rest.substr(0, end));
    out.append(crlf);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

bool append_domain(std::string& out, const redaction::PublicView& view, const AnswerFrame& frame) {
  const Registrar* registrar = registrar_of(frame.texts, view->registrar);
  if (registrar == nullptr) return false;
  Lines lines(out, frame);
  append_registration(lines, *view, *registrar);

  const PublicContact* registrant = contact_of(*view, Role::registrant);
  append_registrant(lines, registrant != nullptr ? *registrant : PublicContact{});
  if (lines.has(WhoisLayout::legacy_admin)) append_legacy_admin(lines, registrant);
  if (const PublicContact* tech = contact_of(*view, Role::technical)) {
    if (lines.has(WhoisLayout::full_tech))
      append_full_tech(lines, *tech);
    else
      append_tech(lines, *tech);
  }

  for (const std::string& host : view->hosts) lines.required("Name Server", host);
  if (view->hosts.empty()) lines.optional("Name Server", std::string_view{});
  append_dnssec(lines, *view);
  lines.line(lines.has(WhoisLayout::rdds_wicf)
                 ? "URL of the ICANN RDDS Inaccuracy Complaint Form: https://icann.org/wicf"
                 : "URL of the ICANN Whois Inaccuracy Complaint Form: https://www.icann.org/wicf/");
  append_footer(lines);
  return true;
}

bool shows_personal(const redaction::PublicView& view, const AnswerFrame& frame) noexcept {
  if (frame.stale) return false;
  const bool full_tech = has(frame.texts.whois_layout, WhoisLayout::full_tech);
  return std::any_of(view->contacts.begin(), view->contacts.end(), [&](const PublicContact& contact) {
    if (contact.role == Role::registrant) return any_by_choice(contact, true);
    return contact.role == Role::technical && any_by_choice(contact, full_tech);
  });
}

void append_host(std::string& out, const redaction::PublicHost& host, const AnswerFrame& frame) {
  Lines lines(out, frame);
  lines.required("Server Name", host.name);
  for (const std::string& address : host.addresses) lines.required("IP Address", address);
  if (const Registrar* registrar = registrar_of(frame.texts, host.registrar)) {
    lines.required("Registrar", registrar->name);
    lines.optional("Registrar WHOIS Server", registrar->whois_server);
    lines.required("Registrar URL", registrar->url);
  }
  append_footer(lines);
}

void append_registrar(std::string& out, const Registrar& registrar, const AnswerFrame& frame) {
  Lines lines(out, frame);
  lines.required("Registrar", registrar.name);
  for (const std::string& line : registrar.street) lines.required("Street", line);
  if (registrar.street.empty()) lines.required("Street", std::string_view{});
  lines.required("City", registrar.city);
  lines.optional("State/Province", registrar.state);
  lines.optional("Postal Code", registrar.postal_code);
  lines.required("Country", registrar.country);
  lines.required("Phone Number", registrar.phone);
  lines.required("Email", registrar.email);
  lines.optional("Registrar WHOIS Server", registrar.whois_server);
  lines.required("Registrar URL", registrar.url);
  append_footer(lines);
}

void append_no_match(std::string& out, std::string_view what, std::string_view name, const AnswerFrame& frame) {
  Lines lines(out, frame);
  out.append("No match for ").append(what).append("\"");
  append_clean(out, upper(name));
  lines.line("\".");
  lines.blank();
  append_last_update(lines);
  append_disclaimer(lines);
}

void append_elsewhere(std::string& out, std::string_view tld, std::string_view path, std::string_view name,
                      const AnswerFrame& frame) {
  Lines lines(out, frame);
  out.append("WHOIS is not offered for names under \"");
  append_clean(out, upper(tld));
  lines.line("\".");
  const std::string& base = frame.texts.rdap_base;
  out.append("Please use RDAP instead");
  if (!base.empty()) {
    out.append(": ");
    append_clean(out, base);
    if (base.back() != '/') out.push_back('/');
    out.append(path).append("/");
    append_clean(out, name);
  }
  lines.blank();
  lines.blank();
  append_last_update(lines);
  append_disclaimer(lines);
}

}  // namespace regdata::whois
