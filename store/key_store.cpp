#include "store/key_store.hpp"

#include <sodium.h>

#include <algorithm>

#include "store/migrations.hpp"
#include "store/nonce.hpp"

namespace regdata::store {
namespace {

constexpr std::size_t wrapped_size = nonce_size + 32 + crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(wrapped_size == 72);
constexpr std::string_view rotation_done = "rotated_to";
constexpr std::int64_t no_rotation = -1;

/// Tells a wrong master key without trying a contact: keyed hash of the store's id.
std::array<std::uint8_t, 32> check_value(const MasterKey& master, const StoreId& id) {
  PassingSecret<32> key;
  master.derive("regCHECK", 1, key.bytes());
  std::array<std::uint8_t, 32> value;
  crypto_generichash(value.data(), value.size(), id.data(), id.size(), key.bytes().data(), key.bytes().size());
  return value;
}

/// reliability.md §3.2: AD = "dek" | handle | version.
void bind_key(std::vector<std::uint8_t>& bound, std::string_view handle, std::int64_t version) {
  constexpr std::string_view word = "dek";
  bound.assign(word.begin(), word.end());
  bound.push_back(static_cast<std::uint8_t>(handle.size()));
  bound.insert(bound.end(), handle.begin(), handle.end());
  for (int shift = 56; shift >= 0; shift -= 8)
    bound.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(version) >> shift));
}

}  // namespace

void KeyStore::initialize(SQLite::Database& file, const MasterKey& master, const StoreId& id) {
  Statement insert(file, "INSERT INTO meta (key, value) VALUES (?, ?)");
  insert.bind("store", Blob(id)).run();
  insert.bind("check", Blob(check_value(master, id))).run();
  insert.bind("wrapping_version", 1).run();
  insert.bind(rotation_done, no_rotation).run();
  insert.bind("unused_from", 0).run();
}

Expected<std::unique_ptr<KeyStore>> KeyStore::open(const std::filesystem::path& path, std::shared_ptr<const MasterKey> master) {
  auto file = open_file(path, FileKind::keys, Access::read_write);
  if (!file) return file.error();
  return guarded("opening the key store", [&]() -> Expected<std::unique_ptr<KeyStore>> {
    if (const auto checked = check_schema(*file, "key store"); !checked) return checked.error();
    Statement read(*file, "SELECT value FROM meta WHERE key = ?");
    StoreId id{};
    if (!read.bind("store").step() || read.blob(0).size() != id.size()) {
      return make_error(Errc::damaged, "key store has no id", "restore it from a backup");
    }
    std::ranges::copy(read.blob(0), id.begin());
    const auto expected = check_value(*master, id);
    if (!read.bind("check").step() || read.blob(0).size() != expected.size() ||
        sodium_memcmp(read.blob(0).data(), expected.data(), expected.size()) != 0) {
      return make_error(Errc::configuration, "master key does not belong to this key store",
                        "point configuration at the key that this store was made with");
    }
    read.reset();
    return std::unique_ptr<KeyStore>(new KeyStore(std::move(*file), std::move(master), id));
  });
}

KeyStore::KeyStore(SQLite::Database file, std::shared_ptr<const MasterKey> master, StoreId id)
    : file_(std::move(file)),
      master_(std::move(master)),
      id_(id),
      find_(file_,
            "SELECT handle, wrapping_version, wrapped, contact_version, settled, destroyed_at, last_choice FROM data_key WHERE "
            "id = ?"),
      add_(file_,
           "INSERT INTO data_key (id, handle, wrapping_version, wrapped, contact_version, settled) VALUES (?, ?, ?, ?, 1, 1)"),
      note_choice_(file_, "UPDATE data_key SET last_choice = ?3 WHERE id = ?1 AND handle = ?2"),
      expect_(file_, "UPDATE data_key SET contact_version = ?2, settled = 0 WHERE id = ?1"),
      settle_(file_, "UPDATE data_key SET settled = 1 WHERE id = ?1 AND contact_version = ?2 AND settled = 0"),
      destroy_(file_,
               "UPDATE data_key SET wrapped = zeroblob(length(wrapped)), destroyed_at = ?3, destroyed_why = ?4, settled = 1 "
               "WHERE id = ?1 AND handle = ?2 AND destroyed_at IS NULL"),
      read_meta_(file_, "SELECT value FROM meta WHERE key = ?"),
      write_meta_(file_, "UPDATE meta SET value = ?2 WHERE key = ?1") {}

Transaction KeyStore::begin_write(std::int64_t last_used) {
  // Another process may have added keys or begun a rotation since the last one.
  current_ = 0;
  next_ = 0;
  last_used_ = last_used;
  return Transaction(file_, Transaction::Kind::write);
}

