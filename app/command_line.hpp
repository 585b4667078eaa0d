// The tree of commands and how it is spoken to (house.md §6: a contract).
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/output.hpp"

namespace CLI {  // CLI11's templates take long to compile: only command_line.cpp, help.cpp and completion.cpp see them
class App;
class Option;
}  // namespace CLI

namespace regdata::app {

using Command = std::function<Outcome(Context&)>;

/// One option or argument of a verb, while the tree is built.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option& required(bool is = true);
  /// What stands for its value in the help: "FILE".
  Option& called(const std::string& name);
  Option& one_of(std::initializer_list<const char*> words);
  /// Of several, all count and not the last.
  Option& take_all();
  /// One value each time that it is given.
  Option& one_at_a_time();

 private:
  CLI::Option* option_;
};

/// A command, while the tree is built. A handle: the tree owns it.
class Verb {
 public:
  explicit Verb(CLI::App* app) : app_(app) {}
  /// "--name" or "NAME" for an argument by place. `into` is written when the command line is parsed and must live until then.
  Option option(const std::string& name, std::string& into, const std::string& help);
  Option option(const std::string& name, std::vector<std::string>& into, const std::string& help);
  Option option(const std::string& name, std::uint16_t& into, const std::string& help);
  Option flag(const std::string& name, bool& into, const std::string& help);
  /// Text behind the help.
  void footer(const std::string& text);

 private:
  friend class CommandLine;
  CLI::App* app_;
};

/// The tree of commands with what each leaf does. Each file in app/commands adds its own verbs.
class CommandLine {
 public:
  CommandLine();
  ~CommandLine();

  /// A verb below the root. `group` orders the overview; an empty group hides the verb.
  Verb verb(const std::string& name, const std::string& help, const std::string& group);
  /// A verb below a noun ("choice" "add").
  Verb verb_of(Verb noun, const std::string& name, const std::string& help);
  /// A noun below a noun ("epp" "journal").
  Verb noun_of(Verb noun, const std::string& name, const std::string& help);
  /// A noun that only holds verbs.
  Verb noun(const std::string& name, const std::string& help, const std::string& group);
  void does(Verb leaf, Command command);

  [[nodiscard]] const CLI::App& root() const noexcept;

  /// Parses and runs; returns the exit code. Never throws for bad input. `environment` as environ.
  int run(int argc, const char* const* argv, const char* const* environment, Output& output, const Clock& clock);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The program with all its verbs.
std::unique_ptr<CommandLine> make_command_line();

/// `--help`, at most 80 columns wide (app/help.cpp).
std::string help_text(const CLI::App& app);

/// "regdata choice add".
std::string full_name(const CLI::App& app);

}  // namespace regdata::app
