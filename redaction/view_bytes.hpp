// Bytes of the view store's records: variable-length numbers and length-prefixed text, written one way only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace regdata::redaction {

/// Octets that the longest number takes.
inline constexpr std::size_t longest_number = 10;

/// LEB128, shortest form; returns where it ends.
inline char* write_number(char* at, std::uint64_t value) noexcept {
  while (value >= 0x80U) {
    *at++ = static_cast<char>(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  *at++ = static_cast<char>(static_cast<std::uint8_t>(value));
  return at;
}

/// Small negative numbers stay short.
inline std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1U) ^ (value < 0 ? ~std::uint64_t{0} : std::uint64_t{0});
}

/// Appends to a buffer of the caller's, which outlives it.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void number(std::uint64_t value) {
    char bytes[longest_number];
    out_.append(bytes, static_cast<std::size_t>(write_number(bytes, value) - bytes));
  }
  void signed_number(std::int64_t value) { number(zigzag(value)); }
  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }

 private:
  std::string& out_;
};

/// Reads what ByteWriter wrote. The first fault sticks: everything behind it reads as zero or empty, so a decoder asks once, at
/// the end. Never reads past the bytes given; `bytes` outlives the reader and the texts it returned.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint8_t byte() {
    if (at_ == end_) return static_cast<std::uint8_t>(fail());
    return static_cast<std::uint8_t>(*at_++);
  }
  std::uint64_t number() {
    const std::uint8_t first = byte();
    return first < 0x80U ? first : long_number(first);
  }
  /// A number of at most `most`.
  std::uint64_t number_up_to(std::uint64_t most) {
    const std::uint64_t value = number();
    return value <= most ? value : fail();
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
  }
  std::string_view text() {
    const std::uint64_t size = number_up_to_left();
    const std::string_view value(at_, static_cast<std::size_t>(size));
    at_ += size;
    return value;
  }
  /// A count of things that take at least one byte each, so that a damaged count cannot ask for memory.
  std::size_t count() { return static_cast<std::size_t>(number_up_to_left()); }

  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  /// True when every byte was read and none was at fault.
  [[nodiscard]] bool finished() const { return sound_ && at_ == end_; }
  [[nodiscard]] bool sound() const { return sound_; }
  std::uint64_t fail() {
    sound_ = false;
    at_ = end_;
    return 0;
  }

 private:
  /// What is left counts from behind the number.
  std::uint64_t number_up_to_left() {
    const std::uint64_t value = number();
    return value <= left() ? value : fail();
  }
  std::uint64_t long_number(std::uint8_t first) {
    std::uint64_t value = first & 0x7FU;
    for (unsigned shift = 7; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      if (shift == 63 && next > 1) return fail();
      value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
      if (next < 0x80U) return next == 0 ? fail() : value;  // a zero at the end is not the shortest form
    }
    return fail();
  }

  const char* at_;
  const char* end_;
  bool sound_ = true;
};

}  // namespace regdata::redaction
