// A registry on loopback, for rehearsals and tests: it speaks EPP over TLS, keeps objects in a file of its own, and believes
// nothing that it receives.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "epp/password.hpp"
#include "epp/sandbox_disclosure.hpp"
#include "epp/sandbox_mischief.hpp"
#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

/// As registries have them (epp.md §2.2); what is too much is answered with 2502 and the end.
struct SandboxLimits {
  unsigned sessions = 0;                    ///< of an account at a time; 0: as many as come
  unsigned commands_per_minute = 0;         ///< of an account; 0: no limit
  std::chrono::milliseconds idle{600'000};  ///< then it closes a session
};

struct SandboxSettings {
  std::filesystem::path directory;  ///< objects, certificates, the account's password; made where it is missing
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: whichever is free
  std::string account = "REG-SANDBOX";
  std::string rival = "REG-RIVAL";  ///< another registrar's account, with the same password
  MischiefPlan mischief{};
  SandboxDisclosure disclosure{};
  SandboxLimits limits{};
  bool holds_contacts = true;  ///< false: minimum data, commands about contacts are refused (epp.md §1.9)
};

/// Puts the clock of the registry in a directory ahead; one that is serving follows at once. Errc::unavailable, not_found.
Expected<void> advance_sandbox(const std::filesystem::path& directory, std::chrono::milliseconds by);

/// The files that a client needs lie in the directory: "authority.pem" and "password".
class Sandbox {
 public:
  /// Makes what is missing, and listens. Errors: unavailable (files, address in use), configuration (no address).
  static Expected<std::unique_ptr<Sandbox>> open(const SandboxSettings& settings, std::function<UtcTime()> clock);
  ~Sandbox();

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Serves until stop(), SIGINT or SIGTERM.
  void run();
  /// From any thread.
  void stop();

 private:
  struct Impl;
  explicit Sandbox(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::epp
