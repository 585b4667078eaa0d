// The letter spool: where the process that faces the internet leaves letters for the worker. It can close a letter and cannot
// open one: each is sealed to the worker's public key (libsodium crypto_box_seal). The only file of this room that whois/ sees.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::relay {

/// Whom a letter is for. The numbers are stored.
enum class Addressee : std::uint8_t { registrant = 0, technical = 1 };

/// What stands in for a captcha. The numbers are stored.
enum class Proof : std::uint8_t {
  work = 0,  ///< the sender's browser solved a challenge
  mail = 1,  ///< still to come: a link that is mailed to the sender
};

/// A letter as the sender wrote it. Whether the name exists is not known where it is written.
struct Letter {
  std::string domain;  ///< A-labels
  Addressee addressee = Addressee::registrant;
  Proof proof = Proof::work;
  std::string sender;    ///< address for replies, by check_email
  std::string subject;   ///< one line of UTF-8
  std::string text;      ///< lines of UTF-8, LF
  std::string language;  ///< "en": what the sender reads
  UtcTime written{};
  friend bool operator==(const Letter&, const Letter&) = default;
};

/// Says that the link of a confirmation mail was followed. The worker knows whether the token is one.
struct Confirmation {
  std::string token;
  UtcTime at{};
  friend bool operator==(const Confirmation&, const Confirmation&) = default;
};

using Record = std::variant<Letter, Confirmation>;

/// The half of the worker's key that closes.
class PublicKey {
 public:
  static constexpr std::size_t bytes = 32;
  explicit PublicKey(const std::array<std::uint8_t, bytes>& key) : key_(key) {}
  /// A file of 64 hexadecimal digits and a line end. Errc::configuration.
  static Expected<PublicKey> load(const std::filesystem::path& file);

  [[nodiscard]] const std::array<std::uint8_t, bytes>& key() const noexcept { return key_; }
  /// Sealed box. Whoever closes cannot open.
  [[nodiscard]] std::string seal(std::string_view plain) const;

 private:
  std::array<std::uint8_t, bytes> key_;
};

struct SpoolLimits {
  std::uint32_t files = 1000;
  std::uint64_t bytes = 32U << 20U;
};

/// Leaves records in a directory: one file each, complete or not there, on disk when put() returns. File names are random.
/// Thread-safe.
class Spool {
 public:
  Spool(std::filesystem::path directory, PublicKey key, SpoolLimits limits);

  /// Errc::unavailable: full, or the directory cannot be written. The caller's answer to the sender is the same either way.
  Expected<void> put(const Record& record);

 private:
  std::filesystem::path directory_;
  PublicKey key_;
  SpoolLimits limits_;
  std::mutex mutex_;
};

/// Ends the names of whole files; what is being written ends in ".part".
inline constexpr std::string_view letter_suffix = ".letter";

}  // namespace regdata::relay
