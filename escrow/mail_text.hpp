// What a mail says to who reads it: all of it, or an error (docs/decisions/0029).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"

namespace regdata::escrow {

struct MailField {
  std::string name;   ///< in lower case
  std::string value;  ///< continued lines are joined by a blank
};
/// The fields at the top, in order; takes them and the empty line off `rest` (RFC 5322 §2.2).
std::vector<MailField> take_mail_fields(std::string_view& rest);

/// The characters of a structured field's value (RFC 5322 §3.2.2, §3.2.4), without comments and the signs of quoting: `take` is
/// told each one, and whether it stands in a quoted string. What is left open swallows the rest.
template <class Take>
void each_character(std::string_view value, const Take& take) {
  unsigned depth = 0;
  bool is_quoted = false;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const char c = value[at];
    if (c == '\\') {
      if (++at < value.size() && is_quoted) take(value[at], true);
    } else if (c == '"' && depth == 0) {
      is_quoted = !is_quoted;
    } else if (c == '(' && !is_quoted) {
      ++depth;
    } else if (c == ')' && !is_quoted && depth > 0) {
      --depth;
    } else if (depth == 0) {
      take(c, is_quoted);
    }
  }
}

/// The subject, and each part of text that is no attachment, one below the other (RFC 2045–2047): decoded, in UTF-8 and in the
/// compatible form of each character (Unicode NFKC), without characters that are not seen; dashes are hyphens, blanks are
/// blanks, ends of lines are line feeds. Of HTML the text alone. Errc::invalid: a part cannot be read as a whole, or may be
/// read in several ways; then nobody can tell what it says.
Expected<std::string> mail_text(const std::vector<MailField>& fields, std::string_view body);

}  // namespace regdata::escrow
