#include "whois/contact_form.hpp"

#include "registration/ascii.hpp"
#include "registration/contact_checks.hpp"
#include "registration/domain_name.hpp"
#include "whois/utf8.hpp"

namespace regdata::whois {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Unlike percent_decode, lets line breaks pass: a text has them.
std::optional<std::string> decode_field(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out.push_back(' ');
    } else if (text[i] == '%') {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  for (std::size_t at = 0; at < out.size();) {
    const CodePoint point = decode_utf8(out, at);
    if (!point.valid) return std::nullopt;
    at += point.length;
  }
  return out;
}

std::string* field_of(ContactForm& form, std::string_view name) noexcept {
  if (name == "d") return &form.name;
  if (name == "r") return &form.role;
  if (name == "sender") return &form.sender;
  if (name == "subject") return &form.subject;
  if (name == "text") return &form.text;
  if (name == "challenge") return &form.challenge;
  if (name == "solution") return &form.solution;
  return nullptr;
}

/// Of well-formed UTF-8.
std::size_t characters_of(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char octet : text) count += (static_cast<unsigned char>(octet) & 0xC0U) != 0x80U;
  return count;
}

/// Line breaks of either kind become LF, as a browser's are CRLF (WHATWG HTML, form submission).
std::string with_lf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out.push_back(text[i] == '\r' ? '\n' : text[i]);
  }
  return out;
}

/// C0, DEL, C1 and the two line separators, which some readers of mail take for an end of line.
bool has_control(std::string_view text, std::string_view allowed) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_utf8(text, at);
    const char32_t c = point.value;
    const bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029;
    if (!point.valid || (control && (c > 0x7F || allowed.find(static_cast<char>(c)) == std::string_view::npos))) return true;
    at += point.length;
  }
  return false;
}

}  // namespace

std::optional<ContactForm> read_contact_form(std::string_view body) {
  ContactForm form;
  std::uint32_t seen = 0;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string* field = field_of(form, pair.substr(0, equals));
    if (field == nullptr) continue;
    const auto bit = 1U << static_cast<unsigned>(field - &form.name);
    if ((seen & bit) != 0) continue;
    seen |= bit;
    auto value = decode_field(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) return std::nullopt;
    *field = std::move(*value);
  }
  return form;
}

std::string_view to_string(FormFault fault) noexcept {
  switch (fault) {
    case FormFault::none:
      return "none";
    case FormFault::name:
      return "name";
    case FormFault::sender:
      return "sender";
    case FormFault::subject:
      return "subject";
    case FormFault::text:
      return "text";
  }
  return "none";
}

std::optional<relay::Addressee> addressee_from(std::string_view role) noexcept {
  if (role.empty() || role == "registrant") return relay::Addressee::registrant;
  if (role == "technical" || role == "tech") return relay::Addressee::technical;
  return std::nullopt;
}

LetterMade make_letter(const ContactForm& form, std::string_view language, UtcTime now) {
  LetterMade made;
  const auto name = DomainName::parse(trim(form.name, " \t\n"));
  const auto addressee = addressee_from(form.role);
  if (!name || !addressee) return {FormFault::name, {}};
  made.letter.domain = name->ascii();
  made.letter.addressee = *addressee;
  const auto sender = check_email(trim(form.sender, " \t\n"));
  if (!sender) return {FormFault::sender, {}};
  made.letter.sender = *sender;
  const std::string_view subject = trim(form.subject, " \t\n");
  if (subject.empty() || characters_of(subject) > max_subject_characters || has_control(subject, ""))
    return {FormFault::subject, {}};
  made.letter.subject = subject;
  const std::string text = with_lf(form.text);
  const std::string_view trimmed = trim(text, " \t\n");
  if (trimmed.empty() || characters_of(trimmed) > max_text_characters || has_control(trimmed, "\n\t"))
    return {FormFault::text, {}};
  made.letter.text = trimmed;
  made.letter.language = language;
  made.letter.written = now;
  return made;
}

}  // namespace regdata::whois
