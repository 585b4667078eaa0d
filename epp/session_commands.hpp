// Commands of the protocol itself (RFC 5730 §2.9.1, §2.9.2.3).
#pragma once

#include <optional>
#include <string>

#include "epp/greeting.hpp"
#include "epp/password.hpp"

namespace regdata::epp {

/// The only request that is no command: answered by a greeting, at any time.
struct Hello {};

struct Login {
  std::string client_id;  ///< 3–16 characters
  Password password;      ///< with `is_secured` of any length from 6, else 6–16 characters
  Password new_password;  ///< empty: it stays
  std::string version = "1.0";
  std::string language = "en";
  Services services;        ///< what both sides know
  bool is_secured = false;  ///< by RFC 8807; its namespace must be among the extensions
  std::string software;     ///< "regdata 0.1.0", told where it is secured
};

struct Logout {};
struct PollRequest {};
struct PollAcknowledgement {
  std::string id;  ///< msgQ
};

/// What to log in with: of what the registry offers, the objects and extensions that `known` has. Errc::refused: no version
/// 1.0, or not the language; the context says which there are.
Expected<Login> login_for(const Greeting& greeting, const Services& known, std::string client_id, Password password,
                          const std::string& language);

}  // namespace regdata::epp
