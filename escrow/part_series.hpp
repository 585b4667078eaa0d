// What is cut into files of a size that the agent agreed to: a deposit by RFC 9022 (Registry Agreement, Specification 2, part
// A: what is sealed is split as octets, each "processed file" is signed by itself, and the part of its name behind "S" counts).
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "escrow/measure.hpp"
#include "escrow/part_file.hpp"

namespace regdata::escrow {

/// "…_S3_R0.ryde" of "…_S1_R0.ryde"; other names stay what they are.
std::filesystem::path in_series(const std::filesystem::path& first, unsigned number);
/// 3 of "…_S3_R0.ryde" and "…_S3_R0.sig"; 1 of names that do not count.
unsigned number_in_series(const std::filesystem::path& file);
/// The file, and those that follow it in its directory without a gap.
std::vector<std::filesystem::path> series_of(const std::filesystem::path& first);

/// Reads files as one, and measures each.
class SeriesSource final : public ByteSource {
 public:
  /// At least one. Only one is open at a time. Errors as FileSource::open(), of the first; of the others read() tells them.
  static Expected<std::unique_ptr<SeriesSource>> open(std::vector<std::filesystem::path> files,
                                                      FileSource::Memory memory = FileSource::Memory::as_it_is);
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;
  /// Of each file. Only once all was read.
  [[nodiscard]] const std::vector<FileMeasure>& measures() const noexcept { return measures_; }
  /// So far, of all.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }

 private:
  struct One {
    explicit One(FileSource opened) : file(std::move(opened)) {}
    FileSource file;
    MeasuringSource measured{file};
  };
  SeriesSource(std::vector<std::filesystem::path> files, FileSource::Memory memory)
      : files_(std::move(files)), memory_(memory) {}
  Expected<void> open_next();

  std::vector<std::filesystem::path> files_;
  FileSource::Memory memory_;
  std::unique_ptr<One> open_;  ///< the one after those measured; null: at the end
  std::vector<FileMeasure> measures_;
  std::uint64_t bytes_read_ = 0;
};

/// Writes files as PartFile does; the next one is begun when there is something to go into it.
class PartSeries final : public ByteSink {
 public:
  /// `most_bytes`: of one file; 0: all goes into the first. Errors as PartFile::create().
  static Expected<PartSeries> create(std::filesystem::path first, std::uint64_t most_bytes);

  /// Errors as PartFile::write(), finish() and create().
  Expected<void> write(ByteView bytes) override;
  Expected<void> finish() override;
  /// The first one last: a series is not taken for a whole before it is one. Only after finish().
  Expected<void> put_in_place();

  /// Of the files as they are written, and as they will be called.
  [[nodiscard]] std::vector<std::filesystem::path> part_paths() const;
  [[nodiscard]] std::vector<std::filesystem::path> final_paths() const;
  /// After finish(); once.
  std::vector<FileMeasure> measures();

 private:
  struct One {
    explicit One(PartFile begun) : file(std::move(begun)) {}
    PartFile file;
    MeasuringSink measured{file};
  };
  PartSeries(std::filesystem::path first, std::uint64_t most_bytes) : first_(std::move(first)), most_bytes_(most_bytes) {}
  Expected<void> begin_next();

  std::filesystem::path first_;
  std::uint64_t most_bytes_;
  std::vector<std::unique_ptr<One>> files_;
};

}  // namespace regdata::escrow
