// The help pages: hand-laid, at most 80 columns.
#include <fmt/format.h>

#include <CLI/App.hpp>

#include "app/command_line.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t columns = 80;
constexpr std::size_t name_width = 26;

/// `text` in lines of at most `columns`, each but the first indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t used = indent;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    if (used > indent && used + 1 + word.size() > columns) {
      out += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (used > indent) {
      out += ' ';
      ++used;
    }
    out += word;
    used += word.size();
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return out;
}

std::string entry(const std::string& name, std::string_view text) {
  const std::string left = "  " + name;
  if (left.size() + 2 > name_width) return left + '\n' + std::string(name_width, ' ') + wrapped(text, name_width) + '\n';
  return fmt::format("{:<{}}{}\n", left, name_width, wrapped(text, name_width));
}

std::string option_name(const CLI::Option& option) {
  std::string name;
  for (const auto& letter : option.get_snames()) name += (name.empty() ? "-" : ", -") + letter;
  for (const auto& word : option.get_lnames()) name += (name.empty() ? "--" : ", --") + word;
  // CLI11 appends what a validator allows (":{a,b}"); the description says it in words.
  if (option.get_items_expected_max() > 0) name += " " + option.get_type_name().substr(0, option.get_type_name().find(':'));
  return name;
}

bool is_listed(const CLI::Option* option) { return !option->nonpositional() ? false : !option->get_group().empty(); }

std::string arguments_of(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : app.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    out += option->get_required() ? " " + option->get_name() : " [" + option->get_name() + "]";
  }
  return out;
}

std::string usage_line(const CLI::App& app) {
  std::string line = "usage: " + full_name(app);
  const bool verbs = !app.get_subcommands([](const CLI::App*) { return true; }).empty();
  line += verbs ? " [options] COMMAND" : " [options]" + arguments_of(app);
  return line + "\n";
}

std::string commands_of(const CLI::App& app) {
  std::string out;
  std::string group;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App* s) { return !s->get_group().empty(); })) {
    if (sub->get_group() != group) {
      group = sub->get_group();
      out += fmt::format("\n{}:\n", group == "Commands" ? "commands" : group);
    }
    out += entry(sub->get_name(), sub->get_description());
  }
  return out;
}

std::string options_of(const CLI::App& app, std::string_view title) {
  std::string out;
  for (const CLI::Option* option : app.get_options(is_listed)) {
    out += entry(option_name(*option), option->get_description() + (option->get_required() ? " (required)" : ""));
  }
  return out.empty() ? out : fmt::format("\n{}:\n{}", title, out);
}

std::string arguments_text(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : app.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    out += entry(option->get_name(), option->get_description());
  }
  return out.empty() ? out : "\narguments:\n" + out;
}

}  // namespace

std::string help_text(const CLI::App& app) {
  std::string out = usage_line(app) + "\n" + wrapped(app.get_description(), 0) + "\n";
  out += commands_of(app);
  out += arguments_text(app);
  out += options_of(app, "options");
  if (app.get_parent() != nullptr) {
    const CLI::App* root = app.get_parent();
    while (root->get_parent() != nullptr) root = root->get_parent();
    std::string global;
    for (const CLI::Option* option : root->get_options(is_listed)) {
      if (!option->check_lname("help") && !option->check_lname("version"))
        global += entry(option_name(*option), option->get_description());
    }
    out += "\nglobal options:\n" + global;
  } else {
    out +=
        "\nexit codes: 0 done, 1 failed, 2 usage, 3 configuration, 4 dependency down,\n5 data invalid, 6 partly done, 7 "
        "refused by policy, 130 interrupted\n";
  }
  if (!app.get_footer().empty()) out += "\n" + app.get_footer() + "\n";
  return out;
}

}  // namespace regdata::app
