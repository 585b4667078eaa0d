#include "app/contact_desk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace regdata::app {
namespace {

epp::Elements elements_of(const std::vector<std::string>& words) {
  epp::Elements elements;
  for (const std::string& word : words)
    if (const auto element = epp::disclosable_from(word)) elements[static_cast<std::size_t>(*element)] = true;
  return elements;
}

}  // namespace

epp::DisclosureRules disclosure_rules(const Config::Registry& settings) {
  using Rules = epp::DisclosureRules;
  Rules rules;
  rules.shown_by_default = elements_of(settings.disclose_default);
  rules.adjustable = elements_of(settings.disclose_adjustable);
  rules.polarity = settings.disclose_polarity == "allow"  ? Rules::Polarity::allow
                   : settings.disclose_polarity == "deny" ? Rules::Polarity::deny
                                                          : Rules::Polarity::both;
  rules.on_update = settings.disclose_update == "replace" ? Rules::OnUpdate::replace
                    : settings.disclose_update == "merge" ? Rules::OnUpdate::merge
                                                          : Rules::OnUpdate::unknown;
  rules.on_info = settings.disclose_info == "complete" ? Rules::OnInfo::complete : Rules::OnInfo::exceptions;
  return rules;
}

epp::PostalForm postal_form(const Config::Registry& settings) {
  if (settings.postal == "int") return epp::PostalForm::international;
  return settings.postal == "loc" ? epp::PostalForm::local : epp::PostalForm::by_script;
}

Expected<void> check_contact_settings(const Config::Registry& settings) {
  const auto wrong = [&](const char* key, std::string_view word, std::string known) {
    return make_error(Errc::configuration, fmt::format("registry {}: {} \"{}\" is not known", settings.id, key, word),
                      std::move(known));
  };
  struct Choice {
    const char* key;
    const std::string& word;
    std::vector<std::string_view> known;
  };
  for (const Choice& one : {Choice{"data_model", settings.data_model, {"minimum", "thick"}},
                            Choice{"postal", settings.postal, {"int", "loc", "by-script"}},
                            Choice{"disclose_polarity", settings.disclose_polarity, {"allow", "deny", "both"}},
                            Choice{"disclose_update", settings.disclose_update, {"replace", "merge", "unknown"}},
                            Choice{"disclose_info", settings.disclose_info, {"exceptions", "complete"}}})
    if (std::ranges::find(one.known, one.word) == one.known.end())
      return wrong(one.key, one.word, fmt::format("one of {}", fmt::join(one.known, ", ")));
  for (const auto& [key, words] : {std::pair("disclose_default", &settings.disclose_default),
                                   std::pair("disclose_adjustable", &settings.disclose_adjustable)})
    for (const std::string& word : *words)
      if (!epp::disclosable_from(word))
        return wrong(key, word, "name-int, name-loc, org-int, org-loc, addr-int, addr-loc, voice, fax, email");
  const bool fits = settings.contact_prefix.size() <= 6 &&
                    std::ranges::all_of(settings.contact_prefix, [](unsigned char c) { return c > ' ' && c < 0x7F; });
  return fits ? Expected<void>() : wrong("contact_prefix", settings.contact_prefix, "at most 6 characters of ASCII, no blanks");
}

Expected<void> check_contact_transfer(const Config& config, const Config::Registry& settings, const Contact& contact) {
  if (settings.data_model != "thick")
    return make_error(Errc::refused, fmt::format("registry {} holds the minimum data set: no contact goes there", settings.id),
                      "data_model = \"thick\" in [[registry]], where it does hold contacts");
  const auto& list = config.catalog.recipients;
  const auto recipient = std::ranges::find(list, settings.id, &Recipient::id);
  if (recipient == list.end() || recipient->agreement.empty())
    return make_error(Errc::refused, "no agreement is recorded with registry " + settings.id,
                      "[[recipient]] agreement: without one no personal data goes there");
  const auto refuse = [&](std::string_view what, std::string_view region) {
    return make_error(
        Errc::refused,
        fmt::format("{} must stay in {}, and registry {} keeps data in \"{}\"", what, region, settings.id, recipient->region),
        "nothing was sent");
  };
  if (!contact.region.empty() && contact.region != recipient->region)
    return refuse("contact " + contact.handle, contact.region);
  if (recipient->region != config.store.region && recipient->transfer_basis.empty())
    return refuse("data of this store", config.store.region);
  return {};
}

}  // namespace regdata::app
