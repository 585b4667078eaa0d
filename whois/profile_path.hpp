// JSONPath (RFC 9535), as much of it as `redacted` (RFC 9537 §4.2) uses: names, indexes, slices, wildcards and filters that
// compare one place with one text.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace regdata::whois {

struct PathResult {
  enum class State : std::uint8_t {
    invalid,  ///< no JSONPath
    unknown,  ///< perhaps one, of a kind that is not read here
    known,
  };
  State state = State::invalid;
  std::size_t matches = 0;  ///< places in the answer; only when known
};

/// Total. Looks at no more than a few thousand places.
PathResult evaluate_path(const boost::json::value& top, std::string_view path);

}  // namespace regdata::whois
