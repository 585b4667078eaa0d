// What was said to registries and what became of it. Value types and the interface; store/ implements it (docs/decisions/0023).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

/// The numbers are stored: append only.
enum class EntryState : std::uint8_t {
  open = 0,          ///< about to be said, or said and not answered yet
  done = 1,          ///< the registry did it
  refused = 2,       ///< the registry said that it did not do it
  not_sent = 3,      ///< nothing of it left
  pending = 4,       ///< 1001: taken; its end is told by a message
  unknown = 5,       ///< said, and what became of it is to be found
  applied = 6,       ///< was unknown: the registry has it
  not_applied = 7,   ///< was unknown: the registry has it not
  for_a_person = 8,  ///< was unknown: what the registry tells does not decide it
};
/// "open", "not-applied"; for people and JSON.
constexpr std::string_view to_string(EntryState state) noexcept {
  switch (state) {
    case EntryState::open:
      return "open";
    case EntryState::done:
      return "done";
    case EntryState::refused:
      return "refused";
    case EntryState::not_sent:
      return "not-sent";
    case EntryState::pending:
      return "pending";
    case EntryState::unknown:
      return "unknown";
    case EntryState::applied:
      return "applied";
    case EntryState::not_applied:
      return "not-applied";
    case EntryState::for_a_person:
      return "for-a-person";
  }
  return "unknown";
}
/// No other transform of the object may begin.
constexpr bool is_unresolved(EntryState state) noexcept {
  return state == EntryState::open || state == EntryState::unknown || state == EntryState::for_a_person;
}

/// A transform that is about to be said.
struct NewEntry {
  std::string registry;   ///< id of the configuration
  std::string account;    ///< clID
  std::string client_id;  ///< clTRID, never used before
  std::string command;    ///< "domain:renew"
  std::string object;     ///< "domain example.test"
  std::string handle;     ///< contact of the store whose data the frame holds; empty: none
  std::string frame;      ///< XML, masked; sealed by the journal
  UtcTime answer_by{};    ///< from then on it is unknown even if nobody says so
};

/// What became of one.
struct EntryEnd {
  std::string client_id;
  EntryState state = EntryState::unknown;
  std::uint16_t code = 0;  ///< result code; 0: no answer
  std::string server_id;   ///< svTRID
  std::string answer;      ///< XML, masked; sealed by the journal; empty: none
  std::string why;         ///< of an end without an answer; no personal data
};

struct Entry {
  std::uint64_t number = 0;  ///< counts from 1
  std::string registry, account, client_id, command, object, handle;
  EntryState state = EntryState::open;
  UtcTime begun{};
  UtcTime answer_by{};
  std::optional<UtcTime> ended;
  std::uint16_t code = 0;
  std::string server_id;
  std::string why;
  std::uint32_t looks = 0;  ///< reads that said "not applied", one after the other
  std::optional<UtcTime> looked;
  std::optional<UtcTime>
      created_before;                 ///< of due(): an earlier entry created the object, begun then, and none deleted it since
  std::optional<std::string> frame;   ///< empty: not asked for, or its contact was erased
  std::optional<std::string> answer;  ///< empty: also where there is none
};

/// When an unknown one is looked at.
struct ResolutionTimes {
  std::chrono::milliseconds settle{60'000};       ///< after its end, before the first look (epp.md §2.2)
  std::chrono::milliseconds second_look{30'000};  ///< between two looks
};

/// Every call is a transaction. Errors: unavailable, damaged, key_missing.
class Journal {
 public:
  virtual ~Journal() = default;

  /// Ends those, begins these; a name that was changed there is due to be looked at by SyncState from then on. The result names
  /// by clTRID those that were not begun: an unresolved entry of the same object stands in the way. An end of an entry that was
  /// resolved meanwhile only adds the answer. Errc::refused: the contact of a frame was erased; Errc::not_found: an end of what
  /// was never begun.
  virtual Expected<std::vector<std::string>> write(const std::vector<EntryEnd>& ended, const std::vector<NewEntry>& begun,
                                                   UtcTime now) = 0;
  /// What is unknown and due to be looked at, the oldest first, with frames. Open entries whose answer is overdue become
  /// unknown.
  virtual Expected<std::vector<Entry>> due(const std::string& registry, const ResolutionTimes& times, UtcTime now,
                                           std::size_t limit) = 0;
  /// A look that did not decide: `counts` where the registry had it not. Empty `why`: as before.
  virtual Expected<void> looked(std::uint64_t number, bool counts, std::string_view why, UtcTime now) = 0;
  /// The end of an unresolved or pending one. Errc::conflict: it is neither; not_found.
  virtual Expected<void> resolve(std::uint64_t number, EntryState state, std::string_view why, UtcTime now) = 0;
  /// The newest first, without frames.
  virtual Expected<std::vector<Entry>> list(bool only_unresolved, std::size_t limit) = 0;
  /// With frame and answer. Errc::not_found.
  virtual Expected<Entry> find(std::uint64_t number) = 0;
  /// By clTRID, without frames; empty: not ours.
  virtual Expected<std::optional<Entry>> find_by_client_id(std::string_view client_id) = 0;
  /// Whether a command about it ("contact C-1") is open, pending, or has an outcome that is not known.
  virtual Expected<bool> is_under_way(const std::string& registry, const std::string& object) = 0;
};

}  // namespace regdata::epp
