#include "app/relay_desk.hpp"

#include <utility>

namespace regdata::app {
namespace {

relay::PostOfficeSettings post_office_settings(const Config& config) {
  relay::PostOfficeSettings settings;
  settings.postmark = {config.relay.from, config.relay.bounce_domain};
  const std::string& form = config.publication.contact_form;
  settings.confirm_link = form.substr(0, form.find('?')) + "/confirm?t=";
  settings.first_retry = config.relay.retry;
  settings.give_up = config.relay.give_up;
  if (!inbound_settings(config).patterns.empty()) settings.renew_addresses = config.relay.renew_addresses;
  return settings;
}

}  // namespace

relay::SmtpSettings smtp_settings(const Config::Relay& relay) {
  relay::SmtpSettings settings;
  settings.server = relay.server;
  settings.tls = relay.tls == "none"       ? relay::SmtpTls::none
                 : relay.tls == "implicit" ? relay::SmtpTls::implicit
                                           : relay::SmtpTls::starttls;
  settings.ca_file = relay.ca_file;
  settings.user_file = relay.user_file;
  settings.password_file = relay.password_file;
  settings.hello = relay.hello;
  settings.timeout = relay.timeout;
  return settings;
}

RelayDesk::RelayDesk(OutboxAccess access, relay::SecretKey key, std::unique_ptr<relay::SmtpMailer> mailer, const Config& config)
    : access_(std::move(access)),
      key_(std::move(key)),
      mailer_(std::move(mailer)),
      spool_(config.contact.spool, key_),
      post_office_(std::make_unique<relay::PostOffice>(*access_.store, *access_.outbox, spool_, key_, *mailer_,
                                                       post_office_settings(config))) {}

Expected<std::unique_ptr<RelayDesk>> RelayDesk::make(const Config& config) {
  if (config.relay.server.empty()) return std::unique_ptr<RelayDesk>();
  auto key = relay::SecretKey::load(config.relay.secret_key);
  if (!key) return key.error();
  auto mailer = relay::SmtpMailer::make(smtp_settings(config.relay));
  if (!mailer) return mailer.error();
  auto access = open_outbox(config);
  if (!access) return access.error();
  return std::unique_ptr<RelayDesk>(new RelayDesk(std::move(*access), std::move(*key), std::move(*mailer), config));
}

relay::InboundSettings inbound_settings(const Config& config) {
  relay::InboundSettings settings;
  if (!config.publication.relay_domain.empty()) settings.patterns.push_back("{token}@" + config.publication.relay_domain);
  for (const PrivacyService& service : config.catalog.privacy_services) {
    if (service.email.find("{token}") != std::string::npos) settings.patterns.push_back(service.email);
  }
  settings.bounce_domain = config.relay.bounce_domain;
  settings.mails_a_day = config.relay.inbound_per_name;
  return settings;
}

}  // namespace regdata::app
