#include "epp/sandbox_store.hpp"

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

namespace regdata::epp {
namespace {

constexpr const char* sandbox_schema = R"(
CREATE TABLE IF NOT EXISTS object (
  kind TEXT NOT NULL, id TEXT NOT NULL, roid TEXT NOT NULL, sponsor TEXT NOT NULL, creator TEXT NOT NULL, created TEXT NOT NULL,
  updater TEXT NOT NULL, updated TEXT NOT NULL, expires TEXT NOT NULL, transferred TEXT NOT NULL, auth_info TEXT NOT NULL,
  PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
  kind TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL, more TEXT NOT NULL,
  PRIMARY KEY (kind, id, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS part_by_value ON part (what, value);
CREATE TABLE IF NOT EXISTS issued (number INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE IF NOT EXISTS message (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL, payload TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS message_by_account ON message (account, number);
CREATE INDEX IF NOT EXISTS object_by_expiry ON object (expires) WHERE expires <> '';
CREATE TABLE IF NOT EXISTS clock (advanced INTEGER NOT NULL);
)";

std::string kind_text(SandboxKind kind) { return {kind}; }

std::vector<std::string> first_column(SQLite::Statement& rows) {
  std::vector<std::string> all;
  while (rows.executeStep()) all.push_back(rows.getColumn(0).getString());
  return all;
}

}  // namespace

std::vector<const SandboxObject::Part*> SandboxObject::all(std::string_view what) const {
  std::vector<const Part*> found;
  for (const Part& part : parts)
    if (part.what == what) found.push_back(&part);
  return found;
}

std::string SandboxObject::first(std::string_view what) const {
  const auto found = all(what);
  return found.empty() ? std::string() : found.front()->value;
}

Expected<std::unique_ptr<SandboxStore>> SandboxStore::open(const std::filesystem::path& file) {
  try {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 5000);
    database.exec("PRAGMA journal_mode=WAL");
    database.exec("PRAGMA synchronous=NORMAL");
    database.exec(sandbox_schema);
    return std::unique_ptr<SandboxStore>(new SandboxStore(std::move(database)));
  } catch (const SQLite::Exception& failure) {
    return make_error(Errc::unavailable, fmt::format("the sandbox's objects {}: {}", file.string(), failure.what()));
  }
}

void SandboxStore::roll_back() noexcept {
  try {
    file_.exec("ROLLBACK");
  } catch (const SQLite::Exception&) {  // nothing was begun, or SQLite has done it
  }
}

std::optional<SandboxObject> SandboxStore::find(SandboxKind kind, const std::string& id) {
  SQLite::Statement row(file_,
                        "SELECT roid, sponsor, creator, created, updater, updated, expires, transferred, auth_info FROM object "
                        "WHERE kind = ? AND id = ?");
  row.bind(1, kind_text(kind));
  row.bind(2, id);
  if (!row.executeStep()) return std::nullopt;
  SandboxObject object;
  object.kind = kind;
  object.id = id;
  int column = 0;
  for (std::string* const into : {&object.roid, &object.sponsor, &object.creator, &object.created, &object.updater,
                                  &object.updated, &object.expires, &object.transferred, &object.auth_info})
    *into = row.getColumn(column++).getString();
  SQLite::Statement part(file_, "SELECT what, value, more FROM part WHERE kind = ? AND id = ? ORDER BY number");
  part.bind(1, kind_text(kind));
  part.bind(2, id);
  while (part.executeStep())
    object.parts.push_back({part.getColumn(0).getString(), part.getColumn(1).getString(), part.getColumn(2).getString()});
  return object;
}

void SandboxStore::put(const SandboxObject& object) {
  remove(object.kind, object.id);
  SQLite::Statement row(file_, "INSERT INTO object VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const std::string kind = kind_text(object.kind);
  int column = 0;
  for (const std::string* const value :
       {&kind, &object.id, &object.roid, &object.sponsor, &object.creator, &object.created, &object.updater, &object.updated,
        &object.expires, &object.transferred, &object.auth_info})
    row.bind(++column, *value);
  row.exec();
  SQLite::Statement part(file_, "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)");
  int number = 0;
  for (const SandboxObject::Part& one : object.parts) {
    part.reset();
    part.bind(1, kind);
    part.bind(2, object.id);
    part.bind(3, ++number);
    part.bind(4, one.what);
    part.bind(5, one.value);
    part.bind(6, one.more);
    part.exec();
  }
}

void SandboxStore::remove(SandboxKind kind, const std::string& id) {
  for (const char* sql : {"DELETE FROM part WHERE kind = ? AND id = ?", "DELETE FROM object WHERE kind = ? AND id = ?"}) {
    SQLite::Statement statement(file_, sql);
    statement.bind(1, kind_text(kind));
    statement.bind(2, id);
    statement.exec();
  }
}

std::string SandboxStore::next_roid(SandboxKind kind) {
  file_.exec("INSERT INTO issued DEFAULT VALUES");
  return fmt::format("{}{}-SANDBOX", kind, file_.getLastInsertRowid());
}

bool SandboxStore::is_linked(SandboxKind kind, const std::string& id) {
  SQLite::Statement found(file_, kind == 'H'   ? "SELECT 1 FROM part WHERE what = 'ns' AND value = ?"
                                 : kind == 'O' ? "SELECT 1 FROM part WHERE what IN ('org', 'parent') AND value = ?"
                                               : "SELECT 1 FROM part WHERE what IN ('registrant', 'contact') AND value = ?");
  found.bind(1, id);
  return found.executeStep();
}

std::vector<std::string> SandboxStore::hosts_below(const std::string& name) {
  SQLite::Statement found(file_,
                          "SELECT id FROM object WHERE kind = 'H' AND (id = ?1 OR substr(id, -length(?2)) = ?2) ORDER BY id");
  found.bind(1, name);
  found.bind(2, "." + name);
  return first_column(found);
}

bool SandboxStore::has_hosts_below(const std::string& name) { return !hosts_below(name).empty(); }

std::chrono::milliseconds SandboxStore::advanced() {
  SQLite::Statement row(file_, "SELECT coalesce(sum(advanced), 0) FROM clock");
  return std::chrono::milliseconds(row.executeStep() ? row.getColumn(0).getInt64() : 0);
}

void SandboxStore::advance(std::chrono::milliseconds by) {
  SQLite::Statement row(file_, "INSERT INTO clock VALUES (?)");
  row.bind(1, static_cast<std::int64_t>(by.count()));
  row.exec();
}

std::vector<std::string> SandboxStore::names_with(std::string_view what, std::string_view value) {
  SQLite::Statement found(file_, "SELECT id FROM part WHERE kind = 'D' AND what = ? AND value = ? ORDER BY id");
  found.bind(1, std::string(what));
  found.bind(2, std::string(value));
  return first_column(found);
}

std::vector<std::string> SandboxStore::names_expired(const std::string& now) {
  SQLite::Statement found(file_, "SELECT id FROM object WHERE kind = 'D' AND expires <> '' AND expires < ? ORDER BY id");
  found.bind(1, now);
  return first_column(found);
}

void SandboxStore::post(const std::string& account, const Message& message) {
  SQLite::Statement row(file_, "INSERT INTO message (account, at, text, payload) VALUES (?, ?, ?, ?)");
  row.bind(1, account);
  row.bind(2, message.at);
  row.bind(3, message.text);
  row.bind(4, message.payload);
  row.exec();
}

std::uint64_t SandboxStore::waiting(const std::string& account) {
  SQLite::Statement count(file_, "SELECT count(*) FROM message WHERE account = ?");
  count.bind(1, account);
  return count.executeStep() ? static_cast<std::uint64_t>(count.getColumn(0).getInt64()) : 0;
}

std::optional<SandboxStore::Message> SandboxStore::head(const std::string& account) {
  SQLite::Statement row(file_, "SELECT number, at, text, payload FROM message WHERE account = ? ORDER BY number LIMIT 1");
  row.bind(1, account);
  if (!row.executeStep()) return std::nullopt;
  return Message{row.getColumn(0).getInt64(), row.getColumn(1).getString(), row.getColumn(2).getString(),
                 row.getColumn(3).getString()};
}

bool SandboxStore::acknowledge(const std::string& account, std::int64_t number) {
  const auto first = head(account);
  if (!first || first->number != number) return false;
  SQLite::Statement row(file_, "DELETE FROM message WHERE number = ?");
  row.bind(1, number);
  row.exec();
  return true;
}

}  // namespace regdata::epp
