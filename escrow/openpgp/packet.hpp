// Packets: type, length, body (RFC 9580 §4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "escrow/stream.hpp"

namespace regdata::escrow::openpgp {

/// RFC 9580 §5, those that we write or read.
enum class PacketType : std::uint8_t {
  encrypted_session_key = 1,  ///< PKESK
  signature = 2,
  one_pass_signature = 4,
  secret_key = 5,
  public_key = 6,
  secret_subkey = 7,
  compressed_data = 8,
  literal_data = 11,
  user_id = 13,
  public_subkey = 14,
  encrypted_data = 18,     ///< SEIPD
  modification_code = 19,  ///< MDC, inside a version 1 SEIPD
};

/// Most bytes of a body that is kept whole. Keys, signatures and encrypted session keys are far smaller.
inline constexpr std::size_t longest_packet = 65536;

/// Appends a packet of known length, in the format of today (§4.2.1).
void append_packet(Bytes& out, PacketType type, ByteView body);
/// Appends only the first octet and the length.
void append_header(Bytes& out, PacketType type, std::size_t length);

/// Two octets, four octets, big endian.
void append_number(Bytes& out, std::uint16_t number);
void append_number(Bytes& out, std::uint32_t number);
void append_number(Bytes& out, std::uint64_t number);
inline void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
/// A multiprecision integer (§3.2): leading zero octets of `magnitude` are left out.
void append_integer(Bytes& out, ByteView magnitude);

/// A body of unknown length: its bytes leave in partial lengths of 64 KiB and a last one that is exact (§4.2.1.4).
class PacketSink final : public ByteSink {
 public:
  PacketSink(PacketType type, ByteSink& behind);
  PacketSink(const PacketSink&) = delete;
  PacketSink& operator=(const PacketSink&) = delete;
  ~PacketSink() override;  // wipes what it held: of a literal packet that is plain
  Expected<void> write(ByteView bytes) override;
  /// Ends the packet. The sink behind is not finished: other packets may follow.
  Expected<void> finish() override;

 private:
  Expected<void> send_block();

  ByteSink& behind_;
  Bytes held_;
  PacketType type_;
  bool begun_ = false;
};

/// One packet of a sequence in memory.
struct Packet {
  std::uint8_t type = 0;
  ByteView body;
};

/// Walks a sequence of packets with known lengths, as certificates and keys are made of. Any bytes in; an error is
/// Errc::invalid.
class PacketWalk {
 public:
  explicit PacketWalk(ByteView bytes) noexcept : rest_(bytes) {}
  /// The next packet, or nothing at the end.
  Expected<std::optional<Packet>> next();

 private:
  ByteView rest_;
};

/// Reads fields out of a packet's body. Once something was missing everything is empty or zero, and `good()` is false.
class Fields {
 public:
  explicit Fields(ByteView bytes) noexcept : rest_(bytes) {}
  std::uint8_t octet() noexcept;
  std::uint16_t two() noexcept;
  std::uint32_t four() noexcept;
  ByteView bytes(std::size_t count) noexcept;
  /// The magnitude of a multiprecision integer. Bits that its length does not speak of must be zero (§3.2).
  ByteView integer() noexcept;
  ByteView rest() noexcept;
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] bool good() const noexcept { return good_; }
  /// Everything was there, and nothing is left over.
  [[nodiscard]] bool complete() const noexcept { return good_ && rest_.empty(); }

 private:
  ByteView rest_;
  bool good_ = true;
};

/// Pulls packets out of a source: first the header, then the body.
class PacketSource final : public ByteSource {
 public:
  explicit PacketSource(ByteSource& from) noexcept : from_(from) {}

  /// Goes to the next packet, whose type is returned; nothing at the end. The body before must have been read to its end.
  Expected<std::optional<PacketType>> next();
  /// Of the body of the current packet.
  Expected<std::size_t> read(std::span<std::uint8_t> into) override;
  /// The whole body, of at most longest_packet bytes; a partial length is refused, as §4.2.1.4 does for all but data packets.
  Expected<Bytes> whole();

 private:
  Expected<std::uint8_t> octet();
  Expected<void> read_length();

  ByteSource& from_;
  std::size_t left_ = 0;  ///< of the current length
  bool partial_ = false;  ///< another length follows
  bool first_ = false;    ///< no partial length was read yet
};

}  // namespace regdata::escrow::openpgp
