// Mail on its way out, and what became of it. Value types and the interface; store/ implements it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::relay {

/// The numbers are stored: append only.
enum class MailKind : std::uint8_t {
  letter = 0,        ///< from the form to a holder
  confirmation = 1,  ///< asks a sender whether they wrote
  forwarded = 2,     ///< came to a relay address, goes to a holder
};

/// One mail to queue.
struct NewMail {
  MailKind kind = MailKind::letter;
  std::string source;        ///< what it was made of: a file of the spool; the same source is taken once. Empty: none
  std::string domain;        ///< empty for a confirmation
  std::string handle;        ///< contact that it goes to; empty for a confirmation
  std::string token;         ///< random; part of the envelope sender (VERP)
  std::string content;       ///< personal; sealed under the contact's data key by put(). Of a confirmation: sealed already
  std::string confirmation;  ///< hash of the token that lets it go; empty: it may go at once
};

/// Whom a confirmation is about to go to, and what one address may get.
struct Asked {
  std::string fingerprint;  ///< keyed hash of the mailbox
  std::uint32_t most = 0;
  UtcTime since{};
};

enum class Put : std::uint8_t {
  queued,
  known,    ///< a source was taken before; nothing is queued
  too_many  ///< the address was asked `most` times since; nothing is queued
};

/// A mail that is due.
struct DueMail {
  std::uint64_t id = 0;
  MailKind kind = MailKind::letter;
  std::string domain;
  std::string handle;
  std::string token;
  std::uint32_t attempts = 0;
  UtcTime queued{};
  std::optional<std::string> content;  ///< empty: the contact was erased meanwhile
  bool unreadable = false;             ///< the content cannot be opened now: an error to mend; the mail waits
};

/// How a mail ended. The numbers are stored: append only.
enum class MailEnd : std::uint8_t {
  delivered = 2,  ///< the next server took it
  failed = 3,     ///< refused for good, or too old
  dropped = 4,    ///< there is nobody to send it to any more
};

/// What a returned mail was about.
struct Returned {
  std::string domain;
  std::string handle;  ///< empty: a confirmation came back
  bool new_note = false;
};

struct OutboxState {
  std::uint64_t waiting = 0;
  std::uint64_t bytes = 0;        ///< of their contents
  std::optional<UtcTime> oldest;  ///< of those that wait
};

/// Above either number nothing more is taken in: letters stay in the spool, inbound mail with the mail server.
struct OutboxLimits {
  std::uint64_t mails = 20'000;
  std::uint64_t bytes = 256U << 20U;

  [[nodiscard]] bool full(const OutboxState& state) const noexcept { return state.waiting >= mails || state.bytes >= bytes; }
};

/// The longest pause between two attempts.
inline constexpr std::chrono::hours longest_retry{4};

/// Every call is a transaction. Errors: unavailable, damaged, key_missing.
class Outbox {
 public:
  virtual ~Outbox() = default;

  /// Queues all or none, and notes in the same transaction that the address was asked; `asked` null: nobody is. Errc::refused:
  /// the contact was erased. Errc::key_missing, damaged: it cannot be opened now.
  virtual Expected<Put> put(const std::vector<NewMail>& mails, const Asked* asked, UtcTime now) = 0;

  /// The oldest mails that are due, in order.
  virtual Expected<std::vector<DueMail>> due(UtcTime now, std::size_t limit) = 0;
  virtual Expected<void> try_later(std::uint64_t id, UtcTime next, std::string_view status) = 0;
  /// Wipes the content. The letter behind a confirmation waits from now on for its sender, or ends with a confirmation that did
  /// not reach them. `status` is a reply code ("5.1.1"), never a text. `inaccurate`: the contact's address does not work;
  /// opens an accuracy note.
  virtual Expected<void> end(std::uint64_t id, MailEnd end, std::string_view status, bool inaccurate, UtcTime now) = 0;

  /// Lets a mail go that waited for this hash. False: no such, or it was let go before.
  virtual Expected<bool> confirm(std::string_view confirmation, UtcTime now) = 0;

  /// A mail with this token came back. `inaccurate` as in end(). Empty: no such token.
  virtual Expected<std::optional<Returned>> returned(std::string_view token, std::string_view status, bool inaccurate,
                                                     UtcTime now) = 0;

  /// How many mails of this kind were queued for a name since.
  virtual Expected<std::uint64_t> count(std::string_view domain, MailKind kind, UtcTime since) = 0;
  /// The name, not ended, whose relay token this is, or was not long ago.
  virtual Expected<std::optional<std::string>> domain_of_relay_token(std::string_view token, UtcTime now) = 0;
  /// Draws new relay tokens for names whose own was drawn before `drawn_before`, at most `limit`; a former one leads to the
  /// holder until `former_until`. Returns how many.
  virtual Expected<std::size_t> renew_relay_tokens(UtcTime drawn_before, UtcTime former_until, std::size_t limit,
                                                   UtcTime now) = 0;

  virtual Expected<OutboxState> state() = 0;
  /// Forgets letters whose senders were asked before `unconfirmed` and never confirmed, and mails that ended before `ended`.
  /// Accuracy notes stay.
  virtual Expected<void> forget(UtcTime unconfirmed, UtcTime ended) = 0;
};

}  // namespace regdata::relay
