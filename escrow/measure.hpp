// Size and SHA-256 of what passes, and of files.
#pragma once

#include <filesystem>

#include "escrow/openpgp/cipher.hpp"
#include "escrow/part_file.hpp"
#include "escrow/row_digest.hpp"

namespace regdata::escrow {

Digest sha256(ByteView bytes);
/// Of all that a hash of SHA-256 has taken; the hash is of no more use.
Digest take_digest(openpgp::Hash& hash);

/// Hashes and counts what passes.
class MeasuringSink final : public ByteSink {
 public:
  explicit MeasuringSink(ByteSink& behind) : behind_(behind), hash_(openpgp::HashAlgorithm::sha256) {}
  Expected<void> write(ByteView bytes) override;
  Expected<void> finish() override { return behind_.finish(); }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Once.
  Digest digest() { return take_digest(hash_); }

 private:
  ByteSink& behind_;
  openpgp::Hash hash_;
  std::uint64_t size_ = 0;
};

class MeasuringSource final : public ByteSource {
 public:
  explicit MeasuringSource(ByteSource& from) : from_(from), hash_(openpgp::HashAlgorithm::sha256) {}
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Once.
  Digest digest() { return take_digest(hash_); }

 private:
  ByteSource& from_;
  openpgp::Hash hash_;
  std::uint64_t size_ = 0;
};

struct FileMeasure {
  std::uint64_t size = 0;
  Digest digest{};
};
/// Errors as FileSource::open().
Expected<FileMeasure> measure_file(const std::filesystem::path& file, FileSource::Memory memory);

}  // namespace regdata::escrow
