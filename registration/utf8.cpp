#include "registration/utf8.hpp"

#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace regdata {
namespace {

/// How many octets at the front are ASCII and not NUL, in steps of eight: most of most rows.
std::size_t plain_octets(std::string_view text) noexcept {
  constexpr std::uint64_t high = 0x8080808080808080;
  constexpr std::uint64_t ones = 0x0101010101010101;
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (((eight | (eight - ones)) & high) != 0) break;
  }
  return at;
}

}  // namespace

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"  // within ICU's macro
bool is_utf8(std::string_view text) noexcept {
  text.remove_prefix(plain_octets(text));
  const auto size = static_cast<std::int32_t>(std::min<std::size_t>(text.size(), INT32_MAX));
  for (std::int32_t at = 0; at < size;) {
    UChar32 point = 0;
    U8_NEXT(text.data(), at, size, point);
    if (point <= 0) return false;
  }
  return text.size() <= INT32_MAX;
}
#pragma GCC diagnostic pop

}  // namespace regdata
