// Reads configuration: files, then the environment, into the table of config_schema.cpp.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "app/config.hpp"
#include "app/config_schema.hpp"
#include "app/nearest.hpp"
#include "registration/ascii.hpp"
#include "registration/contact_checks.hpp"
#include "registration/domain_name.hpp"

namespace regdata::app {
namespace {

namespace fs = std::filesystem;

/// One value as it was written, before it meets the setting's type.
using RawValue = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, TextMap>;

/// Stores a raw value in a slot; false: the type does not fit.
struct Store {
  const RawValue& raw;
  const Setting& setting;
  const fs::path& base;  ///< relative paths lie beside the configuration file

  bool in_range(std::int64_t value) const { return value >= setting.least && value <= setting.most; }

  bool operator()(std::string* slot) const {
    const auto* text = std::get_if<std::string>(&raw);
    if (text == nullptr || !is_allowed(*text)) return false;
    *slot = *text;
    return true;
  }
  bool operator()(fs::path* slot) const {
    const auto* text = std::get_if<std::string>(&raw);
    if (text == nullptr) return false;
    *slot = text->empty() ? fs::path{} : (base / *text).lexically_normal();
    return true;
  }
  bool operator()(bool* slot) const {
    const auto* flag = std::get_if<bool>(&raw);
    if (flag != nullptr) *slot = *flag;
    return flag != nullptr;
  }
  bool operator()(std::uint32_t* slot) const {
    const auto* number = std::get_if<std::int64_t>(&raw);
    if (number == nullptr || !in_range(*number)) return false;
    *slot = static_cast<std::uint32_t>(*number);
    return true;
  }
  bool operator()(std::chrono::milliseconds* slot) const {
    const auto* text = std::get_if<std::string>(&raw);
    if (text == nullptr) return false;
    const auto duration = parse_duration(*text);
    if (!duration || !in_range(duration->count())) return false;
    *slot = *duration;
    return true;
  }
  bool operator()(std::vector<std::string>* slot) const {
    const auto* list = std::get_if<std::vector<std::string>>(&raw);
    if (list != nullptr) *slot = *list;
    return list != nullptr;
  }
  bool operator()(TextMap* slot) const {
    const auto* map = std::get_if<TextMap>(&raw);
    if (map != nullptr) *slot = *map;
    return map != nullptr;
  }
  bool operator()(RecipientKind* slot) const {
    const auto* text = std::get_if<std::string>(&raw);
    if (text == nullptr) return false;
    if (*text == "registry") return *slot = RecipientKind::registry, true;
    if (*text == "escrow-agent") return *slot = RecipientKind::escrow_agent, true;
    if (*text == "other") return *slot = RecipientKind::other, true;
    return false;
  }
  bool operator()(PrivacyServiceKind* slot) const {
    const auto* text = std::get_if<std::string>(&raw);
    if (text == nullptr) return false;
    if (*text == "privacy") return *slot = PrivacyServiceKind::privacy, true;
    if (*text == "proxy") return *slot = PrivacyServiceKind::proxy, true;
    return false;
  }

 private:
  bool is_allowed(std::string_view text) const {
    if (setting.allowed.empty()) return true;
    std::string_view rest = setting.allowed;
    while (!rest.empty()) {
      const std::size_t bar = std::min(rest.find('|'), rest.size());
      if (rest.substr(0, bar) == text) return true;
      rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    return false;
  }
};

std::string expectation(const Setting& setting, const Slot& slot) {
  if (!setting.allowed.empty()) {
    std::string words(setting.allowed);
    for (std::size_t at = 0; (at = words.find('|', at)) != std::string::npos;) words.replace(at, 1, ", ");
    return "one of " + words;
  }
  if (std::holds_alternative<std::uint32_t*>(slot)) return fmt::format("a number from {} to {}", setting.least, setting.most);
  if (std::holds_alternative<std::chrono::milliseconds*>(slot)) {
    return fmt::format("a duration from {} to {}", format_duration(std::chrono::milliseconds(setting.least)),
                       format_duration(std::chrono::milliseconds(setting.most)));
  }
  return std::string(type_name(slot));
}

class Loader {
 public:
  Loader(Scope scope, fs::path base) : scope_(scope), base_(std::move(base)) {}

  void read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream bytes;
    if (stream) bytes << stream.rdbuf();
    if (!stream || stream.bad()) {
      problem(fmt::format("cannot read the configuration file {}", file.string()),
              "`regdata init` makes one; --config names another");
      return;
    }
    loaded.files.push_back(file);
    read_text(bytes.str(), file);
  }

  void read_environment(const char* const* environment) {
    constexpr std::string_view prefix = "REGDATA_";
    for (; environment != nullptr && *environment != nullptr; ++environment) {
      const std::string_view line(*environment);
      const std::size_t equals = line.find('=');
      if (line.substr(0, prefix.size()) != prefix || equals == std::string_view::npos) continue;
      const std::string_view variable = line.substr(0, equals);
      const std::string_view key = variable.substr(prefix.size());
      const std::size_t split = key.find("__");
      if (split == std::string_view::npos) continue;  // REGDATA_LONG and the like are not settings
      apply_variable(variable, lowered(std::string(key.substr(0, split))), lowered(std::string(key.substr(split + 2))),
                     line.substr(equals + 1));
    }
  }

