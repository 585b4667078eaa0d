// What a registry warns of when somebody logs in (RFC 8807 §4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "epp/response.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

struct LoginEvent {
  std::string type;             ///< "password", "certificate", "cipher", "tlsProtocol", "newPW", "stat", "custom"
  bool is_error = false;        ///< else a warning
  std::optional<UtcTime> ends;  ///< when what it is about expires
  std::string value;            ///< of a cipher, a protocol, a count

  friend bool operator==(const LoginEvent&, const LoginEvent&) = default;
};
/// Of the answer to a login. What is longer than a word or has control characters is left out: it goes into logs.
std::vector<LoginEvent> login_events(const Response& answer);
/// "its password expires at 2027-01-31T00:00:00Z (warning)".
std::string text_of(const LoginEvent& event);

}  // namespace regdata::epp
