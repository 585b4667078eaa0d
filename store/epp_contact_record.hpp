// Which contacts are at which registry, in the registration store's database.
#pragma once

#include <memory>

#include "epp/contact_record.hpp"
#include "store/sqlite_store.hpp"

namespace regdata::store {

/// On a connection of its own. One object per thread.
class SqliteContactRecord final : public epp::ContactRecord {
 public:
  static Expected<std::unique_ptr<SqliteContactRecord>> open(const StorePaths& paths);
  ~SqliteContactRecord() override;

  Expected<void> add(const std::string& registry, const std::vector<epp::RecordedContact>& contacts) override;
  Expected<std::optional<epp::RecordedContact>> find(const std::string& registry, const std::string& handle) override;
  Expected<void> note_try(const std::string& registry, const epp::RecordedContact& contact, UtcTime now) override;
  Expected<std::string> rules(const std::string& registry) override;
  Expected<void> keep_rules(const std::string& registry, const std::string& rules) override;
  Expected<void> note(const std::string& registry, const epp::RecordedContact& contact, std::uint64_t sequence,
                      UtcTime now) override;
  Expected<void> forget(const std::string& registry, const std::string& handle) override;
  Expected<std::string> handle_of(const std::string& registry, const std::string& id) override;
  Expected<FeedMark> followed(const std::string& registry) override;
  Expected<void> note_changed(const std::string& registry, const std::vector<Changed>& changed) override;
  Expected<void> follow(const std::string& registry, const FeedMark& to) override;
  Expected<void> follow_anew(const std::string& registry, const FeedMark& to) override;
  Expected<void> look_again(const std::string& registry, const std::string& id) override;
  Expected<std::vector<epp::RecordedContact>> due(const std::string& registry, const Due& due, std::size_t limit) override;
  Expected<std::vector<epp::RecordedContact>> doubtful(const std::string& registry, std::size_t limit) override;
  Expected<Figures> figures(const std::string& registry) override;

 private:
  struct Impl;
  explicit SqliteContactRecord(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace regdata::store
