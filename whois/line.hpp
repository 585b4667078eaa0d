// Where a query ends in the bytes of a connection (RFC 3912 §2; lookup.md §7, line ends).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "whois/query.hpp"

namespace regdata::whois {

struct LineRead {
  enum class State : std::uint8_t {
    more,     ///< no end yet
    line,     ///< `line` is the query
    refused,  ///< never going to be a query: `refusal`
  };
  State state = State::more;
  std::string_view line;  ///< into the bytes that were passed; without its line end
  Refusal refusal = Refusal::empty;
};

/// Takes CRLF, LF, a lone CR and, when `ended`, the end of the stream for the end of the line. Total. `bytes` begins behind a
/// PROXY header, if there was one.
inline LineRead read_line(std::string_view bytes, bool ended) noexcept {
  LineRead read;
  if (const auto foreign = foreign_protocol(bytes)) {
    read.state = LineRead::State::refused;
    read.refusal = *foreign;
    return read;
  }
  const std::size_t end = bytes.find_first_of("\r\n");
  if (end != std::string_view::npos) {
    read.state = LineRead::State::line;
    read.line = bytes.substr(0, end);
  } else if (bytes.size() > max_query_bytes) {
    read.state = LineRead::State::refused;
    read.refusal = Refusal::too_long;
  } else if (ended) {
    read.state = LineRead::State::line;
    read.line = bytes;
  } else if (std::any_of(bytes.begin(), bytes.end(), [](unsigned char c) { return c < 0x20 && c != '\t'; })) {
    // some binary protocol (SSL 2 begins so): no line end will come
    read.state = LineRead::State::refused;
    read.refusal = Refusal::control_character;
  }
  return read;
}

}  // namespace regdata::whois
