#include "app/command_line.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>
#include <cstring>
#include <map>

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

CLI::IsMember member_of(std::initializer_list<const char*> words) {
  return CLI::IsMember(std::vector<std::string>(words.begin(), words.end()));
}

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && (text.size() < 2 || text[1] < 'A' || text[1] > 'Z')) {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

}  // namespace

Option& Option::required(bool is) {
  option_->required(is);
  return *this;
}

Option& Option::called(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option& Option::one_of(std::initializer_list<const char*> words) {
  option_->check(member_of(words));
  return *this;
}

Option& Option::take_all() {
  option_->take_all();
  return *this;
}

Option& Option::one_at_a_time() {
  option_->expected(1);
  return *this;
}

Option Verb::option(const std::string& name, std::string& into, const std::string& help) {
  return Option(app_->add_option(name, into, help));
}

Option Verb::option(const std::string& name, std::vector<std::string>& into, const std::string& help) {
  return Option(app_->add_option(name, into, help));
}

Option Verb::option(const std::string& name, std::uint16_t& into, const std::string& help) {
  return Option(app_->add_option(name, into, help));
}

Option Verb::flag(const std::string& name, bool& into, const std::string& help) {
  return Option(app_->add_flag(name, into, help));
}

void Verb::footer(const std::string& text) { app_->footer(text); }

struct CommandLine::Impl {
  CLI::App root{"keeps a registrar's registration data and lets it out by exactly three doors", "regdata"};
  std::map<const CLI::App*, Command> commands;
  std::string config_file = "/etc/regdata/regdata.toml";
  bool json = false;
  std::string color = "auto";

  [[nodiscard]] Error usage_error(const std::string& what, const CLI::App* at) const;
};

const char* variable(const char* const* environment, const char* name) {
  const std::size_t length = std::strlen(name);
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (std::strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') return *environment + length + 1;
  }
  return nullptr;
}

CommandLine::CommandLine() : impl_(std::make_unique<Impl>()) {
  CLI::App& root = impl_->root;
  root.set_help_flag("-h,--help", "show this help");
  root.set_version_flag("--version", fmt::format("regdata {}", version), "show the version");
  root.add_option("--config", impl_->config_file, "configuration file (/etc/regdata/regdata.toml)")->type_name("FILE");
  root.add_flag("--json", impl_->json, "print one JSON envelope instead of text");
  root.add_option("--color", impl_->color, "auto, always or never")
      ->type_name("WHEN")
      ->check(member_of({"auto", "always", "never"}));
  root.require_subcommand(1);
}

CommandLine::~CommandLine() = default;

const CLI::App& CommandLine::root() const noexcept { return impl_->root; }

void CommandLine::does(Verb leaf, Command command) { impl_->commands[leaf.app_] = std::move(command); }

Verb CommandLine::verb(const std::string& name, const std::string& help, const std::string& group) {
  CLI::App* app = impl_->root.add_subcommand(name, help);
  app->group(group)->fallthrough();
  app->set_help_flag("-h,--help", "show this help");
  return Verb(app);
}

Verb CommandLine::noun(const std::string& name, const std::string& help, const std::string& group) {
  const Verb made = verb(name, help, group);
  made.app_->require_subcommand(1);
  return made;
}

Verb CommandLine::verb_of(Verb noun, const std::string& name, const std::string& help) {
  CLI::App* app = noun.app_->add_subcommand(name, help);
  app->group("Commands")->fallthrough();
  app->set_help_flag("-h,--help", "show this help");
  return Verb(app);
}

Verb CommandLine::noun_of(Verb noun, const std::string& name, const std::string& help) {
  const Verb made = verb_of(noun, name, help);
  made.app_->require_subcommand(1);
  return made;
}

Error CommandLine::Impl::usage_error(const std::string& what, const CLI::App* at) const {
  const auto left = root.remaining(true);
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
  CLI::App& root = impl_->root;
  try {
    root.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    output.configure({}, process_variable);
    output.raw(help_text(*deepest(&root)));
    return output.finish(Exit::done);
  } catch (const CLI::CallForVersion&) {
    Outcome outcome;
    outcome.data = {{"version", version}};
    output.raw(fmt::format("regdata {}\n", version));
    return output.finish(outcome);
  } catch (const CLI::RequiredError& error) {
    const CLI::App* at = deepest(&root);
    if (!root.remaining(true).empty()) return output.finish(impl_->usage_error(error.what(), at));
    const bool verb_missing = impl_->commands.find(at) == impl_->commands.end();
    return output.finish(
        impl_->usage_error(verb_missing ? fmt::format("{} needs a command", full_name(*at)) : lower_first(error.what()), at));
  } catch (const CLI::ParseError& error) {
    return output.finish(impl_->usage_error(lower_first(error.what()), deepest(&root)));
  }
  const ColorMode color = impl_->color == "always"  ? ColorMode::always
                          : impl_->color == "never" ? ColorMode::never
                                                    : ColorMode::automatic;
  output.configure({.json = impl_->json, .color = color}, process_variable);
  const auto found = impl_->commands.find(deepest(&root));
  if (found == impl_->commands.end()) return output.finish(impl_->usage_error("this command does nothing", deepest(&root)));
  Context context{output, impl_->config_file, environment, clock};
  return output.finish(found->second(context));
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : full_name(*app.get_parent()) + " " + app.get_name();
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
  add_deposit(*line);
  add_epp(*line);
  add_sync(*line);
  add_db(*line);
  add_doctor(*line);
  add_selftest(*line);
  add_completion(*line);
  return line;
}

}  // namespace regdata::app
