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
  std::string closed;  ///< a file that this user may not read; nothing behind it was looked at. Empty: there is none
};

/// Reads them as `regdata serve` will, and throws them away again: what would keep it from starting is told before it is
/// started. Under systemd the server has a user of its own (docs/install.md): that this one may not read its files is no
/// fault. Errc::configuration.
Expected<PublicFiles> check_public_files(const Config& config);
/// The same for who starts the server as their own child: then a file that is closed to them is a fault.
Expected<void> check_own_public_files(const Config& config);

}  // namespace regdata::app
