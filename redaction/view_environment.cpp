#include "redaction/view_environment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <utility>

#include "redaction/view_bytes.hpp"
#include "redaction/view_files.hpp"

namespace regdata::redaction {
namespace {

constexpr unsigned max_readers = 126;  // at least; the lock file's size says how many (ViewFiles::create_generation)
constexpr unsigned database_count = 4;
constexpr mode_t data_mode = 0640;
constexpr std::size_t idle_slots = 64;
constexpr std::uint8_t state_version = 2;
/// Without `seen`: servers go on with it, and the publisher makes everything anew.
constexpr std::uint8_t state_version_before = 1;

/// What this process has open, by the data file's identity. An entry lasts until its environment is closed.
class OpenEnvironments {
 public:
  using Key = std::pair<dev_t, ino_t>;
  std::mutex mutex;
  std::condition_variable closed;
  std::map<Key, std::weak_ptr<ViewEnvironment>> entries;
};

OpenEnvironments& open_environments() {
  static auto* const open = new OpenEnvironments;  // outlives every static object that may still close a store
  return *open;
}

std::optional<OpenEnvironments::Key> identity(const std::filesystem::path& generation) {
  struct stat status {};
  if (::stat((generation / "data.mdb").c_str(), &status) != 0) return std::nullopt;
  return OpenEnvironments::Key{status.st_dev, status.st_ino};
}

MDB_val value_of(std::string_view bytes) { return MDB_val{bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view bytes_of(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

/// LMDB goes on without locks where the lock file cannot be written on a read-only mount; we never do (house.md §1). Nothing of
/// this generation is open in this process yet, so that closing the descriptor ends no lock.
Expected<void> check_lock_file(const std::filesystem::path& generation) {
  const OwnedFd fd(::open((generation / "lock.mdb").c_str(), O_RDWR | O_CLOEXEC));
  if (!fd.valid()) return file_error(errno, "cannot open the lock file of " + generation.filename().string());
  return {};
}

Expected<MDB_env*> open_lmdb(const std::filesystem::path& generation, ViewEnvironment::Access access, std::size_t map_size) {
  MDB_env* env = nullptr;
  int code = mdb_env_create(&env);
  if (code != 0) return lmdb_error(code, "cannot make an environment");
  const bool write = access == ViewEnvironment::Access::write;
  if (code == 0) code = mdb_env_set_maxdbs(env, database_count);
  if (code == 0) code = mdb_env_set_maxreaders(env, max_readers);
  if (code == 0 && write) code = mdb_env_set_mapsize(env, map_size);
  // No MDB_WRITEMAP: a full disk is an error from pwrite and not a SIGBUS. MDB_NOTLS: slots belong to calls, not to threads.
  const unsigned flags = MDB_NOTLS | (write ? 0U : static_cast<unsigned>(MDB_RDONLY) | static_cast<unsigned>(MDB_NORDAHEAD));
  if (code == 0) code = mdb_env_open(env, generation.c_str(), flags, data_mode);
  if (code != 0) {
    mdb_env_close(env);
    return lmdb_error(code, "cannot open " + generation.filename().string());
  }
  mdb_filehandle_t fd = -1;
  mdb_env_get_fd(env, &fd);
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (write) ::fchmod(fd, data_mode);  // whatever the umask; a file of another owner keeps its mode
  return env;
}

}  // namespace

Expected<std::shared_ptr<ViewEnvironment>> ViewEnvironment::open(const std::filesystem::path& generation, Access access,
                                                                 std::size_t map_size) {
  OpenEnvironments& open = open_environments();
  std::unique_lock lock(open.mutex);
  for (auto key = identity(generation); key; key = identity(generation)) {
    const auto found = open.entries.find(*key);
    if (found == open.entries.end()) break;
    if (std::shared_ptr<ViewEnvironment> env = found->second.lock()) {
      if (access == Access::write && env->access_ == Access::read) {
        return make_error(Errc::conflict, "view store: this process reads the store already: open the writer first");
      }
      return env;
    }
    open.closed.wait(lock);  // it is being closed by another thread
  }
  if (access == Access::read && !identity(generation)) {
    return file_error(ENOENT, "cannot open " + generation.filename().string());
  }
  if (auto checked = check_lock_file(generation); !checked) return checked.error();
  auto env = open_lmdb(generation, access, map_size);
  if (!env) return env.error();
  const auto key = identity(generation);
  // The entry goes only after the environment is closed: until then nobody may open the same files again.
  std::shared_ptr<ViewEnvironment> shared(new ViewEnvironment(*env, access), [key](ViewEnvironment* gone) {
    OpenEnvironments& others = open_environments();
    const std::lock_guard guard(others.mutex);
    delete gone;
    if (key) others.entries.erase(*key);
    others.closed.notify_all();
  });
  if (key) open.entries[*key] = shared;
  const auto opened = shared->open_databases();
  lock.unlock();
  if (!opened) return opened.error();
  return shared;
}

ViewEnvironment::~ViewEnvironment() {
  for (MDB_txn* txn : idle_) mdb_txn_abort(txn);
  mdb_env_close(env_);
}

Expected<void> ViewEnvironment::open_databases() {
  const bool write = access_ == Access::write;
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env_, nullptr, write ? 0U : static_cast<unsigned>(MDB_RDONLY), &txn);
  if (code != 0) return lmdb_error(code, "cannot begin");
  const unsigned flags = write ? static_cast<unsigned>(MDB_CREATE) : 0U;
  if (code == 0) code = mdb_dbi_open(txn, "view", flags, &views);
  if (code == 0) code = mdb_dbi_open(txn, "host", flags, &hosts);
  if (code == 0) code = mdb_dbi_open(txn, "meta", flags, &meta);
  if (code == 0) {
    code = mdb_txn_commit(txn);
  } else {
    mdb_txn_abort(txn);
  }
  if (code == MDB_NOTFOUND) code = MDB_INVALID;  // a generation in force has all three
  if (code != 0) return lmdb_error(code, "cannot open the databases");
  return {};
}

Expected<ViewEnvironment::Read> ViewEnvironment::read() {
  MDB_txn* txn = nullptr;
  int code = begin_read(&txn);
  for (int tries = 0; code == MDB_MAP_RESIZED && tries < 10; ++tries) {
    // The writer, in another process, made the map larger: take its size.
    if (auto moved = remap(0); !moved) return moved.error();
    code = begin_read(&txn);
  }
  if (code == MDB_READERS_FULL) {
    retire_dead_readers();
    code = begin_read(&txn);
  }
  if (code != 0) return lmdb_error(code, "cannot begin to read");
  return Read(shared_from_this(), txn);
}

int ViewEnvironment::begin_read(MDB_txn** txn) {
  MDB_txn* idle = nullptr;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !moving_; });
    ++inside_;
    if (!idle_.empty()) {
      idle = idle_.back();
      idle_.pop_back();
    }
  }
  int code = 0;
  if (idle != nullptr) {
    code = mdb_txn_renew(idle);
    if (code != 0) mdb_txn_abort(idle);
    *txn = idle;
  } else {
    code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, txn);
  }
  if (code != 0) {
    const std::lock_guard lock(mutex_);
    --inside_;
    changed_.notify_all();
  }
  return code;
}

