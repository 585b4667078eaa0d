// Values of settings, and how they are written.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.hpp"

namespace regdata::app {

/// Where a setting's value lies, by type.
using Slot = std::variant<std::string*, std::filesystem::path*, bool*, std::uint32_t*, std::chrono::milliseconds*,
                          std::vector<std::string>*, TextMap*, RecipientKind*, PrivacyServiceKind*>;

/// The value as TOML.
std::string toml_value(const Slot& slot);
/// "text", "path", "true or false", "number", "duration", "list of texts".
std::string_view type_name(const Slot& slot);
/// "500ms", "15m", "1h"; nothing for anything else.
Expected<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace regdata::app
