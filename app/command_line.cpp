#include "app/command_line.hpp"

#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>
#include <cstring>

#include "app/commands/commands.hpp"
#include "app/nearest.hpp"
#include "app/version.hpp"

namespace regdata::app {
namespace {

/// The deepest subcommand that was parsed.
const CLI::App* deepest(const CLI::App* app) {
  for (;;) {
    const auto parsed = app->get_subcommands();
    if (parsed.empty()) return app;
    app = parsed.back();
  }
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App* s) { return !s->get_group().empty(); }))
    names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> options_of(const CLI::App* app) {
  std::vector<std::string> names;
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

bool holds(int argc, const char* const* argv, std::string_view word) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i] == word) return true;
  }
  return false;
}

// Output asks for variables by name; CLI11 and tests keep to the same list.
const char* process_variable(const char* name) { return std::getenv(name); }

}  // namespace

const char* variable(const char* const* environment, const char* name) {
  const std::size_t length = std::strlen(name);
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (std::strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') return *environment + length + 1;
  }
  return nullptr;
}

CommandLine::CommandLine() : root_("keeps a registrar's registration data and lets it out by exactly three doors", "regdata") {
  root_.set_help_flag("-h,--help", "show this help");
  root_.set_version_flag("--version", fmt::format("regdata {}", version), "show the version");
  root_.add_option("--config", config_file_, "configuration file (/etc/regdata/regdata.toml)")->type_name("FILE");
  root_.add_flag("--json", json_, "print one JSON envelope instead of text");
  root_.add_option("--color", color_, "auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  root_.require_subcommand(1);
}

CLI::App* CommandLine::verb(const std::string& name, const std::string& help, const std::string& group) {
  CLI::App* app = root_.add_subcommand(name, help);
  app->group(group)->fallthrough();
  app->set_help_flag("-h,--help", "show this help");
  return app;
}

CLI::App* CommandLine::noun(const std::string& name, const std::string& help, const std::string& group) {
  CLI::App* app = verb(name, help, group);
  app->require_subcommand(1);
  return app;
}

CLI::App* CommandLine::verb_of(CLI::App* noun, const std::string& name, const std::string& help) {
  CLI::App* app = noun->add_subcommand(name, help);
  app->group("Commands")->fallthrough();
  app->set_help_flag("-h,--help", "show this help");
  return app;
}

Error CommandLine::usage_error(const std::string& what, const CLI::App* at) const {
  const auto left = root_.remaining(true);
  const std::string help = fmt::format("`{} --help` shows how it is used", full_name(*at));
  for (const auto& word : left) {
    if (word.empty() || word == "--") continue;
    const bool option = word.front() == '-';
    const bool has_verbs = !verbs_of(*at).empty();
    const auto guess = nearest(word, option ? options_of(at) : verbs_of(*at));
    const std::string_view kind = option ? "option" : has_verbs ? "command" : "argument";
    return make_error(Errc::usage, fmt::format("unknown {} \"{}\"", kind, word.substr(0, 64)),
                      guess ? fmt::format("did you mean \"{}\"?", *guess) : help);
  }
  return make_error(Errc::usage, what, help);
}

int CommandLine::run(int argc, const char* const* argv, const char* const* environment, Output& output, const Clock& clock) {
  // Told before parsing, so that a bad command line is answered in the form that was asked for.
  output.configure({.json = holds(argc, argv, "--json"), .color = ColorMode::automatic}, process_variable);
  try {
    root_.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    output.configure({}, process_variable);
    output.raw(help_text(*deepest(&root_)));
    return output.finish(Exit::done);
  } catch (const CLI::CallForVersion&) {
    Outcome outcome;
    outcome.data = {{"version", version}};
    output.raw(fmt::format("regdata {}\n", version));
    return output.finish(outcome);
  } catch (const CLI::RequiredError& error) {
    const CLI::App* at = deepest(&root_);
    if (!root_.remaining(true).empty()) return output.finish(usage_error(error.what(), at));
    const bool verb_missing = commands_.find(at) == commands_.end();
    return output.finish(
        usage_error(verb_missing ? fmt::format("{} needs a command", full_name(*at)) : lower_first(error.what()), at));
  } catch (const CLI::ParseError& error) {
    return output.finish(usage_error(lower_first(error.what()), deepest(&root_)));
  }
  const ColorMode color = color_ == "always" ? ColorMode::always : color_ == "never" ? ColorMode::never : ColorMode::automatic;
  output.configure({.json = json_, .color = color}, process_variable);
  const auto found = commands_.find(deepest(&root_));
  if (found == commands_.end()) return output.finish(usage_error("this command does nothing", deepest(&root_)));
  Context context{output, config_file_, environment, clock};
  return output.finish(found->second(context));
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : full_name(*app.get_parent()) + " " + app.get_name();
}

std::string CommandLine::lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && (text.size() < 2 || text[1] < 'A' || text[1] > 'Z')) {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

std::unique_ptr<CommandLine> make_command_line() {
  auto line = std::make_unique<CommandLine>();
  add_import(*line);
  add_lookup(*line);
  add_explain(*line);
  add_choice(*line);
  add_policy(*line);
  add_init(*line);
  add_run(*line);
  add_serve(*line);
  add_publish(*line);
  add_config(*line);
  add_relay(*line);
  add_db(*line);
  add_doctor(*line);
  add_selftest(*line);
  add_completion(*line);
  return line;
}

}  // namespace regdata::app
