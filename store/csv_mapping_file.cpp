// The file of a column mapping.
#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include "store/csv_mapping.hpp"
#include "store/import_fields.hpp"

namespace regdata::store {
namespace {

constexpr std::array<std::string_view, 7> date_keys{
    "created", "updated", "registry_expires", "registrar_expires", "transferred", "as_of", "at"};

std::vector<std::string> make_paths() {
  std::vector<std::string> paths;
  for (const auto& field : put_fields) {
    if (field.key == "contacts") {
      for (const auto& role : role_fields) {
        const std::string of = "contacts." + std::string(role.key);
        paths.push_back(of);
        for (const auto& part : contact_fields) {
          // A choice needs a time, a notice version and evidence for each element: more than a row can say (promise P5).
          if (part.key != "choices") paths.push_back(of + '.' + std::string(part.key));
        }
      }
    } else if (field.key == "reseller") {
      for (const auto& part : reseller_fields) paths.push_back("reseller." + std::string(part.key));
    } else {
      paths.emplace_back(field.key);
    }
  }
  paths.emplace_back("reason");
  paths.emplace_back("at");
  return paths;
}

CsvKind kind_of(std::string_view path) {
  if (std::find(date_keys.begin(), date_keys.end(), path) != date_keys.end()) return CsvKind::date;
  if (path == "statuses" || path == "hosts") return CsvKind::list;
  if (path == "ds") return CsvKind::ds;
  return path.ends_with(".street") ? CsvKind::street : CsvKind::text;
}

/// A refusal on its way out of the reader below; never leaves this file.
struct Refused {
  Error error;
};

class MappingFile {
 public:
  CsvMapping read(const toml::table& file);

 private:
  [[noreturn]] static void refuse(const toml::node& at, const std::string& what, std::string hint = {});
  static const toml::table* section(const toml::table& file, std::string_view key);
  static std::string text(const toml::node& node, std::string_view what);
  static std::vector<std::string> texts(const toml::node& node, std::string_view what);
  static void check_keys(const toml::table& table, std::initializer_list<std::string_view> known);
  CsvTarget& target(const toml::key& path, const toml::node& node);
  void read_settings(const toml::table& file);
  void read_column(const toml::key& path, const toml::node& node);
  static void read_rule(const toml::table& rule, CsvTarget& target);
  void read_values(const toml::table& values);
  void read_dates(const toml::table& dates);
  void check(const toml::table& file) const;

