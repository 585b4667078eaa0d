// The password of an account at a registry, and its change: whatever breaks in between, one of the two is in force, and both
// are known.
#pragma once

#include <filesystem>

#include "app/config.hpp"
#include "app/registry_line.hpp"
#include "epp/password.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// Sixteen characters by chance, of each kind that registries ask for; none that XML would have to escape.
epp::Password random_password();

/// Changes it at the registry and in the file of the settings: the new one is written beside it first, as "….next", and takes
/// its place when the registry has taken it. Errors: conflict (another process changes it, or a former change is not settled),
/// unavailable (file or registry; where it is not known what became of it, the next login finds out), refused (the registry
/// does not take it: the old one stays), configuration.
Expected<void> change_password(const Config::Registry& settings, const epp::Password& to, const Clock& clock);

/// What a change left behind that was cut off: finds out which of the two is in force, and keeps that one. Does nothing where
/// there is none, or where it is under way. Errors: refused (neither is taken), unavailable.
Expected<void> settle_password(const Config::Registry& settings, const Clock& clock, LoginSlot slot);

}  // namespace regdata::app
