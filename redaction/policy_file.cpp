// Policy::parse: TOML to rules. docs/policy.md describes the format.
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <set>

#include "redaction/policy.hpp"
#include "redaction/policy_check.hpp"

namespace regdata::redaction {
namespace {

constexpr std::size_t max_file = 256 * 1024;
constexpr std::size_t max_rules = 256;
constexpr std::size_t max_text = 300;

/// How many letters must change to make one word of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// "did you mean `when`? allowed: ...".
std::string allowed(std::string_view word, const std::vector<std::string_view>& words) {
  std::string hint;
  const auto nearest = std::min_element(words.begin(), words.end(), [&](std::string_view a, std::string_view b) {
    return distance(word, a) < distance(word, b);
  });
  if (word.size() <= 64 && nearest != words.end() && distance(word, *nearest) <= 1 + nearest->size() / 3) {
    hint = "did you mean \"" + std::string(*nearest) + "\"? ";
  }
  hint += "allowed:";
  for (const std::string_view each : words) hint.append(" ").append(each);
  return hint;
}

/// Words of a file for the values of an enumeration.
template <class T, std::size_t N>
struct Words {
  std::array<T, N> values;

  [[nodiscard]] std::optional<T> find(std::string_view word) const {
    const auto found = std::find_if(values.begin(), values.end(), [&](T value) { return to_string(value) == word; });
    return found == values.end() ? std::nullopt : std::optional(*found);
  }
  [[nodiscard]] std::vector<std::string_view> all() const {
    std::vector<std::string_view> words;
    for (const T value : values) words.push_back(to_string(value));
    return words;
  }
};
constexpr Words<Element, all_elements.size()> element_words{all_elements};
constexpr Words<Role, all_roles.size()> role_words{all_roles};
constexpr Words<Action, 5> action_words{
    {Action::publish, Action::withhold, Action::replace_with_form, Action::replace_with_relay, Action::omit}};
constexpr Words<Condition, 6> condition_words{{Condition::always, Condition::choice_given, Condition::organization_agreed,
                                               Condition::affiliated_service, Condition::legal_person,
                                               Condition::natural_person}};
constexpr Words<LegalBasis, 5> basis_words{{LegalBasis::choice, LegalBasis::service_data, LegalBasis::legal_obligation,
                                            LegalBasis::public_task, LegalBasis::legitimate_interest}};

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

/// One line without control characters (C0, DEL, C1).
bool is_line(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  return !text.empty() && text.size() <= max_text;
}

/// Reads one file. Internally the first error ends the reading by exception (Refused); parse() turns it into a value.
class PolicyFile {
 public:
  PolicyFile(std::string_view source, const PolicySettings& overrides) : source_(source), overrides_(overrides) {}

  void read(const toml::table& file);

  std::string name;
  std::string version;
  PolicySettings settings;
  std::vector<Rule> rules;

  struct Refused {
    Error error;
  };

  [[noreturn]] void refuse(const toml::source_region& at, std::string_view what, std::string hint = {}) const {
    std::string place(source_);
    if (at.begin) place += ":" + std::to_string(at.begin.line) + ":" + std::to_string(at.begin.column);
    throw Refused{make_error(Errc::configuration, place + ": " + std::string(what), std::move(hint))};
  }

 private:
  void check_keys(const toml::table& table, const std::vector<std::string_view>& keys) const;
  const toml::node& required(const toml::table& table, std::string_view key) const;
  const std::string& text(const toml::node& node, std::string_view what) const;
  std::string line(const toml::table& table, std::string_view key) const;
  std::string optional_line(const toml::table& table, std::string_view key) const;
  const toml::array& list(const toml::node& node, std::string_view what) const;
  std::optional<UtcTime> time(const toml::table& table, std::string_view key) const;
  template <class T, std::size_t N>
  T word(const toml::node& node, std::string_view what, const Words<T, N>& words) const;

  void read_settings(const toml::table& table);
  void read_setting(std::string_view name, const toml::table& table);
  Rule read_rule(const toml::table& table) const;
  bool is_selected(const toml::table& rule) const;
  [[noreturn]] void refuse(const toml::source_region& at, const std::vector<Rule>& of, const PolicyFault& fault) const;

