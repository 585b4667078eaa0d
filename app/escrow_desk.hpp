// What it takes to deposit with one escrow agent, as configuration says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "escrow/agent.hpp"
#include "escrow/content_file.hpp"
#include "escrow/delivery.hpp"
#include "escrow/deposit_maker.hpp"
#include "escrow/key_file.hpp"
#include "escrow/schedule.hpp"
#include "escrow/verdict_box.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// The settings of the agent with this id, or of the only one where it is empty. Errc::usage.
Expected<const Config::EscrowAgent*> agent_settings(const Config& config, const std::string& id);

/// The agent with this id, or all where it is empty. Errc::usage; configuration (there is none).
Expected<std::vector<const Config::EscrowAgent*>> agents_meant(const Config& config, const std::string& id);

/// "17:00"; empty: no time of the day.
std::optional<std::chrono::minutes> schedule_time(std::string_view text);

/// "incremental"; empty: no kind of deposit.
std::optional<escrow::DepositKind> deposit_kind(std::string_view word);

/// What an agent's settings name outside of the configuration: its certificate of today, and its door, not opened. Errors of
/// EscrowKeys::open() and open_delivery(), as far as they are about these.
Expected<void> check_agent_files(const Config::EscrowAgent& settings, UtcTime now);

/// When deposits of an agent are due.
escrow::Schedule make_schedule(const Config::EscrowAgent& settings);

/// Of an agent: where its deposits rest, limits, columns. Nothing is opened. Errc::configuration.
Expected<escrow::Agent> make_agent(const Config& config, const Config::EscrowAgent& settings);

/// To whom deposits of an agent are sealed today, the agent first, and by whom they are signed.
class EscrowKeys {
 public:
  /// Errors: refused (another fingerprint, expired, revoked, weak), not_found (no signing key
  /// yet), configuration, damaged.
  static Expected<EscrowKeys> open(const Config& config, const Config::EscrowAgent& settings, UtcTime now);

  [[nodiscard]] escrow::Sealing sealing() const;
  [[nodiscard]] const escrow::openpgp::PublicKey& signer() const { return signer_->public_key(); }
  [[nodiscard]] std::vector<std::string> recipients() const;

  /// Something that comes to an end within 90 days.
  struct Ending {
    std::string what;
    UtcTime at{};
  };
  /// The certificates, and the day of the switch.
  [[nodiscard]] std::vector<Ending> endings(UtcTime now) const;

 private:
  Expected<void> add_drill_key(const std::filesystem::path& file, escrow::KeyFileKey key, UtcTime now);
  EscrowKeys(std::unique_ptr<escrow::PinnedCertificate> recipient, escrow::openpgp::SigningIdentity identity)
      : recipient_(std::move(recipient)), identity_(std::make_unique<escrow::openpgp::SigningIdentity>(std::move(identity))) {}

  std::unique_ptr<escrow::PinnedCertificate> recipient_;
  std::unique_ptr<escrow::openpgp::SigningIdentity> drill_;  ///< null: sealed to the agent alone
  const escrow::openpgp::PublicKey* drill_encryption_ = nullptr;
  std::unique_ptr<escrow::openpgp::SigningIdentity> identity_;
  const escrow::openpgp::SecretKey* signer_ = nullptr;
  std::optional<UtcTime> switch_;  ///< ahead of us
};

/// "the agent's certificate runs out on 2027-01-21, in 29 days".
std::string told(const EscrowKeys::Ending& ending, UtcTime now);

/// The file of a registrar's signing key.
std::filesystem::path signing_key_file(const Config& config, std::string_view registrar, unsigned profile);

/// The file of the drill key, which no registrar's file can be.
std::filesystem::path drill_key_file(const Config& config, unsigned profile);

/// Where the key lies that takes over from the one in `file` once that has ended, and where those go that were used before.
std::filesystem::path next_key_file(const std::filesystem::path& file);
std::filesystem::path former_key_file(const std::filesystem::path& file, std::string_view fingerprint);

/// The public key with this fingerprint, of a signing key of the registrar's. Errc::not_found.
Expected<std::unique_ptr<escrow::openpgp::PublicKey>> signing_certificate(const Config& config, std::string_view registrar,
                                                                          std::string_view fingerprint);

/// What opens deposits: our own keys, and those that are given.
class DepositOpening {
 public:
  /// `keys`: files of secret keys; `signers`: files of certificates. Errors: of a file (configuration, damaged, invalid,
  /// not_found), and of the master key.
  static Expected<DepositOpening> load(const Config& config, const std::vector<std::string>& keys,
                                       const std::vector<std::string>& signers);
  /// Valid as long as this object.
  [[nodiscard]] escrow::OpeningKeys keys() const;

 private:
  std::vector<std::unique_ptr<escrow::openpgp::SigningIdentity>> identities_;
  std::vector<std::unique_ptr<escrow::openpgp::Certificate>> signers_;
};

/// Makes a deposit for the agent, with a store of its own. Errors as DepositMaker::make().
Expected<escrow::DepositEntry> make_deposit(const Config& config, const Config::EscrowAgent& settings, const EscrowKeys& keys,
                                            escrow::Ledger& ledger, const Clock& clock,
                                            const escrow::DepositMaker::Request& request);

/// The agent's door. Nothing is connected yet. Errors: configuration, unavailable (the folder is not there).
Expected<std::unique_ptr<escrow::Delivery>> open_delivery(const Config::EscrowAgent& settings);

/// Takes the verdicts that lie in the agent's folder; nothing where none is configured. Errors as escrow::collect_verdicts().
Expected<std::vector<escrow::CollectedVerdict>> collect_verdicts(const Config& config, const Config::EscrowAgent& settings,
                                                                 escrow::Ledger& ledger, const Clock& clock);

/// Removes files of deposits that lie here longer than `keep_here_days` (escrow/retirement.hpp): their numbers. Errors as
/// escrow::retire_deposits().
Expected<std::vector<std::uint64_t>> retire_deposits(const Config& config, const Config::EscrowAgent& settings,
                                                     escrow::Ledger& ledger, const Clock& clock);

/// Sends one of the agent's deposits. Errors as escrow::send_deposit(), and of the door: configuration, unavailable.
Expected<escrow::DepositEntry> send_deposit(const Config& config, const Config::EscrowAgent& settings, escrow::Ledger& ledger,
                                            const escrow::DepositEntry& deposit, const Clock& clock);

}  // namespace regdata::app