void ViewEnvironment::end_read(MDB_txn* txn) {
  mdb_txn_reset(txn);
  bool full = false;
  {
    const std::lock_guard lock(mutex_);
    --inside_;
    full = idle_.size() >= idle_slots;
    if (!full) idle_.push_back(txn);
    if (moving_) changed_.notify_all();
  }
  if (full) mdb_txn_abort(txn);
}

Expected<ViewEnvironment::Write> ViewEnvironment::write() {
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env_, nullptr, 0, &txn);
  if (code == MDB_MAP_RESIZED) {
    if (auto moved = remap(0); !moved) return moved.error();
    code = mdb_txn_begin(env_, nullptr, 0, &txn);
  }
  if (code != 0) return lmdb_error(code, "cannot begin to write");
  return Write(txn);
}

Expected<void> ViewEnvironment::grow() { return remap(map_size() * 2); }

Expected<void> ViewEnvironment::remap(std::size_t size) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !moving_; });
  moving_ = true;
  changed_.wait(lock, [this] { return inside_ == 0; });
  const int code = mdb_env_set_mapsize(env_, size);
  moving_ = false;
  changed_.notify_all();
  if (code != 0) return lmdb_error(code, "cannot map the store");
  return {};
}

void ViewEnvironment::retire_dead_readers() {
  int dead = 0;
  mdb_reader_check(env_, &dead);
}

std::uint64_t ViewEnvironment::reader_lag() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  std::uint64_t oldest = info.me_last_txnid;
  // Lines of "pid thread txnid"; a slot outside a read has "-" for the last.
  mdb_reader_list(
      env_,
      [](const char* line, void* context) {
        const std::string_view text(line);
        const std::size_t at = text.find_last_of(' ');
        if (at == std::string_view::npos) return 0;
        char* end = nullptr;
        const std::uint64_t txn = std::strtoull(line + at + 1, &end, 10);
        if (end != line + at + 1) {
          auto& low = *static_cast<std::uint64_t*>(context);
          low = std::min(low, txn);
        }
        return 0;
      },
      &oldest);
  return info.me_last_txnid - oldest;
}

void ViewEnvironment::set_lazy(bool lazy) { mdb_env_set_flags(env_, MDB_NOSYNC, lazy ? 1 : 0); }

Expected<void> ViewEnvironment::sync() {
  if (const int code = mdb_env_sync(env_, 1); code != 0) return lmdb_error(code, "cannot sync");
  return {};
}

std::size_t ViewEnvironment::map_size() const {
  MDB_envinfo info{};
  mdb_env_info(env_, &info);
  return info.me_mapsize;
}

