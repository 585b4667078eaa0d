// The folder into which an agent's verdicts are dropped.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "escrow/verdict.hpp"

namespace regdata::escrow {

/// What was done with one file.
struct CollectedVerdict {
  std::string file;           ///< its name
  std::uint64_t deposit = 0;  ///< 0: it was put aside
  DepositState state = DepositState::missing;
  std::string why;                 ///< it was put aside; no word of the file
  std::optional<Error> trouble{};  ///< it could not be read, or not be moved away, and lies where it was
};

/// Whose verdicts they are.
struct VerdictBox {
  std::filesystem::path directory;
  std::string agent;
  std::uint32_t iana_id = 0;
  MailRules mail;
  std::filesystem::path deposits{};  ///< of the agent: what lies there says itself whether it left
};

/// Reads each file that lies in the folder, the oldest first: one that begins with "<" as a notification, any other as a mail;
/// moves the ledger on, then the file to taken/, or else to not-taken/, under its name or, where that is taken, with a number.
/// A file whose name begins with "." is still being written. Killed at any time it goes on: a file that is older than what is
/// known of the deposit is not taken. Errors: unavailable (folder or ledger).
Expected<std::vector<CollectedVerdict>> collect_verdicts(Ledger& ledger, const VerdictBox& box, UtcTime now);

}  // namespace regdata::escrow
