// What a person typed, as a value of ours.
#pragma once

#include <cstdint>
#include <string>

#include "registration/domain_name.hpp"
#include "registration/error.hpp"
#include "registration/registration_store.hpp"

namespace regdata::app {

/// A domain name from the command line; Errc::usage with the rule that it breaks.
Expected<DomainName> name_argument(const std::string& text);

/// A number from the command line; Errc::usage. `what` names the place of it, `hint` tells which numbers there are.
Expected<std::uint64_t> number_argument(const std::string& what, const std::string& text, const std::string& hint);

/// An RFC 3339 time from the command line; Errc::usage.
Expected<UtcTime> time_argument(const std::string& option, const std::string& text);

/// The contact that NAME|HANDLE means: a name that is held stands for the contact in `role`, anything else is a handle.
/// Errc::not_found.
Expected<std::string> handle_argument(RegistrationStore& store, const std::string& text, Role role);

}  // namespace regdata::app
