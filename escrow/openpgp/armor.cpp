#include "escrow/openpgp/armor.hpp"

#include <sodium.h>

#include <array>
#include <optional>

#include "escrow/openpgp/refused.hpp"

namespace regdata::escrow::openpgp {
namespace {

constexpr std::size_t most = 1U << 20;
constexpr std::size_t line_bytes = 48;  // 64 characters
constexpr int plain_base64 = sodium_base64_VARIANT_ORIGINAL;

/// §6.1.
std::uint32_t crc24(ByteView bytes) {
  std::uint32_t crc = 0xB704CE;
  for (const std::uint8_t octet : bytes) {
    crc ^= std::uint32_t{octet} << 16;
    for (int bit = 0; bit < 8; ++bit) {
      crc <<= 1;
      if ((crc & 0x1000000) != 0) crc ^= 0x1864CFB;
    }
  }
  return crc & 0xFFFFFF;
}

std::string base64(ByteView bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), plain_base64), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), plain_base64);
  text.pop_back();  // the terminating zero
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  Bytes bytes(text.size() / 4 * 3 + 3);
  std::size_t size = 0;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr, plain_base64) != 0)
    return std::nullopt;
  bytes.resize(size);
  return bytes;
}

Bytes crc_bytes(ByteView bytes) {
  const std::uint32_t crc = crc24(bytes);
  return {static_cast<std::uint8_t>(crc >> 16), static_cast<std::uint8_t>(crc >> 8), static_cast<std::uint8_t>(crc)};
}

/// The next line without its end; `rest` goes behind it.
std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

/// From behind the line that begins a block to behind the one that ends it; its bytes go to the end of `all`.
Expected<void> read_block(std::string_view& rest, std::string_view end, Bytes& all) {
  while (!rest.empty() && !next_line(rest).empty()) {  // headers, which end with an empty line
  }
  std::string text;
  text.reserve(rest.size());
  std::string check;
  bool ended = false;
  while (!rest.empty() && !ended) {
    const std::string_view line = next_line(rest);
    ended = line == end;
    if (ended) break;
    if (line.size() == 5 && line.front() == '=' && check.empty())
      check = line.substr(1);
    else
      text += line;
  }
  auto plain = from_base64(text);
  sodium_memzero(text.data(), text.size());
  if (!ended) return refused("the armour has no end");
  if (!plain) return refused("the armour is damaged");
  const bool holds = check.empty() || from_base64(check) == crc_bytes(*plain);
  all.insert(all.end(), plain->begin(), plain->end());
  wipe(*plain);
  return holds ? Expected<void>() : refused("the armour's checksum does not hold");
}

}  // namespace

std::string armored(ByteView bytes, std::string_view label, bool checksum) {
  std::string text;
  text.reserve(bytes.size() / 3 * 4 + bytes.size() / line_bytes + 256);
  text += "-----BEGIN " + std::string(label) + "-----\n\n";
  for (ByteView rest = bytes; !rest.empty();) {
    const ByteView line = rest.first(std::min(line_bytes, rest.size()));
    text += base64(line) + '\n';
    rest = rest.subspan(line.size());
  }
  if (checksum) text += '=' + base64(crc_bytes(bytes)) + '\n';
  return text + "-----END " + std::string(label) + "-----\n";
}

Expected<Bytes> unarmored(ByteView bytes, std::string_view label) {
  if (bytes.empty()) return refused("the file is empty");
  if (bytes.size() > most) return refused("the file is too long");
  std::string_view rest = as_text(bytes);
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (rest.starts_with(byte_order_mark))
    rest.remove_prefix(byte_order_mark.size());
  else if ((bytes.front() & 0x80) != 0)
    return Bytes(bytes.begin(), bytes.end());
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  Bytes all;
  all.reserve(bytes.size());  // what grows leaves copies behind, and this may be a secret key
  bool found = false;
  while (!rest.empty()) {
    if (next_line(rest) != begin) continue;
    found = true;
    if (auto block = read_block(rest, end, all); !block) return block.error();
  }
  if (!found) return refused("there is no " + std::string(label) + " in the file");
  return all;
}

}  // namespace regdata::escrow::openpgp
