// Landlock: what the public server may touch, enforced by the kernel (landlock(7)).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "registration/error.hpp"

namespace regdata::app {

/// Landlock ABI of the running kernel; 0: none.
int landlock_abi();

struct Confinement {
  std::vector<std::filesystem::path> read;        ///< files or directories below which everything may be read
  std::vector<std::filesystem::path> read_write;  ///< existing files below may be written too; nothing may be made or removed
  std::vector<std::filesystem::path> drop;        ///< directories in which files may be made, written and renamed, never read
  bool bind = false;                              ///< further sockets may be bound; connecting is never allowed
};

/// For the whole process from here on: files only as `allowed` says, nothing executed, no TCP
/// socket connected or bound (ABI 4), no signal to processes outside (ABI 6). Also sets no_new_privs. Call before any thread is
/// started: it holds for the calling thread and those that it starts. Returns the ABI in force, 0 where the kernel has none:
/// the caller says so in its log. Errc::unavailable: the kernel refused.
Expected<int> confine(const Confinement& allowed);

}  // namespace regdata::app
