#include "relay/post_office.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "relay/record.hpp"

namespace regdata::relay {
namespace {

constexpr std::size_t records_a_step = 64;
constexpr std::size_t mails_a_step = 16;
constexpr std::chrono::minutes between_tidyings{10};
constexpr std::size_t renewals_a_step = 500;
constexpr std::chrono::minutes between_renewals{1};

const RoleContact* contact_in(const RegistrationData& data, Addressee addressee) {
  const Role role = addressee == Addressee::technical ? Role::technical : Role::registrant;
  const auto found = std::ranges::find(data.contacts, role, &RoleContact::role);
  return found == data.contacts.end() ? nullptr : &*found;
}

}  // namespace

Expected<std::string> addressee_handle(RegistrationStore& store, std::string_view domain, Addressee addressee) {
  const auto name = DomainName::parse(domain);
  if (!name) return std::string();
  const auto data = store.find(*name);
  if (!data) return data.error();
  if (!*data || (*data)->registration.ended) return std::string();
  const RoleContact* contact = contact_in(**data, addressee);
  if (contact == nullptr || contact->state == ContactState::erased) return std::string();
  // Unreadable is an error to mend, not nobody: the letter waits in the outbox until the key is back.
  if (contact->state == ContactState::opened && contact->contact.email.empty()) return std::string();
  return contact->contact.handle;
}

std::chrono::milliseconds pause_after(std::uint32_t attempts, std::chrono::milliseconds first) noexcept {
  const std::chrono::milliseconds longest = longest_retry;
  for (; attempts > 0 && first < longest; --attempts) first *= 2;
  return std::min(first, longest);
}

PostOffice::PostOffice(RegistrationStore& store, Outbox& outbox, SpoolReader& spool, const SecretKey& key, Mailer& mailer,
                       PostOfficeSettings settings)
    : store_(store), outbox_(outbox), spool_(spool), key_(key), mailer_(mailer), settings_(std::move(settings)) {}

PostReport PostOffice::step(UtcTime now) {
  PostReport report;
  // Times that lie further ahead than any pause were noted by a clock that has been put back since.
  if (quiet_until_ > now + longest_retry) quiet_until_ = now;
  next_renewal_ = std::min(next_renewal_, now + between_renewals);
  next_tidying_ = std::min(next_tidying_, now + between_tidyings);
  // Each part is tried whatever became of the others: letters that cannot be taken in must not keep mail from leaving.
  for (const auto part : {&PostOffice::take_in, &PostOffice::send_due, &PostOffice::keep_house}) {
    if (auto done = (this->*part)(now, report); !done && !report.error) report.error = done.error();
  }
  return report;
}

Expected<void> PostOffice::keep_house(UtcTime now, PostReport& report) {
  if (settings_.renew_addresses > std::chrono::milliseconds(0) && now >= next_renewal_) {
    // a few at a time: each is published anew
    const auto renewed =
        outbox_.renew_relay_tokens(now - settings_.renew_addresses, now + former_address_for, renewals_a_step, now);
    if (!renewed) return renewed.error();
    report.renewed = *renewed;
    next_renewal_ = now + between_renewals;
  }
  // While nothing is taken in, confirmations wait in the spool for letters that must still be there.
  if (now >= next_tidying_ && !report.full) {
    if (auto done = outbox_.forget(now - unconfirmed_for, now - ended_for); !done) return done.error();
    next_tidying_ = now + between_tidyings;
  }
  return {};
}

Expected<void> PostOffice::take_in(UtcTime now, PostReport& report) {
  const auto state = outbox_.state();
  if (!state) return state.error();
  report.full = settings_.limits.full(*state);
  if (report.full) return {};
  std::erase_if(aside_, [now](const auto& entry) { return entry.second <= now || entry.second > now + aside_for; });
  auto records = spool_.read(records_a_step, [this](const std::string& id) { return aside_.contains(id); });
  if (!records) return records.error();
  report.more = records->size() == records_a_step;
  const auto clock = std::filesystem::file_time_type::clock::now();
  for (const SpooledRecord& each : *records) {
    if (!each.record) {
      if (auto kept = spool_.set_unreadable_aside(each.id); !kept) return kept;
      ++report.unreadable;
      ++report.taken;
      continue;
    }
    Expected<void> done;
    if (const auto* letter = std::get_if<Letter>(&*each.record)) {
      done = take_letter(each.id, *letter, now, report);
    } else if (const auto* confirmation = std::get_if<Confirmation>(&*each.record)) {
      const auto confirmed = outbox_.confirm(key_.fingerprint("confirmation", confirmation->token), now);
      if (!confirmed) return confirmed.error();
      report.confirmed += *confirmed ? 1 : 0;
    }
    // Disk full, database busy: nothing can be taken in, and the next round begins here.
    if (!done && done.error().code == Errc::unavailable) return done;
    if (!done && clock - each.written <= settings_.give_up) {
      aside_.emplace(each.id, now + aside_for);
      ++report.stuck;
      if (!report.error) report.error = done.error();
      continue;
    }
    if (!done) report.failures.push_back({std::get<Letter>(*each.record).domain, "contact", false});
    if (auto removed = spool_.remove(each.id); !removed) return removed;
    ++report.taken;
  }
  return {};
}

/// A name that nobody holds is asked for confirmation like any other: what the sender sees is the same.
Expected<void> PostOffice::take_letter(const std::string& id, const Letter& letter, UtcTime now, PostReport& report) {
  const auto handle = addressee_handle(store_, letter.domain, letter.addressee);
  if (!handle) return handle.error();
  std::vector<NewMail> mails;
  std::optional<Asked> asked;
  if (letter.proof == Proof::mail) {
    asked = {key_.fingerprint("asked", mailbox_of(letter.sender)), confirmations_a_day, now - std::chrono::hours(24)};
    const ConfirmationRequest request{letter.sender, new_token() + new_token(), letter.language};
    mails.push_back({MailKind::confirmation, id + "?", {}, {}, new_token(), key_.public_key().seal(encode(request)), {}});
    if (!handle->empty())
      mails.push_back({MailKind::letter, id, letter.domain, *handle, new_token(), encode(Record(letter)),
                       key_.fingerprint("confirmation", request.token)});
  } else if (!handle->empty()) {
    mails.push_back({MailKind::letter, id, letter.domain, *handle, new_token(), encode(Record(letter)), {}});
  }
  if (handle->empty()) ++report.nobody;
  if (mails.empty()) return {};
  const auto put = outbox_.put(mails, asked ? &*asked : nullptr, now);
  if (!put && put.error().code == Errc::refused) {  // erased since we looked
    ++report.nobody;
    return {};
  }
  if (!put) return put.error();
  if (*put == Put::known) return {};  // a kill came between the outbox and the spool
  if (*put == Put::too_many) {
    ++report.not_asked;
    return {};
  }
  if (asked) ++report.asked;
  if (!handle->empty()) ++report.queued;
  return {};
}

Expected<void> PostOffice::send_due(UtcTime now, PostReport& report) {
  if (now < quiet_until_) return {};
  auto due = outbox_.due(now, mails_a_step);
  if (!due) return due.error();
  std::string unwilling;
  const std::uint32_t sent_before = report.sent;
  for (const DueMail& mail : *due) {
    std::string to;
    if (!mail.handle.empty() && (mail.content || mail.unreadable)) {
      auto address = address_of(mail);
      if (!address || mail.unreadable) {
        // This contact cannot be opened now; others can. The mail waits.
        if (auto later = outbox_.try_later(mail.id, now + pause_after(mail.attempts, settings_.first_retry), "contact"); !later)
          return later;
        ++report.later;
        continue;
      }
      to = std::move(*address);
    }
    const std::string message = mail.content ? message_of(mail, to) : std::string();
    if (message.empty() || to.empty()) {
      if (auto ended = outbox_.end(mail.id, MailEnd::dropped, "nobody", false, now); !ended) return ended;
      report.failures.push_back({mail.domain, "nobody", false});
      continue;
    }
    const Sent sent = mailer_.send(envelope_sender(settings_.postmark, mail.token), to, message);
    if (auto settled = settle(mail, sent, now, report); !settled) return settled;
    if (sent.kind == Sent::Kind::cannot_deliver) return {};
    if (sent.kind == Sent::Kind::unwilling) unwilling = sent.status;
  }
  // One that goes nowhere is its own trouble; where none of them goes, it is ours.
  if (!unwilling.empty() && report.sent == sent_before && report.trouble.empty()) report.trouble = unwilling;
  if (due->size() == mails_a_step) report.more = true;
  return {};
}

/// Empty: there is none any more.
Expected<std::string> PostOffice::address_of(const DueMail& mail) {
  auto contact = store_.find_contact(mail.handle);
  if (!contact) return contact.error();
  if (!*contact || (*contact)->state == ContactState::erased) return std::string();
  if ((*contact)->state == ContactState::unreadable) return make_error(Errc::key_missing, (*contact)->problem);
  return (*contact)->contact.email.reveal();
}

/// Empty: not a content that this program knows.
std::string PostOffice::message_of(const DueMail& mail, std::string& to) {
  const Posting posting{settings_.postmark, mail.token, to, mail.queued};
  switch (mail.kind) {
    case MailKind::letter: {
      const auto record = decode(*mail.content);
      const Letter* letter = record ? std::get_if<Letter>(&*record) : nullptr;
      return letter != nullptr ? letter_message(posting, *letter) : std::string();
    }
    case MailKind::forwarded: {
      const auto inbound = decode_inbound(*mail.content);
      return inbound ? forwarded_message(posting, mail.domain, *inbound) : std::string();
    }
    case MailKind::confirmation: {
      const auto plain = key_.open(*mail.content);
      const auto request = plain ? decode_request(*plain) : std::nullopt;
      if (!request) return {};
      to = request->sender;
      return confirmation_message({settings_.postmark, mail.token, to, mail.queued}, settings_.confirm_link + request->token,
                                  request->language);
    }
  }
  return {};
}

Expected<void> PostOffice::settle(const DueMail& mail, const Sent& sent, UtcTime now, PostReport& report) {
  const bool too_old = now - mail.queued > settings_.give_up;
  if (sent.kind == Sent::Kind::taken) {
    quiet_times_ = 0;
    ++report.sent;
    return outbox_.end(mail.id, MailEnd::delivered, sent.status, false, now);
  }
  const bool final = sent.kind == Sent::Kind::no_such || sent.kind == Sent::Kind::refused;
  if (sent.kind == Sent::Kind::cannot_deliver) {
    report.trouble = sent.status;
    quiet_until_ = now + pause_after(quiet_times_++, settings_.first_retry);
  } else {
    quiet_times_ = 0;  // it talks to us
  }
  if (final || too_old) {
    const bool inaccurate = sent.kind == Sent::Kind::no_such && !mail.handle.empty();
    report.failures.push_back({mail.domain, sent.status, inaccurate});
    return outbox_.end(mail.id, MailEnd::failed, sent.status, inaccurate, now);
  }
  ++report.later;
  const UtcTime next =
      sent.kind == Sent::Kind::cannot_deliver ? quiet_until_ : now + pause_after(mail.attempts, settings_.first_retry);
  return outbox_.try_later(mail.id, next, sent.status);
}

}  // namespace regdata::relay
