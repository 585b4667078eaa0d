// Mail to whoever runs this: what a person has to look at, said once.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>

#include "app/config.hpp"
#include "registration/error.hpp"
#include "registration/utc_time.hpp"
#include "relay/smtp.hpp"

namespace regdata::app {

/// For one thread. What waits is in memory: after a restart a matter that still stands is said again.
class OperatorMail {
 public:
  OperatorMail(const Config& config, Clock clock);

  /// `matter` tells two matters apart ("deposit 7 held"); one that was raised before is not said again. No personal data.
  void raise(const std::string& matter, const std::string& subject, const std::string& text);
  /// Hands over what waits, the oldest first. Errors: configuration (credentials), unavailable (the mail server takes none
  /// now); what is left waits for the next call. A mail that the server will never take is dropped, and told as refused.
  Expected<void> flush();

 private:
  struct Mail {
    std::string subject;
    std::string text;
    std::string token;  ///< the same for a second try: a server knows it by its Message-ID
    UtcTime raised{};
  };
  Expected<void> send(const Mail& mail, const std::string& to);

  Config::Relay relay_;
  std::vector<std::string> to_;
  Clock clock_;
  std::unique_ptr<relay::SmtpMailer> mailer_;
  std::set<std::string> raised_;
  std::deque<std::pair<Mail, std::string>> waiting_;  ///< with its recipient
};

}  // namespace regdata::app
