// The table of every configuration key: the reader, `config show`, `init` and the documents' tests all walk it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.hpp"

namespace regdata::app {

/// Where a setting's value lies, by type.
using Slot = std::variant<std::string*, std::filesystem::path*, bool*, std::uint32_t*, std::chrono::milliseconds*,
                          std::vector<std::string>*, TextMap*, RecipientKind*, PrivacyServiceKind*>;

struct Setting {
  std::string_view name;
  Slot (*slot)(void* object);  ///< of an object that the section's `object` or `entry` returned
  std::string_view help;       ///< one line
  std::int64_t least = 0;      ///< numbers, and milliseconds
  std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  std::string_view allowed = {};  ///< texts: the words allowed, separated by '|'; empty: any
  bool required = false;          ///< in repeated tables: must be given
};

/// `[name]`, or `[[name]]` where repeated.
struct Section {
  std::string_view name;
  bool repeated = false;
  std::string_view help;
  void* (*object)(Config& config) = nullptr;                    ///< repeated: appends an entry
  std::size_t (*count)(const Config& config) = nullptr;         ///< repeated only
  void* (*entry)(Config& config, std::size_t index) = nullptr;  ///< repeated only
  std::vector<Setting> settings;
  bool worker_side = false;  ///< not even read by the server that faces the public
};

const std::vector<Section>& config_sections();

/// The value as TOML.
std::string toml_value(const Slot& slot);
/// "text", "path", "true or false", "number", "duration", "list of texts".
std::string_view type_name(const Slot& slot);
/// "500ms", "15m", "1h"; nothing for anything else.
Expected<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace regdata::app
