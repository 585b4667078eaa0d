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
/// What stands behind a file before the next one: filling to whole blocks.
std::string tar_filling(std::uint64_t size);
/// What stands behind the last file: filling, and the end of the archive.
std::string tar_end(std::uint64_t size);

/// Goes through the files of an archive. At the last one's end it is proven that nothing but the end of the archive follows.
/// Total: any bytes in. Errc::damaged: another kind of file, a header that does not hold, cut off.
class TarReader final : public ByteSource {
 public:
  explicit TarReader(ByteSource& from) : from_(from) {}
  /// To the next file, over what was not read of the one before; false: there is none.
  Expected<bool> next();
  /// Of the file; 0 at its end.
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  Expected<void> take_header(std::string_view block);
  Expected<void> check_end();

  ByteSource& from_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t left_ = 0;
  bool begun_ = false;
  bool ended_ = false;
};

/// Gives the content of the only file of an archive. Errors as TarReader; Errc::damaged: there is another one.
class TarSource final : public ByteSource {
 public:
  explicit TarSource(ByteSource& from) : reader_(from) {}
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;
  /// Of the file; known once something was read.
  [[nodiscard]] const std::string& name() const noexcept { return reader_.name(); }

 private:
  TarReader reader_;
  bool begun_ = false;
};

}  // namespace regdata::escrow
