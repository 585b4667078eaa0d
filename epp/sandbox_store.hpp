// The objects of the sandbox registry, in a file of its own.
#pragma once

#include <SQLiteCpp/Database.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registration/error.hpp"

namespace regdata::epp {

/// "D" a domain, "H" a host, "C" a contact, "O" an organization.
using SandboxKind = char;

/// Times are texts as they stand in answers; empty: none.
struct SandboxObject {
  struct Part {
    std::string what;  ///< "status", "ns", "host address", "contact", "postal name", …
    std::string value;
    std::string more;  ///< what the part needs beside its value
  };
  SandboxKind kind = 'D';
  std::string id;  ///< name, or id of a contact
  std::string roid;
  std::string sponsor;
  std::string creator;
  std::string created;
  std::string updater;
  std::string updated;
  std::string expires;
  std::string transferred;
  std::string auth_info;
  std::vector<Part> parts;

  [[nodiscard]] std::vector<const Part*> all(std::string_view what) const;
  /// Empty: there is none.
  [[nodiscard]] std::string first(std::string_view what) const;
};

/// Throws SQLite::Exception.
class SandboxStore {
 public:
  static Expected<std::unique_ptr<SandboxStore>> open(const std::filesystem::path& file);

  void begin() { file_.exec("BEGIN IMMEDIATE"); }
  void commit() { file_.exec("COMMIT"); }
  void roll_back() noexcept;

  std::optional<SandboxObject> find(SandboxKind kind, const std::string& id);
  void put(const SandboxObject& object);
  void remove(SandboxKind kind, const std::string& id);
  /// "D17-SANDBOX", never given before.
  std::string next_roid(SandboxKind kind);
  /// Whether another object names it.
  bool is_linked(SandboxKind kind, const std::string& id);
  bool has_hosts_below(const std::string& name);
  std::vector<std::string> hosts_below(const std::string& name);

  /// How far the registry's clock is ahead.
  std::chrono::milliseconds advanced();
  void advance(std::chrono::milliseconds by);
  /// Domains that have such a part.
  std::vector<std::string> names_with(std::string_view what, std::string_view value);
  /// Domains whose expiry is before `now`.
  std::vector<std::string> names_expired(const std::string& now);

  struct Message {
    std::int64_t number = 0;
    std::string at;
    std::string text;
    std::string payload;  ///< for resData
  };
  void post(const std::string& account, const Message& message);
  std::uint64_t waiting(const std::string& account);
  std::optional<Message> head(const std::string& account);
  /// False: it is not the one at the head.
  bool acknowledge(const std::string& account, std::int64_t number);

 private:
  explicit SandboxStore(SQLite::Database file) : file_(std::move(file)) {}
  SQLite::Database file_;
};

}  // namespace regdata::epp