KeyEpochs KeyStore::epochs() { return {meta("epoch"), meta("base")}; }

std::int64_t KeyStore::raise_epoch(std::int64_t in_database) {
  const std::int64_t epoch = epoch_after(meta("epoch"), in_database);
  set_meta("base", in_database);
  set_meta("epoch", epoch);
  return epoch;
}

void KeyStore::settle_epoch(std::int64_t epoch) {
  if (meta("epoch") == epoch && meta("base") != epoch) set_meta("base", epoch);
}

void KeyStore::adopt_epoch(std::int64_t epoch) {
  set_meta("epoch", epoch);
  set_meta("base", epoch);
  set_meta("adopted", 1);
}

Expected<KeyRow> KeyStore::find(std::int64_t id, std::string_view handle, DataKey& key) {
  KeyRow row;
  if (!find_.bind(id).step()) return row;
  if (find_.text(0) == handle) {
    row.contact_version = static_cast<std::uint64_t>(find_.integer(3));
    row.settled = find_.integer(4) != 0;
    row.destroyed_at = find_.optional_time(5);
    if (!find_.is_null(6)) row.last_choice = find_.integer(6);
    row.state = row.destroyed_at ? KeyState::destroyed : KeyState::live;
    if (row.state == KeyState::live) {
      if (const auto unwrapped = unwrap(handle, find_.integer(1), find_.blob(2), key); !unwrapped) {
        find_.reset();
        return unwrapped.error();
      }
    }
  }
  find_.reset();
  return row;
}

std::int64_t KeyStore::add(std::string_view handle, DataKey& key) {
  if (current_ == 0) current_ = meta("wrapping_version");
  if (next_ == 0) {
    next_ = std::max(last_id(), last_used_) + 1;
    set_meta("unused_from", next_);
  }
  randombytes_buf(key.bytes().data(), key.bytes().size());
  add_.bind(next_, handle, current_, wrap(handle, current_, key)).run();
  return next_++;
}

void KeyStore::note_choice(std::int64_t id, std::string_view handle, std::int64_t mark) {
  note_choice_.bind(id, handle, mark).run();
}

void KeyStore::expect_version(std::int64_t id, std::uint64_t version) { expect_.bind(id, version).run(); }

void KeyStore::settle(std::int64_t id, std::uint64_t version) { settle_.bind(id, version).run(); }

void KeyStore::destroy(std::int64_t id, std::string_view handle, std::string_view why, UtcTime now) {
  destroy_.bind(id, handle, now, why).run();
  if (meta("adopted") == 0) return;  // else one key a handle, and no walk through all of them
  Statement others(file_, "SELECT id FROM data_key WHERE handle = ? AND destroyed_at IS NULL");
  std::vector<std::int64_t> ids;
  for (others.bind(handle); others.step();) ids.push_back(others.integer(0));
  for (const std::int64_t other : ids) destroy_.bind(other, handle, now, why).run();
}

Expected<void> KeyStore::wipe_log() {
  if (!truncate_log(file_)) {
    return make_error(Errc::unavailable,
                      "the key is destroyed, but its bytes cannot leave the log of the key store yet: it is in use",
                      "run the same command again");
  }
  return {};
}

std::uint64_t KeyStore::sweep(std::int64_t last_used) {
  const std::int64_t last_made = last_id();
  // Only the very batch that was in hand when the process died is known to be without rows.
  if (last_made <= last_used || meta("unused_from") != last_used + 1) return 0;
  Transaction transaction = begin_write();
  Statement(file_, "DELETE FROM data_key WHERE id > ?").bind(last_used).run();
  transaction.commit();
  return static_cast<std::uint64_t>(last_made - last_used);
}

std::vector<ListedKey> KeyStore::unsettled() { return list("settled = 0"); }

std::vector<ListedKey> KeyStore::destroyed() { return list("destroyed_at IS NOT NULL"); }

std::vector<ListedKey> KeyStore::list(std::string_view where) {
  std::vector<ListedKey> rows;
  Statement statement(file_, "SELECT id, handle, contact_version FROM data_key WHERE " + std::string(where) + " ORDER BY id");
  while (statement.step()) {
    rows.push_back({statement.integer(0), std::string(statement.text(1)), static_cast<std::uint64_t>(statement.integer(2))});
  }
  return rows;
}

