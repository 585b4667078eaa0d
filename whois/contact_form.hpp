// The body of the letter form (application/x-www-form-urlencoded) and the letter that it makes. Free of I/O and total.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "registration/utc_time.hpp"
#include "relay/spool.hpp"

namespace regdata::whois {

/// In characters of any script; the page says the same, and docs/relay.md.
inline constexpr std::size_t max_subject_characters = 150;
inline constexpr std::size_t max_text_characters = 3000;

/// The fields as they were filled in. All of them UTF-8 or empty.
struct ContactForm {
  std::string name;
  std::string role;
  std::string sender;
  std::string subject;
  std::string text;
  std::string challenge;
  std::string solution;
};

/// Nothing: a broken escape, or bytes that are not UTF-8. Of a field that stands twice the first counts.
std::optional<ContactForm> read_contact_form(std::string_view body);

/// What is wrong with a form.
enum class FormFault : std::uint8_t { none, name, sender, subject, text };
/// "name", "sender": part of the message's key.
std::string_view to_string(FormFault fault) noexcept;

/// "registrant" and "technical", as published; "tech" for short; nothing counts as registrant.
std::optional<relay::Addressee> addressee_from(std::string_view role) noexcept;

struct LetterMade {
  FormFault fault = FormFault::none;
  relay::Letter letter;  ///< whole where nothing is at fault. `proof` is the caller's
};
/// The subject is one line; neither it nor the text holds control characters but line breaks and tabs in the text. Blanks at
/// the ends are cut.
LetterMade make_letter(const ContactForm& form, std::string_view language, UtcTime now);

}  // namespace regdata::whois
