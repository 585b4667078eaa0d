#include "relay/inbound.hpp"

#include "relay/bounce.hpp"
#include "relay/post_office.hpp"
#include "relay/record.hpp"

namespace regdata::relay {
namespace {

Expected<Inbound> book_bounce(const Recipient& recipient, const MailRead& read, Outbox& outbox, UtcTime now) {
  // Anything else at a bounce address (absence notices, "delayed") is no news. The token is checked all the same.
  const bool failed = read.kind == MailRead::Kind::failed;
  const auto returned =
      outbox.returned(recipient.token, failed ? read.status : std::string(), failed && tells_of_address(read.status), now);
  if (!returned) return returned.error();
  if (!*returned) return Inbound::no_user;
  return failed ? Inbound::booked : Inbound::ignored;
}

Expected<Inbound> forward(const Recipient& recipient, const MailRead& read, std::string_view mail, std::uint32_t mails_a_day,
                          RegistrationStore& store, Outbox& outbox, UtcTime now) {
  const auto domain = outbox.domain_of_relay_token(recipient.token, now);
  if (!domain) return domain.error();
  if (!*domain) return Inbound::no_user;
  const auto handle = addressee_handle(store, **domain, recipient.addressee);
  if (!handle) return handle.error();
  if (handle->empty()) return Inbound::no_user;
  if (read.kind != MailRead::Kind::message) return Inbound::ignored;  // no loops, no backscatter
  const auto today = outbox.count(**domain, MailKind::forwarded, now - std::chrono::hours(24));
  if (!today) return today.error();
  if (*today >= mails_a_day) return Inbound::busy;
  const InboundMail inbound{read.reply_to, std::string(mail)};
  const auto put = outbox.put({{MailKind::forwarded, {}, **domain, *handle, new_token(), encode(inbound), {}}}, now);
  if (!put && put.error().code == Errc::refused) return Inbound::no_user;
  if (!put) return put.error();
  return Inbound::forwarded;
}

}  // namespace

Expected<Inbound> take_inbound(std::string_view recipient, std::string_view mail, const InboundSettings& settings,
                               RegistrationStore& store, Outbox& outbox, UtcTime now) {
  const auto meant = recipient_of(recipient, settings.patterns, settings.bounce_domain);
  if (!meant) return Inbound::no_user;
  if (mail.size() > largest_mail) return Inbound::no_mail;
  const MailRead read = read_mail(mail);
  if (read.kind == MailRead::Kind::no_mail) return Inbound::no_mail;
  if (meant->kind == Recipient::Kind::bounce) return book_bounce(*meant, read, outbox, now);
  return forward(*meant, read, mail, settings.mails_a_day, store, outbox, now);
}

}  // namespace regdata::relay
