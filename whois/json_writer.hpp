// JSON text (RFC 8259), written straight into a buffer. Boost.JSON would build a tree first and does not escape what must not
// stand in an answer that a browser may be handed: RDAP Response Profile 2024 §1.3.2 and rules.md §4.1 want no byte sequence
// that looks like markup, so `<`, `>` and `&` are always written as escapes (docs/decisions/0006).
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace regdata::whois {

/// Appends `value` with quotes. Any bytes in, valid UTF-8 out: control characters, markup characters, line separators and
/// characters that nobody sees (bidirectional controls, zero width) become escapes, an invalid byte becomes U+FFFD. What is
/// escaped is not lost: a parser gets the value back (reliability.md §2 row 7).
void append_json_string(std::string& out, std::string_view value);

/// Copies `value` to `to`, which has room for it, as far as its bytes stand for themselves in JSON; returns how far.
std::size_t copy_plain(char* to, std::string_view value) noexcept;

/// Writes one JSON text. Commas and colons come by themselves; that objects and arrays are closed is up to the caller. Keys are
/// ours: ASCII without anything to escape.
class JsonWriter {
 public:
  /// `out` outlives the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  void key(std::string_view name) {
    // one growth for the whole of it
    const std::string_view before = comma_ ? std::string_view(",\"") : std::string_view("\"");
    out_.append(before).append(name).append("\":", 2);
    comma_ = false;
  }
  void text(std::string_view value) {
    if (append_short({}, {}, value)) return;
    separate();
    append_json_string(out_, value);
  }
  void number(std::unsigned_integral auto value) {
    separate();
    std::array<char, 20> digits{};
    out_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  /// JSON that is known to be sound: constants, and what a writer made before.
  void raw(std::string_view json) {
    separate();
    out_.append(json);
  }

  void member(std::string_view name, std::string_view value) {
    if (append_short(name, "\":\"", value)) return;
    key(name);
    text(value);
  }
  void begin_object(std::string_view name) {
    key(name);
    begin_object();
  }
  void begin_array(std::string_view name) {
    key(name);
    begin_array();
  }

  /// Where the next byte will stand.
  [[nodiscard]] std::size_t position() const noexcept { return out_.size(); }

 private:
  /// The usual case, a short value without anything to escape, in one growth; false: nothing was written.
  bool append_short(std::string_view name, std::string_view between, std::string_view value) {
    std::array<char, 192> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below, as far as it is used
    constexpr std::size_t frame = 3;
    if (name.size() + between.size() + value.size() + frame > piece.size()) return false;
    char* end = piece.data();
    if (comma_) *end++ = ',';
    *end++ = '"';
    end = std::copy(between.begin(), between.end(), std::copy(name.begin(), name.end(), end));
    if (copy_plain(end, value) < value.size()) return false;
    end += value.size();
    *end++ = '"';
    out_.append(piece.data(), static_cast<std::size_t>(end - piece.data()));
    comma_ = true;
    return true;
  }
  void separate() {
    if (comma_) out_.push_back(',');
    comma_ = true;
  }
  void open(char bracket) {
    separate();
    out_.push_back(bracket);
    comma_ = false;
  }
  void close(char bracket) {
    out_.push_back(bracket);
    comma_ = true;
  }

  std::string& out_;
  bool comma_ = false;
};

}  // namespace regdata::whois