Expected<std::optional<std::string_view>> ViewEnvironment::Read::get(MDB_dbi dbi, std::string_view key) const {
  MDB_val name = value_of(key);
  MDB_val value{};
  const int code = mdb_get(txn_, dbi, &name, &value);
  if (code == MDB_NOTFOUND) return std::optional<std::string_view>{};
  if (code != 0) return lmdb_error(code, "cannot read");
  return std::optional(bytes_of(value));
}

std::uint64_t ViewEnvironment::Read::entries(MDB_dbi dbi) const {
  MDB_stat stat{};
  return mdb_stat(txn_, dbi, &stat) == 0 ? stat.ms_entries : 0;
}

Expected<void> ViewEnvironment::Read::walk(
    MDB_dbi dbi, std::string_view from,
    const std::function<Expected<bool>(std::string_view key, std::string_view value)>& visit) const {
  MDB_cursor* opened = nullptr;
  if (const int code = mdb_cursor_open(txn_, dbi, &opened); code != 0) return lmdb_error(code, "cannot open a cursor");
  const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> cursor(opened, &mdb_cursor_close);
  MDB_val key = value_of(from);
  MDB_val value{};
  int code = mdb_cursor_get(cursor.get(), &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
  for (; code == 0; code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT)) {
    const Expected<bool> more = visit(bytes_of(key), bytes_of(value));
    if (!more) return more.error();
    if (!*more) return {};
  }
  if (code != MDB_NOTFOUND) return lmdb_error(code, "cannot walk");
  return {};
}

int ViewEnvironment::Write::put(MDB_dbi dbi, std::string_view key, std::string_view value, unsigned flags) {
  MDB_val name = value_of(key);
  MDB_val bytes = value_of(value);
  return mdb_put(txn_, dbi, &name, &bytes, flags);
}

int ViewEnvironment::Write::open(MDB_dbi dbi, Cursor& cursor) { return mdb_cursor_open(txn_, dbi, &cursor.cursor_); }

int ViewEnvironment::Write::Cursor::put(std::string_view key, std::string_view value, unsigned flags) {
  MDB_val name = value_of(key);
  MDB_val bytes = value_of(value);
  return mdb_cursor_put(cursor_, &name, &bytes, flags);
}

int ViewEnvironment::Write::remove(MDB_dbi dbi, std::string_view key) {
  MDB_val name = value_of(key);
  const int code = mdb_del(txn_, dbi, &name, nullptr);
  return code == MDB_NOTFOUND ? 0 : code;
}

Error lmdb_error(int code, const std::string& what) {
  if (code > 0) return file_error(code, what);
  const std::string context = "view store: " + what + ": " + mdb_strerror(code);
  switch (code) {
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case MDB_READERS_FULL:
    case MDB_PANIC:  // a write of LMDB's own page failed: the store is opened anew with the next call
      return make_error(Errc::unavailable, context);
    case MDB_VERSION_MISMATCH:
      return make_error(Errc::version, context, "run `regdata publish --rebuild`");
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
      return make_error(Errc::damaged, context, "run `regdata publish --rebuild`");
    default:
      return make_error(Errc::internal, context);
  }
}

std::string host_key(std::string_view name) {
  std::string key;
  key.reserve(name.size());
  for (std::size_t end = name.size(); !name.empty();) {
    const std::size_t dot = name.substr(0, end).rfind('.');
    if (dot == std::string_view::npos) return key.append(name.substr(0, end));
    key.append(name.substr(dot + 1, end - dot - 1)).push_back('.');
    end = dot;
  }
  return key;
}

std::string StoredState::encode() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.byte(state_version);
  out.number(sequence);
  out.signed_number(applied_until.time_since_epoch().count());
  out.signed_number(heartbeat.time_since_epoch().count());
  out.number(publication);
  out.number(texts_serial);
  out.byte(hidden_since ? 1 : 0);
  if (hidden_since) out.signed_number(hidden_since->time_since_epoch().count());
  out.number(seen.sequence);
  out.number(seen.mark);
  return bytes;
}

Expected<StoredState> StoredState::decode(std::string_view bytes) {
  ByteReader in(bytes);
  const auto time = [&in] { return UtcTime(std::chrono::milliseconds(in.signed_number())); };
  const std::uint8_t version = in.byte();
  if (version != state_version && version != state_version_before) {
    return make_error(Errc::version, "view store: written by another version of this program",
                      "run `regdata publish --rebuild`");
  }
  StoredState state;
  state.sequence = in.number();
  state.applied_until = time();
  state.heartbeat = time();
  state.publication = in.number();
  state.texts_serial = in.number();
  if (in.number_up_to(1) == 1) state.hidden_since = time();
  if (version == state_version) {
    state.seen.sequence = in.number();
    state.seen.mark = in.number();
  }
  if (!in.finished()) return make_error(Errc::damaged, "view store: the state record does not decode");
  return state;
}

}  // namespace regdata::redaction
