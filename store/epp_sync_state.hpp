// Messages of registries and looks at names, in the registration store's database.
#pragma once

#include <memory>

#include "epp/sync_state.hpp"
#include "store/sqlite_store.hpp"

namespace regdata::store {

/// On a connection of its own but for apply(), which `store` does; `store` outlives it. One object per thread.
class SqliteSyncState final : public epp::SyncState {
 public:
  static Expected<std::unique_ptr<SqliteSyncState>> open(SqliteStore& store, const StorePaths& paths);
  ~SqliteSyncState() override;

  Expected<std::uint64_t> keep(const epp::NewMessage& message, UtcTime now) override;
  Expected<std::vector<epp::Message>> to_apply(const std::string& registry, std::size_t limit) override;
  Expected<std::vector<std::optional<Registration>>> facts(const std::vector<DomainName>& names) override;
  Expected<std::vector<epp::Effect::Change>> apply(const std::string& registry, const epp::Effect& effect,
                                                   const std::vector<epp::Look>& looks, const std::vector<Dealt>& messages,
                                                   std::string_view reason, UtcTime now) override;
  Expected<std::vector<epp::Message>> list(std::size_t limit) override;
  Expected<epp::Message> find_message(std::uint64_t number) override;
  Expected<std::optional<UtcTime>> missing_since(const std::string& registry, const std::string& name) override;
  Expected<std::vector<DomainName>> names_to_look_at(const std::string& registry,
                                                     const std::function<bool(const DomainName&)>& belongs, Due& due,
                                                     std::size_t limit) override;
  Expected<std::string> greeting(const std::string& registry) override;
  Expected<void> keep_greeting(const std::string& registry, const std::string& raw) override;
  Expected<void> drained(const std::string& registry, UtcTime now) override;
  Expected<void> note_absence(const std::string& registry, const epp::Absence& absence) override;
  Expected<std::optional<UtcTime>> away_until(const std::string& registry, UtcTime now) override;
  Expected<epp::SyncFigures> figures(const std::string& registry) override;
  Expected<std::vector<epp::Look>> doubtful(const std::string& registry, std::size_t limit) override;

 private:
  struct Impl;
  explicit SqliteSyncState(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::store
