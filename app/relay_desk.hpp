// The worker's mail, put together as configuration says.
#pragma once

#include <memory>
#include <vector>

#include "app/config.hpp"
#include "app/store_access.hpp"
#include "relay/inbound.hpp"
#include "relay/post_office.hpp"
#include "relay/smtp.hpp"

namespace regdata::app {

/// Everything that a post office needs, and the post office. For one thread.
class RelayDesk {
 public:
  /// Null: no mail server is configured. Errors: as open_outbox(); configuration (key, credentials).
  static Expected<std::unique_ptr<RelayDesk>> make(const Config& config);

  relay::PostOffice& post_office() { return *post_office_; }
  relay::Outbox& outbox() { return *access_.outbox; }

 private:
  RelayDesk(OutboxAccess access, relay::SecretKey key, std::unique_ptr<relay::SmtpMailer> mailer, const Config& config);

  OutboxAccess access_;
  relay::SecretKey key_;
  std::unique_ptr<relay::SmtpMailer> mailer_;
  relay::SpoolReader spool_;
  std::unique_ptr<relay::PostOffice> post_office_;
};

/// How [relay] says that mail leaves.
relay::SmtpSettings smtp_settings(const Config::Relay& relay);

/// What `regdata relay deliver` takes for ours.
relay::InboundSettings inbound_settings(const Config& config);

}  // namespace regdata::app
