#include "whois/page_script.hpp"

#include <unicode/uspoof.h>

#include <algorithm>
#include <array>
#include <memory>

#include "registration/ascii.hpp"
#include "whois/utf8.hpp"

namespace regdata::whois {
namespace {

struct Close {
  void operator()(USpoofChecker* checker) const noexcept { uspoof_close(checker); }
};

/// Made once: opening one reads ICU's tables. Null where ICU has none.
const USpoofChecker* checker() {
  static const std::unique_ptr<USpoofChecker, Close> made = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<USpoofChecker, Close> opened(uspoof_open(&status));
    if (U_FAILURE(status)) return std::unique_ptr<USpoofChecker, Close>();
    uspoof_setRestrictionLevel(opened.get(), USPOOF_HIGHLY_RESTRICTIVE);
    uspoof_setChecks(opened.get(), USPOOF_RESTRICTION_LEVEL, &status);
    return U_SUCCESS(status) ? std::move(opened) : std::unique_ptr<USpoofChecker, Close>();
  }();
  return made.get();
}

bool is_plain(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

/// The ASCII double of one character; empty: it has none.
std::string double_of(std::string_view character) {
  std::array<char, 32> buffer{};
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t length = uspoof_getSkeletonUTF8(
      checker(), 0, character.data(), static_cast<std::int32_t>(character.size()), buffer.data(), buffer.size(), &status);
  if (U_FAILURE(status) || length <= 0 || static_cast<std::size_t>(length) > buffer.size()) return {};
  const std::string twin = lowered(std::string(buffer.data(), static_cast<std::size_t>(length)));
  return std::all_of(twin.begin(), twin.end(), is_plain) ? twin : std::string();
}

}  // namespace

bool mixes_scripts(std::string_view unicode) {
  if (checker() == nullptr) return false;
  while (!unicode.empty()) {
    const std::size_t dot = std::min(unicode.find('.'), unicode.size());
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t found = uspoof_checkUTF8(checker(), unicode.data(), static_cast<std::int32_t>(dot), nullptr, &status);
    if (U_SUCCESS(status) && (found & USPOOF_RESTRICTION_LEVEL) != 0) return true;
    unicode.remove_prefix(std::min(dot + 1, unicode.size()));
  }
  return false;
}

std::string lookalike_of(std::string_view unicode) {
  if (checker() == nullptr) return {};
  std::string twin;
  bool foreign = false;
  for (std::size_t at = 0; at < unicode.size();) {
    const CodePoint point = decode_utf8(unicode, at);
    if (point.value < 0x80) {
      twin.push_back(static_cast<char>(point.value));
    } else {
      const std::string other = double_of(unicode.substr(at, point.length));
      if (other.empty()) return {};
      twin += other;
      foreign = true;
    }
    at += point.length;
  }
  return foreign ? twin : std::string();
}

}  // namespace regdata::whois
