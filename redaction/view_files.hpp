// The view store's directory: generations, the note that names the one in force, locks and rights. No LMDB here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "registration/error.hpp"

namespace regdata::redaction {

/// Owns a file descriptor.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() { reset(); }
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

/// Identifies one version of a file: another inode or another time of change is another version.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t changed_s = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// Names and operations of one view store directory. Every change is made so that a kill at any point leaves either the old
/// state or the new, with leftovers that `remove_others` takes away. The rights are those of view_store.hpp.
class ViewFiles {
 public:
  explicit ViewFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] std::filesystem::path generation(std::uint64_t number) const;
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }

  /// Makes what is missing of DIR and DIR/locks.
  Expected<void> prepare() const;
  /// DIR/publisher.lock, held until the descriptor is closed or the process ends. Errc::conflict: somebody else holds it.
  [[nodiscard]] Expected<OwnedFd> lock_publisher() const;

  /// Number of the generation in force; empty: none yet. Errc::damaged for a CURRENT that makes no sense.
  [[nodiscard]] Expected<std::optional<std::uint64_t>> current() const;
  /// Of CURRENT; empty when it cannot be seen. One system call.
  [[nodiscard]] std::optional<FileStamp> current_stamp() const noexcept;
  /// Puts a generation in force, durably. Its own files are made durable first.
  Expected<void> set_current(std::uint64_t number) const;

  /// Empty directory with its lock file in place; data.mdb is LMDB's to make.
  Expected<void> create_generation(std::uint64_t number) const;
  /// Takes every generation but `keep` out of sight, then away. What does not go is left for the next time.
  void remove_others(std::optional<std::uint64_t> keep) const;
  /// The highest number that any generation has, in force or not; 0: none.
  [[nodiscard]] std::uint64_t highest() const;

 private:
  std::filesystem::path directory_;
};

/// What errno says about a file, for the caller to act on: unavailable (space, I/O, descriptors), configuration (rights),
/// not_found, else internal.
Error file_error(int code, const std::string& what);

}  // namespace regdata::redaction