std::vector<SharingKey> KeyStore::sharing() {
  std::vector<SharingKey> rows;
  Statement statement(file_,
                      "SELECT id, handle, last_choice FROM data_key WHERE handle IN (SELECT handle FROM data_key GROUP BY "
                      "handle HAVING count(*) > 1)");
  while (statement.step()) {
    SharingKey& key = rows.emplace_back(SharingKey{statement.integer(0), std::string(statement.text(1)), std::nullopt});
    if (!statement.is_null(2)) key.last_choice = statement.integer(2);
  }
  return rows;
}

std::uint64_t KeyStore::destroyed_count() {
  Statement statement(file_, "SELECT count(*) FROM data_key WHERE destroyed_at IS NOT NULL");
  return statement.step() ? static_cast<std::uint64_t>(statement.integer(0)) : 0;
}

std::int64_t KeyStore::last_id() {
  Statement last(file_, "SELECT coalesce(max(id), 0) FROM data_key");
  last.step();
  return last.integer(0);
}

void KeyStore::force_version(std::int64_t id, std::uint64_t version) {
  Statement(file_, "UPDATE data_key SET contact_version = ?2, settled = 1 WHERE id = ?1").bind(id, version).run();
}

Expected<KeyRotation> KeyStore::rotate(std::size_t limit) {
  Transaction transaction = begin_write();
  std::int64_t done = meta(rotation_done);
  if (done == no_rotation) {
    set_meta("wrapping_version", meta("wrapping_version") + 1);
    done = 0;
  }
  const std::int64_t version = meta("wrapping_version");
  Statement read(
      file_,
      "SELECT id, handle, wrapping_version, wrapped FROM data_key WHERE id > ?1 AND destroyed_at IS NULL ORDER BY id LIMIT ?2");
  Statement write(file_, "UPDATE data_key SET wrapping_version = ?2, wrapped = ?3 WHERE id = ?1");
  KeyRotation rotation;
  rotation.version = static_cast<std::uint64_t>(version);
  for (read.bind(done, limit); read.step();) {
    done = read.integer(0);
    if (read.integer(2) == version) continue;  // made since the rotation began
    const std::string handle(read.text(1));
    DataKey key;
    if (const auto unwrapped = unwrap(handle, read.integer(2), read.blob(3), key); !unwrapped) return unwrapped.error();
    write.bind(done, version, wrap(handle, version, key)).run();
    ++rotation.rewrapped;
  }
  Statement count(file_, "SELECT count(*) FROM data_key WHERE id > ? AND destroyed_at IS NULL");
  count.bind(done).step();
  rotation.left = static_cast<std::uint64_t>(count.integer(0));
  count.reset();
  set_meta(rotation_done, rotation.left > 0 ? done : no_rotation);
  transaction.commit();
  rotation.log_wiped = truncate_log(file_);
  return rotation;
}

const SecretBytes<32>& KeyStore::wrapping_key(std::int64_t version) {
  const auto known = wrapping_keys_.find(version);
  if (known != wrapping_keys_.end()) return known->second;
  SecretBytes<32> key;
  master_->derive("regKEK__", static_cast<std::uint64_t>(version), key.bytes());
  return wrapping_keys_.emplace(version, std::move(key)).first->second;
}

Expected<void> KeyStore::unwrap(std::string_view handle, std::int64_t version, Blob wrapped, DataKey& key) {
  bind_key(bound_, handle, version);
  if (wrapped.size() != wrapped_size ||
      crypto_aead_xchacha20poly1305_ietf_decrypt(key.bytes().data(), nullptr, nullptr, wrapped.data() + nonce_size,
                                                 wrapped.size() - nonce_size, bound_.data(), bound_.size(), wrapped.data(),
                                                 wrapping_key(version).bytes().data()) != 0) {
    return make_error(Errc::damaged, "contact " + std::string(handle) + ": data key does not authenticate",
                      "restore the key store from a backup");
  }
  return {};
}

Blob KeyStore::wrap(std::string_view handle, std::int64_t version, const DataKey& key) {
  bind_key(bound_, handle, version);
  fill_nonce(std::span<std::uint8_t, nonce_size>(wrapped_.data(), nonce_size));
  crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped_.data() + nonce_size, nullptr, key.bytes().data(), key.bytes().size(),
                                             bound_.data(), bound_.size(), nullptr, wrapped_.data(),
                                             wrapping_key(version).bytes().data());
  return wrapped_;
}

std::int64_t KeyStore::meta(std::string_view key) {
  const std::int64_t value = read_meta_.bind(key).step() ? read_meta_.integer(0) : 0;
  read_meta_.reset();
  return value;
}

void KeyStore::set_meta(std::string_view key, std::int64_t value) { write_meta_.bind(key, value).run(); }

}  // namespace regdata::store
