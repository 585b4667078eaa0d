// The tree of commands and how it is spoken to (house.md §6: a contract).
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/context.hpp"
#include "app/output.hpp"

namespace regdata::app {

using Command = std::function<Outcome(Context&)>;

/// The CLI11 tree with what each leaf does. Each file in app/commands adds its own verbs.
class CommandLine {
 public:
  CommandLine();

  /// A verb below the root. `group` orders the overview; an empty group hides the verb.
  CLI::App* verb(const std::string& name, const std::string& help, const std::string& group);
  /// A verb below a noun ("choice" "add").
  CLI::App* verb_of(CLI::App* noun, const std::string& name, const std::string& help);
  /// A noun that only holds verbs.
  CLI::App* noun(const std::string& name, const std::string& help, const std::string& group);
  void does(const CLI::App* leaf, Command command) { commands_[leaf] = std::move(command); }

  [[nodiscard]] const CLI::App& root() const noexcept { return root_; }

  /// Parses and runs; returns the exit code. Never throws for bad input. `environment` as environ.
  int run(int argc, const char* const* argv, const char* const* environment, Output& output, const Clock& clock);

 private:
  Error usage_error(const std::string& what, const CLI::App* at) const;
  static std::string lower_first(std::string text);

  CLI::App root_;
  std::map<const CLI::App*, Command> commands_;
  std::string config_file_ = "/etc/regdata/regdata.toml";
  bool json_ = false;
  std::string color_ = "auto";
};

/// The program with all its verbs.
std::unique_ptr<CommandLine> make_command_line();

/// `--help`, at most 80 columns wide (app/help.cpp).
std::string help_text(const CLI::App& app);

/// "regdata choice add".
std::string full_name(const CLI::App& app);

}  // namespace regdata::app
