// What a sandbox needs on disk before it can be spoken with: an authority, a certificate, a password.
#pragma once

#include <filesystem>
#include <string>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

struct SandboxFiles {
  std::filesystem::path authority;    ///< PEM, for clients
  std::filesystem::path certificate;  ///< of the server, for localhost, 127.0.0.1 and ::1
  std::filesystem::path key;          ///< its key, mode 0600
  std::filesystem::path password;     ///< of the account, mode 0600, one line
};

/// Makes what is missing. A certificate lives a year; it is made anew, with its authority, in its last month.
/// Errc::unavailable.
Expected<SandboxFiles> make_sandbox_files(const std::filesystem::path& directory, UtcTime now);

}  // namespace regdata::epp
