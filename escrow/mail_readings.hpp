// What can be read in a mail, however it is written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace regdata::escrow {

struct MailField {
  std::string name;   ///< in lower case
  std::string value;  ///< continued lines are joined by a blank
};
/// The fields at the top, in order; takes them and the empty line off `rest` (RFC 5322 §2.2).
std::vector<MailField> take_mail_fields(std::string_view& rest);

/// With =5F and the like decoded (RFC 2045 §6.7, RFC 2047 §4.2).
std::string with_octets_decoded(std::string_view text);

/// The mail as it may be read: each way of reading it for itself, so that what is cut or covered in one stands in another.
std::vector<std::string> mail_readings(std::string_view mail);

}  // namespace regdata::escrow
