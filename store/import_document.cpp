#include "store/import_document.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <cstring>

namespace regdata::store {

ImportKind ImportValue::kind() const noexcept { return document_ ? document_->nodes_[at_].kind : ImportKind::null; }

std::string_view ImportValue::key() const noexcept {
  const auto& node = document_->nodes_[at_];
  return std::string_view(document_->bytes_).substr(node.key_at, node.key_size);
}

std::string_view ImportValue::text() const noexcept {
  const auto& node = document_->nodes_[at_];
  return std::string_view(document_->bytes_).substr(node.text_at, node.text_size);
}

std::int64_t ImportValue::integer() const noexcept { return document_->nodes_[at_].integer; }

ImportValue ImportValue::first() const noexcept {
  const auto end = document_->nodes_[at_].end;
  return at_ + 1 < end ? ImportValue(document_, at_ + 1, end) : ImportValue();
}

ImportValue ImportValue::next() const noexcept {
  const auto behind = document_->nodes_[at_].end;
  return behind < end_ ? ImportValue(document_, behind, end_) : ImportValue();
}

void ImportDocument::clear() {
  nodes_.clear();
  open_.clear();
  bytes_.clear();
  key_at_ = key_size_ = 0;
}

void ImportDocument::key(std::string_view key) {
  key_at_ = static_cast<std::uint32_t>(bytes_.size());
  key_size_ = 0;
  append_to_key(key);
}

void ImportDocument::append_to_key(std::string_view part) {
  bytes_.append(part);
  key_size_ += static_cast<std::uint32_t>(part.size());
}

ImportDocument::Node& ImportDocument::add(ImportKind kind) {
  Node& node = nodes_.emplace_back();
  node.kind = kind;
  node.key_at = key_at_;
  node.key_size = key_size_;
  node.end = static_cast<std::uint32_t>(nodes_.size());
  key_at_ = key_size_ = 0;
  return node;
}

void ImportDocument::integer(std::int64_t value) { add(ImportKind::integer).integer = value; }

void ImportDocument::text(std::string_view text) {
  open_text();
  append_to_text(text);
}

void ImportDocument::open_text() { add(ImportKind::text).text_at = static_cast<std::uint32_t>(bytes_.size()); }

void ImportDocument::append_to_text(std::string_view part) {
  bytes_.append(part);
  nodes_.back().text_size += static_cast<std::uint32_t>(part.size());
}

void ImportDocument::open(ImportKind list_or_object) {
  add(list_or_object);
  open_.push_back(static_cast<std::uint32_t>(nodes_.size() - 1));
}

void ImportDocument::close() {
  nodes_[open_.back()].end = static_cast<std::uint32_t>(nodes_.size());
  open_.pop_back();
}

ImportValue ImportDocument::root() const noexcept {
  return nodes_.empty() ? ImportValue() : ImportValue(this, 0, static_cast<std::uint32_t>(nodes_.size()));
}

namespace {

namespace json = boost::json;

/// Boost.JSON's events, written into the document as they come.
struct DocumentHandler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using Code = boost::system::error_code;

  ImportDocument* document = nullptr;
  bool in_key = false;
  bool in_text = false;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return document->open(ImportKind::object), true; }
  bool on_object_end(std::size_t, Code&) { return document->close(), true; }
  bool on_array_begin(Code&) { return document->open(ImportKind::list), true; }
  bool on_array_end(std::size_t, Code&) { return document->close(), true; }
  bool on_key_part(json::string_view part, std::size_t, Code&) { return add_key(part, false); }
  bool on_key(json::string_view part, std::size_t, Code&) { return add_key(part, true); }
  bool on_string_part(json::string_view part, std::size_t, Code&) { return add_text(part, false); }
  bool on_string(json::string_view part, std::size_t, Code&) { return add_text(part, true); }
  bool on_number_part(json::string_view, Code&) { return true; }
  bool on_int64(std::int64_t value, json::string_view, Code&) { return document->integer(value), true; }
  bool on_uint64(std::uint64_t, json::string_view, Code&) { return document->number(), true; }
  bool on_double(double, json::string_view, Code&) { return document->number(), true; }
  bool on_bool(bool, Code&) { return document->boolean(), true; }
  bool on_null(Code&) { return document->null(), true; }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }

 private:
  bool add_key(json::string_view part, bool last) {
    if (!in_key) document->key({});
    document->append_to_key({part.data(), part.size()});
    in_key = !last;
    return true;
  }
  bool add_text(json::string_view part, bool last) {
    if (!in_text) document->open_text();
    document->append_to_text({part.data(), part.size()});
    in_text = !last;
    return true;
  }
};

json::parse_options line_options() {
  json::parse_options options;
  options.max_depth = 8;  // a choice inside a contact inside contacts needs 6
  return options;
}

std::string_view reason_of(const boost::system::error_code& code) {
  if (code == json::error::incomplete) return "ends too early";
  if (code == json::error::too_deep) return "nested too deeply";
  return "is not JSON";
}

}  // namespace

struct JsonLineParser::State {
  json::basic_parser<DocumentHandler> parser{line_options()};
};

JsonLineParser::JsonLineParser() : state_(std::make_unique<State>()) {}
JsonLineParser::~JsonLineParser() = default;

Expected<void> JsonLineParser::parse(std::string_view line, ImportDocument& document) {
  document.clear();
  auto& parser = state_->parser;
  parser.reset();
  parser.handler() = DocumentHandler{};
  parser.handler().document = &document;
  boost::system::error_code code;
  const std::size_t used = parser.write_some(false, line.data(), line.size(), code);
  if (code) {
    document.clear();
    return make_error(Errc::invalid, std::string(reason_of(code)) + " at byte " + std::to_string(used + 1));
  }
  if (used != line.size()) {
    document.clear();
    return make_error(Errc::invalid, "has more behind the object, at byte " + std::to_string(used + 1));
  }
  return {};
}

std::size_t first_invalid_utf8(std::string_view text) noexcept {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t word = 0;
    if (at + sizeof word <= text.size()) {
      std::memcpy(&word, bytes + at, sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        at += sizeof word;
        continue;
      }
    }
    const unsigned char lead = bytes[at];
    if (lead < 0x80) {
      ++at;
      continue;
    }
    const std::size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
    if (size == 0 || at + size > text.size()) return at;
    const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (bytes[at + 1] < low || bytes[at + 1] > high) return at;
    for (std::size_t i = 2; i < size; ++i) {
      if ((bytes[at + i] & 0xC0U) != 0x80) return at;
    }
    at += size;
  }
  return std::string_view::npos;
}

}  // namespace regdata::store
