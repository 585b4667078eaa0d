// The drift guard: a deposit that differs too much from the one before is held until a person has looked. Others deposited
// every address without its "@" for ten months, and nothing said so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace regdata::escrow {

/// How good the data are. Counts of rows.
struct DepositQuality {
  std::uint64_t rows = 0;
  std::uint64_t without_email = 0;
  std::uint64_t bad_email = 0;  ///< not an address (RFC 5322 addr-spec): one without its "@" too
  std::uint64_t without_phone = 0;
  std::uint64_t bad_phone = 0;
  std::uint64_t bad_country = 0;   ///< empty or not of ISO 3166-1
  std::uint64_t beyond_ascii = 0;  ///< registrant's name in another script than ASCII letters
  friend bool operator==(const DepositQuality&, const DepositQuality&) = default;
};

struct DriftLimits {
  std::uint32_t fewer_rows = 20;  ///< percent of the rows before
  std::uint32_t worse = 5;        ///< percentage points that a share of poor values may grow
  std::uint32_t script = 10;      ///< percentage points that the share of names beyond ASCII may change, either way
  std::uint32_t least_rows = 10;  ///< a change of fewer rows than this is never held: small registrars have few
};

/// One reason to hold for each limit that is passed: what, from how many to how many. Empty: none.
std::vector<std::string> drift(const DepositQuality& before, const DepositQuality& now, const DriftLimits& limits);

}  // namespace regdata::escrow
