#include "app/publication.hpp"

#include <fmt/format.h>

#include <fstream>

#include "app/layout_options.hpp"
#include "app/nearest.hpp"
#include "redaction/shipped_policies.hpp"
#include "registration/utf8.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t longest_policy = 1U << 20U;
constexpr std::size_t longest_disclaimer = 16384;
/// Rule numbers of one policy; ranges do not meet, and a policy that is added at the end moves nobody else's numbers.
constexpr redaction::RuleId rules_per_policy = 500;

std::string shipped_names() {
  std::string names;
  for (const auto& policy : redaction::shipped_policies()) names += (names.empty() ? "" : ", ") + std::string(policy.name);
  return names;
}

/// LF line ends, no control characters: the text goes to port 43 as it is (rules.md §3.2).
Expected<std::string> read_disclaimer(const std::filesystem::path& file) {
  auto text = read_text_file(file, longest_disclaimer);
  if (!text) return text.error();
  if (!is_utf8(*text)) return make_error(Errc::configuration, fmt::format("{}: is not UTF-8", file.string()));
  std::string clean;
  for (const char c : *text) {
    if (c == '\r') continue;
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7F) {
      return make_error(Errc::configuration, fmt::format("{}: control characters are not allowed", file.string()),
                        "plain text of lines, without tabs");
    }
    clean += c;
  }
  return clean;
}

}  // namespace

Expected<std::string> read_text_file(const std::filesystem::path& file, std::size_t most) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(most + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad())
    return make_error(Errc::configuration, fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)),
                      "[publication] disclaimer_file or a [[policy]] names it");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > most)
    return make_error(Errc::configuration, fmt::format("{} is longer than {} bytes", file.string(), most));
  return text;
}

Expected<redaction::Policy> load_policy(const std::string& name, const std::filesystem::path& file, const TextMap& settings,
                                        redaction::RuleId first_rule) {
  if (!file.empty()) {
    const auto text = read_text_file(file, longest_policy);
    if (!text) return text.error();
    return redaction::Policy::parse(*text, file.string(), first_rule, settings);
  }
  const auto* shipped = redaction::shipped_policy(name);
  if (shipped == nullptr) {
    return make_error(Errc::configuration, fmt::format("no policy named \"{}\" is shipped", name),
                      fmt::format("shipped: {}; or name a file", shipped_names()));
  }
  return redaction::Policy::parse(shipped->toml, fmt::format("(shipped) {}", name), first_rule, settings);
}

std::vector<PolicyRecord> records_of(const redaction::Publication& publication) {
  std::vector<PolicyRecord> records;
  for (const auto& [name, policy] : publication.policies)
    records.push_back({.name = name,
                       .version = policy.version(),
                       .digest = policy.digest(),
                       .text = policy.text(),
                       .settings = policy.settings(),
                       .since = {}});
  return records;
}

Expected<redaction::Publication> load_publication(const Config& config) {
  redaction::Publication publication;
  publication.catalog = config.catalog;
  redaction::RuleId first_rule = 2;
  for (const auto& entry : config.policies) {
    if (first_rule > 65535 - rules_per_policy) return make_error(Errc::configuration, "more than 130 policies are configured");
    auto policy = load_policy(entry.name, entry.file, entry.settings, first_rule);
    if (!policy)
      return Error{policy.error().code, fmt::format("[[policy]] {}: {}", entry.name, policy.error().context),
                   policy.error().hint};
    if (policy->rules().size() > rules_per_policy) {
      return make_error(Errc::configuration, fmt::format("policy {} has more than {} rules", entry.name, rules_per_policy));
    }
    first_rule = static_cast<redaction::RuleId>(first_rule + rules_per_policy);
    publication.policies.emplace(entry.name, std::move(*policy));
  }
  const auto layout = layout_bits(config.publication.layout);
  if (!layout) return layout.error();
  auto& texts = publication.texts;
  if (!config.publication.disclaimer_file.empty()) {
    auto disclaimer = read_disclaimer(config.publication.disclaimer_file);
    if (!disclaimer) return disclaimer.error();
    texts.whois_disclaimer = std::move(*disclaimer);
  }
  texts.registrars = config.catalog.registrars;
  texts.tlds = config.catalog.tlds;
  texts.rdap_base = config.publication.rdap_base;
  texts.terms_url = config.publication.terms_url;
  texts.disclosure_url = config.publication.disclosure_url;
  texts.redacted_text = config.publication.redacted_text;
  texts.whois_layout = *layout;
  // The built-in texts are the same two for every policy: once is enough.
  bool builtin = true;
  for (const auto& [name, policy] : publication.policies) {
    for (auto& text : policy.rule_texts()) {
      if (builtin || text.id >= 2) texts.rules.push_back(std::move(text));
    }
    builtin = false;
  }
  publication.context.contact_form = config.publication.contact_form;
  publication.context.relay_domain = config.publication.relay_domain;
  return publication;
}

}  // namespace regdata::app
