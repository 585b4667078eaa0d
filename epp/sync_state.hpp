// Messages of registries, and when names were last looked at. Value types and the interface; store/ implements it
// (docs/decisions/0024).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registration/error.hpp"
#include "registration/registration_store.hpp"
#include "registration/utc_time.hpp"

namespace regdata::epp {

/// The numbers are stored: append only.
enum class MessageState : std::uint8_t {
  kept = 0,          ///< here, and not applied yet
  applied = 1,       ///< what it is about was looked at, or nothing was to be done
  for_a_person = 2,  ///< nobody here understands it
};
constexpr std::string_view to_string(MessageState state) noexcept {
  return state == MessageState::kept ? "kept" : state == MessageState::applied ? "applied" : "for-a-person";
}

struct NewMessage {
  std::string registry;  ///< id of the configuration
  std::string account;   ///< clID
  std::string id;        ///< msgID, a token
  std::string queued;    ///< qDate, as it stands there
  std::string handle;    ///< contact of the store that it is about; empty: none
  std::string content;   ///< what makes it the same message when it is told again; nothing personal
  std::string raw;       ///< XML of the whole answer, masked; sealed by the store, for that contact
};

struct Message {
  std::uint64_t number = 0;  ///< counts from 1, in the order in which they were kept
  std::string registry, account, id, queued, handle;
  UtcTime kept{};
  MessageState state = MessageState::kept;
  std::string note;                ///< what was done; names of objects, nothing personal
  std::optional<std::string> raw;  ///< empty: not asked for, or its contact was erased
};

/// What a look at a name found. The numbers are stored: append only.
enum class Sight : std::uint8_t {
  ours = 0,
  others = 1,        ///< another registrar sponsors it
  missing = 2,       ///< the registry has it not (2303)
  untold = 3,        ///< it did not say, or what it said is not believed
  other_holder = 4,  ///< ours, and held there by another contact than here
};
constexpr std::string_view to_string(Sight sight) noexcept {
  switch (sight) {
    case Sight::ours:
      return "ours";
    case Sight::others:
      return "another registrar's";
    case Sight::missing:
      return "missing";
    case Sight::untold:
      return "not believed";
    case Sight::other_holder:
      return "another holder";
  }
  return "";
}
struct Look {
  std::string name;  ///< A-labels
  Sight sight = Sight::untold;
  std::string note;  ///< why it was not believed, or who holds it there; handles and ids, nothing else personal
  UtcTime asked{};   ///< before the question; what was changed since is asked for again
};

/// What follows from looks.
struct Effect {
  /// That a put changed something, without values.
  struct Change {
    DomainName name;
    Difference difference;
  };
  struct End {
    DomainName name;
    Ended ended;
  };
  std::vector<RegistrationPut> puts;
  std::vector<End> ends;
};

/// How it stands with one registry.
struct SyncFigures {
  std::uint64_t messages_waiting = 0;  ///< kept, not applied
  std::uint64_t messages_for_a_person = 0;
  std::uint64_t names_untold = 0;
  std::uint64_t names_missing = 0;    ///< once not there; to be looked at again
  std::uint64_t names_of_others = 0;  ///< another contact holds them there than here
  std::optional<UtcTime> last_look;   ///< the newest
  std::optional<UtcTime> last_drain;  ///< when the queue was last found empty
};

/// That a registry will be away (RFC 9167).
struct Absence {
  std::string id;
  UtcTime starts{};
  UtcTime ends{};
  bool is_off = false;  ///< it will not be, or is over
};

/// Every call is a transaction. Errors: unavailable, damaged, key_missing.
class SyncState {
 public:
  virtual ~SyncState() = default;

  /// Its number; of one that is here already, the same id with the same content, the number that it has.
  virtual Expected<std::uint64_t> keep(const NewMessage& message, UtcTime now) = 0;
  /// Of one registry, the oldest first, with their content.
  virtual Expected<std::vector<Message>> to_apply(const std::string& registry, std::size_t limit) = 0;
  /// What is held of these names, in their order, without who holds them: no contact is read. Empty: it is not held.
  virtual Expected<std::vector<std::optional<Registration>>> facts(const std::vector<DomainName>& names) = 0;
  /// Puts and ends, notes looks and that the messages were dealt with: all in one transaction with the change feed. A put says
  /// nothing of contacts: those of the name stay, and one of a name that is not held changes nothing. A message that was
  /// applied before stays as it was. `reason` goes into the feed ("epp:example-registry"). What the puts changed.
  struct Dealt {
    std::uint64_t number = 0;
    MessageState state = MessageState::applied;
    std::string note;
  };
  virtual Expected<std::vector<Effect::Change>> apply(const std::string& registry, const Effect& effect,
                                                      const std::vector<Look>& looks, const std::vector<Dealt>& messages,
                                                      std::string_view reason, UtcTime now) = 0;
  /// The newest first, without content.
  virtual Expected<std::vector<Message>> list(std::size_t limit) = 0;
  /// With content. Errc::not_found.
  virtual Expected<Message> find_message(std::uint64_t number) = 0;

  /// When the name was first not there, of looks one after the other; empty: at the last look it was.
  virtual Expected<std::optional<UtcTime>> missing_since(const std::string& registry, const std::string& name) = 0;
  /// When a name is looked at again.
  struct Due {
    UtcTime missing_before{};   ///< last look, where it was not there
    UtcTime doubtful_before{};  ///< where the answer was not believed
    UtcTime other_holder_before{};
    UtcTime any_before{};
    UtcTime now{};
    bool never = true;  ///< also names that were never looked at: all names are read for it; false once there are no more
    std::string never_after{};  ///< of those, only such as stand behind this one; the last that was given, afterwards
  };
  /// Names that `belongs` to this registry, not ended, that are due: those that were in doubt first, then those that were never
  /// looked at, then the oldest looks.
  virtual Expected<std::vector<DomainName>> names_to_look_at(const std::string& registry,
                                                             const std::function<bool(const DomainName&)>& belongs, Due& due,
                                                             std::size_t limit) = 0;
  /// The registry's greeting as it was kept last; empty: none was.
  virtual Expected<std::string> greeting(const std::string& registry) = 0;
  virtual Expected<void> keep_greeting(const std::string& registry, const std::string& raw) = 0;
  virtual Expected<void> drained(const std::string& registry, UtcTime now) = 0;
  virtual Expected<void> note_absence(const std::string& registry, const Absence& absence) = 0;
  /// Until when it is away; empty: it is not.
  virtual Expected<std::optional<UtcTime>> away_until(const std::string& registry, UtcTime now) = 0;
  virtual Expected<SyncFigures> figures(const std::string& registry) = 0;
  /// Names whose last look was not believed, found them missing, or with another holder, with its note.
  virtual Expected<std::vector<Look>> doubtful(const std::string& registry, std::size_t limit) = 0;
};

}  // namespace regdata::epp