  std::string_view source_;
  const PolicySettings& overrides_;
  std::map<std::string, std::vector<std::string>, std::less<>> setting_values_;
};

void PolicyFile::check_keys(const toml::table& table, const std::vector<std::string_view>& keys) const {
  for (const auto& [key, node] : table) {
    if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) continue;
    refuse(key.source(), "unknown key \"" + std::string(key.str()) + "\"", allowed(key.str(), keys));
  }
}

const toml::node& PolicyFile::required(const toml::table& table, std::string_view key) const {
  const toml::node* node = table.get(key);
  if (node == nullptr) refuse(table.source(), "key \"" + std::string(key) + "\" is missing");
  return *node;
}

const std::string& PolicyFile::text(const toml::node& node, std::string_view what) const {
  if (!node.is_string()) refuse(node.source(), std::string(what) + " must be a string");
  return node.as_string()->get();
}

std::string PolicyFile::line(const toml::table& table, std::string_view key) const {
  const toml::node& node = required(table, key);
  const std::string& value = text(node, key);
  if (!is_line(value))
    refuse(node.source(), std::string(key) + " must be one line of 1 to 300 bytes without control characters");
  return value;
}

std::string PolicyFile::optional_line(const toml::table& table, std::string_view key) const {
  return table.contains(key) ? line(table, key) : std::string();
}

const toml::array& PolicyFile::list(const toml::node& node, std::string_view what) const {
  if (!node.is_array()) refuse(node.source(), std::string(what) + " must be a list of strings");
  return *node.as_array();
}

template <class T, std::size_t N>
T PolicyFile::word(const toml::node& node, std::string_view what, const Words<T, N>& words) const {
  const std::string& value = text(node, what);
  if (const auto found = words.find(value)) return *found;
  refuse(node.source(), "unknown " + std::string(what) + " \"" + value.substr(0, 64) + "\"", allowed(value, words.all()));
}

std::optional<UtcTime> PolicyFile::time(const toml::table& table, std::string_view key) const {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const toml::date_time* value = node->is_date_time() ? &node->as_date_time()->get() : nullptr;
  if (value == nullptr || !value->offset) {
    refuse(node->source(), std::string(key) + " must be a date and time with a zone",
           "like 2027-01-01T00:00:00Z, without quotes");
  }
  using namespace std::chrono;
  const year_month_day date{year(static_cast<int>(value->date.year)), month(value->date.month), day(value->date.day)};
  return UtcTime(sys_days(date)) + hours(value->time.hour) + minutes(value->time.minute) + seconds(value->time.second) +
         duration_cast<milliseconds>(nanoseconds(value->time.nanosecond)) - minutes(value->offset->minutes);
}

void PolicyFile::read_setting(std::string_view setting, const toml::table& table) {
  check_keys(table, {"values", "default", "text"});
  if (!is_id(setting)) refuse(table.source(), "a setting's name must be 1 to 64 of a-z 0-9 -");
  static_cast<void>(line(table, "text"));
  std::vector<std::string>& values = setting_values_[std::string(setting)];
  for (const toml::node& node : list(required(table, "values"), "values")) {
    const std::string& value = text(node, "a value");
    if (!is_id(value)) refuse(node.source(), "a value must be 1 to 64 of a-z 0-9 -");
    if (std::find(values.begin(), values.end(), value) != values.end())
      refuse(node.source(), "value \"" + value + "\" stands here twice");
    values.push_back(value);
  }
  const toml::node& node = required(table, "default");
  const std::string& standard = text(node, "default");
  const std::vector<std::string_view> words(values.begin(), values.end());
  if (std::find(values.begin(), values.end(), standard) == values.end()) {
    refuse(node.source(), "default \"" + standard.substr(0, 64) + "\" is not among the values", allowed(standard, words));
  }
  const auto chosen = overrides_.find(setting);
  if (chosen != overrides_.end() && std::find(values.begin(), values.end(), chosen->second) == values.end()) {
    refuse(table.source(), "setting \"" + std::string(setting) + "\" has no value \"" + chosen->second.substr(0, 64) + "\"",
           allowed(chosen->second, words));
  }
  settings[std::string(setting)] = chosen != overrides_.end() ? chosen->second : standard;
}

void PolicyFile::read_settings(const toml::table& file) {
  if (const toml::node* node = file.get("settings")) {
    if (!node->is_table()) refuse(node->source(), "settings must be tables: [settings.NAME]");
    for (const auto& [key, setting] : *node->as_table()) {
      if (!setting.is_table()) refuse(setting.source(), "a setting must be a table: [settings.NAME]");
      read_setting(key.str(), *setting.as_table());
    }
  }
  std::vector<std::string_view> declared;
  for (const auto& [setting, value] : settings) declared.push_back(setting);
  for (const auto& [setting, value] : overrides_) {
    if (settings.contains(setting)) continue;
    refuse({}, "policy \"" + name + "\" has no setting \"" + setting.substr(0, 64) + "\"", allowed(setting, declared));
  }
}

bool PolicyFile::is_selected(const toml::table& rule) const {
  const toml::node* node = rule.get("setting");
  if (node == nullptr) return true;
  if (!node->is_table() || node->as_table()->empty()) refuse(node->source(), "setting must be like { city = \"publish\" }");
  bool selected = true;
  for (const auto& [key, wanted] : *node->as_table()) {
    const auto values = setting_values_.find(key.str());
    if (values == setting_values_.end()) refuse(key.source(), "setting \"" + std::string(key.str()) + "\" is not declared");
    const std::string& value = text(wanted, "a setting's value");
    const std::vector<std::string_view> words(values->second.begin(), values->second.end());
    if (std::find(words.begin(), words.end(), value) == words.end()) {
      refuse(wanted.source(), "setting \"" + std::string(key.str()) + "\" has no value \"" + value.substr(0, 64) + "\"",
             allowed(value, words));
    }
    selected = selected && settings.find(key.str())->second == value;
  }
  return selected;
}

Rule PolicyFile::read_rule(const toml::table& table) const {
  check_keys(table,
             {"id", "elements", "roles", "when", "action", "basis", "law", "section", "text", "from", "until", "setting"});
  Rule rule;
  rule.id = line(table, "id");
  if (!is_id(rule.id)) refuse(required(table, "id").source(), "id must be 1 to 64 of a-z 0-9 -");
  for (const toml::node& node : list(required(table, "elements"), "elements")) {
    rule.elements.push_back(word(node, "element", element_words));
  }
  if (const toml::node* roles = table.get("roles")) {
    for (const toml::node& node : list(*roles, "roles")) rule.roles.push_back(word(node, "role", role_words));
    if (rule.roles.empty()) refuse(roles->source(), "roles is empty", "leave it out to mean every role");
  }
  if (const toml::node* when = table.get("when")) rule.when = word(*when, "condition", condition_words);
  rule.action = word(required(table, "action"), "action", action_words);
  if (const toml::node* basis = table.get("basis")) rule.basis = word(*basis, "basis", basis_words);
  rule.law = optional_line(table, "law");
  rule.section = line(table, "section");
  rule.text = line(table, "text");
  rule.from = time(table, "from");
  rule.until = time(table, "until");
  return rule;
}

void PolicyFile::refuse(const toml::source_region& at, const std::vector<Rule>& of, const PolicyFault& fault) const {
  const std::string subject = fault.rule < of.size() ? "rule \"" + of[fault.rule].id + "\": " : std::string();
  refuse(at, subject + fault.what, fault.hint);
}

void PolicyFile::read(const toml::table& file) {
  check_keys(file, {"name", "version", "summary", "settings", "rule"});
  name = line(file, "name");
  if (!is_id(name)) refuse(required(file, "name").source(), "name must be 1 to 64 of a-z 0-9 -");
  version = line(file, "version");
  static_cast<void>(optional_line(file, "summary"));
  read_settings(file);
  const toml::node& node = required(file, "rule");
  if (!node.is_array_of_tables()) refuse(node.source(), "rules must be tables: [[rule]]");
  std::set<std::string, std::less<>> ids;
  std::vector<Rule> all;
  std::vector<toml::source_region> places;
  for (const toml::node& entry : *node.as_array()) {
    // A rule that its settings leave out is checked like the others: it may be in force tomorrow.
    Rule rule = read_rule(*entry.as_table());
    if (!ids.insert(rule.id).second) refuse(entry.source(), "rule \"" + rule.id + "\" stands here twice");
    all.push_back(std::move(rule));
    if (const auto fault = check_rule(all.back(), all.size() - 1)) refuse(entry.source(), all, *fault);
    if (all.size() > max_rules) refuse(entry.source(), "more than 256 rules");
    if (!is_selected(*entry.as_table())) continue;
    rules.push_back(all.back());
    places.push_back(entry.source());
  }
  if (const auto fault = check_rules(rules)) {
    refuse(fault->rule < rules.size() ? places[fault->rule] : toml::source_region{}, rules, *fault);
  }
  for (Rule& rule : rules) {
    if (rule.when == Condition::choice_given || rule.when == Condition::organization_agreed) rule.basis = LegalBasis::choice;
    if (rule.when == Condition::affiliated_service && rule.action == Action::publish) rule.basis = LegalBasis::service_data;
  }
}

}  // namespace

Expected<Policy> Policy::parse(std::string_view toml, std::string_view source_name, RuleId first_rule,
                               const PolicySettings& settings) {
  if (toml.size() > max_file) {
    return make_error(Errc::configuration, std::string(source_name) + ": policy file is larger than 256 KiB");
  }
  PolicyFile file(source_name, settings);
  try {
    file.read(toml::parse(toml));
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return make_error(Errc::configuration, std::string(source_name) + ":" + std::to_string(at.line) + ":" +
                                               std::to_string(at.column) + ": not TOML: " + std::string(error.description()));
  } catch (const PolicyFile::Refused& refused) {
    return refused.error;
  }
  if (first_rule < 2 || file.rules.size() > std::size_t{std::numeric_limits<RuleId>::max()} - first_rule) {
    return make_error(Errc::configuration, std::string(source_name) + ": no rule numbers left", "load fewer policies");
  }
  Policy policy;
  policy.name_ = std::move(file.name);
  policy.version_ = std::move(file.version);
  policy.text_ = toml;
  policy.settings_ = std::move(file.settings);
  policy.rules_ = std::move(file.rules);
  policy.first_rule_ = first_rule;
  policy.compile();
  return policy;
}

}  // namespace regdata::redaction
