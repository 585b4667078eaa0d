#include "app/operator_mail.hpp"

#include <utility>

#include "app/relay_desk.hpp"
#include "relay/addresses.hpp"
#include "relay/message.hpp"

namespace regdata::app {
namespace {

constexpr std::size_t most_matters = 10'000;
constexpr std::size_t most_waiting = 1000;

}  // namespace

OperatorMail::OperatorMail(const Config& config, Clock clock)
    : relay_(config.relay), to_(config.escrow.alert_to), clock_(std::move(clock)) {}

void OperatorMail::raise(const std::string& matter, const std::string& subject, const std::string& text) {
  if (to_.empty()) return;
  if (raised_.size() >= most_matters) raised_.clear();
  if (!raised_.insert(matter).second) return;
  for (const std::string& to : to_) {
    if (waiting_.size() >= most_waiting) waiting_.pop_front();
    waiting_.emplace_back(Mail{subject, text, relay::new_token(), clock_()}, to);
  }
}

Expected<void> OperatorMail::send(const Mail& mail, const std::string& to) {
  const relay::Posting posting{
      .postmark = {relay_.from, relay_.bounce_domain}, .token = mail.token, .to = to, .queued = mail.raised};
  const std::string message = relay::operator_message(posting, mail.subject, mail.text);
  const relay::Sent sent = mailer_->send(relay_.from, to, message);
  using Kind = relay::Sent::Kind;
  if (sent.kind == Kind::taken) return {};
  const bool never = sent.kind == Kind::no_such || sent.kind == Kind::refused;
  return make_error(never ? Errc::refused : Errc::unavailable, "mail to the operator: " + sent.status,
                    "[escrow] alert_to and [relay]; `regdata doctor` looks at the mail server");
}

Expected<void> OperatorMail::flush() {
  if (waiting_.empty()) return {};
  if (!mailer_) {
    auto mailer = relay::SmtpMailer::make(smtp_settings(relay_));
    if (!mailer) return mailer.error();
    mailer_ = std::move(*mailer);
  }
  while (!waiting_.empty()) {
    const auto [mail, to] = waiting_.front();
    auto sent = send(mail, to);
    if (!sent && sent.error().code == Errc::unavailable) {
      mailer_.reset();
      return sent;
    }
    waiting_.pop_front();
    if (!sent) return sent;
  }
  mailer_.reset();  // alerts are rare: no connection is kept for the next
  return {};
}

}  // namespace regdata::app
