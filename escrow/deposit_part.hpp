// One file of a deposit: rows → CSV → SHA-256 → gzip → OpenPGP → disk, and the same way back before it gets its name. Plain
// personal data are in memory only, a block at a time. A document by RFC 9022 goes the same way, in an archive, compressed
// inside the seal.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "escrow/csv.hpp"
#include "escrow/gzip.hpp"
#include "escrow/openpgp/certificate.hpp"
#include "escrow/openpgp/message.hpp"
#include "escrow/part_series.hpp"
#include "escrow/row_digest.hpp"
#include "escrow/tar.hpp"

namespace regdata::escrow {

/// To whom a deposit is sealed and by whom it is signed. What they point to must outlive the parts.
struct Sealing {
  std::vector<const openpgp::PublicKey*> recipients;
  const openpgp::SecretKey* signer = nullptr;
  openpgp::Random random;
  UtcTime now{};
};

/// What is known of a part. For the manifest, the hash file and the ledger.
struct PartFacts {
  std::string content_name;  ///< of the CSV: "9999_RDE_2026-11-26_full_1.csv"; empty: goes on where the file before ends
  std::string file_name;     ///< of what is on disk: the same with ".gz.gpg"
  std::uint64_t rows = 0;    ///< without the header line
  std::uint64_t content_bytes = 0;
  Digest content_sha256{};  ///< of the plain CSV, as the agents' hash file has it (escrow.md §1.8)
  std::uint64_t file_bytes = 0;
  Digest file_sha256{};
  /// Of a document that was cut, where another file follows: this one's detached signature. That of the last file is
  /// DepositFacts::hash_file, which says that all is there.
  std::string signature_name{};
  Digest signature_sha256{};
  friend bool operator==(const PartFacts&, const PartFacts&) = default;
};

class DepositPart {
 public:
  struct Layout {
    std::vector<std::string> header;  ///< empty: no header line
    std::size_t columns = 0;          ///< of every row
    CsvDialect dialect{};
    int gzip_level = usual_gzip_level;
    /// Instead of one file of CSV: an archive of a document by RFC 9022, and of its tables where it has some, each of exactly
    /// this name and size; compressed inside the seal, in a file with the end ".ryde". Rows are objects in the document, a line
    /// each, and all lines of tables.
    std::vector<TarEntry> archive{};
    std::uint64_t bytes_per_file = 0;  ///< of an archive's ".ryde": it is cut, sealed, into files of this size; 0: it is not
  };

  /// Begins ".NAME.gz.gpg.part" in `directory`; of a document ".STEM.ryde.part", where `content_name` is "STEM.tar".
  /// `of_deposit`, of the same salt, gets the rows too, in another thread: it may be looked at once the part is finished.
  /// Errors as PartFile::create() and MessageWriter::begin().
  static Expected<std::unique_ptr<DepositPart>> begin(const std::filesystem::path& directory, std::string content_name,
                                                      const Layout& layout, const Sealing& sealing, const Digest& row_salt,
                                                      RowDigest* of_deposit = nullptr);
  ~DepositPart();

  /// A record that was built with the layout's dialect and columns. Errc::invalid: not UTF-8, or longer than a reader takes;
  /// Errc::internal: another number of columns.
  Expected<void> add(const CsvRecord& record);
  /// Ends the file of the archive in hand and begins the next one. Errc::internal: it has not the size that was told.
  Expected<void> next_file();
  /// A line of a document that is an object, or a record of a table: no line end is in it. Errc::invalid: not UTF-8, or longer
  /// than a reader takes.
  Expected<void> add_line(std::string_view line);
  /// Lines of a document around its objects.
  Expected<void> add_frame(std::string_view lines);
  /// Bytes of CSV so far: for limits. 0 once finished.
  [[nodiscard]] std::uint64_t content_bytes() const noexcept;
  [[nodiscard]] std::uint64_t rows() const noexcept;

  /// Ends the file, syncs it, reads it back from disk with the session key, and compares what a strict reader finds in it with
  /// what was put in: tags, signature, session key packets, check sums, header, columns, rows, digests. Then the session key is
  /// forgotten. Errc::damaged: what is on disk is not what was written. One for each file; where there are several, what is in
  /// them stands with the first.
  Expected<std::vector<PartFacts>> finish();
  /// What is on disk, after finish(): as many as that gave.
  [[nodiscard]] std::vector<std::filesystem::path> written_files() const;
  /// Gives the files their names, only after finish() found them good. What was not put in place goes with this object.
  Expected<void> put_in_place();

 private:
  struct Impl;
  explicit DepositPart(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads a deposit's file with a recipient's key and gives each row to `row`; its first error ends it. The header line must be
/// `layout`'s. What was given is good only once this returns without error.
Expected<PartFacts> read_part(const std::filesystem::path& file, const DepositPart::Layout& layout,
                              const openpgp::SessionKeyFinder& find, const openpgp::PublicKey& signer, RowDigest& digest,
                              FileSource::Memory memory,
                              const std::function<Expected<void>(const std::vector<std::string>&)>& row);

}  // namespace regdata::escrow
