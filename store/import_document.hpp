// One line of an import as its source wrote it: a small tree, held flat.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"

namespace regdata::store {

/// What stands at one place of a line.
enum class ImportKind : std::uint8_t {
  null,
  boolean,
  integer,
  number,  ///< a number that is no integer: never valid, kept so that the reader can say so
  text,
  list,
  object,
  rejected,  ///< the CSV mapping has already said what is wrong here: the reader neither reads nor misses it
};

class ImportDocument;

/// A place in an ImportDocument. Cheap to copy; valid until the document is cleared.
class ImportValue {
 public:
  ImportValue() = default;

  /// False for "not there".
  explicit operator bool() const noexcept { return document_ != nullptr; }
  [[nodiscard]] ImportKind kind() const noexcept;
  /// The member's key; empty for an entry of a list.
  [[nodiscard]] std::string_view key() const noexcept;
  /// Of a text.
  [[nodiscard]] std::string_view text() const noexcept;
  /// Of an integer.
  [[nodiscard]] std::int64_t integer() const noexcept;
  /// First member or entry, and the one behind this; "not there" at the end.
  [[nodiscard]] ImportValue first() const noexcept;
  [[nodiscard]] ImportValue next() const noexcept;

 private:
  friend class ImportDocument;
  ImportValue(const ImportDocument* document, std::uint32_t at, std::uint32_t end) : document_(document), at_(at), end_(end) {}
  const ImportDocument* document_ = nullptr;
  std::uint32_t at_ = 0;
  std::uint32_t end_ = 0;  ///< where the parent's members end
};

/// The tree, in order of appearance. Built by JsonLineParser or by the CSV mapping, read by read_import_line(). Cleared and
/// filled again for each line, so that a line costs no allocation.
class ImportDocument {
 public:
  void clear();

  /// The builders write one value each, under the key set last (none inside a list). Every open has its close.
  void key(std::string_view key);
  void append_to_key(std::string_view part);
  void null() { add(ImportKind::null); }
  void rejected() { add(ImportKind::rejected); }
  void boolean() { add(ImportKind::boolean); }
  void integer(std::int64_t value);
  void number() { add(ImportKind::number); }
  void text(std::string_view text);
  void open_text();
  void append_to_text(std::string_view part);
  void open(ImportKind list_or_object);
  void close();

  /// The outermost value; "not there" for an empty document.
  [[nodiscard]] ImportValue root() const noexcept;

 private:
  friend class ImportValue;
  struct Node {
    ImportKind kind = ImportKind::null;
    std::uint32_t key_at = 0, key_size = 0;
    std::uint32_t text_at = 0, text_size = 0;
    std::uint32_t end = 0;  ///< index behind the last descendant
    std::int64_t integer = 0;
  };
  Node& add(ImportKind kind);

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> open_;
  std::string bytes_;
  std::uint32_t key_at_ = 0;
  std::uint32_t key_size_ = 0;
};

/// Reads a line of JSON (RFC 8259) into a document. Total: any bytes in, a document or Errc::invalid out; the context says what
/// is wrong and at which byte of the line, and repeats nothing of it. Depth is limited to 8, the caller limits the length.
class JsonLineParser {
 public:
  JsonLineParser();
  ~JsonLineParser();
  Expected<void> parse(std::string_view line, ImportDocument& document);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Byte position of the first sequence that is not UTF-8 (RFC 3629 §4: no surrogates, no overlong forms); npos: none.
std::size_t first_invalid_utf8(std::string_view text) noexcept;

}  // namespace regdata::store
