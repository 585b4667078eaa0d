#include "store/sqlite.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "store/migrations.hpp"

namespace regdata::store {
namespace {

constexpr int patience_ms = 5000;

std::string file_label(const std::filesystem::path& file) { return file.filename().string(); }

void execute(SQLite::Database& database, const char* sql) {
  const int code = sqlite3_exec(database.getHandle(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw SQLite::Exception(database.getHandle(), code);
}

/// Before the first file is opened: without SQLite's memory statistics, which nobody reads, an allocation takes no lock.
void quiet_statistics() {
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(configured);  // refused where somebody has opened a database before: slower, no less right
}

void set_up(SQLite::Database& database, Access access) {
  sqlite3_extended_result_codes(database.getHandle(), 1);
  execute(database, "PRAGMA temp_store=MEMORY");  // nothing may spill into a file that we do not wipe
  execute(database, "PRAGMA foreign_keys=ON");
  execute(database, "PRAGMA trusted_schema=OFF");
  execute(database, "PRAGMA cache_size=-32768");
  if (access == Access::read_only) return;
  execute(database, "PRAGMA journal_mode=WAL");
  execute(database, "PRAGMA synchronous=FULL");  // what was acknowledged survives loss of power
  execute(database, "PRAGMA secure_delete=ON");  // freed cells are overwritten (reliability of erasure)
  execute(database, "PRAGMA wal_autocheckpoint=8192");
  execute(database, "PRAGMA journal_size_limit=67108864");
}

std::int64_t pragma(SQLite::Database& database, const char* sql) {
  Statement statement(database, sql);
  return statement.step() ? statement.integer(0) : 0;
}

}  // namespace

Expected<SQLite::Database> open_file(const std::filesystem::path& file, FileKind kind, Access access) {
  quiet_statistics();
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) {
    return make_error(Errc::not_found, "no file " + file_label(file) + " where configuration says",
                      "`regdata init` makes a store; `regdata doctor` shows what is missing");
  }
  return guarded("opening " + file_label(file), [&]() -> Expected<SQLite::Database> {
    const int mode = access == Access::read_only ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE;
    SQLite::Database database(file.string(), mode | SQLite::OPEN_NOMUTEX | SQLite::OPEN_NOFOLLOW, patience_ms);
    set_up(database, access);
    if (pragma(database, "PRAGMA application_id") != static_cast<std::int64_t>(kind)) {
      return make_error(Errc::damaged, file_label(file) + " is no " +
                                           (kind == FileKind::database ? "registration store" : "key store") +
                                           " of this program");
    }
    return database;
  });
}

Expected<SQLite::Database> create_file(const std::filesystem::path& file, FileKind kind) {
  quiet_statistics();
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    if (errno == EEXIST) return make_error(Errc::conflict, file_label(file) + " exists already", "nothing was changed");
    return make_error(Errc::unavailable, "cannot make " + file_label(file) + ": " + std::generic_category().message(errno),
                      "is the directory there, ours, and is there space?");
  }
  ::fchmod(descriptor, 0600);
  ::close(descriptor);
  return guarded("making " + file_label(file), [&]() -> Expected<SQLite::Database> {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX | SQLite::OPEN_NOFOLLOW,
                              patience_ms);
    set_up(database, Access::read_write);
    execute(database, ("PRAGMA application_id=" + std::to_string(static_cast<std::int32_t>(kind))).c_str());
    return database;
  });
}

Expected<void> sync_directory_of(const std::filesystem::path& file) {
  const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) return make_error(Errc::unavailable, "cannot sync the directory of " + file_label(file));
  return {};
}

std::uint32_t schema_of(SQLite::Database& database) {
  return static_cast<std::uint32_t>(pragma(database, "PRAGMA user_version"));
}

Expected<void> check_schema(SQLite::Database& database, std::string_view what) {
  const std::uint32_t held = schema_of(database);
  const std::uint32_t latest = latest_schema();
  if (held == latest) return {};
  const std::string numbers = "schema " + std::to_string(held) + ", this program needs " + std::to_string(latest);
  if (held < latest) return make_error(Errc::version, std::string(what) + " has " + numbers, "run `regdata db migrate`");
  return make_error(Errc::version, std::string(what) + " has " + numbers, "install the newer program that wrote it");
}

Error to_error(int code, std::string_view doing) {
  const std::string what(doing);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make_error(Errc::unavailable, what + ": the store is busy", "another command is writing; try again");
    case SQLITE_FULL:
      return make_error(Errc::unavailable, what + ": no space left",
                        "make room on the disk and give the command again; this step changed nothing");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return make_error(Errc::unavailable, what + ": " + sqlite3_errstr(code),
                        "check space, permissions and the disk, and give the command again; this step changed nothing");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return make_error(Errc::damaged, what + ": " + sqlite3_errstr(code), "restore the file from a backup");
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    default:
      return make_error(Errc::internal, what + ": " + sqlite3_errstr(code));
  }
}

Statement::Statement(SQLite::Database& database, std::string_view sql) : database_(database.getHandle()) {
  check(sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  sqlite3_reset(handle_);
  if (code != SQLITE_DONE) check(code);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

std::string_view Statement::text(int column) const noexcept {
  const auto* bytes = sqlite3_column_text(handle_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

Blob Statement::blob(int column) const noexcept {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::bind_one(int index, std::string_view value) {
  // A null pointer would bind NULL: an empty text is a text.
  check(
      sqlite3_bind_text(handle_, index, value.data() == nullptr ? "" : value.data(), static_cast<int>(value.size()), nullptr));
}

void Statement::bind_one(int index, Blob value) {
  if (value.empty()) {
    check(sqlite3_bind_zeroblob(handle_, index, 0));
  } else {
    check(sqlite3_bind_blob(handle_, index, value.data(), static_cast<int>(value.size()), nullptr));
  }
}

void Statement::bind_one(int index, std::nullptr_t) { check(sqlite3_bind_null(handle_, index)); }

void Statement::bind_integer(int index, std::int64_t value) { check(sqlite3_bind_int64(handle_, index, value)); }

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw SQLite::Exception(database_, code);
}

Transaction::Transaction(SQLite::Database& database, Kind kind) : database_(database.getHandle()) {
  execute(database, kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

void Transaction::commit() {
  const int code = sqlite3_exec(database_, "COMMIT", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw SQLite::Exception(database_, code);
  open_ = false;
}

void Transaction::rollback() noexcept {
  if (!open_) return;
  open_ = false;
  // After some failures SQLite has rolled back by itself.
  if (sqlite3_get_autocommit(database_) == 0) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool truncate_log(SQLite::Database& database) {
  const int code = sqlite3_wal_checkpoint_v2(database.getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return false;
  if (code != SQLITE_OK) throw SQLite::Exception(database.getHandle(), code);
  return true;
}

}  // namespace regdata::store
