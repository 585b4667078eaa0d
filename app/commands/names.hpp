// What a person typed, as a name of ours.
#pragma once

#include <string>

#include "registration/domain_name.hpp"
#include "registration/error.hpp"
#include "registration/registration_store.hpp"

namespace regdata::app {

/// A domain name from the command line; Errc::usage with the rule that it breaks.
Expected<DomainName> name_argument(const std::string& text);

/// An RFC 3339 time from the command line; Errc::usage.
Expected<UtcTime> time_argument(const std::string& option, const std::string& text);

/// The contact that NAME|HANDLE means: a name that is held stands for the contact in `role`, anything else is a handle.
/// Errc::not_found.
Expected<std::string> handle_argument(RegistrationStore& store, const std::string& text, Role role);

}  // namespace regdata::app
