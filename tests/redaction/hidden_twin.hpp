// Two registrations that nobody outside may tell apart.
#pragma once

#include "redaction/redact.hpp"
#include "tests/redaction/random_registration.hpp"

namespace regdata::testing {

/// `data` with another value of random length and script for everything that is held and not shown by `decisions`, and for what
/// is never public at all. Whether an element is held stays as it is. `service`: a privacy service stands before the
/// registrant.
RegistrationData hidden_twin(RegistrationData data, const std::vector<redaction::Decision>& decisions, bool service,
                             Chance& chance);

}  // namespace regdata::testing
