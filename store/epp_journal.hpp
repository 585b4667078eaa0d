// The journal of what was said to registries, in the registration store's database.
#pragma once

#include <memory>

#include "epp/journal.hpp"
#include "store/sqlite_store.hpp"

namespace regdata::store {

/// On a connection of its own; seals and opens through `store`, which outlives it. One object per thread, as SqliteStore.
class SqliteJournal final : public epp::Journal {
 public:
  static Expected<std::unique_ptr<SqliteJournal>> open(SqliteStore& store, const StorePaths& paths);
  ~SqliteJournal() override;

  Expected<std::vector<std::string>> write(const std::vector<epp::EntryEnd>& ended, const std::vector<epp::NewEntry>& begun,
                                           UtcTime now) override;
  Expected<std::vector<epp::Entry>> due(const std::string& registry, const epp::ResolutionTimes& times, UtcTime now,
                                        std::size_t limit) override;
  Expected<void> looked(std::uint64_t number, bool counts, std::string_view why, UtcTime now) override;
  Expected<void> resolve(std::uint64_t number, epp::EntryState state, std::string_view why, UtcTime now) override;
  Expected<std::vector<epp::Entry>> list(bool only_unresolved, std::size_t limit) override;
  Expected<epp::Entry> find(std::uint64_t number) override;
  Expected<std::optional<epp::Entry>> find_by_client_id(std::string_view client_id) override;
  Expected<bool> is_under_way(const std::string& registry, const std::string& object) override;

 private:
  struct Impl;
  explicit SqliteJournal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::store
