// A deposit by RFC 9022 as it lies on disk, given as a document of the XML model, whichever model it has (docs/decisions/0020).
#pragma once

#include <filesystem>
#include <memory>

#include "escrow/content_file.hpp"
#include "escrow/row_digest.hpp"

namespace regdata::escrow {

struct RdeTableDocument;

/// Whether a file's name says that it holds a deposit by RFC 9022: ".ryde", ".tar", ".xml".
bool is_rde_file(const std::filesystem::path& file);

/// What lies beside a sealed file and signs it (Registry Agreement, Specification 2, part A §5): good by one of the signers.
enum class SignatureBeside : std::uint8_t { none, good, bad };
Expected<SignatureBeside> signature_beside(const std::filesystem::path& file, const OpeningKeys& keys);
/// An error of reading a deposit, with the file's name and what the signatures beside its files say of it: which one was
/// changed, or that all are as they were made.
Error explained(const Error& error, const std::filesystem::path& file, const OpeningKeys& keys);

/// The document, read once from its beginning.
class RdeDocument {
 public:
  virtual ~RdeDocument() = default;
  [[nodiscard]] virtual ByteSource& source() noexcept = 0;
  /// Reads what is left, to the end of the file, where signature and archive are proven; gives SHA-256 of all that is sealed.
  virtual Expected<Digest> finish() = 0;
};

/// What was found out about a file; the document can be read from it more than once.
class RdeFile {
 public:
  /// Of the CSV model all of the archive is read, and its check sums are compared. `keys` must outlive it. Errors: as
  /// ContentFile::open(); damaged (no archive; a table that is not what its check sum says: RDE_INVALID_CSV), invalid (tables
  /// that are not understood).
  static Expected<RdeFile> open(const std::filesystem::path& file, const OpeningKeys& keys);
  RdeFile(RdeFile&& other) noexcept;
  RdeFile& operator=(RdeFile&& other) noexcept;
  ~RdeFile();

  [[nodiscard]] Expected<std::unique_ptr<RdeDocument>> document() const;
  /// Definitions of the CSV model; null: it is of the XML model.
  [[nodiscard]] const RdeTableDocument* tables() const noexcept;

 private:
  struct State;
  explicit RdeFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace regdata::escrow
