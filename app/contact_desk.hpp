// What of contacts may go to a registry, as configuration says.
#pragma once

#include "app/config.hpp"
#include "epp/contact_sync.hpp"
#include "registration/contact.hpp"

namespace regdata::app {

epp::DisclosureRules disclosure_rules(const Config::Registry& settings);
epp::PostalForm postal_form(const Config::Registry& settings);
/// What is referred to must outlive it.
epp::ContactSyncRules contact_sync_rules(const Config& config, const Config::Registry& settings);
/// Whether anybody knows the words in the settings.
void check_contact_settings(const Config::Registry& settings, const TellSetting& tell);

/// Errc::refused: contacts do not go there (minimum data), nobody agreed on it, or this one, or all of the store, has to stay
/// in another region.
Expected<void> check_contact_transfer(const Config& config, const Config::Registry& settings, const Contact& contact);

}  // namespace regdata::app
