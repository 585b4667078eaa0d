#include "escrow/openpgp/packet.hpp"

#include <algorithm>
#include <bit>

namespace regdata::escrow::openpgp {
namespace {

constexpr std::uint8_t always_one = 0x80;
constexpr std::uint8_t format_of_today = 0x40;
constexpr std::size_t partial_block = 65536;  ///< 2^16
constexpr std::uint8_t block_header = 240;    ///< 224 + 16 (§4.2.1.4)

Error malformed(const char* what) { return make_error(Errc::invalid, std::string("openpgp: ") + what); }

void append_length(Bytes& out, std::size_t length) {
  if (length < 192) {
    out.push_back(static_cast<std::uint8_t>(length));
  } else if (length < 8384) {
    out.push_back(static_cast<std::uint8_t>(((length - 192) >> 8) + 192));
    out.push_back(static_cast<std::uint8_t>(length - 192));
  } else {
    out.push_back(255);
    append_number(out, static_cast<std::uint32_t>(length));
  }
}

template <class Number>
void append_big_endian(Bytes& out, Number number) {
  for (int shift = (static_cast<int>(sizeof number) - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(number >> shift));
}

}  // namespace

void append_number(Bytes& out, std::uint16_t number) { append_big_endian(out, number); }
void append_number(Bytes& out, std::uint32_t number) { append_big_endian(out, number); }
void append_number(Bytes& out, std::uint64_t number) { append_big_endian(out, number); }

void append_integer(Bytes& out, ByteView magnitude) {
  while (!magnitude.empty() && magnitude.front() == 0) magnitude = magnitude.subspan(1);
  const std::size_t bits =
      magnitude.empty() ? 0
                        : (magnitude.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(unsigned{magnitude.front()}));
  append_number(out, static_cast<std::uint16_t>(bits));
  append(out, magnitude);
}

void append_header(Bytes& out, PacketType type, std::size_t length) {
  out.push_back(always_one | format_of_today | static_cast<std::uint8_t>(type));
  append_length(out, length);
}

void append_packet(Bytes& out, PacketType type, ByteView body) {
  append_header(out, type, body.size());
  append(out, body);
}

PacketSink::PacketSink(PacketType type, ByteSink& behind) : behind_(behind), type_(type) { held_.reserve(partial_block + 2); }

PacketSink::~PacketSink() { wipe(held_); }

Expected<void> PacketSink::write(ByteView bytes) {
  while (!bytes.empty()) {
    if (held_.empty()) {  // room for the header in front of the block: one write for both
      if (!begun_) held_.push_back(always_one | format_of_today | static_cast<std::uint8_t>(type_));
      held_.push_back(block_header);
    }
    const std::size_t header = begun_ ? 1 : 2;
    const std::size_t size = std::min(bytes.size(), partial_block + header - held_.size());
    append(held_, bytes.first(size));
    bytes = bytes.subspan(size);
    if (held_.size() == partial_block + header) {
      if (auto sent = behind_.write(held_); !sent) return sent;
      begun_ = true;
      held_.clear();
    }
  }
  return {};
}

Expected<void> PacketSink::finish() {
  const std::size_t header = held_.empty() ? 0 : (begun_ ? 1 : 2);
  const ByteView rest = ByteView(held_).subspan(header);
  Bytes last;
  last.reserve(rest.size() + 6);
  if (!begun_) last.push_back(always_one | format_of_today | static_cast<std::uint8_t>(type_));
  append_length(last, rest.size());
  append(last, rest);
  held_.clear();
  auto sent = behind_.write(last);
  wipe(last);
  return sent;
}

Expected<std::optional<Packet>> PacketWalk::next() {
  if (rest_.empty()) return std::optional<Packet>();
  Fields fields(rest_);
  const std::uint8_t first = fields.octet();
  if ((first & always_one) == 0) return malformed("a packet does not begin where one should");
  Packet packet;
  std::size_t length = 0;
  if ((first & format_of_today) != 0) {
    packet.type = first & 0x3F;
    const std::uint8_t second = fields.octet();
    if (second < 192) {
      length = second;
    } else if (second < 224) {
      length = (static_cast<std::size_t>(second - 192) << 8) + fields.octet() + 192;
    } else if (second == 255) {
      length = fields.four();
    } else {
      return malformed("a partial length where the whole packet is needed");
    }
  } else {  // §4.2.2: keys made by GnuPG still look like this
    packet.type = (first >> 2) & 0x0F;
    switch (first & 3) {
      case 0:
        length = fields.octet();
        break;
      case 1:
        length = fields.two();
        break;
      case 2:
        length = fields.four();
        break;
      default:
        return malformed("a packet of indeterminate length");
    }
  }
  if (length > longest_packet) return malformed("a packet is longer than a key or signature can be");
  packet.body = fields.bytes(length);
  if (!fields.good()) return malformed("the last packet is cut off");
  rest_ = fields.rest();
  return std::optional<Packet>(packet);
}

std::uint8_t Fields::octet() noexcept {
  const ByteView one = bytes(1);
  return one.empty() ? 0 : one.front();
}

std::uint16_t Fields::two() noexcept {
  const unsigned high = octet();
  return static_cast<std::uint16_t>(high << 8 | octet());
}

std::uint32_t Fields::four() noexcept {
  const std::uint32_t high = two();
  return high << 16 | two();
}

ByteView Fields::bytes(std::size_t count) noexcept {
  if (count > rest_.size()) {
    good_ = false;
    rest_ = {};
    return {};
  }
  const ByteView taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

ByteView Fields::integer() noexcept {
  const std::size_t bits = two();
  const ByteView magnitude = bytes((bits + 7) / 8);
  if (good_ && bits != 0 && static_cast<std::size_t>(std::bit_width(unsigned{magnitude.front()})) != (bits - 1) % 8 + 1)
    good_ = false;
  return magnitude;
}

ByteView Fields::rest() noexcept { return bytes(rest_.size()); }

Expected<std::uint8_t> PacketSource::octet() {
  std::uint8_t one = 0;
  const auto size = from_.read({&one, 1});
  if (!size) return size.error();
  if (*size == 0) return malformed("the data end within a packet");
  return one;
}

Expected<void> PacketSource::read_length() {
  const auto first = octet();
  if (!first) return first.error();
  std::size_t more = 0;
  partial_ = false;
  if (*first < 192) {
    left_ = *first;
    return {};
  }
  if (*first < 224) {
    more = 1;
    left_ = *first - 192U;
  } else if (*first < 255) {
    left_ = std::size_t{1} << (*first & 0x1F);
    partial_ = true;
    if (first_ && left_ < 512) return malformed("the first part of a packet is shorter than 512 bytes");  // §4.2.1.4
    first_ = false;
    return {};
  } else {
    more = 4;
    left_ = 0;
  }
  for (; more > 0; --more) {
    const auto next = octet();
    if (!next) return next.error();
    left_ = left_ << 8 | *next;
  }
  if (*first != 255) left_ += 192;
  return {};
}

Expected<std::optional<PacketType>> PacketSource::next() {
  if (left_ != 0 || partial_) return make_error(Errc::internal, "openpgp: a packet was not read to its end");
  std::uint8_t first = 0;
  const auto size = from_.read({&first, 1});
  if (!size) return size.error();
  if (*size == 0) return std::optional<PacketType>();
  if ((first & always_one) == 0 || (first & format_of_today) == 0) return malformed("a packet does not begin where one should");
  first_ = true;
  if (const auto length = read_length(); !length) return length.error();
  return std::optional(static_cast<PacketType>(first & 0x3F));
}

Expected<std::size_t> PacketSource::read(std::span<std::uint8_t> into) {
  while (left_ == 0) {
    if (!partial_) return std::size_t{0};
    if (const auto length = read_length(); !length) return length.error();
  }
  auto size = from_.read(into.first(std::min(into.size(), left_)));
  if (!size) return size;
  if (*size == 0) return malformed("the data end within a packet");
  left_ -= *size;
  return *size;
}

Expected<Bytes> PacketSource::whole() {
  if (partial_ || left_ > longest_packet) return malformed("a packet is longer than it can be");
  Bytes body(left_);
  for (std::size_t filled = 0; filled < body.size();) {
    const auto size = read(std::span(body).subspan(filled));
    if (!size) return size.error();
    filled += *size;
  }
  return body;
}

}  // namespace regdata::escrow::openpgp
