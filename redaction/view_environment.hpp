// One LMDB environment: a generation of the view store, opened once a process and shared by its readers and its writer.
#pragma once

#include <lmdb.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "redaction/view_store.hpp"
#include "registration/error.hpp"

namespace regdata::redaction {

class ViewEnvironment : public std::enable_shared_from_this<ViewEnvironment> {
 public:
  enum class Access : std::uint8_t { read, write };
  class Read;
  class Write;

  /// Opens a generation's directory, or hands out the one that this process has open already: closing a second descriptor of
  /// one lock file would end this process's locks on it (POSIX), and LMDB would take itself for the only user. For writing an
  /// empty directory becomes an empty environment. Errc::not_found: no such generation. Errc::conflict: this process has it
  /// open for reading only.
  static Expected<std::shared_ptr<ViewEnvironment>> open(const std::filesystem::path& generation, Access access,
                                                         std::size_t map_size = default_map_size);
  ~ViewEnvironment();
  ViewEnvironment(const ViewEnvironment&) = delete;
  ViewEnvironment& operator=(const ViewEnvironment&) = delete;

  /// A snapshot. Errc::unavailable: no reader slot.
  Expected<Read> read();
  /// The write transaction of this environment; belongs to the calling thread.
  Expected<Write> write();
  /// Doubles the map after MDB_MAP_FULL. Waits until no read of this process is inside; the caller holds no transaction.
  Expected<void> grow();
  /// Frees the slots of readers that died.
  void retire_dead_readers();
  /// Transactions between the newest and the oldest that a live reader is in; 0: nobody is behind.
  [[nodiscard]] std::uint64_t reader_lag() const;
  /// During a rebuild nothing is in force yet: writes are not synced one by one, `sync` does it at the end.
  void set_lazy(bool lazy);
  Expected<void> sync();

  [[nodiscard]] std::size_t map_size() const;

  static constexpr std::size_t default_map_size = std::size_t{64} << 20U;

  MDB_dbi views = 0;
  MDB_dbi hosts = 0;
  MDB_dbi meta = 0;

 private:
  explicit ViewEnvironment(MDB_env* env, Access access) : env_(env), access_(access) {}
  Expected<void> open_databases();
  int begin_read(MDB_txn** txn);
  void end_read(MDB_txn* txn);
  Expected<void> remap(std::size_t size);

  MDB_env* env_;
  Access access_;
  // Reset read transactions for the next call, and the gate that keeps reads out while the map moves.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<MDB_txn*> idle_;
  std::size_t inside_ = 0;
  bool moving_ = false;
};

/// A read transaction. Values that it returns live as long as it does.
class ViewEnvironment::Read {
 public:
  Read(std::shared_ptr<ViewEnvironment> env, MDB_txn* txn) : env_(std::move(env)), txn_(txn) {}
  ~Read() {
    if (txn_ != nullptr) env_->end_read(txn_);
  }
  Read(Read&& other) noexcept : env_(std::move(other.env_)), txn_(std::exchange(other.txn_, nullptr)) {}
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;
  Read& operator=(Read&&) = delete;

  [[nodiscard]] MDB_txn* txn() const noexcept { return txn_; }
  /// Empty: no such key.
  Expected<std::optional<std::string_view>> get(MDB_dbi dbi, std::string_view key) const;
  [[nodiscard]] std::uint64_t entries(MDB_dbi dbi) const;
  /// Records whose key is `from` or behind it, in order of key; `visit` returns false to stop.
  Expected<void> walk(MDB_dbi dbi, std::string_view from,
                      const std::function<Expected<bool>(std::string_view key, std::string_view value)>& visit) const;

 private:
  std::shared_ptr<ViewEnvironment> env_;
  MDB_txn* txn_;
};

/// A write transaction: ended without commit() it leaves nothing. Calls return LMDB's code, so that MDB_MAP_FULL can be met
/// with grow() and another try.
class ViewEnvironment::Write {
 public:
  explicit Write(MDB_txn* txn) : txn_(txn) {}
  ~Write() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }
  Write(Write&& other) noexcept : txn_(std::exchange(other.txn_, nullptr)) {}
  Write(const Write&) = delete;
  Write& operator=(const Write&) = delete;
  Write& operator=(Write&&) = delete;

  [[nodiscard]] int put(MDB_dbi dbi, std::string_view key, std::string_view value, unsigned flags = 0);
  /// A key that is not there is no error.
  [[nodiscard]] int remove(MDB_dbi dbi, std::string_view key);
  /// A cursor of this transaction, for many records in a row; closed before the transaction ends.
  class Cursor;
  [[nodiscard]] int open(MDB_dbi dbi, Cursor& cursor);
  [[nodiscard]] int commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }

 private:
  MDB_txn* txn_;
};

class ViewEnvironment::Write::Cursor {
 public:
  Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  ~Cursor() {
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  }
  [[nodiscard]] int put(std::string_view key, std::string_view value, unsigned flags = 0);

 private:
  friend class Write;
  MDB_cursor* cursor_ = nullptr;
};

/// LMDB's code as an error to act on; `what` was tried.
Error lmdb_error(int code, const std::string& what);

/// Key of a host: its labels from the right, "test.example.ns1", so that the hosts below a name lie together.
std::string host_key(std::string_view name);

/// The `meta` database's record "state".
struct StoredState {
  std::uint64_t sequence = 0;
  UtcTime applied_until{};
  UtcTime heartbeat{};
  std::uint64_t publication = 0;
  std::uint64_t texts_serial = 0;  ///< moves with every new texts record
  std::optional<UtcTime> hidden_since;
  FeedMark seen;

  [[nodiscard]] std::string encode() const;
  /// Errc::version for a record of another format, Errc::damaged for what no version wrote.
  static Expected<StoredState> decode(std::string_view bytes);
};

namespace meta_key {
inline constexpr std::string_view state = "state";
inline constexpr std::string_view texts = "texts";
inline constexpr std::string_view resume = "resume";
}  // namespace meta_key

}  // namespace regdata::redaction
