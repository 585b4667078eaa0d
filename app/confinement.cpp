#include "app/confinement.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace regdata::app {
namespace {

// Newer than the headers of Debian 12; the kernel's ABI number says whether they may be used.
constexpr std::uint64_t access_fs_refer = 1ULL << 13;      // ABI 2
constexpr std::uint64_t access_fs_truncate = 1ULL << 14;   // ABI 3
constexpr std::uint64_t access_fs_ioctl_dev = 1ULL << 15;  // ABI 5
constexpr std::uint64_t access_net_bind = 1ULL << 0;       // ABI 4
constexpr std::uint64_t access_net_connect = 1ULL << 1;    // ABI 4
constexpr std::uint64_t scope_signal = 1ULL << 1;          // ABI 6

struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;
  std::uint64_t scoped = 0;
};

/// Bytes of RulesetAttributes that a kernel of this ABI knows.
std::size_t known_size(int abi) { return abi >= 6 ? 24 : abi >= 4 ? 16 : 8; }

RulesetAttributes handled(int abi, bool bind) {
  RulesetAttributes attributes;
  attributes.handled_access_fs = access_fs_refer - 1;  // ABI 1: all bits below
  if (abi >= 2) attributes.handled_access_fs |= access_fs_refer;
  if (abi >= 3) attributes.handled_access_fs |= access_fs_truncate;
  if (abi >= 5) attributes.handled_access_fs |= access_fs_ioctl_dev;
  if (abi >= 4) attributes.handled_access_net = access_net_connect | (bind ? 0 : access_net_bind);
  if (abi >= 6) attributes.scoped = scope_signal;
  return attributes;
}

Error refused(std::string_view what) {
  return make_error(Errc::unavailable, fmt::format("landlock: {}: {}", what, std::strerror(errno)));
}

Expected<void> allow(int ruleset, const std::filesystem::path& path, std::uint64_t access) {
  const int target = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (target < 0) {
    return make_error(Errc::unavailable, fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
  }
  struct stat status {};
  ::fstat(target, &status);
  if (!S_ISDIR(status.st_mode)) access &= ~static_cast<std::uint64_t>(LANDLOCK_ACCESS_FS_READ_DIR);
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = access;
  beneath.parent_fd = target;
  const long done = ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
  const int code = errno;
  ::close(target);
  errno = code;
  if (done != 0) return refused("add rule for " + path.string());
  return {};
}

}  // namespace

int landlock_abi() {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

Expected<int> confine(const Confinement& allowed) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused("no_new_privs");
  const int abi = landlock_abi();
  if (abi == 0) return 0;
  const RulesetAttributes attributes = handled(abi, allowed.bind);
  const long ruleset = ::syscall(SYS_landlock_create_ruleset, &attributes, known_size(abi), 0);
  if (ruleset < 0) return refused("create ruleset");
  const int file = static_cast<int>(ruleset);
  Expected<void> added;
  constexpr std::uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  for (const auto& path : allowed.read) {
    if (added) added = allow(file, path, reading);
  }
  for (const auto& path : allowed.read_write) {
    if (added) added = allow(file, path, reading | LANDLOCK_ACCESS_FS_WRITE_FILE);
  }
  // To rename is to make one name and remove another, in the kernel's eyes.
  constexpr std::uint64_t dropping = LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                     LANDLOCK_ACCESS_FS_REMOVE_FILE;
  for (const auto& path : allowed.drop) {
    if (added) added = allow(file, path, dropping);
  }
  const long done = added ? ::syscall(SYS_landlock_restrict_self, file, 0) : 0;
  const int code = errno;
  ::close(file);
  errno = code;
  if (!added) return added.error();
  if (done != 0) return refused("restrict");
  return abi;
}

}  // namespace regdata::app
