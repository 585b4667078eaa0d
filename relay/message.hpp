// Mails as bytes (RFC 5322, RFC 2045). Total: whatever a text holds, the headers are those of the template and no others.
#pragma once

#include <string>
#include <string_view>

#include "registration/utc_time.hpp"
#include "relay/addresses.hpp"
#include "relay/record.hpp"

namespace regdata::relay {

/// What every mail needs beside its text.
struct Posting {
  Postmark postmark;
  std::string token;  ///< Message-ID is made of it, so that a second copy after a crash is known as one
  std::string to;     ///< by check_email
  UtcTime queued{};
};

/// The letter, to the holder. Reply-To is the sender; the holder answers, or does not.
std::string letter_message(const Posting& posting, const Letter& letter);

/// To the sender: a link to follow. Holds nothing that the sender wrote, the name neither: whoever enters another person's
/// address can send them this and not a word more.
std::string confirmation_message(const Posting& posting, std::string_view link, std::string_view language);

/// To the holder: mail that came to the relay address of a name, whole, as an attachment.
std::string forwarded_message(const Posting& posting, std::string_view domain, const InboundMail& inbound);

/// To the operator: what has to be looked at.
std::string operator_message(const Posting& posting, std::string_view subject, std::string_view text);

/// "=?UTF-8?B?…?=" words of at most 75 characters (RFC 2047 §2), a line each; plain text where ASCII allows it.
std::string encoded_header_text(std::string_view text);

}  // namespace regdata::relay
