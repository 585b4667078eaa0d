// The one secret that opens the key store. It lives in a file or a systemd credential, never in a database or a backup.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "registration/error.hpp"
#include "registration/secret.hpp"

namespace regdata::store {

/// 32 random bytes, written in the file as 64 lower-case hexadecimal digits and a line end. Immutable; share it by pointer
/// among the stores of a process. Threads may derive from it at the same time.
class MasterKey {
 public:
  /// Reads the key. The file must be a regular file of ours or root's that neither group nor others can read or write; files
  /// directly inside $CREDENTIALS_DIRECTORY may be readable by the group (systemd makes them 0440 in a directory of ours).
  /// Errors: configuration, with the command that mends it.
  static Expected<MasterKey> load(const std::filesystem::path& file);

  /// Makes a new key in a new file, mode 0600, synced with its directory. Errc::conflict: the file is there already.
  static Expected<void> create(const std::filesystem::path& file);

  /// Derives a subkey (libsodium crypto_kdf, BLAKE2b): `purpose` is exactly 8 characters, `id` tells subkeys of one purpose
  /// apart.
  void derive(std::string_view purpose, std::uint64_t id, std::span<std::uint8_t, 32> subkey) const;

 private:
  MasterKey() = default;
  SecretBytes<32> bytes_;
};

}  // namespace regdata::store
