// The ledger of deposits: what was made for whom, and what became of it. Value types and the interface; store/ implements it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::escrow {

/// The numbers are stored: append only.
enum class DepositKind : std::uint8_t {
  full = 0,
  incremental = 1,   ///< what became different since the last full one
  differential = 2,  ///< since the last one of any kind (RFC 8909 §2)
};
/// As it stands in file names: "full", "inc", "diff".
constexpr std::string_view to_string(DepositKind kind) noexcept {
  constexpr std::array<std::string_view, 3> words{"full", "inc", "diff"};
  const auto number = static_cast<std::size_t>(kind);
  return number < words.size() ? words[number] : "unknown";
}

/// The numbers are stored: append only.
enum class DepositState : std::uint8_t {
  planned = 0,   ///< reserved; its files are being made
  written = 1,   ///< every file was read back and has its name
  verified = 2,  ///< all of it was compared with its signed manifest: it may leave
  held = 3,      ///< made and good, but so unlike the one before that a person must look
  sending = 4,
  sent = 5,
  accepted = 6,  ///< by the agent: the only good end
  rejected = 7,
  missing = 8,  ///< the agent says that nothing came
  failed = 9,   ///< nothing was made, or what was made is gone; nothing has left
};
/// "planned".
constexpr std::string_view to_string(DepositState state) noexcept {
  constexpr std::array<std::string_view, 10> words{"planned", "written",  "verified", "held",    "sending",
                                                   "sent",    "accepted", "rejected", "missing", "failed"};
  const auto number = static_cast<std::size_t>(state);
  return number < words.size() ? words[number] : "unknown";
}

/// Whether a deposit may go from one state to the other.
constexpr bool may_follow(DepositState from, DepositState to) noexcept {
  using S = DepositState;
  switch (from) {
    case S::planned:
      return to == S::written || to == S::failed;
    case S::written:
      return to == S::verified || to == S::held || to == S::failed;
    case S::held:
      return to == S::verified || to == S::failed;
    case S::verified:
      return to == S::sending || to == S::failed;
    case S::sending:  // again after a break
      return to == S::sending || to == S::sent;
    case S::sent:  // again once the agent says that nothing came
      return to == S::accepted || to == S::rejected || to == S::missing;
    case S::accepted:  // what is not the agent's last word
      return to == S::rejected;
    case S::rejected:
      return to == S::accepted;
    case S::missing:
      return to == S::sending || to == S::accepted || to == S::rejected;
    case S::failed:  // made again by plan() only
      return false;
  }
  return false;
}
/// Whether something of it may have reached the agent.
constexpr bool has_left(DepositState state) noexcept {
  using S = DepositState;
  return state == S::sending || state == S::sent || state == S::accepted || state == S::rejected || state == S::missing;
}

/// Whether the agent has it, or part of it, and has not said that it is of no use.
constexpr bool is_taken(DepositState state) noexcept {
  return state == DepositState::sending || state == DepositState::sent || state == DepositState::accepted;
}

/// How far a watermark may lie ahead of the clock and still be believed: a clock that is put back by a day repeats no date
/// (reliability.md §5.3).
constexpr std::chrono::hours clock_slack{24};

/// "2026-11-27", as it stands in file names.
inline std::string date_text(std::chrono::sys_days date) { return format_rfc3339(UtcTime(date)).substr(0, 10); }

/// What a deposit is to be.
struct NewDeposit {
  std::string agent;
  std::string registrar;  ///< id of one of our registrars
  DepositKind kind = DepositKind::full;
  UtcTime watermark{};                          ///< its date, UTC, is the deposit's, unless another one is told
  std::optional<std::chrono::sys_days> date{};  ///< of a former deposit, which this one takes the place of
  std::optional<UtcTime> due{};                 ///< which due date it serves; empty: made by hand
  bool again = false;                           ///< although there is one
  std::uint32_t least_revision = 0;             ///< above all that left and of which the ledger may not know
};

/// One row.
struct DepositEntry {
  std::uint64_t id = 0;
  std::string agent;
  std::string registrar;
  DepositKind kind = DepositKind::full;
  std::chrono::sys_days date{};
  std::uint32_t revision = 0;
  DepositState state = DepositState::planned;
  UtcTime watermark{};
  std::optional<UtcTime> due;
  UtcTime changed{};           ///< when it came into this state
  std::uint64_t sequence = 0;  ///< of the change feed that it shows
  std::uint64_t rows = 0;
  std::uint64_t file_bytes = 0;
  std::string recipient;  ///< fingerprint of the certificate that it is sealed to
  std::string manifest;   ///< its text; empty: none yet
  std::string reason;     ///< why it is held, failed, rejected or missing
};

/// What a step adds to a row. What is empty stays as it was.
struct DepositStep {
  std::optional<std::uint64_t> sequence{};
  std::optional<std::uint64_t> rows{};
  std::optional<std::uint64_t> file_bytes{};
  std::optional<std::string> recipient{};
  std::optional<std::string> manifest{};
  std::string reason{};  ///< replaces the one before, also where it is empty
};

struct DepositEvent {
  UtcTime at{};
  DepositState state = DepositState::planned;
  std::string reason;
};

/// Every call is a transaction. Errors: unavailable, damaged, version.
class Ledger {
 public:
  virtual ~Ledger() = default;

  /// Reserves the row: a new one with revision 0; the same once more where the last revision was cut off, failed or is held;
  /// the next revision where it was rejected, or a later deposit's manifest names it, or it is below `least_revision`: until
  /// that one is verified or held, the one before stands as it is. A row that is planned or written is taken over: the caller
  /// holds the agent's lock, so whoever made it is gone. Errc::conflict: the last revision waits to be sent (the same once more
  /// with `again`), or has left (the next with `again`); or `due` is given, and another deposit with a watermark not before it
  /// stands, which was not made under a clock that ran ahead (escrow/ledger_clock.hpp).
  virtual Expected<DepositEntry> plan(const NewDeposit& deposit, UtcTime now) = 0;
  /// Errc::conflict: it is in another state than `from`, or `to` may not follow it.
  virtual Expected<void> advance(std::uint64_t id, DepositState from, DepositState to, const DepositStep& step,
                                 UtcTime now) = 0;

  /// What was to be made once more and was not stands as it was, verified: `step` has what its manifest says. Errc::conflict:
  /// it is not planned or written.
  virtual Expected<void> reinstate(std::uint64_t id, UtcTime watermark, const DepositStep& step, UtcTime now) = 0;

  virtual Expected<std::optional<DepositEntry>> find(std::uint64_t id) = 0;
  /// The latest first. `agent` empty: of all.
  virtual Expected<std::vector<DepositEntry>> list(std::string_view agent, std::size_t limit) = 0;
  /// The last deposit of an agent and registrar that got a manifest, whatever became of it: the next one's names it.
  virtual Expected<std::optional<DepositEntry>> last_made(std::string_view agent, std::string_view registrar) = 0;
  /// The last one that was found good here and not refused there: what the next is compared with.
  virtual Expected<std::optional<DepositEntry>> last_good(std::string_view agent, std::string_view registrar) = 0;
  /// In order.
  virtual Expected<std::vector<DepositEvent>> history(std::uint64_t id) = 0;
};

}  // namespace regdata::escrow
