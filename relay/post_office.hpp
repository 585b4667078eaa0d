// The worker's part: from the spool into the outbox, from the outbox to the next mail server. Returns facts; logs nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/registration_store.hpp"
#include "relay/mailer.hpp"
#include "relay/message.hpp"
#include "relay/outbox.hpp"
#include "relay/spool_reader.hpp"

namespace regdata::relay {

struct PostOfficeSettings {
  Postmark postmark;
  std::string confirm_link;  ///< what a token is put behind: "https://registrar.example/contact/confirm?t="
  std::chrono::milliseconds first_retry{60'000};  ///< doubles up to longest_retry
  std::chrono::milliseconds give_up{std::chrono::hours(5 * 24)};
  OutboxLimits limits;
  std::chrono::milliseconds renew_addresses{0};  ///< age at which a relay address is replaced; 0: never
};
/// A letter that cannot be taken in now (its contact cannot be opened) stays in the spool and is tried again after this.
inline constexpr std::chrono::minutes aside_for{1};
/// Confirmations for one sender's address.
inline constexpr std::uint32_t confirmations_a_day = 3;
/// How long a letter waits for its confirmation once that was delivered, and how long the record of a mail that ended is kept:
/// longer than other servers try to deliver, so that a late bounce still finds it.
inline constexpr std::chrono::hours unconfirmed_for{24};
inline constexpr std::chrono::hours ended_for{90 * 24};
/// How long a relay address that was replaced leads to its holder.
inline constexpr std::chrono::hours former_address_for{30 * 24};

/// What one step did. Names of domains and codes only: what an operator may see.
struct PostReport {
  std::uint32_t taken = 0;      ///< records of the spool that were dealt with
  std::uint32_t queued = 0;     ///< letters with somebody to go to
  std::uint32_t nobody = 0;     ///< letters without: name not held, no such contact, erased, no address
  std::uint32_t asked = 0;      ///< confirmations queued
  std::uint32_t not_asked = 0;  ///< the sender's address had its share for the day
  std::uint32_t confirmed = 0;
  std::uint32_t unreadable = 0;  ///< files of the spool that our key does not open; they are set aside
  std::uint32_t stuck = 0;       ///< letters that stay in the spool for now
  std::uint32_t sent = 0;
  std::uint32_t later = 0;
  std::size_t renewed = 0;  ///< relay addresses that were replaced
  struct Failure {
    std::string domain;  ///< empty: a confirmation
    std::string status;
    bool inaccurate = false;
  };
  std::vector<Failure> failures;  ///< mails that ended without being delivered
  std::string trouble;            ///< mail cannot leave: why; empty: none, or nothing was tried
  std::optional<Error> error;     ///< of store or spool; what does not hang on it was done all the same
  bool full = false;              ///< the outbox is: nothing was taken in
  bool more = false;              ///< there is more to do at once
};

/// One per worker: who holds the publisher's lock holds the spool. Referenced objects outlive it. A kill at any point loses
/// nothing: a record stays in the spool until its letter is in the outbox, a letter stays there until the server took it. One
/// that is killed between the server's word and its own note sends that one letter twice, under the same Message-ID.
class PostOffice {
 public:
  PostOffice(RegistrationStore& store, Outbox& outbox, SpoolReader& spool, const SecretKey& key, Mailer& mailer,
             PostOfficeSettings settings);

  /// One round.
  PostReport step(UtcTime now);

 private:
  Expected<void> take_in(UtcTime now, PostReport& report);
  Expected<void> take_letter(const std::string& id, const Letter& letter, UtcTime now, PostReport& report);
  Expected<void> send_due(UtcTime now, PostReport& report);
  Expected<void> keep_house(UtcTime now, PostReport& report);
  Expected<std::string> address_of(const DueMail& mail);
  std::string message_of(const DueMail& mail, std::string& to);
  Expected<void> settle(const DueMail& mail, const Sent& sent, UtcTime now, PostReport& report);

  RegistrationStore& store_;
  Outbox& outbox_;
  SpoolReader& spool_;
  const SecretKey& key_;
  Mailer& mailer_;
  PostOfficeSettings settings_;
  std::map<std::string, UtcTime> aside_;  ///< letters of the spool that are not looked at before
  UtcTime quiet_until_{};                 ///< the server does not serve us: no mail is tried before
  std::uint32_t quiet_times_ = 0;
  UtcTime next_tidying_{};
  UtcTime next_renewal_{};
};

/// Handle of the contact in charge; empty: nobody. `ended` and erased ones count as nobody.
Expected<std::string> addressee_handle(RegistrationStore& store, std::string_view domain, Addressee addressee);

/// When to try again after so many attempts.
std::chrono::milliseconds pause_after(std::uint32_t attempts, std::chrono::milliseconds first) noexcept;

}  // namespace regdata::relay
