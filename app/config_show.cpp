// Writes configuration: the effective one, and the commented file that `init` leaves.
#include <fmt/format.h>

#include "app/config.hpp"
#include "app/config_schema.hpp"

namespace regdata::app {
namespace {

/// "sftp://user:…@host": such an address is refused, and shown without what should not stand in it.
std::string without_password(std::string text) {
  const auto begin = text.find("sftp://");
  if (begin == std::string::npos) return text;
  const auto user = begin + std::string_view("sftp://").size();
  const auto colon = text.find(':', user);
  const auto end = text.rfind('@');
  if (colon != std::string::npos && end != std::string::npos && colon < end) text.replace(colon + 1, end - colon - 1, "…");
  return text;
}

void show_table(std::string& out, const Section& section, void* object, const std::string& name, const Origins& origins,
                bool with_origins) {
  out += section.repeated ? fmt::format("\n[[{}]]\n", section.name) : fmt::format("\n[{}]\n", section.name);
  for (const Setting& setting : section.settings) {
    out += fmt::format("{} = {}", setting.name, without_password(toml_value(setting.slot(object))));
    if (with_origins) {
      const auto origin = origins.find(fmt::format("{}.{}", name, setting.name));
      out += fmt::format("  # {}", origin == origins.end() ? "default" : origin->second);
    }
    out += '\n';
  }
}

}  // namespace

std::string show_config(const LoadedConfig& loaded, bool with_origins) {
  std::string out = "# effective configuration\n";
  for (const auto& file : loaded.files) out += fmt::format("# read: {}\n", file.string());
  Config config = loaded.config;  // the table hands out writable slots
  for (const Section& section : config_sections()) {
    if (!section.repeated) {
      show_table(out, section, section.object(config), std::string(section.name), loaded.origins, with_origins);
      continue;
    }
    for (std::size_t i = 0; i < section.count(config); ++i) {
      show_table(out, section, section.entry(config, i), fmt::format("{}[{}]", section.name, i), loaded.origins, with_origins);
    }
  }
  return out;
}

std::string serve_config(const Config& config) {
  std::string out = "# Written by `regdata run` for the public server that it starts; not for editing.\n";
  Config copy = config;
  for (const Section& section : config_sections()) {
    if (!section.worker_side) show_table(out, section, section.object(copy), std::string(section.name), {}, false);
  }
  return out;
}

std::string commented_config(const TextMap& given) {
  std::string out =
      "# Configuration of regdata. Every key is here; a line that begins with # shows the default.\n"
      "# Files in conf.d/*.toml beside this one are read after it, in order of name; REGDATA_SECTION__KEY in the\n"
      "# environment wins over both. Relative paths lie beside this file. Secrets are files, never values.\n"
      "# `regdata config check` checks all of it; docs/configuration.md explains it.\n";
  Config defaults;
  for (const Section& section : config_sections()) {
    if (section.repeated) continue;  // init writes its examples itself
    out += fmt::format("\n# {}\n[{}]\n", section.help, section.name);
    for (const Setting& setting : section.settings) {
      const auto value = given.find(fmt::format("{}.{}", section.name, setting.name));
      const std::string shown = value == given.end() ? toml_value(setting.slot(section.object(defaults))) : value->second;
      out += fmt::format("# {}\n{}{} = {}\n", setting.help, value == given.end() ? "#" : "", setting.name, shown);
    }
  }
  return out;
}

std::string config_reference() {
  std::string out;
  Config defaults;
  for (const Section& section : config_sections()) {
    out +=
        fmt::format("### {}\n\n{}\n\n| key | type | default | meaning |\n|---|---|---|---|\n",
                    section.repeated ? fmt::format("[[{}]]", section.name) : fmt::format("[{}]", section.name), section.help);
    for (const Setting& setting : section.settings) {
      const Slot slot = setting.slot(section.object(defaults));
      std::string type(type_name(slot));
      if (!setting.allowed.empty()) type = fmt::format("one of {}", setting.allowed);
      for (std::size_t at = 0; (at = type.find('|', at)) != std::string::npos;) type.replace(at, 1, ", ");
      out += fmt::format("| `{}` | {} | {} | {} |\n", setting.name, type,
                         setting.required ? "required" : fmt::format("`{}`", toml_value(slot)), setting.help);
    }
    out += '\n';
  }
  return out;
}

}  // namespace regdata::app
