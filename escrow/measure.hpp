// Size and SHA-256 of what passes, and of files.
#pragma once

#include <filesystem>

#include "escrow/openpgp/cipher.hpp"
#include "escrow/part_file.hpp"
#include "escrow/row_digest.hpp"

namespace regdata::escrow {

Digest sha256(ByteView bytes);

/// What has passed so far.
class Measure {
 public:
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// SHA-256; once, and nothing may pass behind it.
  Digest digest();

 protected:
  void pass(ByteView bytes);

 private:
  openpgp::Hash hash_{openpgp::HashAlgorithm::sha256};
  std::uint64_t size_ = 0;
};

class MeasuringSink final : public ByteSink, public Measure {
 public:
  explicit MeasuringSink(ByteSink& behind) : behind_(behind) {}
  Expected<void> write(ByteView bytes) override;
  Expected<void> finish() override { return behind_.finish(); }

 private:
  ByteSink& behind_;
};

class MeasuringSource final : public ByteSource, public Measure {
 public:
  explicit MeasuringSource(ByteSource& from) : from_(from) {}
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;

 private:
  ByteSource& from_;
};

/// Of a file, or of what else was read to its end.
struct FileMeasure {
  std::uint64_t size = 0;
  Digest digest{};
  friend bool operator==(const FileMeasure&, const FileMeasure&) = default;
};
/// Errors as FileSource::open().
Expected<FileMeasure> measure_file(const std::filesystem::path& file, FileSource::Memory memory);

}  // namespace regdata::escrow
