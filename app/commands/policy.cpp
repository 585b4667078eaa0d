// regdata policy check | diff
#include "redaction/policy.hpp"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "app/command_line.hpp"
#include "app/commands/commands.hpp"
#include "app/publication.hpp"
#include "app/store_access.hpp"
#include "app/table.hpp"
#include "redaction/policy_diff.hpp"
#include "redaction/shipped_policies.hpp"

namespace regdata::app {
namespace {

using redaction::ElementChange;

/// A file, or the name of a shipped policy where there is no such file.
Expected<redaction::Policy> policy_argument(const std::string& text, const TextMap& settings) {
  std::error_code ignored;
  if (!std::filesystem::exists(text, ignored) && redaction::shipped_policy(text) != nullptr)
    return load_policy(text, {}, settings, 2);
  auto policy = load_policy({}, text, settings, 2);
  if (!policy && !std::filesystem::exists(text, ignored)) {
    std::string names;
    for (const auto& shipped : redaction::shipped_policies()) names += (names.empty() ? "" : ", ") + std::string(shipped.name);
    return make_error(policy.error().code, policy.error().context, "name a file, or a shipped policy: " + names);
  }
  return policy;
}

/// "city=publish" …
Expected<TextMap> settings_argument(const std::vector<std::string>& words) {
  TextMap settings;
  for (const auto& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      return make_error(Errc::usage, fmt::format("--set {}: write NAME=VALUE", word.substr(0, 64)));
    settings[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return settings;
}

struct CheckArguments {
  std::string file;
  std::vector<std::string> settings;
};

Outcome check(Context& context, const CheckArguments& arguments) {
  const auto settings = settings_argument(arguments.settings);
  if (!settings) return settings.error();
  const auto policy = policy_argument(arguments.file, *settings);
  if (!policy) return policy.error();
  context.output.line(fmt::format("policy {} {} is good: {} rules", policy->name(), policy->version(), policy->rules().size()));
  return {Exit::done,
          boost::json::object{{"name", policy->name()}, {"version", policy->version()}, {"rules", policy->rules().size()}}};
}

struct DiffArguments {
  std::string before;
  std::string after;
  std::vector<std::string> settings;
  std::string tld;
  bool summary = false;
};

struct Totals {
  std::uint64_t names = 0;
  std::uint64_t changed = 0;
  std::uint64_t exposed = 0;
  std::uint64_t hidden = 0;
};

std::string words_for(const ElementChange& change) {
  const std::string what = change.role ? fmt::format("{} {}", to_string(*change.role), to_string(change.element))
                                       : std::string(to_string(change.element));
  if (change.before != change.after) {
    return fmt::format("{}: {} -> {} ({} -> {})", what, to_string(change.before), to_string(change.after), change.rule_before,
                       change.rule_after);
  }
  return fmt::format("{}: {} ({} -> {})", what, change.value_differs ? "another replacement" : "another reason",
                     change.rule_before, change.rule_after);
}

boost::json::object to_json(const ElementChange& change) {
  return {{"role", change.role ? boost::json::value(to_string(*change.role)) : boost::json::value(nullptr)},
          {"element", to_string(change.element)},
          {"before", to_string(change.before)},
          {"after", to_string(change.after)},
          {"ruleBefore", change.rule_before},
          {"ruleAfter", change.rule_after},
          {"valueDiffers", change.value_differs},
          {"reasonDiffers", change.reason_differs}};
}

/// Tells one name's changes and counts them.
void tell(Context& context, const std::string& name, const std::vector<ElementChange>& changes, bool summary, Totals& totals,
          boost::json::array& list) {
  ++totals.changed;
  boost::json::array items;
  for (const ElementChange& change : changes) {
    totals.exposed += change.exposes() ? 1 : 0;
    totals.hidden += change.hides() ? 1 : 0;
    if (!summary) context.output.line(fmt::format("{}: {}", name, words_for(change)));
    if (context.output.json() && !summary) items.push_back(to_json(change));
  }
  if (context.output.json() && !summary) list.push_back({{"name", name}, {"changes", std::move(items)}});
}

/// TLDs that the comparison is about: the one asked for, else those that are governed by a policy of OLD's name, else all.
std::set<std::string> tlds_for(const Config& config, const DiffArguments& arguments, const redaction::Policy& before) {
  std::set<std::string> all;
  std::set<std::string> governed;
  for (const Tld& tld : config.catalog.tlds) {
    if (!arguments.tld.empty() && tld.name != arguments.tld) continue;
    all.insert(tld.name);
    if (tld.policy == before.name()) governed.insert(tld.name);
  }
  return governed.empty() || !arguments.tld.empty() ? all : governed;
}

Outcome diff(Context& context, const DiffArguments& arguments) {
  const auto settings = settings_argument(arguments.settings);
  if (!settings) return settings.error();
  const auto before = policy_argument(arguments.before, {});
  if (!before) return before.error();
  const auto after = policy_argument(arguments.after, *settings);
  if (!after) return after.error();
  const auto config = context.config();
  if (!config) return config.error();
  const auto tlds = tlds_for(*config, arguments, *before);
  if (tlds.empty())
    return make_error(Errc::usage, fmt::format("--tld {}: no such [[tld]] is configured", arguments.tld.substr(0, 64)));
  const auto store = open_store(*config);
  if (!store) return store.error();
  redaction::RedactionContext redaction_context;
  redaction_context.catalog = &config->catalog;
  redaction_context.contact_form = config->publication.contact_form;
  redaction_context.relay_domain = config->publication.relay_domain;
  const UtcTime now = context.clock();
  Totals totals;
  boost::json::array list;
  const auto walked = (*store)->for_each({}, [&](const RegistrationData& data) {
    const Tld* tld = config->catalog.tld_of(data.registration.name);
    if (tld == nullptr || !tlds.contains(tld->name)) return true;
    ++totals.names;
    const auto changes = redaction::policy_diff(data, *before, *after, redaction_context, now);
    if (!changes.empty()) tell(context, data.registration.name.ascii(), changes, arguments.summary, totals, list);
    return true;
  });
  if (!walked) return walked.error();
  context.output.line(fmt::format(
      "{} of {} names would change: {} values would be shown that are not now, {} would be hidden; nothing was published",
      totals.changed, totals.names, totals.exposed, totals.hidden));
  return {Exit::done, boost::json::object{{"names", totals.names},
                                          {"changed", totals.changed},
                                          {"exposed", totals.exposed},
                                          {"hidden", totals.hidden},
                                          {"changes", std::move(list)}}};
}

}  // namespace

void add_policy(CommandLine& line) {
  Verb noun = line.noun("policy", "redaction policies: check, diff", "registrations");
  Verb checking = line.verb_of(noun, "check", "validate a policy file");
  auto one = std::make_shared<CheckArguments>();
  checking.option("FILE", one->file, "policy file, or the name of a shipped one").required();
  checking.option("--set", one->settings, "value for a setting of the file; may be given often")
      .called("NAME=VALUE")
      .take_all();
  line.does(checking, [one](Context& context) { return check(context, *one); });

  Verb comparing = line.verb_of(noun, "diff", "what another policy would change for the names we hold, without publishing");
  auto two = std::make_shared<DiffArguments>();
  comparing.option("OLD", two->before, "policy file, or the name of a shipped one").required();
  comparing.option("NEW", two->after, "the one to compare with").required();
  comparing.option("--set", two->settings, "value for a setting of NEW; may be given often").called("NAME=VALUE").take_all();
  comparing.option("--tld", two->tld, "only names under this TLD (default: those that OLD governs)").called("TLD");
  comparing.flag("--summary", two->summary, "only the counts");
  line.does(comparing, [two](Context& context) { return diff(context, *two); });
}

}  // namespace regdata::app
