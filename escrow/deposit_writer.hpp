// A registrar's deposit of one date: one pass over the registrations, content files split on record boundaries, counts, and the
// hash file. Nothing of it gets a name before all of it was verified.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "escrow/columns.hpp"
#include "escrow/deposit_part.hpp"

namespace regdata::escrow {

enum class DepositKind : std::uint8_t { full, incremental };
/// As it stands in file names: "full", "inc".
std::string_view to_string(DepositKind kind) noexcept;

/// What an agent and its specification want. What was known only from memory is a setting here (escrow.md §1.3, §1.7).
struct DepositPlan {
  std::uint32_t iana_id = 0;
  UtcTime watermark{};  ///< its date, UTC, is the deposit's
  DepositKind kind = DepositKind::full;
  std::vector<Column> columns;
  RowRules rules{};
  WhenMissing when_missing = WhenMissing::hold;
  CsvDialect dialect{};
  int gzip_level = 6;
  std::uint64_t rows_per_file = 1'000'000;
  std::uint64_t bytes_per_file = 1'000'000'000;  ///< of plain CSV
  unsigned first_part = 1;
  bool header_in_every_part = false;
  bool extension_in_hash_file = true;
};

/// How good the data are: for the drift guard, which compares with the deposit before. Counts of rows.
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

struct DepositFacts {
  std::vector<PartFacts> parts;
  std::string hash_file;
  Digest row_salt{};
  Digest row_sum{};
  Digest merkle_root{};
  std::map<std::string, std::uint64_t> per_tld;  ///< what ICANN's report counts (escrow.md §1.11)
  std::map<std::string, std::uint64_t> missing;  ///< required columns that are empty, by column
  DepositQuality quality;
};

class DepositWriter {
 public:
  /// Into an existing directory of this deposit's own. Errors as DepositPart::begin().
  static Expected<std::unique_ptr<DepositWriter>> begin(const std::filesystem::path& directory, DepositPlan plan,
                                                        Sealing sealing);
  ~DepositWriter();

  /// One registration. Errc::key_missing: a contact that a column asks for cannot be opened, or is erased while the
  /// registration still names it: a deposit without it would pass for complete. The context names the handle.
  Expected<void> add(const RegistrationData& data, const Registrar& registrar);

  /// Verifies the last part, writes the hash file, and gives all files their names, the hash file last. Errc::invalid: required
  /// values are missing and the plan says hold; the context counts them by column, the first names stand in the hint. After an
  /// error the directory holds no file of this deposit, unless giving names failed half-way: then those that got one are good.
  Expected<DepositFacts> finish();

 private:
  struct Impl;
  explicit DepositWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// "9999_RDE_2026-11-26_full_1.csv".
std::string content_name(const DepositPlan& plan, unsigned part);
/// "9999_RDE_2026-11-26_hash.txt".
std::string hash_file_name(const DepositPlan& plan);

}  // namespace regdata::escrow
