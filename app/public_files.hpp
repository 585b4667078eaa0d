// The files that the public server needs before it can start: certificate, page templates, the letter form's key.
#pragma once

#include <optional>
#include <string>

#include "app/config.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// What was found in them.
struct PublicFiles {
  std::optional<UtcTime> certificate_until;  ///< empty: none is configured
};

/// Reads them as `regdata serve` will, and throws them away again: what would keep it from starting is told before it is
/// started. Errc::configuration.
Expected<PublicFiles> check_public_files(const Config& config);

}  // namespace regdata::app
