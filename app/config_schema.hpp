// The table of every configuration key: the reader, `config show`, `init` and the documents' tests all walk it.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "app/config.hpp"
#include "app/config_values.hpp"

namespace regdata::app {

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

}  // namespace regdata::app
