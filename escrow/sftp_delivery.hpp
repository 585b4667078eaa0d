// SFTP as an agent's door, with libcurl.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "escrow/delivery.hpp"

namespace regdata::escrow {

/// An upload goes to ".NAME.DIGEST.part": the digest is the file's own, so that what lies there after a break can only be the
/// beginning of this very file, and is gone on with. It is renamed once the server says that it has the right size.
class SftpDelivery final : public Delivery {
 public:
  struct Settings {
    std::string url;                    ///< "sftp://user@host:22/folder"; "/~/folder" is below the user's own directory
    std::filesystem::path private_key;  ///< OpenSSH's format, without a passphrase
    std::string host_key;               ///< SHA-256 of the server's key in base64, as `ssh-keygen -lf` prints it
    std::chrono::seconds connect_patience{30};
    std::chrono::seconds stall_patience{60};  ///< without a kilobyte a second
  };

  /// Errc::configuration: no address with a user and without a password. Never repeats it: somebody may have put a password in.
  static Expected<void> check_address(const std::string& url);
  /// The place that it names, written in one way: to be compared. Empty: it is no address.
  static std::string place_of(const std::string& url);
  /// Errc::configuration: no such address, key that others can read, or no fingerprint. Nothing is connected yet.
  static Expected<std::unique_ptr<SftpDelivery>> open(Settings settings);
  ~SftpDelivery() override;

  /// Errc::refused: the server has another host key. Errc::unavailable: no connection, broken off, frozen, full, or our key is
  /// not taken.
  Expected<void> put(const std::filesystem::path& file, const Contents& former) override;
  Expected<void> take_back(const std::string& name, const Contents& ours) override;
  Expected<void> clear(const ContentsByName& files) override;
  Expected<void> look() override;

 private:
  struct Impl;
  explicit SftpDelivery(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::escrow
