#include "epp/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace regdata::epp {
namespace {

constexpr std::size_t text_shown = 160;

std::size_t length_in(std::string_view header) {
  std::size_t length = 0;
  for (const char octet : header.substr(0, frame_header_size)) length = length << 8U | static_cast<std::uint8_t>(octet);
  return length;
}

bool is_printable(char octet) { return octet >= ' ' && octet <= '~'; }

/// The first line of what should have been a frame.
std::string first_line(std::string_view text) {
  std::string line;
  for (const char octet : text.substr(0, text_shown)) {
    if (!is_printable(octet)) break;
    line += octet;
  }
  return line;
}

}  // namespace

void append_frame(std::string& octets, std::string_view xml) {
  const auto length = static_cast<std::uint32_t>(xml.size() + frame_header_size);
  for (unsigned shift = 32; shift > 0;) octets += static_cast<char>(length >> (shift -= 8) & 0xFFU);
  octets += xml;
}

std::string frame_of(std::string_view xml) {
  std::string frame;
  frame.reserve(xml.size() + frame_header_size);
  append_frame(frame, xml);
  return frame;
}

Expected<std::optional<std::string>> FrameReader::next() {
  if (held_.size() < frame_header_size) return std::optional<std::string>();
  const std::size_t length = length_in(held_);
  if (length <= frame_header_size || length > longest_) {
    if (std::ranges::all_of(std::string_view(held_).substr(0, frame_header_size), is_printable))
      return make_error(Errc::refused, "a text instead of a frame: \"" + first_line(held_) + "\"",
                        "registries turn addresses and accounts away so that they do not know: ask yours");
    return make_error(Errc::damaged,
                      fmt::format("a frame of {} octets, where {} to {} can be", length, frame_header_size + 1, longest_));
  }
  if (held_.size() < length) return std::optional<std::string>();
  std::optional<std::string> xml(held_.substr(frame_header_size, length - frame_header_size));
  held_.erase(0, length);
  return xml;
}

}  // namespace regdata::epp
