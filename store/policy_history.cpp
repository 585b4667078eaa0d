#include "store/policy_history.hpp"

#include <utility>

#include "store/migrations.hpp"
#include "store/sqlite.hpp"

namespace regdata::store {
namespace {

constexpr std::string_view policy_work = "reading or writing the history of policies";

/// No name and no value of a setting has a line end in it: TOML keys, and words of the file.
std::string lines_of(const std::map<std::string, std::string, std::less<>>& settings) {
  std::string lines;
  for (const auto& [name, value] : settings) lines.append(name).append("=").append(value).append("\n");
  return lines;
}

std::map<std::string, std::string, std::less<>> settings_of(std::string_view lines) {
  std::map<std::string, std::string, std::less<>> settings;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) settings.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return settings;
}

}  // namespace

struct SqlitePolicyHistory::Impl {
  explicit Impl(SQLite::Database opened) : database(std::move(opened)) {}

  std::optional<PolicyRecord> at(std::string_view name, UtcTime when) {
    Statement query(database,
                    "SELECT name, version, digest, text, settings, since FROM policy_in_force WHERE name = ? AND since <= ? "
                    "ORDER BY number DESC LIMIT 1");
    if (!query.bind(name, when).step()) return std::nullopt;
    PolicyRecord record;
    record.name = query.text(0);
    record.version = query.text(1);
    record.digest = static_cast<std::uint64_t>(query.integer(2));
    record.text = query.text(3);
    record.settings = settings_of(query.text(4));
    record.since = query.time(5);
    return record;
  }

  SQLite::Database database;
};

SqlitePolicyHistory::SqlitePolicyHistory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqlitePolicyHistory::~SqlitePolicyHistory() = default;

Expected<std::unique_ptr<SqlitePolicyHistory>> SqlitePolicyHistory::open(const StorePaths& paths) {
  auto database = open_file(paths.database, FileKind::database, Access::read_write);
  if (!database) return database.error();
  if (auto checked = check_schema(*database, "registration store"); !checked) return checked.error();
  return std::unique_ptr<SqlitePolicyHistory>(new SqlitePolicyHistory(std::make_unique<Impl>(std::move(*database))));
}

Expected<void> SqlitePolicyHistory::note(std::span<const PolicyRecord> policies, UtcTime now) {
  return guarded(policy_work, [&]() -> Expected<void> {
    Transaction transaction(impl_->database, Transaction::Kind::write);
    for (const PolicyRecord& policy : policies) {
      // the last one noted, whatever its time: a clock that was put back does not hide it
      const auto last = impl_->at(policy.name, UtcTime::max());
      if (last && last->digest == policy.digest && last->version == policy.version && last->text == policy.text) continue;
      Statement(impl_->database,
                "INSERT INTO policy_in_force (name, since, number, version, digest, text, settings) SELECT ?1, ?2, 1 + "
                "coalesce(max(number), 0), ?3, ?4, ?5, ?6 FROM policy_in_force WHERE name = ?1")
          .bind(policy.name, now, policy.version, static_cast<std::int64_t>(policy.digest), policy.text,
                lines_of(policy.settings))
          .run();
    }
    transaction.commit();
    return {};
  });
}

Expected<std::optional<PolicyRecord>> SqlitePolicyHistory::in_force(std::string_view name, UtcTime when) {
  return guarded(policy_work, [&]() -> Expected<std::optional<PolicyRecord>> { return impl_->at(name, when); });
}

}  // namespace regdata::store
