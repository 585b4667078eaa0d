// Golden files of this room: what a person or a peer reads, byte for byte.
#pragma once

#include <string>
#include <string_view>

namespace regdata::testing {

/// Compares with tests/whois/golden/NAME; CR is written there as "\r" at the end of the line, so that the files can be read and
/// kept by any tool. With UPDATE_GOLDEN=1 the file is rewritten. Empty: equal; else what to do about it.
std::string golden_difference(std::string_view name, std::string_view text);

}  // namespace regdata::testing
