// Seals what is known of a person, and opens it again. Cryptography only: it reads and writes no file.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registration/contact.hpp"
#include "store/master_key.hpp"

namespace regdata::store {

/// Keyed hash of an e-mail address: equal for equal addresses, and tells nothing else without the key.
using EmailIndex = std::array<std::uint8_t, 16>;

/// XChaCha20-Poly1305 with random 24-byte nonces (safe for any number of messages) under a contact's data key. What a seal is
/// bound to (handle, version, form, region; or handle and purpose) must be said again to open it: a blob in another row, of an
/// older version or carried into another region does not authenticate. Not thread-safe.
class Vault {
 public:
  /// `region` is the store's own, used for contacts that have none.
  Vault(const std::shared_ptr<const MasterKey>& master, std::string region);

  /// Seals a contact (nonce ‖ ciphertext ‖ tag). `version` counts from 1. The result lives until the next call.
  std::span<const std::uint8_t> seal(const Contact& contact, std::uint64_t version, const DataKey& key);
  /// Opens into `contact`, whose handle and region say whose it must be. Errc::damaged names the handle.
  Expected<void> open(std::span<const std::uint8_t> sealed, std::uint64_t version, const DataKey& key, Contact& contact);

  /// Other bytes about a contact; `purpose` is a fixed word of the caller's.
  std::vector<std::uint8_t> seal_bytes(std::string_view handle, std::string_view purpose, std::span<const std::uint8_t> bytes,
                                       const DataKey& key);
  Expected<std::vector<std::uint8_t>> open_bytes(std::string_view handle, std::string_view purpose,
                                                 std::span<const std::uint8_t> sealed, const DataKey& key);

  /// BLAKE2b-128, keyed, of the address in lower case; its domain must be in A-labels already. Empty for an empty address.
  [[nodiscard]] std::optional<EmailIndex> email_index(std::string_view email) const;

 private:
  std::string_view region_of(const Contact& contact) const noexcept;

  std::string region_;
  SecretBytes<32> email_key_;
  std::vector<std::uint8_t> bound_;  ///< associated data of the operation
  std::vector<std::uint8_t> clear_;  ///< wiped after each operation
  std::vector<std::uint8_t> sealed_;
};

}  // namespace regdata::store
