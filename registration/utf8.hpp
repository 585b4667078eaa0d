// Whether a text is one.
#pragma once

#include <string_view>

namespace regdata {

/// Well-formed UTF-8 (RFC 3629) without NUL.
bool is_utf8(std::string_view text) noexcept;

}  // namespace regdata
