// Which objects a deposit holds, and how each was: what the next deposit is the difference to (docs/decisions/0019).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "escrow/list_file.hpp"

namespace regdata::escrow {

inline constexpr std::string_view object_list_name = "objects.list";

/// In the order of a walk. The numbers stand in files: append only.
enum class ObjectKind : std::uint8_t { registrar = 0, domain = 1, host = 2, contact = 3, service = 4 };

struct ListedObject {
  ObjectKind kind = ObjectKind::registrar;
  std::string id;  ///< name of a domain or host, handle of a contact or service, id_of_host(); at most 65,535 bytes
  Mark mark{};     ///< of the object as it stood in the deposit
};

/// Of a host in a deposit that says by ROID what is gone (RFC 9022 §5.2.2.2.1): with another ROID it is another host.
std::string id_of_host(std::string_view name, std::string_view roid);
/// Empty: the id is a name alone.
std::string_view roid_in(std::string_view host_id);

/// Whether an object stands before another one in every walk: by kind, domains and contacts by id, hosts by their labels from
/// the last one.
bool stands_before(const ListedObject& one, const ListedObject& other);

/// Writes a list.
class ObjectList {
 public:
  /// Errors as PartFile::create().
  static Expected<ObjectList> begin(const std::filesystem::path& file, const Digest& key);
  [[nodiscard]] const Digest& key() const noexcept { return file_.key(); }
  /// Errc::internal: the one before stands behind it, or it is the same.
  Expected<void> add(const ListedObject& object);
  /// As of ListFile.
  Expected<ListFacts> end() { return file_.end(); }
  Expected<void> put_in_place() { return file_.put_in_place(); }
  [[nodiscard]] const std::filesystem::path& part_path() const noexcept { return file_.part_path(); }

 private:
  explicit ObjectList(ListFile file) : file_(std::move(file)) {}
  ListFile file_;
  std::optional<ListedObject> last_;
  Bytes entry_;
};

/// Reads one, front to back.
class ObjectListReader {
 public:
  /// Errors as FileSource::open().
  static Expected<ObjectListReader> open(const std::filesystem::path& file, const ListFacts& facts);
  /// Empty: that was all of it, and it is what the manifest names. Errc::damaged: it is not, or no list.
  Expected<std::optional<ListedObject>> next();
  ObjectListReader(ObjectListReader&& other) noexcept;
  ObjectListReader& operator=(ObjectListReader&& other) noexcept;
  ~ObjectListReader();

 private:
  struct State;
  explicit ObjectListReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace regdata::escrow
