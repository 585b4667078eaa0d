// Checks of the texts that a contact is made of. They know nobody: the rooms that face the public may use them.
#pragma once

#include <string>
#include <string_view>

#include "registration/error.hpp"

namespace regdata {

/// Checks of single values, each Errc::invalid with what is allowed and without repeating the value. Sources at each.
Expected<std::string> check_handle(std::string_view text);
Expected<std::string> check_phone(std::string_view text);        ///< RFC 5733 §2.5, e164StringType: \+[0-9]{1,3}\.[0-9]{1,14}
Expected<std::string> check_phone_ext(std::string_view text);    ///< 1–10 digits
Expected<std::string> check_country(std::string_view text);      ///< assigned ISO 3166-1 alpha-2 code; returned upper case
Expected<std::string> check_email(std::string_view text);        ///< RFC 5321/5322 subset; domain through DomainName
Expected<std::string> check_postal_line(std::string_view text);  ///< 1–255 characters of UTF-8, no control characters
Expected<std::string> check_postal_code(std::string_view text);  ///< 1–16 characters, no double or edge spaces
Expected<std::string> check_roid(std::string_view text);         ///< RFC 5730 roidType (\w|_){1,80}-\w{1,8}

}  // namespace regdata
