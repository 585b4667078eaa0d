// What an agent says of a deposit (docs/decisions/0016).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "escrow/ledger.hpp"

namespace regdata::escrow {

/// accepted, rejected or missing, of the deposit of a date.
struct Verdict {
  DepositState state = DepositState::missing;
  std::uint32_t iana_id = 0;
  std::string date;                       ///< "2026-11-27": of the deposit, not of the report
  std::optional<std::uint32_t> revision;  ///< empty: the last one that was sent
  std::optional<DepositKind> kind{};      ///< empty: it does not say
  std::string id{};                       ///< of a deposit by RFC 9022, as its document has it; empty: it does not say
  /// Files that it names, each by what tells it from the others: "full_1", "hdl_1", "hash", "S1", "S1.sig"; "?" and
  /// what it is called where no deposit has such a file. Empty: it names the deposit alone.
  std::set<std::string> files{};
  std::string reason;  ///< the agent's numbers; none of its words, which nobody has checked for persons
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// ICANN's notification (draft-lozano-icann-registry-interfaces §2.2, rdeNotification-1.0), with the registrar's header. Total:
/// any bytes in. Errc::invalid: something else, more than 64 KiB, or with a DOCTYPE; a status or kind that is none; no
/// registrar, no date; a revision that is no number.
Expected<Verdict> read_notification(std::string_view xml);

/// Which mails are believed.
struct MailRules {
  std::string server;    ///< of ours, as it names itself in Authentication-Results; empty: no mail is
  std::string domain;    ///< the agent's: of From, and of a DKIM signature that holds
  std::string accepted;  ///< the sentence that says so, as is_verdict_sentence() has it; likewise the others. Empty: none does
  std::string rejected;
  std::string missing;
  std::string rde_name{};  ///< what names of files by RFC 9022 begin with; empty: the IANA id
};

/// A mail that names a deposit of the registrar (RFC 5322; docs/decisions/0029). Total, linear. Errors: refused (not proven to
/// be the agent's), invalid (it cannot be read as a whole; not exactly one deposit, or not exactly one verdict).
Expected<Verdict> read_verdict_mail(std::string_view mail, const MailRules& rules, std::uint32_t iana_id);

}  // namespace regdata::escrow