  /// A required key that a repeated table leaves out.
  void require(const Section& section, const std::set<std::string_view>& given, const std::string& where) {
    for (const Setting& setting : section.settings) {
      if (setting.required && !given.contains(setting.name)) {
        problem(fmt::format("{}[[{}]] lacks \"{}\"", where, section.name, setting.name), std::string(setting.help));
      }
    }
  }

  LoadedConfig loaded;

 private:
  void problem(std::string context, std::string hint = {}) {
    loaded.problems.push_back(make_error(Errc::configuration, std::move(context), std::move(hint)));
  }

  static std::string place(const fs::path& file, const toml::source_region& source) {
    return fmt::format("{}:{}:{}", file.string(), source.begin.line, source.begin.column);
  }

  const Section* section_named(std::string_view name) const {
    const auto& all = config_sections();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Section& s) { return s.name == name; });
    return found == all.end() ? nullptr : &*found;
  }

  static std::string did_you_mean(std::string_view word, const std::vector<std::string>& names, std::string_view all) {
    if (const auto guess = nearest(word, names)) return fmt::format("did you mean \"{}\"?", *guess);
    return std::string(all);
  }

  static std::vector<std::string> names_of_sections() {
    std::vector<std::string> names;
    for (const Section& section : config_sections()) names.emplace_back(section.name);
    return names;
  }

  static std::vector<std::string> names_of(const Section& section) {
    std::vector<std::string> names;
    for (const Setting& setting : section.settings) names.emplace_back(setting.name);
    return names;
  }

  void read_text(const std::string& text, const fs::path& file) {
    toml::table root;
    try {
      root = toml::parse(std::string_view(text), file.string());
    } catch (const toml::parse_error& error) {
      std::string what(error.description());
      if (!what.empty()) what[0] = lower(what[0]);
      problem(fmt::format("{}: {}", place(file, error.source()), what), "the file must be TOML 1.0");
      return;
    }
    for (auto&& [key, node] : root) {
      const Section* section = section_named(key.str());
      if (section == nullptr) {
        problem(fmt::format("{}: unknown section [{}]", place(file, key.source()), key.str()),
                did_you_mean(key.str(), names_of_sections(), "docs/configuration.md lists the sections"));
        continue;
      }
      if (scope_ == Scope::serve && section->worker_side) continue;
      read_section(*section, key, node, file);
    }
  }

  void read_section(const Section& section, const toml::key& key, toml::node& node, const fs::path& file) {
    if (!section.repeated) {
      if (const toml::table* table = node.as_table()) {
        read_table(section, section.object(loaded.config), std::string(section.name), *table, file);
      } else {
        problem(fmt::format("{}: \"{}\" is a table: write [{}]", place(file, key.source()), key.str(), key.str()));
      }
      return;
    }
    const toml::array* list = node.as_array();
    if (list == nullptr || !list->is_array_of_tables()) {
      problem(fmt::format("{}: \"{}\" is a list of tables: write [[{}]]", place(file, key.source()), key.str(), key.str()));
      return;
    }
    for (const toml::node& item : *list) {
      const std::string name = fmt::format("{}[{}]", section.name, section.count(loaded.config));
      const auto given = read_table(section, section.object(loaded.config), name, *item.as_table(), file);
      const std::string where = place(file, item.source());
      loaded.origins[name] = where;
      require(section, given, where + ": ");
    }
  }

  std::set<std::string_view> read_table(const Section& section, void* object, const std::string& name, const toml::table& table,
                                        const fs::path& file) {
    std::set<std::string_view> given;
    for (auto&& [key, node] : table) {
      const auto setting = std::find_if(section.settings.begin(), section.settings.end(),
                                        [&k = key](const Setting& s) { return s.name == k.str(); });
      if (setting == section.settings.end()) {
        problem(fmt::format("{}: unknown key \"{}\" in [{}]", place(file, key.source()), key.str(), section.name),
                did_you_mean(key.str(), names_of(section), "docs/configuration.md lists the keys"));
        continue;
      }
      given.insert(setting->name);
      const auto raw = raw_value(node);
      const Slot slot = setting->slot(object);
      if (!raw || !std::visit(Store{*raw, *setting, base_}, slot)) {
        problem(fmt::format("{}: \"{}\" in [{}] must be {}", place(file, node.source()), key.str(), section.name,
                            expectation(*setting, slot)),
                std::string(setting->help));
        continue;
      }
      loaded.origins[fmt::format("{}.{}", name, setting->name)] = place(file, key.source());
    }
    return given;
  }

