#include "app/contact_desk.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <initializer_list>

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

namespace {

/// Of all in configuration that decides what is brought to a registry.
std::string digest_of_rules(const Config& config, const Config::Registry& settings) {
  std::string text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", settings.data_model, settings.contact_prefix,
                                 settings.postal, fmt::join(settings.disclose_default, ","),
                                 fmt::join(settings.disclose_adjustable, ","), settings.disclose_polarity,
                                 settings.disclose_update, settings.disclose_info, settings.account, config.store.region);
  for (const Recipient& one : config.catalog.recipients)
    if (one.id == settings.id)
      text += fmt::format("\n{}\n{}\n{}", one.region, one.agreement.empty(), one.transfer_basis.empty());
  std::array<unsigned char, 16> digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr,
                     0);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace

epp::ContactSyncRules contact_sync_rules(const Config& config, const Config::Registry& settings) {
  return {.registry = settings.id,
          .account = settings.account,
          .disclosure = disclosure_rules(settings),
          .prefix = settings.contact_prefix,
          .postal = postal_form(settings),
          .look_again = settings.look_again,
          .second_look = settings.second_look_time,
          .digest = digest_of_rules(config, settings),
          .may_be_there = [&config, &settings](const Contact& contact) {
            return check_contact_transfer(config, settings, contact);
          }};
}

void check_contact_settings(const Config::Registry& settings, const TellSetting& tell) {
  const auto check = [&](const char* key, const std::string& word, bool is_known, const char* known) {
    if (!is_known) tell(key, fmt::format("{} \"{}\" is not known", key, word), known);
  };
  const auto one_of = [](const std::string& word, std::initializer_list<std::string_view> known) {
    return std::ranges::find(known, word) != known.end();
  };
  check("data_model", settings.data_model, one_of(settings.data_model, {"minimum", "thick"}), "\"minimum\" or \"thick\"");
  check("postal", settings.postal, one_of(settings.postal, {"int", "loc", "by-script"}), "\"int\", \"loc\" or \"by-script\"");
  check("disclose_polarity", settings.disclose_polarity, one_of(settings.disclose_polarity, {"allow", "deny", "both"}),
        "\"allow\", \"deny\" or \"both\"");
  check("disclose_update", settings.disclose_update, one_of(settings.disclose_update, {"replace", "merge", "unknown"}),
        "\"replace\", \"merge\" or \"unknown\"");
  check("disclose_info", settings.disclose_info, one_of(settings.disclose_info, {"exceptions", "complete"}),
        "\"exceptions\" or \"complete\"");
  constexpr const char* elements = "name-int, name-loc, org-int, org-loc, addr-int, addr-loc, voice, fax, email";
  for (const std::string& word : settings.disclose_default)
    check("disclose_default", word, epp::disclosable_from(word).has_value(), elements);
  for (const std::string& word : settings.disclose_adjustable)
    check("disclose_adjustable", word, epp::disclosable_from(word).has_value(), elements);
  const bool fits = settings.contact_prefix.size() <= 6 &&
                    std::ranges::all_of(settings.contact_prefix, [](unsigned char c) { return c > ' ' && c < 0x7F; });
  check("contact_prefix", settings.contact_prefix, fits, "at most 6 characters of ASCII, no blanks");
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
