// Files on their way to their final name: nobody sees one there before it is whole, synced and verified (reliability.md §5.3).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "escrow/stream.hpp"

namespace regdata::escrow {

/// "cannot WHAT FILE: the system's words".
Error file_error(const char* doing, const std::filesystem::path& file, int code);
/// Whether there is something of that name, a link that leads nowhere too. Errc::unavailable: nobody knows, which is no no.
Expected<bool> is_there(const std::filesystem::path& file);
/// Makes names in it last.
Expected<void> sync_directory(const std::filesystem::path& directory);

/// A file that is being written as ".NAME.part" beside where it will be. Goes when it was not put in place. Movable.
class PartFile final : public ByteSink {
 public:
  /// Mode 0600. A part that a kill left there is replaced: who makes two deposits of one name at a time is kept apart by the
  /// ledger. Errors: conflict (the final name is taken), unavailable (with the system's words).
  static Expected<PartFile> create(const std::filesystem::path& final_path);
  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile() override;

  /// Errc::unavailable: disk full and the like. Nothing more can be written then, and nothing is synced: what a failed fsync
  /// leaves behind cannot be told (reliability.md §5.3).
  Expected<void> write(ByteView bytes) override;
  /// Syncs. Nothing can be written any more; the file can be read at part_path().
  Expected<void> finish() override;
  /// Renames to the final name, which must be free, and syncs the directory. Only after finish(). After an error neither name
  /// is there.
  Expected<void> put_in_place();

  [[nodiscard]] const std::filesystem::path& part_path() const noexcept { return part_; }
  [[nodiscard]] const std::filesystem::path& final_path() const noexcept { return final_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  PartFile(std::filesystem::path part, std::filesystem::path final_path, int descriptor);
  [[nodiscard]] Error failed(const char* doing) const;

  std::filesystem::path part_;
  std::filesystem::path final_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  bool finished_ = false;
  bool placed_ = false;
};

/// Makes a file in one go, as PartFile does.
Expected<void> write_file(const std::filesystem::path& final_path, ByteView bytes);

/// Reads a file front to back. `from_disk`: what the system still has in memory of it is dropped first, as far as it lets go.
class FileSource final : public ByteSource {
 public:
  enum class Memory : std::uint8_t { as_it_is, from_disk };
  static Expected<FileSource> open(const std::filesystem::path& file, Memory memory = Memory::as_it_is);
  FileSource(FileSource&& other) noexcept;
  FileSource& operator=(FileSource&&) = delete;
  ~FileSource() override;

  Expected<std::size_t> read(std::span<std::uint8_t> into) override;

 private:
  FileSource(std::filesystem::path file, int descriptor);

  std::filesystem::path file_;
  int descriptor_ = -1;
  Bytes block_;
  std::size_t given_ = 0;
};

/// All of a small file. Errc::invalid: it is longer than `most`.
Expected<Bytes> read_file(const std::filesystem::path& file, std::size_t most);

}  // namespace regdata::escrow
