// SQLite as this room uses it: how a file is opened, prepared statements, transactions, and where its exceptions end.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::store {

/// Marks a file as ours ("RGDD", "RGDK"; SQLite's application_id).
enum class FileKind : std::int32_t { database = 0x52474444, keys = 0x5247444b };

enum class Access : std::uint8_t {
  read_write,
  read_only,
  schema_change,  ///< read and write, whatever the schema is
};

/// Opens an existing file: WAL, synchronous=FULL, foreign keys, secure_delete, no temporary files, five seconds of patience.
/// Errors: not_found, damaged (no file of ours), unavailable.
Expected<SQLite::Database> open_file(const std::filesystem::path& file, FileKind kind, Access access);

/// Makes an empty file, mode 0600 whatever the umask, marked as `kind`, schema 0. Errc::conflict: it is there.
Expected<SQLite::Database> create_file(const std::filesystem::path& file, FileKind kind);

/// Makes a rename or a new file in `file`'s directory last.
Expected<void> sync_directory_of(const std::filesystem::path& file);

/// Schema number of an open file (SQLite's user_version).
std::uint32_t schema_of(SQLite::Database& database);

/// Errc::version unless the file has the latest schema (migrations.hpp). `what` names it ("key store").
Expected<void> check_schema(SQLite::Database& database, std::string_view what);

/// What a failed call of SQLite means, without text from statements or rows: busy, full and I/O failures are unavailable,
/// corruption is damaged, all else internal.
Error to_error(int code, std::string_view doing);

/// Runs `body` and turns the exceptions of the database library, and of threads, into errors: they never leave this room.
/// `doing` says what was tried ("reading the registration store").
template <class Body>
std::invoke_result_t<Body> guarded(std::string_view doing, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const SQLite::Exception& failure) {
    return to_error(failure.getExtendedErrorCode() > 0 ? failure.getExtendedErrorCode() : failure.getErrorCode(), doing);
  } catch (const std::system_error& failure) {  // of a thread (pieces_ahead.hpp)
    return make_error(Errc::unavailable, std::string(doing) + ": no thread is to be had: " + failure.what(),
                      "look at the limits of processes (TasksMax, ulimit -u)");
  }
}

using Blob = std::span<const std::uint8_t>;
inline Blob blob_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
inline std::string text_of(Blob blob) { return {reinterpret_cast<const char*>(blob.data()), blob.size()}; }

/// A prepared statement that takes views and gives views, so that a row costs no copy. Throws SQLite::Exception. Bound texts
/// and blobs must live until the statement is reset; texts and blobs given live until the next step or reset.
class Statement {
 public:
  Statement(SQLite::Database& database, std::string_view sql);
  Statement(Statement&& other) noexcept : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(handle_); }

  /// Binds all parameters in order, from 1.
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  /// The next row; false at the end, after which the statement is reset.
  bool step();
  /// For statements without rows.
  void run();
  /// Ends the read that a statement with rows left holds.
  void reset() noexcept { sqlite3_reset(handle_); }

  /// Row id of the last insert on this connection.
  [[nodiscard]] std::uint64_t last_row() const noexcept {
    return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(database_));
  }

  [[nodiscard]] std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(handle_, column); }
  [[nodiscard]] bool is_null(int column) const noexcept { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  [[nodiscard]] std::string_view text(int column) const noexcept;
  [[nodiscard]] Blob blob(int column) const noexcept;
  [[nodiscard]] UtcTime time(int column) const noexcept { return UtcTime{std::chrono::milliseconds{integer(column)}}; }
  [[nodiscard]] std::optional<UtcTime> optional_time(int column) const noexcept {
    return is_null(column) ? std::nullopt : std::optional(time(column));
  }

 private:
  void bind_one(int index, std::string_view value);
  void bind_one(int index, const std::string& value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, const char* value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, Blob value);
  void bind_one(int index, std::nullptr_t);
  void bind_one(int index, UtcTime value) { bind_integer(index, value.time_since_epoch().count()); }
  template <class Value>
  requires(std::is_integral_v<Value> || std::is_enum_v<Value>) void bind_one(int index, Value value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  template <class Value>
  void bind_one(int index, const std::optional<Value>& value) {
    if (value) {
      bind_one(index, *value);
    } else {
      bind_one(index, nullptr);
    }
  }
  void bind_integer(int index, std::int64_t value);
  void check(int code) const;

  sqlite3* database_;
  sqlite3_stmt* handle_ = nullptr;
};

/// A transaction; rolled back unless committed. Throws SQLite::Exception.
class Transaction {
 public:
  enum class Kind : std::uint8_t { read, write };
  Transaction(SQLite::Database& database, Kind kind);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() { rollback(); }
  void commit();
  void rollback() noexcept;

 private:
  sqlite3* database_;
  bool open_ = true;
};

/// Empties the write-ahead log into the file, so that no older bytes stay in it; false: a reader was in the way.
bool truncate_log(SQLite::Database& database);

}  // namespace regdata::store