  static std::optional<RawValue> raw_value(const toml::node& node) {
    if (const auto* text = node.as_string()) return RawValue(text->get());
    if (const auto* number = node.as_integer()) return RawValue(number->get());
    if (const auto* flag = node.as_boolean()) return RawValue(flag->get());
    if (const auto* table = node.as_table()) return raw_map(*table);
    const auto* list = node.as_array();
    if (list == nullptr) return std::nullopt;
    std::vector<std::string> texts;
    for (const toml::node& item : *list) {
      const auto* text = item.as_string();
      if (text == nullptr) return std::nullopt;
      texts.push_back(text->get());
    }
    return RawValue(std::move(texts));
  }

  static std::optional<RawValue> raw_map(const toml::table& table) {
    TextMap map;
    for (auto&& [key, node] : table) {
      if (const auto* text = node.as_string()) {
        map.emplace(key.str(), text->get());
      } else if (const auto* flag = node.as_boolean()) {
        map.emplace(key.str(), flag->get() ? "true" : "false");
      } else {
        return std::nullopt;
      }
    }
    return RawValue(std::move(map));
  }

  void apply_variable(std::string_view variable, const std::string& section_name, const std::string& key,
                      std::string_view value) {
    const Section* section = section_named(section_name);
    if (section == nullptr) {
      problem(fmt::format("environment: {} names the unknown section [{}]", variable, section_name),
              did_you_mean(section_name, names_of_sections(), "docs/configuration.md lists the sections"));
      return;
    }
    if (scope_ == Scope::serve && section->worker_side) return;
    if (section->repeated) {
      problem(fmt::format("environment: {}: [[{}]] can only be set in a file", variable, section_name));
      return;
    }
    const auto setting =
        std::find_if(section->settings.begin(), section->settings.end(), [&](const Setting& s) { return s.name == key; });
    if (setting == section->settings.end()) {
      problem(fmt::format("environment: {} names the unknown key \"{}\" in [{}]", variable, key, section_name),
              did_you_mean(key, names_of(*section), "docs/configuration.md lists the keys"));
      return;
    }
    const Slot slot = setting->slot(section->object(loaded.config));
    const auto raw = raw_text(slot, value);
    if (!raw || !std::visit(Store{*raw, *setting, base_}, slot)) {
      problem(fmt::format("environment: {} must be {}", variable, expectation(*setting, slot)), std::string(setting->help));
      return;
    }
    loaded.origins[fmt::format("{}.{}", section_name, key)] = fmt::format("environment {}", variable);
  }

  static std::optional<RawValue> raw_text(const Slot& slot, std::string_view value) {
    if (std::holds_alternative<bool*>(slot)) {
      if (value == "true") return RawValue(true);
      if (value == "false") return RawValue(false);
      return std::nullopt;
    }
    if (std::holds_alternative<std::uint32_t*>(slot)) {
      std::int64_t number = 0;
      const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (code != std::errc{} || end != value.data() + value.size()) return std::nullopt;
      return RawValue(number);
    }
    if (!std::holds_alternative<std::vector<std::string>*>(slot)) return RawValue(std::string(value));
    std::vector<std::string> list;
    while (!value.empty()) {
      const std::size_t comma = std::min(value.find(','), value.size());
      list.emplace_back(value.substr(0, comma));
      value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return RawValue(std::move(list));
  }

  Scope scope_;
  fs::path base_;  ///< of relative paths, in whatever part they stand: where the main file lies
};

std::vector<fs::path> parts_of(const fs::path& directory) {
  std::vector<fs::path> parts;
  std::error_code ignored;  // no conf.d is the usual case
  for (const auto& item : fs::directory_iterator(directory, ignored)) {
    if (item.path().extension() == ".toml") parts.push_back(item.path());
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

/// As mail servers and public answers write them; what is not well-formed stays, and check_config() names it.
void write_mail_domains_in_ascii(Config& config) {
  for (std::string* domain : {&config.publication.relay_domain, &config.relay.bounce_domain}) {
    if (const auto name = DomainName::parse(*domain)) *domain = name->ascii();
  }
  if (const auto address = check_email(config.relay.from)) config.relay.from = *address;
}

}  // namespace

LoadedConfig load_config(const fs::path& file, const char* const* environment, Scope scope) {
  std::error_code ignored;
  const fs::path absolute = fs::absolute(file, ignored);
  Loader loader(scope, absolute.parent_path());
  loader.read_file(absolute);
  for (const fs::path& part : parts_of(absolute.parent_path() / "conf.d")) loader.read_file(part);
  loader.read_environment(environment);
  // Settings that are wrong each for themselves are told first: a check between settings would only repeat them.
  write_mail_domains_in_ascii(loader.loaded.config);
  if (loader.loaded.problems.empty()) check_config(loader.loaded.config, loader.loaded.origins, scope, loader.loaded.problems);
  return std::move(loader.loaded);
}

Expected<Config> config_or_error(LoadedConfig loaded) {
  if (loaded.problems.empty()) return std::move(loaded.config);
  Error first = std::move(loaded.problems.front());
  const std::size_t others = loaded.problems.size() - 1;
  if (others > 0) first.context += fmt::format(" (and {} more: see `regdata config check`)", others);
  return first;
}

}  // namespace regdata::app
