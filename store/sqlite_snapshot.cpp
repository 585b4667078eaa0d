#include "store/sqlite_snapshot.hpp"

#include "store/pieces_ahead.hpp"
#include "store/registration_reader.hpp"

namespace regdata::store {
namespace {

/// What is looked at under one read transaction of the key file. Short, so that whoever destroys a key never waits for a walk
/// to empty the key file's log.
constexpr std::size_t walk_piece = 256;

/// Ends a table's walk, however it is left.
template <class Table>
class TableWalk {
 public:
  explicit TableWalk(Table& table) : table_(table) {}
  TableWalk(const TableWalk&) = delete;
  TableWalk& operator=(const TableWalk&) = delete;
  ~TableWalk() { table_.end_walk(); }

 private:
  Table& table_;
};

}  // namespace

Expected<void> SqliteSnapshot::for_each(std::string_view after, const std::function<bool(const RegistrationData&)>& visit) {
  RegistrationReader reader(tables_);
  const TableWalk end(tables_.registrations);
  tables_.registrations.begin_walk(after);
  // Reading rows, opening what is sealed in them, and what a deposit does with it take about as long as each other.
  PiecesAhead<SealedRegistration> rows([&](std::vector<SealedRegistration>& piece) -> Expected<bool> {
    piece.reserve(walk_piece);
    while (piece.size() < walk_piece) {
      auto stored = tables_.registrations.next();
      if (!stored) return stored.error();
      if (!*stored) return false;
      auto sealed = reader.read(std::move(**stored));
      if (!sealed) return sealed.error();
      piece.push_back(std::move(*sealed));
    }
    return true;
  });
  PiecesAhead<RegistrationData> opened([&](std::vector<RegistrationData>& piece) -> Expected<bool> {
    auto sealed = rows.next();
    if (!sealed) return sealed.error();
    piece.reserve(sealed->size());
    const Transaction in_keys(keys_.file(), Transaction::Kind::read);
    for (SealedRegistration& one : *sealed) piece.push_back(reader.open(std::move(one)));
    return !piece.empty();
  });
  while (true) {
    const auto piece = opened.next();
    if (!piece) return piece.error();
    if (piece->empty()) return {};
    for (const RegistrationData& item : *piece)
      if (!visit(item)) return {};
  }
}

Expected<bool> SqliteSnapshot::next_contact(const ContactUse& counts, std::vector<RoleContact>& piece) {
  const auto walked = tables_.contacts.next();
  if (!walked) return false;
  if (counts) {
    const auto used = tables_.registrations.is_used(walked->id, counts);
    if (!used || !*used) return used ? Expected<bool>(true) : used.error();
  }
  if (auto contact = RegistrationReader(tables_).find_contact(walked->handle)) piece.push_back(std::move(*contact));
  return true;
}

Expected<void> SqliteSnapshot::for_each_contact(const ContactUse& counts,
                                                const std::function<bool(const RoleContact&)>& visit) {
  const TableWalk end(tables_.contacts);
  tables_.contacts.begin_walk();
  std::vector<RoleContact> piece;
  for (bool more = true; more;) {
    piece.clear();
    {
      const Transaction in_keys(keys_.file(), Transaction::Kind::read);
      for (std::size_t looked = 0; more && looked < walk_piece; ++looked) {
        const auto any = next_contact(counts, piece);
        if (!any) return any.error();
        more = *any;
      }
    }
    for (const RoleContact& item : piece)
      if (!visit(item)) return {};
  }
  return {};
}

Expected<void> SqliteSnapshot::for_each_host(const std::function<bool(const Host&, bool used)>& visit) {
  const TableWalk end(tables_.hosts);
  tables_.hosts.begin_walk();
  while (true) {
    const auto stored = tables_.hosts.next();
    if (!stored) return stored.error();
    if (!*stored || !visit((*stored)->host, (*stored)->uses > 0)) return {};
  }
}

}  // namespace regdata::store
