// The options of the older port 43 layout by name, as `[publication] layout` lists them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "registration/error.hpp"

namespace regdata::app {

/// Bits for PublicTexts::whois_layout. Errc::configuration for an unknown name.
Expected<std::uint32_t> layout_bits(const std::vector<std::string>& names);

/// All names, for documents and completion.
std::vector<std::string> layout_names();

}  // namespace regdata::app
