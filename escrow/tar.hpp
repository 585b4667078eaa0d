// A tar archive with one file in it, as the Registry Agreement's Specification 2 wants deposits (POSIX.1-2017, pax, ustar
// format).
#pragma once

#include <cstdint>
#include <string>

#include "escrow/stream.hpp"
#include "registration/utc_time.hpp"

namespace regdata::escrow {

struct TarEntry {
  std::string name;        ///< at most 100 bytes
  std::uint64_t size = 0;  ///< of the file, in bytes
  UtcTime modified{};      ///< to the second
};

/// The block before the file. Errc::internal: a name that does not fit.
Expected<std::string> tar_header(const TarEntry& entry);
/// What stands behind the file: filling to whole blocks, and the end of the archive.
std::string tar_end(std::uint64_t size);

/// Gives the content of the only file of an archive. At its end it is proven that nothing but the end of the archive follows.
/// Total: any bytes in. Errc::damaged: another kind of file, a header that does not hold, cut off, or more than one file.
class TarSource final : public ByteSource {
 public:
  explicit TarSource(ByteSource& from) : from_(from) {}
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;
  /// Of the file; known once something was read.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  Expected<void> read_header();
  Expected<void> check_end();

  ByteSource& from_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t left_ = 0;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace regdata::escrow
