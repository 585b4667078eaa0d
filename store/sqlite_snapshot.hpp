// A read transaction of the registration store, as those see it who walk through it.
#pragma once

#include "registration/registration_store.hpp"
#include "store/key_store.hpp"
#include "store/store_tables.hpp"

namespace regdata::store {

/// Reads through the tables of one connection, and the key file of another, both for nobody else: threads of its own read
/// ahead. The caller opens the transaction there. Throws SQLite::Exception.
class SqliteSnapshot final : public StoreSnapshot {
 public:
  SqliteSnapshot(StoreTables& tables, KeyStore& keys) : tables_(tables), keys_(keys), mark_(tables.feed.mark()) {}

  [[nodiscard]] FeedMark mark() const override { return mark_; }
  Expected<void> for_each(std::string_view after, const std::function<bool(const RegistrationData&)>& visit) override;
  Expected<void> for_each_contact(const ContactUse& counts, const std::function<bool(const RoleContact&)>& visit) override;
  Expected<void> for_each_host(const std::function<bool(const Host&, bool used)>& visit) override;

 private:
  /// Looks at the next contact of the walk, and adds it where it is wanted; false: there is none.
  Expected<bool> next_contact(const ContactUse& counts, std::vector<RoleContact>& piece);

  StoreTables& tables_;
  KeyStore& keys_;
  FeedMark mark_;
};

}  // namespace regdata::store
