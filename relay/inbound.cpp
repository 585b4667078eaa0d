#include "relay/inbound.hpp"

#include <sodium.h>

#include <array>

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

/// The same for the same mail to the same address; tells nothing of either.
std::string source_of(const Recipient& recipient, std::string_view mail) {
  crypto_generichash_state state;
  std::array<unsigned char, 24> hash{};
  crypto_generichash_init(&state, reinterpret_cast<const unsigned char*>(recipient.token.data()), recipient.token.size(),
                          hash.size());
  const unsigned char addressee = recipient.addressee == Addressee::technical ? 't' : 'r';
  crypto_generichash_update(&state, &addressee, 1);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(mail.data()), mail.size());
  crypto_generichash_final(&state, hash.data(), hash.size());
  std::array<char, 2 * 24 + 1> text{};
  sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
  return std::string("inbound:").append(text.data());
}

Expected<Inbound> forward(const Recipient& recipient, const MailRead& read, std::string_view mail,
                          const InboundSettings& settings, RegistrationStore& store, Outbox& outbox, UtcTime now) {
  const auto domain = outbox.domain_of_relay_token(recipient.token, now);
  if (!domain) return domain.error();
  if (!*domain) return Inbound::no_user;
  const auto handle = addressee_handle(store, **domain, recipient.addressee);
  if (!handle) return handle.error();
  if (handle->empty()) return Inbound::no_user;
  if (read.kind != MailRead::Kind::message) return Inbound::ignored;  // no loops, no backscatter
  const auto state = outbox.state();
  if (!state) return state.error();
  if (settings.limits.full(*state)) return Inbound::busy;
  const auto today = outbox.count(**domain, MailKind::forwarded, now - std::chrono::hours(24));
  if (!today) return today.error();
  if (*today >= settings.mails_a_day) return Inbound::busy;
  const InboundMail inbound{read.reply_to, std::string(mail)};
  // A mail server that was not told that we have it hands it over again.
  const std::string source = source_of(recipient, mail);
  const auto put =
      outbox.put({{MailKind::forwarded, source, **domain, *handle, new_token(), encode(inbound), {}}}, nullptr, now);
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
  return forward(*meant, read, mail, settings, store, outbox, now);
}

}  // namespace regdata::relay
