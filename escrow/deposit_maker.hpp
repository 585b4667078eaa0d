// Makes a deposit from the registration store: reserved in the ledger, written from one snapshot, read back, compared with its
// signed manifest, and with the deposit before.
#pragma once

#include <functional>
#include <memory>

#include "escrow/agent.hpp"
#include "escrow/contact_list.hpp"
#include "escrow/deposit_place.hpp"
#include "escrow/manifest.hpp"
#include "escrow/openpgp/secret_key.hpp"
#include "registration/registration_store.hpp"

namespace regdata::escrow {

/// One process at a time works on an agent's deposits. Goes with its process, however that ends.
class AgentLock {
 public:
  /// Makes the directory where it is missing. Errc::conflict: another process holds it.
  static Expected<AgentLock> take(const std::filesystem::path& directory);
  AgentLock(AgentLock&& other) noexcept;
  AgentLock& operator=(AgentLock&&) = delete;
  ~AgentLock();

 private:
  explicit AgentLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// "2026-11-27_full_R0": the directory of a deposit below its agent's.
std::string directory_name(const DepositEntry& entry);

/// Where a good deposit waits while it is made once more.
std::filesystem::path standing_directory(const std::filesystem::path& agents_directory, const DepositEntry& entry);
/// Where one of its name lies that the ledger had forgotten; numbers from 1, without a gap.
std::filesystem::path former_directory(const std::filesystem::path& directory, unsigned number);

class DepositMaker {
 public:
  struct Parts {
    RegistrationStore& store;
    Ledger& ledger;
    const Catalog& catalog;
    Clock clock;
    std::string program;  ///< "regdata 0.1.0", for the manifest
  };
  /// `sealing.now` is set by make(). `recipients`: fingerprints of the certificates, in order. What is referred to must outlive
  /// the maker.
  DepositMaker(Parts parts, const Agent& agent, Sealing sealing, std::vector<std::string> recipients);

  struct Request {
    /// A due one that would be a difference is made full where there is nothing to be a difference to.
    DepositKind kind = DepositKind::full;
    std::optional<UtcTime> due{};
    bool again = false;
    /// Of a deposit before today, whose next revision this is. Errc::conflict: one of a later date has left, or
    /// another revision of it was not refused.
    std::optional<std::chrono::sys_days> date{};
    std::function<void(std::uint64_t rows)> progress{};  ///< may be empty
    Tell tell{};                                         ///< may be empty
  };
  /// What became of it: verified or held. On an error the row is failed and its directory gone. Errors: conflict (made already,
  /// or another process is at it), refused (data that may not go to the agent's region), invalid (required values are missing),
  /// not_found (a difference by hand, and nothing to be one to), key_missing (a contact cannot be opened), damaged (what was
  /// read back is not what was written), unavailable.
  Expected<DepositEntry> make(const Request& request);

 private:
  struct Walked {
    std::uint64_t sequence = 0;
    std::map<std::string, std::uint64_t> left_out;
    ListFacts contacts;
  };
  Expected<DepositEntry> make_planned(const DepositEntry& entry, const Request& request, const std::optional<DepositBase>& base,
                                      const std::vector<DepositEntry>& known);
  /// Whether a deposit of that date may be made once more: no revision of it is with the agent, and none of a later date.
  Expected<void> check_resend(DepositKind kind, std::chrono::sys_days date, UtcTime now);
  /// Of a difference.
  Expected<std::optional<DepositBase>> base_for(DepositKind kind, std::chrono::sys_days date, UtcTime now);
  /// A deposit of this date whose files' names a deposit of `kind` would share; null: there is none.
  [[nodiscard]] const DepositEntry* of_another_kind(const std::vector<DepositEntry>& rows, DepositKind kind,
                                                    std::chrono::sys_days date) const;
  /// All of one snapshot, as often as the form wants it.
  Expected<Walked> walk(DepositForm& form, ContactList& contacts, const std::function<void(std::uint64_t)>& progress);
  Expected<std::unique_ptr<DepositForm>> begin(const DepositEntry& entry, const std::filesystem::path& directory,
                                               const std::optional<DepositBase>& base);
  Expected<DepositEntry> write_with_threads(const DepositEntry& entry, const std::filesystem::path& directory,
                                            const Request& request, const std::optional<DepositBase>& base);
  Expected<DepositEntry> write(DepositEntry entry, const std::filesystem::path& directory, const Request& request,
                               const std::optional<DepositBase>& base);
  Expected<Manifest> write_manifest(const DepositEntry& entry, const std::filesystem::path& directory, Walked walked,
                                    DepositFacts facts, const std::optional<DepositBase>& base, std::string& text);

  Parts parts_;
  const Agent& agent_;
  Sealing sealing_;
  std::vector<std::string> recipients_;
};

}  // namespace regdata::escrow
