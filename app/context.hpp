// What every command gets from main: output, clock, environment, configuration.
#pragma once

#include <filesystem>
#include <functional>

#include "app/config.hpp"
#include "app/output.hpp"
#include "registration/utc_time.hpp"

namespace regdata::app {

/// Referenced objects outlive the command.
struct Context {
  Output& output;
  std::filesystem::path config_file;
  const char* const* environment = nullptr;  ///< as environ
  Clock clock;

  [[nodiscard]] LoadedConfig load(Scope scope = Scope::everything) const {
    return load_config(config_file, environment, scope);
  }
  /// The configuration, or its first problem.
  [[nodiscard]] Expected<Config> config(Scope scope = Scope::everything) const { return config_or_error(load(scope)); }
};

/// The value of a variable in `environment`; null: not set.
const char* variable(const char* const* environment, const char* name);

}  // namespace regdata::app
