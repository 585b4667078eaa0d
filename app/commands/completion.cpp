// regdata completion bash | zsh | fish: walks the command tree, so that it can never be behind it.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <vector>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"

namespace regdata::app {
namespace {

std::vector<const CLI::App*> listed_verbs(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
}

std::string words_of(const CLI::App& app) {
  std::string words;
  const auto add = [&](const std::string& word) { words += (words.empty() ? "" : " ") + word; };
  for (const CLI::App* sub : listed_verbs(app)) add(sub->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) add("--" + name);
  }
  if (app.get_parent() != nullptr) add("--config --json --color");
  return words;
}

/// One case of bash per place in the tree: "regdata choice") words …
void bash_cases(const CLI::App& app, std::string& out) {
  out += fmt::format("    \"{}\") words=\"{}\" ;;\n", full_name(app), words_of(app));
  for (const CLI::App* sub : listed_verbs(app)) bash_cases(*sub, out);
}

std::string bash(const CLI::App& root) {
  std::string cases;
  bash_cases(root, cases);
  std::string nouns;
  for (const CLI::App* sub : listed_verbs(root)) {
    if (!listed_verbs(*sub).empty()) nouns += (nouns.empty() ? "" : "|") + sub->get_name();
  }
  return fmt::format(
      "# bash completion for regdata; made by `regdata completion bash`\n"
      "_regdata() {{\n"
      "  local cur=\"${{COMP_WORDS[COMP_CWORD]}}\" prev=\"${{COMP_WORDS[COMP_CWORD-1]}}\" place=regdata words i\n"
      "  case \"$prev\" in\n"
      "    --color) COMPREPLY=($(compgen -W 'auto always never' -- \"$cur\")); return ;;\n"
      "    --config|--mapping|--rejects|--directory) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
      "  esac\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"${{COMP_WORDS[i]}}\" in\n"
      "      --config|--color) ((i++)) ;;\n"
      "      -*) ;;\n"
      "      *) case \"$place\" in\n"
      "           regdata) place=\"regdata ${{COMP_WORDS[i]}}\" ;;\n"
      "           *) case \"${{place#regdata }}\" in {}) place=\"$place ${{COMP_WORDS[i]}}\" ;; esac ;;\n"
      "         esac ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$place\" in\n"
      "{}"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "  [ ${{#COMPREPLY[@]}} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$cur\"))\n"
      "}}\n"
      "complete -F _regdata regdata\n",
      nouns, cases);
}

std::string zsh(const CLI::App& root) {
  return "#compdef regdata\n# zsh completion for regdata; made by `regdata completion zsh`\nautoload -U +X bashcompinit && "
         "bashcompinit\n" +
         bash(root);
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

void fish_lines(const CLI::App& app, const std::string& condition, std::string& out) {
  for (const CLI::App* sub : listed_verbs(app)) {
    out += fmt::format("complete -c regdata -n '{}' -f -a {} -d {}\n", condition, sub->get_name(),
                       single_quoted(sub->get_description()));
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      out += fmt::format("complete -c regdata{} -l {}{} -d {}\n",
                         app.get_parent() == nullptr ? "" : fmt::format(" -n '{}'", condition), name,
                         option->get_items_expected_max() > 0 ? " -r" : "", single_quoted(option->get_description()));
    }
  }
  for (const CLI::App* sub : listed_verbs(app)) {
    std::string below = "__fish_seen_subcommand_from " + sub->get_name();
    const auto verbs = listed_verbs(*sub);
    if (!verbs.empty()) {
      std::string names;
      for (const CLI::App* verb : verbs) names.append(" ").append(verb->get_name());
      below.append("; and not __fish_seen_subcommand_from").append(names);
      fish_lines(*sub, below, out);
      continue;
    }
    if (app.get_parent() != nullptr) below.insert(0, fmt::format("__fish_seen_subcommand_from {}; and ", app.get_name()));
    fish_lines(*sub, below, out);
  }
}

std::string fish(const CLI::App& root) {
  std::string out = "# fish completion for regdata; made by `regdata completion fish`\n";
  fish_lines(root, "__fish_use_subcommand", out);
  return out;
}

}  // namespace

void add_completion(CommandLine& line) {
  Verb app = line.verb("completion", "print a completion script: bash, zsh or fish", "");
  auto shell = std::make_shared<std::string>();
  app.option("SHELL", *shell, "bash, zsh or fish").required().one_of({"bash", "zsh", "fish"});
  const CommandLine* all = &line;
  line.does(app, [all, shell](Context& context) -> Outcome {
    const std::string script = *shell == "bash" ? bash(all->root()) : *shell == "zsh" ? zsh(all->root()) : fish(all->root());
    context.output.raw(script);
    return {Exit::done, boost::json::object{{"script", script}}};
  });
}

}  // namespace regdata::app
