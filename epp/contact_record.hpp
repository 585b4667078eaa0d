// Which contacts of ours are at which registry, and how each stood when it was last looked at. Value types and the interface;
// store/ implements it (docs/decisions/0026).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "registration/feed_mark.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

/// The numbers are stored: append only.
enum class ContactStanding : std::uint8_t {
  not_looked = 0,     ///< nobody has looked at it yet
  as_wanted = 1,      ///< holds what we hold, and shows nothing but what was chosen
  not_brought = 2,    ///< it was not possible to bring it there
  shown_against = 3,  ///< shows what the person did not choose
  must_go = 4,        ///< must not be there any more
  missing = 5,        ///< was not there at the last look: another one must agree
};
constexpr std::string_view to_string(ContactStanding standing) noexcept {
  switch (standing) {
    case ContactStanding::not_looked:
      return "not-looked-at";
    case ContactStanding::as_wanted:
      return "as-wanted";
    case ContactStanding::not_brought:
      return "not-brought";
    case ContactStanding::shown_against:
      return "shown-against-choice";
    case ContactStanding::must_go:
      return "must-go";
    case ContactStanding::missing:
      return "missing";
  }
  return "";
}

struct RecordedContact {
  std::string handle;  ///< of the store
  std::string id;      ///< at the registry
  ContactStanding standing = ContactStanding::not_looked;
  std::string note;  ///< why; nothing personal
  /// Counts what was noted of it: note() finds out whether somebody else has meanwhile.
  std::uint64_t version = 0;
  UtcTime missing_since{};  ///< where it is missing
};

/// Every call is a transaction. Errors: unavailable, damaged.
class ContactRecord {
 public:
  virtual ~ContactRecord() = default;

  /// They are there, for all that is known. Those that are in the record stay as they are, and an id that is another one's in
  /// the record stays that one's: two of ours must not write to one contact.
  virtual Expected<void> add(const std::string& registry, const std::vector<RecordedContact>& contacts) = 0;
  /// As it is in the record; empty: it is not.
  virtual Expected<std::optional<RecordedContact>> find(const std::string& registry, const std::string& handle) = 0;
  /// How it stood at a look that read the store no earlier than at `sequence` of the change feed. Where its version is another
  /// one than `contact` has, somebody else looked meanwhile, and it is looked at once more.
  virtual Expected<void> note(const std::string& registry, const RecordedContact& contact, std::uint64_t sequence,
                              UtcTime now) = 0;
  /// A try that came to no end: it stays due, after a pause that doubles from fifteen seconds to an hour.
  virtual Expected<void> note_try(const std::string& registry, const RecordedContact& contact, UtcTime now) = 0;
  /// It is not there any more.
  virtual Expected<void> forget(const std::string& registry, const std::string& handle) = 0;

  /// Whose it is, by the id at the registry; empty: it is not in the record.
  virtual Expected<std::string> handle_of(const std::string& registry, const std::string& id) = 0;

  /// Up to where the change feed was followed.
  virtual Expected<FeedMark> followed(const std::string& registry) = 0;
  struct Changed {
    std::string handle;
    std::uint64_t sequence = 0;  ///< of its last change
  };
  /// They changed. Handles that are not in the record are none of its business.
  virtual Expected<void> note_changed(const std::string& registry, const std::vector<Changed>& changed) = 0;
  /// The feed was followed up to there.
  virtual Expected<void> follow(const std::string& registry, const FeedMark& to) = 0;
  /// The feed is not the one that was followed, or it is to be believed no more: all are looked at again.
  virtual Expected<void> follow_anew(const std::string& registry, const FeedMark& to) = 0;
  /// Under which rules of configuration they were looked at; empty: under none.
  virtual Expected<std::string> rules(const std::string& registry) = 0;
  virtual Expected<void> keep_rules(const std::string& registry, const std::string& rules) = 0;
  /// Something was told about it: it is looked at again. By the id at the registry.
  virtual Expected<void> look_again(const std::string& registry, const std::string& id) = 0;

  /// When one is looked at again: at once where it changed, else if its last look was before these.
  struct Due {
    UtcTime doubtful_before{};  ///< where it was not as wanted
    UtcTime missing_before{};   ///< where it was not there
    UtcTime any_before{};
    UtcTime now{};  ///< looks that lie an hour ahead were noted by a clock that has been put back
  };
  /// Those that are due, the ones that changed first, of these the oldest looks, at most `limit`.
  virtual Expected<std::vector<RecordedContact>> due(const std::string& registry, const Due& due, std::size_t limit) = 0;
  /// Those that are not as wanted, or not looked at, by handle.
  virtual Expected<std::vector<RecordedContact>> doubtful(const std::string& registry, std::size_t limit) = 0;
  struct Figures {
    std::uint64_t held = 0;           ///< in the record
    std::uint64_t in_doubt = 0;       ///< not as wanted, without those that are shown against the choice
    std::uint64_t shown_against = 0;  ///< a person's no is not followed there
  };
  virtual Expected<Figures> figures(const std::string& registry) = 0;
};

}  // namespace regdata::epp