  CsvMapping mapping_;
};

void MappingFile::refuse(const toml::node& at, const std::string& what, std::string hint) {
  throw Refused{make_error(Errc::configuration, "mapping: line " + std::to_string(at.source().begin.line) + ": " + what,
                           std::move(hint))};
}

const toml::table* MappingFile::section(const toml::table& file, std::string_view key) {
  const toml::node* node = file.get(key);
  if (node && !node->is_table()) refuse(*node, std::string(key) + " must be a table");
  return node ? node->as_table() : nullptr;
}

std::string MappingFile::text(const toml::node& node, std::string_view what) {
  const auto* value = node.as_string();
  if (!value) refuse(node, std::string(what) + " must be a text");
  return value->get();
}

std::vector<std::string> MappingFile::texts(const toml::node& node, std::string_view what) {
  std::vector<std::string> found;
  if (const auto* list = node.as_array()) {
    for (const auto& entry : *list) found.push_back(text(entry, what));
  } else {
    found.push_back(text(node, what));
  }
  if (found.empty()) refuse(node, std::string(what) + " is empty");
  return found;
}

void MappingFile::check_keys(const toml::table& table, std::initializer_list<std::string_view> known) {
  for (const auto& [key, node] : table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    std::vector<ImportField> names;
    for (const auto name : known) names.push_back({name, {}});
    const std::string near(nearest_key(key.str(), names));
    refuse(node, "unknown key \"" + std::string(key.str()) + "\"",
           near.empty() ? std::string() : "did you mean \"" + near + "\"?");
  }
}

CsvTarget& MappingFile::target(const toml::key& path, const toml::node& node) {
  const auto& paths = csv_target_paths();
  if (std::find(paths.begin(), paths.end(), path.str()) == paths.end()) {
    std::vector<ImportField> names;
    names.reserve(paths.size());
    for (const auto& name : paths) names.push_back({name, {}});
    const std::string near(nearest_key(path.str(), names));
    if (path.str() == "contacts" || path.str() == "reseller") {
      refuse(node, "the name of a field must be quoted", "for example \"contacts.registrant.name\" = \"name\"");
    }
    refuse(node, "unknown field \"" + std::string(path.str()) + "\"",
           near.empty() ? "docs/import.md lists the fields" : "did you mean \"" + near + "\"?");
  }
  const auto same = [&](const CsvTarget& one) { return one.path == path.str(); };
  const auto found = std::find_if(mapping_.targets.begin(), mapping_.targets.end(), same);
  if (found != mapping_.targets.end()) return *found;
  CsvTarget& made = mapping_.targets.emplace_back();
  made.path = path.str();
  made.kind = kind_of(made.path);
  return made;
}

CsvMapping MappingFile::read(const toml::table& file) {
  check_keys(file, {"delimiter", "list_separator", "columns", "defaults", "values", "dates"});
  read_settings(file);
  const toml::table* columns = section(file, "columns");
  if (!columns) refuse(file, "[columns] is missing", "it says which columns make which fields; see docs/import.md");
  for (const auto& [path, node] : *columns) read_column(path, node);
  if (const toml::table* defaults = section(file, "defaults")) {
    for (const auto& [path, node] : *defaults) target(path, node).fallback = text(node, "a default");
  }
  if (const toml::table* values = section(file, "values")) read_values(*values);
  if (const toml::table* dates = section(file, "dates")) read_dates(*dates);
  check(file);
  const auto& paths = csv_target_paths();
  const auto place = [&](const CsvTarget& one) { return std::find(paths.begin(), paths.end(), one.path) - paths.begin(); };
  std::sort(mapping_.targets.begin(), mapping_.targets.end(),
            [&](const CsvTarget& a, const CsvTarget& b) { return place(a) < place(b); });
  return std::move(mapping_);
}

void MappingFile::read_settings(const toml::table& file) {
  if (const toml::node* node = file.get("delimiter")) {
    const std::string given = text(*node, "delimiter");
    const auto is_plain = [](char c) { return (c >= ' ' && c < 0x7F && c != '"') || c == '\t'; };
    if (given.size() != 1 || !is_plain(given[0])) refuse(*node, "delimiter must be one ASCII character and no quote");
    mapping_.delimiter = given[0];
  }
  if (const toml::node* node = file.get("list_separator")) {
    mapping_.list_separator = text(*node, "list_separator");
    if (mapping_.list_separator.empty()) refuse(*node, "list_separator is empty");
  }
}

void MappingFile::read_column(const toml::key& path, const toml::node& node) {
  CsvTarget& into = target(path, node);
  if (const toml::table* rule = node.as_table()) {
    read_rule(*rule, into);
  } else {
    into.columns = texts(node, "a column");
  }
}

void MappingFile::read_rule(const toml::table& rule, CsvTarget& into) {
  check_keys(rule, {"made_from", "prefix", "join", "separator", "country_code", "number"});
  const toml::node* made_from = rule.get("made_from");
  const toml::node* join = rule.get("join");
  const toml::node* number = rule.get("number");
  const auto only = [&](std::initializer_list<std::string_view> keys) { check_keys(rule, keys); };
  if (made_from) {
    only({"made_from", "prefix"});
    into.form = CsvForm::handle;
    into.columns = {text(*made_from, "made_from")};
    if (const toml::node* prefix = rule.get("prefix")) into.prefix = text(*prefix, "prefix");
    if (!into.path.ends_with(".handle")) refuse(rule, "made_from makes handles only");
    return;
  }
  if (number) {
    only({"country_code", "number"});
    into.form = CsvForm::phone;
    const toml::node* code = rule.get("country_code");
    if (!code) refuse(rule, "country_code is missing");
    into.columns = {text(*code, "country_code"), text(*number, "number")};
    if (!into.path.ends_with(".phone") && !into.path.ends_with(".fax")) refuse(rule, "number makes phone and fax only");
    return;
  }
  only({"join", "separator"});
  if (!join) refuse(rule, "a rule needs join, made_from or number");
  into.columns = texts(*join, "join");
  if (const toml::node* separator = rule.get("separator")) into.separator = text(*separator, "separator");
}

void MappingFile::read_values(const toml::table& values) {
  for (const auto& [path, node] : values) {
    const toml::table* table = node.as_table();
    if (!table) refuse(node, "[values] holds a table for each field");
    CsvTarget& into = target(path, node);
    for (const auto& [from, meant] : *table) into.values.emplace(from.str(), text(meant, "a value"));
  }
}

void MappingFile::read_dates(const toml::table& dates) {
  check_keys(dates, {"format", "zone"});
  if (const toml::node* format = dates.get("format")) {
    for (auto& one : texts(*format, "format")) {
      if (one == "rfc3339") continue;
      const auto good = check_date_format(one);
      if (!good) refuse(*format, good.error().context, good.error().hint);
      mapping_.dates.formats.push_back(std::move(one));
    }
  }
  const toml::node* zone = dates.get("zone");
  if (!zone) {
    // Never guessed: a date without zone is another day in half of the world (operations.md §1.3 trap 10).
    if (!mapping_.dates.formats.empty()) refuse(dates, "zone is missing", "zone = \"UTC\", or a fixed offset like \"+02:00\"");
    return;
  }
  mapping_.dates.zone_text = text(*zone, "zone");
  const auto offset = zone_offset(mapping_.dates.zone_text);
  if (!offset) refuse(*zone, "zone must be UTC or a fixed offset", "for example \"+02:00\"");
  if (mapping_.dates.formats.empty()) refuse(*zone, "zone needs a format", "RFC 3339 dates have a zone of their own");
  mapping_.dates.zone = *offset;
}

void MappingFile::check(const toml::table& file) const {
  const auto has = [&](std::string_view path) {
    return std::any_of(mapping_.targets.begin(), mapping_.targets.end(),
                       [&](const CsvTarget& one) { return one.path == path; });
  };
  if (!has("name")) refuse(file, "no column makes the field \"name\"");
  for (const auto& role : role_fields) {
    const std::string path = "contacts." + std::string(role.key);
    const auto inside = [&](const CsvTarget& one) { return one.path.starts_with(path + '.'); };
    if (has(path) && std::any_of(mapping_.targets.begin(), mapping_.targets.end(), inside)) {
      refuse(file, path + " is mapped as a handle and as a contact", "a contact's handle is " + path + ".handle");
    }
  }
}

}  // namespace

const std::vector<std::string>& csv_target_paths() {
  static const std::vector<std::string> paths = make_paths();
  return paths;
}

Expected<CsvMapping> CsvMapping::parse(std::string_view toml_text) {
  try {
    return MappingFile().read(toml::parse(toml_text));
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const toml::parse_error& error) {
    return make_error(Errc::configuration,
                      "mapping: line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
  }
}

}  // namespace regdata::store
