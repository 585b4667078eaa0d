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
#include "escrow/drift.hpp"
#include "escrow/ledger.hpp"
#include "escrow/object_sieve.hpp"

namespace regdata::escrow {

/// What an agent and its specification want. What was known only from memory is a setting here (escrow.md §1.3, §1.7).
struct DepositPlan {
  std::uint32_t iana_id = 0;
  UtcTime watermark{};
  std::chrono::sys_days date{};  ///< in the names of files; of a document its watermark's
  DepositKind kind = DepositKind::full;
  std::optional<DepositBase> base{};  ///< of a kind that is a difference
  bool keeps_objects = false;         ///< with a list of its objects, for the differences to come
  std::vector<Column> columns;
  std::vector<Column> contact_columns{};  ///< of files of their own, behind the others; empty: contacts stand in line
  RowRules rules{};
  WhenMissing when_missing = WhenMissing::hold;
  CsvDialect dialect{};
  int gzip_level = usual_gzip_level;
  bool is_document = false;  ///< by RFC 9022 (rde_writer.hpp); what follows about CSV files does not count then
  bool has_tables = false;   ///< of a document: the CSV model (rde_table_writer.hpp)
  std::uint32_t revision = 0;
  std::string rde_id{};                 ///< of a document, which its writer draws
  std::string rde_name{};               ///< first part of a document's file names; empty: the IANA id
  std::string roid_suffix = "REGDATA";  ///< of ROIDs that we issue in a document
  std::uint64_t rows_per_file = 1'000'000;
  std::uint64_t bytes_per_file = 1'000'000'000;  ///< of plain CSV; of a document of what is sealed
  unsigned first_part = 1;
  bool header_in_every_part = false;
  bool extension_in_hash_file = true;
};

struct DepositFacts {
  std::vector<PartFacts> parts;
  std::uint64_t names = 0;           ///< registrations in it: fewer than there are, where it is a difference
  std::uint64_t gone = 0;            ///< objects of the base that are no more
  std::optional<ListFacts> objects;  ///< empty: no list was kept
  std::string rde_id{};              ///< of a document by RFC 9022; empty: of another form, or from before it was drawn
  std::string hash_file;
  Digest hash_file_sha256{};
  Digest row_salt{};
  Digest row_sum{};
  Digest merkle_root{};
  std::map<std::string, std::uint64_t> per_tld;  ///< what ICANN's report counts (escrow.md §1.11): of all, like `quality`
  std::map<std::string, std::uint64_t> missing;  ///< required columns that are empty, by column
  DepositQuality quality;
  friend bool operator==(const DepositFacts&, const DepositFacts&) = default;
};

/// Takes what a deposit is made of, in the store's order: first registrations, then, where the format has them by themselves,
/// hosts and contacts. Each answers whether the object is in the deposit: a difference passes over what is as it was.
class DepositForm {
 public:
  virtual ~DepositForm() = default;
  virtual Expected<bool> add(const RegistrationData& data, const Registrar& registrar) = 0;
  virtual Expected<bool> add(const Host& host, bool linked) = 0;
  virtual Expected<bool> add(const Contact& contact) = 0;
  /// Whether hosts and contacts are wanted in this walk.
  [[nodiscard]] virtual bool wants_others() const { return true; }
  /// Everything was given. True: all of it is wanted once more, in the same order.
  virtual Expected<bool> once_more() { return false; }
  virtual Expected<DepositFacts> finish() = 0;
};

/// ICANN's specifications of 2024 and 2007.
class DepositWriter final : public DepositForm {
 public:
  /// Into an existing directory of this deposit's own. Errors as DepositPart::begin().
  static Expected<std::unique_ptr<DepositWriter>> begin(const std::filesystem::path& directory, DepositPlan plan,
                                                        Sealing sealing);
  ~DepositWriter() override;

  /// One registration. Errc::key_missing: a contact that a column asks for cannot be opened, or is erased while the
  /// registration still names it: a deposit without it would pass for complete. The context names the handle.
  Expected<bool> add(const RegistrationData& data, const Registrar& registrar) override;
  /// No format of CSV has hosts by themselves.
  Expected<bool> add(const Host&, bool) override { return false; }

  /// One contact or service, behind all registrations, where the plan has columns for it. Errc::invalid: too long, not UTF-8.
  Expected<bool> add(const Contact& contact) override;

  /// Verifies the last part, writes the hash file, and gives all files their names, the hash file last. Errc::invalid: required
  /// values are missing and the plan says hold; the context counts them by column, the first names stand in the hint. After an
  /// error the directory holds no file of this deposit, unless giving names failed half-way: then those that got one are good.
  Expected<DepositFacts> finish() override;

 private:
  struct Impl;
  explicit DepositWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What the rows of a content file are about.
enum class Content : std::uint8_t { registrations, contacts };
/// "9999_RDE_2026-11-26_full_1.csv"; of contacts "9999_RDE_2026-11-26_hdl_1.csv".
std::string content_name(const DepositPlan& plan, Content content, unsigned part);
/// "9999_RDE_2026-11-26_hash.txt".
std::string hash_file_name(const DepositPlan& plan);

}  // namespace regdata::escrow
