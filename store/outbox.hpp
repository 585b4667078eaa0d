// The outbox of the relay in the registration store's database.
#pragma once

#include <memory>

#include "relay/outbox.hpp"
#include "store/sqlite_store.hpp"

namespace regdata::store {

/// On a connection of its own; seals and opens through `store`, which outlives it. One object per thread, as SqliteStore.
class SqliteOutbox final : public relay::Outbox {
 public:
  static Expected<std::unique_ptr<SqliteOutbox>> open(SqliteStore& store, const StorePaths& paths);
  ~SqliteOutbox() override;

  Expected<relay::Put> put(const std::vector<relay::NewMail>& mails, const relay::Asked* asked, UtcTime now) override;
  Expected<std::vector<relay::DueMail>> due(UtcTime now, std::size_t limit) override;
  Expected<void> try_later(std::uint64_t id, UtcTime next, std::string_view status) override;
  Expected<void> end(std::uint64_t id, relay::MailEnd end, std::string_view status, bool inaccurate, UtcTime now) override;
  Expected<bool> confirm(std::string_view confirmation, UtcTime now) override;
  Expected<std::optional<relay::Returned>> returned(std::string_view token, std::string_view status, bool inaccurate,
                                                    UtcTime now) override;
  Expected<std::uint64_t> count(std::string_view domain, relay::MailKind kind, UtcTime since) override;
  Expected<std::optional<std::string>> domain_of_relay_token(std::string_view token, UtcTime now) override;
  Expected<std::size_t> renew_relay_tokens(UtcTime drawn_before, UtcTime former_until, std::size_t limit, UtcTime now) override;
  Expected<relay::OutboxState> state() override;
  Expected<void> forget(UtcTime unconfirmed, UtcTime ended) override;

 private:
  struct Impl;
  explicit SqliteOutbox(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::store
