#include "escrow/object_list.hpp"

#include <algorithm>
#include <array>

#include "registration/domain_name.hpp"

namespace regdata::escrow {
namespace {

constexpr std::size_t longest_id = 65535;
constexpr char host_id_separator = ' ';
constexpr std::size_t head_size = 3;  // kind, length of the id

Error no_list(const std::filesystem::path& file) {
  return make_error(Errc::damaged, file.string() + " is no list of objects, or not whole");
}

}  // namespace

std::string id_of_host(std::string_view name, std::string_view roid) {
  return std::string(name) + host_id_separator + std::string(roid);
}

std::string_view roid_in(std::string_view host_id) {
  const auto at = host_id.find(host_id_separator);
  return at == std::string_view::npos ? std::string_view() : host_id.substr(at + 1);
}

bool stands_before(const ListedObject& one, const ListedObject& other) {
  if (one.kind != other.kind) return one.kind < other.kind;
  if (one.kind != ObjectKind::host) return one.id < other.id;
  const auto labels = [](std::string_view id) { return reverse_labels(id.substr(0, id.find(host_id_separator))); };
  const std::string first = labels(one.id);
  const std::string second = labels(other.id);
  return first == second ? roid_in(one.id) < roid_in(other.id) : first < second;
}

Expected<ObjectList> ObjectList::begin(const std::filesystem::path& file, const Digest& key) {
  auto list = ListFile::create(file, key);
  if (!list) return list.error();
  return ObjectList(std::move(*list));
}

Expected<void> ObjectList::add(const ListedObject& object) {
  if (object.id.size() > longest_id || (last_ && !stands_before(*last_, object)))
    return make_error(Errc::internal, "objects of a deposit are not in order: " + object.id);
  entry_.assign({static_cast<std::uint8_t>(object.kind), static_cast<std::uint8_t>(object.id.size() >> 8U),
                 static_cast<std::uint8_t>(object.id.size() & 0xFFU)});
  entry_.insert(entry_.end(), object.id.begin(), object.id.end());
  entry_.insert(entry_.end(), object.mark.begin(), object.mark.end());
  last_ = object;
  return file_.add(entry_);
}

struct ObjectListReader::State {
  State(std::filesystem::path path, FileSource opened, const ListFacts& told)
      : file(std::move(path)), source(std::move(opened)), measured(source), facts(told) {}

  /// Fewer than wanted: the file has ended.
  Expected<std::size_t> read(std::span<std::uint8_t> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
      const auto size = measured.read(into.subspan(filled));
      if (!size) return size.error();
      if (*size == 0) break;
      filled += *size;
    }
    return filled;
  }

  std::filesystem::path file;
  FileSource source;
  MeasuringSource measured;
  ListFacts facts;
  std::optional<ListedObject> last;
};

ObjectListReader::ObjectListReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ObjectListReader::ObjectListReader(ObjectListReader&& other) noexcept = default;
ObjectListReader& ObjectListReader::operator=(ObjectListReader&& other) noexcept = default;
ObjectListReader::~ObjectListReader() = default;

Expected<ObjectListReader> ObjectListReader::open(const std::filesystem::path& file, const ListFacts& facts) {
  auto source = FileSource::open(file);
  if (!source) return source.error();
  return ObjectListReader(std::make_unique<State>(file, std::move(*source), facts));
}

Expected<std::optional<ListedObject>> ObjectListReader::next() {
  std::array<std::uint8_t, head_size> head{};
  const auto size = state_->read(head);
  if (!size) return size.error();
  if (*size == 0) {
    if (auto good = check_list(state_->file, state_->measured, state_->facts); !good) return good.error();
    return std::optional<ListedObject>();
  }
  if (*size < head.size() || head[0] > static_cast<std::uint8_t>(ObjectKind::service)) return no_list(state_->file);
  ListedObject object{.kind = static_cast<ObjectKind>(head[0]), .id = {}, .mark = {}};
  Bytes rest((static_cast<std::size_t>(head[1]) << 8U | head[2]) + object.mark.size());
  const auto more = state_->read(rest);
  if (!more) return more.error();
  if (*more < rest.size()) return no_list(state_->file);
  object.id = as_text(ByteView(rest).first(rest.size() - object.mark.size()));
  std::copy(rest.end() - static_cast<std::ptrdiff_t>(object.mark.size()), rest.end(), object.mark.begin());
  if (state_->last && !stands_before(*state_->last, object)) return no_list(state_->file);
  state_->last = object;
  return std::optional(std::move(object));
}

}  // namespace regdata::escrow
