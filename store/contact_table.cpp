#include "store/contact_table.hpp"

#include <algorithm>

namespace regdata::store {
namespace {

constexpr const char* contact_columns =
    "SELECT id, handle, version, data_key, region, sealed, erased_at, choices, source_class, source, as_of FROM contact ";

Blob bytes_of(const std::optional<EmailIndex>& index) { return index ? Blob(*index) : Blob(); }

std::optional<Blob> optional_bytes_of(const std::optional<EmailIndex>& index) {
  return index ? std::optional(bytes_of(index)) : std::nullopt;
}

}  // namespace

ContactTable::ContactTable(SQLite::Database& database, LabelTable& labels, KeyStore& keys, Vault& vault)
    : labels_(labels),
      keys_(keys),
      vault_(vault),
      database_(database),
      by_handle_(database, std::string(contact_columns) + "WHERE handle = ?"),
      by_id_(database, std::string(contact_columns) + "WHERE id = ?"),
      id_(database, "SELECT id FROM contact WHERE handle = ?"),
      key_(database, "SELECT data_key FROM contact WHERE handle = ?"),
      walk_(database, "SELECT id, handle FROM contact ORDER BY handle"),
      add_(database,
           "INSERT INTO contact (handle, version, data_key, region, sealed, email_index, choices, source_class, source, "
           "as_of) "
           "VALUES (?, 1, ?, ?, ?, ?, 0, ?, ?, ?)"),
      replace_(database,
               "UPDATE contact SET version = ?2, data_key = ?3, region = ?4, sealed = ?5, email_index = ?6, source_class = ?7, "
               "source = ?8, as_of = ?9 WHERE id = ?1"),
      provenance_(database, "UPDATE contact SET source_class = ?2, source = ?3, as_of = ?4 WHERE id = ?1"),
      choices_(database, "UPDATE contact SET choices = choices + ?2 WHERE id = ?1 RETURNING data_key, handle"),
      erase_(database, "UPDATE contact SET sealed = NULL, email_index = NULL, erased_at = ?2 WHERE id = ?1"),
      by_email_(database, "SELECT handle FROM contact WHERE email_index = ? ORDER BY handle") {}

std::optional<StoredContact> ContactTable::load(std::string_view handle) {
  auto stored = read(by_handle_.bind(handle));
  if (stored) open(*stored);
  return stored;
}

std::optional<StoredContact> ContactTable::load(std::int64_t id) {
  auto stored = load_sealed(id);
  if (stored) open(*stored);
  return stored;
}

std::optional<std::int64_t> ContactTable::id_of(std::string_view handle) {
  std::optional<std::int64_t> id;
  if (id_.bind(handle).step()) id = id_.integer(0);
  id_.reset();
  return id;
}

std::optional<ContactTable::Walked> ContactTable::next() {
  if (!walk_.step()) return std::nullopt;
  return Walked{walk_.integer(0), std::string(walk_.text(1))};
}

std::optional<std::int64_t> ContactTable::key_of(std::string_view handle) {
  std::optional<std::int64_t> key;
  if (key_.bind(handle).step()) key = key_.integer(0);
  key_.reset();
  return key;
}

std::int64_t ContactTable::add(const Contact& contact) {
  DataKey key;
  last_key_ = keys_.add(contact.handle, key);
  const auto sealed = vault_.seal(contact, 1, key);
  const auto index = index_of(contact);
  const Provenance& from = contact.provenance;
  add_.bind(contact.handle, last_key_, contact.region, sealed, optional_bytes_of(index), from.source_class,
            labels_.id_of(from.source), from.as_of)
      .run();
  return static_cast<std::int64_t>(add_.last_row());
}

void ContactTable::replace(const StoredContact& held, const Contact& contact, std::vector<ListedKey>& announced) {
  DataKey key;
  std::int64_t data_key = held.data_key;
  std::uint64_t version = held.version + 1;
  const auto row = keys_.find(data_key, contact.handle, key);
  if (row && row->state == KeyState::live) {
    version = std::max(version, row->contact_version + 1);
    keys_.expect_version(data_key, version);
    announced.push_back({data_key, contact.handle, version});
  } else {
    data_key = last_key_ = keys_.add(contact.handle, key);
    version = 1;
  }
  const auto sealed = vault_.seal(contact, version, key);
  const auto index = index_of(contact);
  const Provenance& from = contact.provenance;
  replace_
      .bind(held.id, version, data_key, contact.region, sealed, optional_bytes_of(index), from.source_class,
            labels_.id_of(from.source), from.as_of)
      .run();
}

void ContactTable::set_provenance(std::int64_t id, const Provenance& provenance) {
  provenance_.bind(id, provenance.source_class, labels_.id_of(provenance.source), provenance.as_of).run();
}

void ContactTable::count_choices(std::int64_t id, std::size_t appended, std::int64_t last) {
  if (choices_.bind(id, appended).step()) keys_.note_choice(choices_.integer(0), choices_.text(1), last);
  choices_.run();  // a statement that returns rows has changed them only behind the last one
}

void ContactTable::set_erased(std::int64_t id, UtcTime when) { erase_.bind(id, when).run(); }

std::vector<std::string> ContactTable::handles_by_email(std::string_view email) {
  std::vector<std::string> handles;
  const auto index = vault_.email_index(email);
  if (!index) return handles;
  by_email_.bind(bytes_of(index));
  while (by_email_.step()) handles.emplace_back(by_email_.text(0));
  return handles;
}

std::optional<StoredContact> ContactTable::read(Statement& row) {
  if (!row.step()) return std::nullopt;
  std::optional<StoredContact> result(std::in_place);
  StoredContact& stored = *result;
  stored.id = row.integer(0);
  stored.contact.handle = row.text(1);
  stored.version = static_cast<std::uint64_t>(row.integer(2));
  stored.data_key = row.integer(3);
  stored.contact.region = row.text(4);
  stored.erased_at = row.optional_time(6);
  stored.choices = static_cast<std::uint64_t>(row.integer(7));
  stored.contact.provenance.source_class = static_cast<SourceClass>(row.integer(8));
  stored.contact.provenance.source = labels_.text_of(row.integer(9));
  stored.contact.provenance.as_of = row.time(10);
  if (stored.erased_at) {
    stored.state = ContactState::erased;
  } else {
    const Blob sealed = row.blob(5);
    stored.sealed.assign(sealed.begin(), sealed.end());
  }
  row.reset();
  return result;
}

void ContactTable::open(StoredContact& stored) {
  if (stored.state == ContactState::erased) return;
  const std::string& handle = stored.contact.handle;
  DataKey key;
  const auto row = keys_.find(stored.data_key, handle, key);
  if (!row) {
    stored.problem = row.error();
  } else if (row->state == KeyState::absent) {
    stored.problem = make_error(Errc::key_missing, "contact " + handle + ": data key is missing",
                                "restore the key store from a backup, or import the contact again");
  } else if (row->state == KeyState::destroyed) {
    // The database may be an older one than the key file: what was erased stays erased.
    stored.state = ContactState::erased;
    stored.erased_at = row->destroyed_at;
  } else if (!row->expects(stored.version) && !is_current(stored, *row)) {
    stored.problem = make_error(Errc::damaged,
                                "contact " + handle + ": version " + std::to_string(stored.version) +
                                    " was rolled back, version " + std::to_string(row->contact_version) + " is current",
                                "restore the newest database, or import the contact again");
  } else {
    Contact opened;
    opened.handle = handle;
    opened.region = stored.contact.region;
    opened.provenance = stored.contact.provenance;
    if (const auto done = vault_.open(stored.sealed, stored.version, key, opened); !done) {
      stored.problem = done.error();
    } else {
      stored.contact = std::move(opened);
      stored.state = ContactState::opened;
    }
  }
}

/// Whoever reads from a snapshot may find a key row that is newer. Then the row as it is now decides.
bool ContactTable::is_current(const StoredContact& stored, const KeyRow& key) {
  if (!latest_) {
    auto opened = open_file(database_.getFilename(), FileKind::database, Access::read_only);
    if (!opened) return false;
    latest_.emplace(std::move(*opened));
  }
  Statement version(*latest_, "SELECT version FROM contact WHERE id = ?");
  if (!version.bind(stored.id).step()) return false;
  const auto now = static_cast<std::uint64_t>(version.integer(0));
  return now > stored.version && key.expects(now);
}

std::optional<EmailIndex> ContactTable::index_of(const Contact& contact) const {
  return vault_.email_index(contact.email.reveal());
}

}  // namespace regdata::store
