// Hosts as rows, and what a batch of registrations does to them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "registration/host.hpp"
#include "store/change_feed.hpp"
#include "store/label_table.hpp"
#include "store/registration_table.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {

/// A host's row. Every delegated name has one, so that its uses can be counted.
struct StoredHost {
  Host host;
  std::int64_t uses = 0;  ///< delegations from registrations that are not ended
};

/// Throws SQLite::Exception. Rows that do not decode are Errc::damaged.
class HostTable {
 public:
  HostTable(SQLite::Database& database, LabelTable& labels);

  Expected<std::optional<StoredHost>> load(std::string_view name);
  /// Hosts at or below `name`, by name.
  Expected<std::vector<StoredHost>> at_or_below(std::string_view name);
  /// Walks all hosts, those below a name together. One walk at a time.
  void begin_walk() { walk_.bind(); }
  Expected<std::optional<StoredHost>> next();
  void end_walk() noexcept { walk_.reset(); }
  void write(const StoredHost& stored);
  void remove(std::string_view name);

 private:
  Expected<StoredHost> read(Statement& row);

  LabelTable& labels_;
  Statement load_, below_, walk_, write_, remove_;
};

/// Collects what one transaction does to hosts, so that a host of a thousand names is written once.
class HostBatch {
 public:
  struct Entry {
    StoredHost stored;
    bool held = false;      ///< there is a row
    bool changed = false;   ///< roid, addresses or provenance
    bool counted = false;   ///< uses
    bool announce = false;  ///< into the feed whatever else happens
    bool hides = false;
  };

  HostBatch(HostTable& hosts, RegistrationTable& registrations, ChangeFeed& feed);

  /// The host as it is now; one without a row begins with `provenance`. Lives as long as the batch.
  Expected<Entry*> get(const DomainName& name, const Provenance& provenance);
  /// As HostTable, with what the batch did since.
  Expected<std::vector<Entry*>> at_or_below(const DomainName& name);
  /// Writes all: new and changed hosts; hosts that nobody uses any more and that are below no sponsored name are removed.
  void write(std::string_view reason, UtcTime now);

 private:
  void write_one(const std::string& name, Entry& entry, std::string_view reason, UtcTime now);

  HostTable& hosts_;
  RegistrationTable& registrations_;
  ChangeFeed& feed_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace regdata::store
