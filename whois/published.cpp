#include "whois/published.hpp"

#include <algorithm>

namespace regdata::whois {

using redaction::PublicTexts;
using redaction::RuleText;

const Registrar* registrar_of(const PublicTexts& texts, std::string_view id) noexcept {
  const auto found =
      std::find_if(texts.registrars.begin(), texts.registrars.end(), [&](const Registrar& r) { return r.id == id; });
  return found == texts.registrars.end() ? nullptr : &*found;
}

const Tld* tld_of(const PublicTexts& texts, std::string_view name) noexcept {
  const Tld* best = nullptr;
  for (const Tld& tld : texts.tlds) {
    const bool below =
        name.size() > tld.name.size() + 1 && name.ends_with(tld.name) && name[name.size() - tld.name.size() - 1] == '.';
    if (below && (best == nullptr || tld.name.size() > best->name.size())) best = &tld;
  }
  return best;
}

const RuleText* rule_of(const PublicTexts& texts, redaction::RuleId id) noexcept {
  const auto found = std::find_if(texts.rules.begin(), texts.rules.end(), [&](const RuleText& rule) { return rule.id == id; });
  return found == texts.rules.end() ? nullptr : &*found;
}

}  // namespace regdata::whois
