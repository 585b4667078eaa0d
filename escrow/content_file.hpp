// A deposit's content file as it comes back: sealed to a key that we have, or opened by the agent already.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "escrow/openpgp/public_key.hpp"
#include "escrow/openpgp/secret_key.hpp"
#include "escrow/stream.hpp"

namespace regdata::escrow {

/// What opens deposits, and who may have signed them. What they point to must outlive what is opened.
struct OpeningKeys {
  std::vector<const openpgp::SecretKey*> secrets;
  std::vector<const openpgp::PublicKey*> signers;
};

/// "9999_RDE_2026-11-26_full_1.csv" of whatever stands around it (".gz", ".gz.gpg", ".gz.pgp") in a path.
std::string content_name_of(const std::filesystem::path& file);

/// Whether the end of its name says that it is sealed.
bool is_sealed(const std::filesystem::path& file);

/// Reads the plain content of a file, or of a ".ryde" and those that follow it (see series_of()): the end of its name tells
/// what stands around it. A signature that does not hold is told at the end only, as MessageReader says: what was read before
/// must be thrown away then.
class ContentFile {
 public:
  /// Errors: usage (sealed, and no key or no signer was given), not_found (none of the keys opens it), invalid (signed by none
  /// of the signers), damaged, unavailable.
  static Expected<std::unique_ptr<ContentFile>> open(const std::filesystem::path& file, const OpeningKeys& keys);
  virtual ~ContentFile() = default;

  [[nodiscard]] virtual ByteSource& content() noexcept = 0;
  /// As far as it was read: of what is on disk, for a progress bar.
  [[nodiscard]] virtual std::uint64_t bytes_read() const noexcept = 0;
};

}  // namespace regdata::escrow
