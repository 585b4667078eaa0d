// An escrow agent, as one of our registrars deposits with it.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "escrow/deposit_writer.hpp"
#include "escrow/drift.hpp"
#include "escrow/openpgp/certificate.hpp"

namespace regdata::escrow {

/// A certificate that a setting names with the fingerprint that it must have: agents' keys are not taken on trust.
struct PinnedCertificate {
  openpgp::Certificate certificate;
  const openpgp::PublicKey* encryption_key = nullptr;  ///< part of `certificate`: not to be copied without it

  /// `fingerprint`: of the primary key, in hex, blanks and case do not matter. Errors: refused (another fingerprint; expired,
  /// revoked or weak at `now`; holds a secret key), not_found, unavailable, invalid. The context names the file.
  static Expected<std::unique_ptr<PinnedCertificate>> read(const std::filesystem::path& file, std::string_view fingerprint,
                                                           UtcTime now);
};

/// What a deposit for an agent needs to know. A value, made from configuration.
struct Agent {
  std::string id;
  Registrar registrar;
  std::string specification = "2024";
  std::string fingerprint{};          ///< that its certificate must have today, as PinnedCertificate; empty: not looked at
  std::string agreement;              ///< id of the data protection agreement; empty: nothing is deposited
  std::string region;                 ///< where the agent keeps deposits: "EU"
  std::string store_region;           ///< where our data are, unless they say otherwise
  bool takes_abroad = false;          ///< a transfer basis is recorded: data of the store's region may go to another one
  std::vector<std::string> policies;  ///< names under TLDs with another policy are left out
  DepositPlan plan{};                 ///< without watermark and kind
  DriftLimits drift{};
  std::filesystem::path directory;  ///< its deposits rest here, each in a directory of its own
};

/// Errc::refused: no agreement with the agent, or the store's data may not go to its region.
Expected<void> check_transfer(const Agent& agent);

/// Errc::refused: none of the certificates that a deposit was sealed to, by their fingerprints, is the agent's any more.
Expected<void> check_recipients(const Agent& agent, const std::vector<std::string>& recipients);

/// Whether data of a region may be deposited with the agent. `bound`: the region was asked for, for this name or person; then
/// no transfer basis opens the border (promise P13).
bool may_keep(const Agent& agent, std::string_view region, bool bound) noexcept;

/// The rule by which a name is not deposited with the agent ("two-letter TLD"); empty: it is deposited.
std::string left_out_by(const Agent& agent, const Catalog& catalog, const DomainName& name);

}  // namespace regdata::escrow
