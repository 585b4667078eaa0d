// The ledger of deposits in the registration store's database.
#pragma once

#include <memory>

#include "escrow/ledger.hpp"
#include "store/store_paths.hpp"

namespace regdata::store {

/// On a connection of its own. One object per thread.
class SqliteDepositLedger final : public escrow::Ledger {
 public:
  /// Errors as SqliteStore::open().
  static Expected<std::unique_ptr<SqliteDepositLedger>> open(const StorePaths& paths);
  ~SqliteDepositLedger() override;

  Expected<escrow::DepositEntry> plan(const escrow::NewDeposit& deposit, UtcTime now) override;
  Expected<void> advance(std::uint64_t id, escrow::DepositState from, escrow::DepositState to, const escrow::DepositStep& step,
                         UtcTime now) override;
  Expected<void> reinstate(std::uint64_t id, UtcTime watermark, const escrow::DepositStep& step, UtcTime now) override;
  Expected<std::optional<escrow::DepositEntry>> find(std::uint64_t id) override;
  Expected<std::vector<escrow::DepositEntry>> list(std::string_view agent, std::size_t limit) override;
  Expected<std::optional<escrow::DepositEntry>> last_made(std::string_view agent, std::string_view registrar) override;
  Expected<std::optional<escrow::DepositEntry>> last_good(std::string_view agent, std::string_view registrar) override;
  Expected<std::vector<escrow::DepositEvent>> history(std::uint64_t id) override;

 private:
  struct Impl;
  explicit SqliteDepositLedger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::store
