// The worker's key pair for the spool as files: 64 lower-case hexadecimal digits and a line end.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "registration/error.hpp"
#include "relay/spool.hpp"

namespace regdata::relay {

enum class KeyFile : std::uint8_t {
  open_to_all,  ///< the half that closes
  secret,       ///< refused where group or others can read or write it, but for a systemd credential
};

/// Errc::configuration, with what is wrong.
Expected<void> read_key_file(const std::filesystem::path& file, KeyFile kind, std::array<std::uint8_t, 32>& key);

/// The half that opens: with the worker only. Wiped when it goes.
class SecretKey {
 public:
  static Expected<SecretKey> load(const std::filesystem::path& file);
  /// Makes both files: the secret one 0600, the other 0644. Errc::conflict: one is there; nothing is overwritten.
  static Expected<void> create(const std::filesystem::path& secret, const std::filesystem::path& open);

  [[nodiscard]] PublicKey public_key() const;
  /// Nothing: not sealed to this key, or changed since.
  [[nodiscard]] std::optional<std::string> open(std::string_view sealed) const;
  /// Keyed hash of a text, for looking up what must not be stored ("the address that was written to"). 32 bytes.
  [[nodiscard]] std::string fingerprint(std::string_view purpose, std::string_view text) const;

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const noexcept;
  };
  SecretKey();
  std::unique_ptr<std::uint8_t, Free> bytes_;
};

}  // namespace regdata::relay
