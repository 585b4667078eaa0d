// From one query line to the bytes of its answer: what port 43 and `regdata lookup` share.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "redaction/view_store.hpp"
#include "registration/utc_time.hpp"
#include "whois/limits.hpp"
#include "whois/query.hpp"
#include "whois/redacted_fields.hpp"

namespace regdata::whois {

/// What became of a query. For counters, exit codes and budgets.
enum class AnswerKind : std::uint8_t {
  found,      ///< the object's data
  no_match,   ///< the same bytes whether the name exists elsewhere or nowhere
  elsewhere,  ///< port 43 is off for the TLD: points to RDAP
  help,
  refused,  ///< not a query that is answered here
  limited,  ///< over a limit; the text says how many seconds to wait
  busy,     ///< no place, draining
  error,    ///< the view store cannot be read
};
inline constexpr std::size_t answer_kind_count = 8;
/// "no_match".
std::string_view to_string(AnswerKind kind) noexcept;

/// A publisher that has been silent for longer leaves what persons chose to show unproven: house.md §1.
inline constexpr std::chrono::minutes stale_after{15};

/// True when elements shown by choice have to be withheld.
bool is_stale(const redaction::ViewStoreState& state, UtcTime now) noexcept;

struct Answer {
  AnswerKind kind = AnswerKind::error;
  bool personal = false;      ///< shows at least one personal element by its holder's choice
  RedactedFields redacted{};  ///< what a found domain's answer holds back
};

/// Answers the queries of one thread. Remembers for refresh_after what is the same for every name: texts, time of the last
/// update, heartbeat. Views and hosts are looked up for every query. Not thread-safe.
class Answerer {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds refresh_after{100};

  /// `views` outlives the answerer.
  explicit Answerer(redaction::ViewReader& views) : views_(views) {}

  /// Replaces the contents of `out` with the answer, whole lines with CRLF. Never fails: trouble with the store is an answer
  /// too. `limits` is what the help text publishes; `now` decides what is stale, `moment` when to look at the texts again.
  Answer answer(const Query& query, const RateLimits& limits, UtcTime now, Instant moment, std::string& out);

 private:
  friend class Answering;
  bool refresh(Instant moment);

  redaction::ViewReader& views_;
  std::shared_ptr<const redaction::PublicTexts> texts_;
  std::string disclaimer_;
  redaction::ViewStoreState state_;
  Instant refreshed_{};
};

/// A single answer to the text of a line, as `regdata lookup` asks. Same bytes as port 43.
struct LineAnswer {
  AnswerKind kind = AnswerKind::error;
  std::string text;
};
LineAnswer answer_line(std::string_view line, redaction::ViewReader& views, const RateLimits& limits, UtcTime now);

}  // namespace regdata::whois
